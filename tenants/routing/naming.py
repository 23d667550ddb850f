"""Keys and what is behind them: ids of rows, the objects an object names, and its sound files."""

from __future__ import annotations

from typing import Any, overload

import msgspec

from tenants.routing.objects import KINDS, Key, Object, Prompt


def is_digits(text: str) -> bool:
    """Tell whether a text is digits 0 to 9 and nothing else: of Unicode's other digits ``int`` refuses some."""
    return text.isascii() and text.isdigit()


@overload
def ident_of(key: Key) -> int: ...
@overload
def ident_of(key: Key | None) -> int | None: ...
def ident_of(key: Key | None) -> int | None:
    """Return the id in a key, which is the row's."""
    return int(key.partition("/")[2]) if key else None


def prompt_key(ident: int | None) -> Key | None:
    """Return the key of a prompt by its row's id."""
    return f"prompt/{ident}" if ident else None


def references(obj: Any) -> set[Key]:
    """Return the keys an object names, anywhere in it.

    Besides ``name``, only keys hold a slash between a known kind and digits, so no list of fields is needed.
    """
    return set(_keys_in(msgspec.to_builtins(obj)))


def _keys_in(value: Any) -> list[Key]:
    if isinstance(value, dict):
        return [key for field, part in value.items() if field != "name" for key in _keys_in(part)]
    if isinstance(value, list | tuple):
        return [key for part in value for key in _keys_in(part)]
    if isinstance(value, str) and "/" in value:
        kind, _, ident = value.partition("/")
        return [value] if kind in KINDS and is_digits(ident) else []
    return []


def blobs(obj: Object) -> set[str]:
    """Return the hashes of the sound files an object needs beside it on the node."""
    return {obj.narrow, obj.wide} if isinstance(obj, Prompt) else set()
