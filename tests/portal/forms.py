"""What a page lets somebody send, read from its HTML as a browser would."""

from __future__ import annotations

from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin

Field = tuple[str, str]
SENT_ONLY_IF_CHECKED = {"checkbox", "radio"}


@dataclass(frozen=True)
class Form:
    """A form with its fields at their rendered values. ``button`` is the one that sends it, if it has a name."""

    method: str
    action: str
    fields: tuple[Field, ...]
    files: tuple[str, ...] = ()


class Page(HTMLParser):
    """The forms of a page, one for each button that says something else, and the addresses it leads to."""

    def __init__(self, address: str, content: str) -> None:
        super().__init__()
        self.address, self.forms, self.links = address, list[Form](), set[str]()
        self._begin({})
        self._inside = False
        self.feed(content)

    def _begin(self, given: dict[str, str]) -> None:
        self._inside, self._given = True, given
        self._fields, self._unchecked, self._files = list[Field](), list[Field](), list[str]()
        self._buttons: list[dict[str, str]] = []
        self._select, self._options, self._area = "", list[tuple[str, bool]](), ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an address, the beginning of a form, or a field of it."""
        given = {name: value or "" for name, value in attrs}
        self.links |= {urljoin(self.address, given[name]) for name in ("href", "hx-get") if given.get(name)}
        if tag == "form":
            self._begin(given)
        elif tag == "button" and given.get("type", "submit") == "submit":
            self._buttons.append(given)
        elif tag == "input":
            self._input(given.get("type", "text"), given.get("name", ""), given)
        elif tag == "select":
            self._select, self._options = given.get("name", ""), []
        elif tag == "option":
            self._options.append((given.get("value", ""), "selected" in given))
        elif tag == "textarea":
            self._area = given.get("name", "")
            self._fields.append((self._area, ""))

    def _input(self, kind: str, name: str, given: dict[str, str]) -> None:
        if kind == "file":
            self._files.append(name)
        elif name and kind in SENT_ONLY_IF_CHECKED and "checked" not in given:
            self._unchecked.append((name, given.get("value", "on")))
        elif name:
            self._fields.append((name, given.get("value", "on" if kind in SENT_ONLY_IF_CHECKED else "")))

    def handle_data(self, data: str) -> None:
        """Note what stands in a text area."""
        if self._area and self._fields:
            name, before = self._fields[-1]
            self._fields[-1] = (name, before + data)

    def handle_endtag(self, tag: str) -> None:
        """Note the end of a form or of what has a value."""
        if tag == "select" and self._select:
            shown = [value for value, selected in self._options if selected] or [v for v, _ in self._options[:1]]
            self._fields.append((self._select, shown[0] if shown else ""))
            self._select = ""
        elif tag == "textarea":
            self._area = ""
        elif tag == "form" and self._inside:
            self._end()

    def _end(self) -> None:
        """Keep the form once for each of its buttons; what is unchecked counts as a field too, to be typed into."""
        self._inside = False
        known = {name for name, _value in self._fields}
        extra = [(name, value) for name, value in dict(self._unchecked).items() if name not in known]
        for button in self._buttons or [{}]:
            said = [(button["name"], button.get("value", ""))] if button.get("name") else []
            method = "post" if "hx-post" in self._given else self._given.get("method", "get")
            action = button.get("formaction") or self._given.get("hx-post") or self._given.get("action") or self.address
            fields = tuple(self._fields + extra + said)
            self.forms.append(Form(method, urljoin(self.address, action), fields, tuple(self._files)))
