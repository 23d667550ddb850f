"""Why an edit is not recorded or a draft not published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from tenants.refusals import Conflict, Refusal
from tenants.routing.objects import Key
from tenants.routing.proof import Problem


class NothingToPublish(Refusal):
    """There is no draft, or somebody published it a moment ago."""

    code = "nothing_to_publish"
    message = _("Det finns inget nytt att publicera.")


class Unproven(Refusal):
    """The flow as it would be has a dead end, a loop or the like; ``problems`` says where."""

    code = "unproven"
    message = _("Samtalsflödet går inte att publicera än.")

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__()


class StillUsed(Unproven):
    """Something is still used by the published flow."""

    code = "still_used"
    message = _("Används i det publicerade samtalsflödet. Ta bort det därifrån och publicera först.")


class UnpublishedTarget(Refusal):
    """A live object names something the switch does not know."""

    code = "unpublished_target"
    message = _("Det du valde finns inte i växeln än, till exempel en röstprompt utan inspelning.")


class Overtaken(Conflict):
    """What would be undone has been changed again since."""

    code = "overtaken"
    message = _("Det har ändrats igen sedan dess och kan inte ångras härifrån.")


class SeenOtherwise(Conflict):
    """What would be restored, or lost by it, is no longer what was looked at."""

    code = "seen_otherwise"
    message = _("Någon har ändrat något sedan du tittade. Se efter igen innan du återställer.")


@dataclass(frozen=True)
class Draft:
    """A draft that would be thrown away: its key, what people call it, and who made it."""

    key: Key
    title: str
    by: tuple[str, ...]


class DraftWouldGo(Conflict):
    """What waits in the draft would be thrown away, and whoever asks has not said that it may; ``drafts`` says what."""

    code = "draft_would_go"
    message = _("Utkastet försvinner. Publicera det först, eller kryssa i att det får kastas.")

    def __init__(self, drafts: Sequence[Draft]) -> None:
        self.drafts = tuple(drafts)
        super().__init__()


class Erased(Refusal):
    """History no longer holds what would be restored."""

    code = "erased"
    message = _("Den versionen innehåller uppgifter som har raderats och kan inte återställas.")
