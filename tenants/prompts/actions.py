"""Making prompts, recording takes of them, choosing which is heard."""

from __future__ import annotations

from django.db import transaction
from django.db.models import RestrictedError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.changes.actions import record
from tenants.changes.models import Change
from tenants.changes.said import said
from tenants.customers.models import User
from tenants.prompts import queries
from tenants.prompts.models import Prompt, Take
from tenants.refusals import Refusal, constraints
from tenants.routing import objects
from tenants.sounds.actions import keep
from tenants.sounds.convert import Converted
from tenants.sounds.models import Sound
from tenants.versions import Seen, claim, held


class NameTaken(Refusal):
    """Another prompt has the name."""

    code = "name_taken"
    field = "name"
    message = gettext_lazy("En annan röstprompt har redan det namnet. Välj ett annat.")


class PromptUsed(Refusal):
    """It is played somewhere."""

    code = "prompt_used"


class TakeHeard(Refusal):
    """The take is the one that callers hear."""

    code = "take_heard"
    message = gettext_lazy("Det är den här inspelningen som hörs. Välj en annan först.")


class SoundGone(Refusal):
    """History names a sound that has been erased."""

    code = "sound_gone"
    message = gettext_lazy("Inspelningen finns inte kvar och kan inte återställas.")


KNOWN = {"prompt_name_once": NameTaken}


@transaction.atomic
def make(*, customer_id: int, by: User | None, name: str, manuscript: str = "") -> Prompt:
    """Make a prompt that nothing has been recorded for yet.

    :raises NameTaken: if another has the name.
    """
    with constraints(KNOWN):
        prompt = Prompt.objects.create(customer_id=customer_id, name=name, manuscript=manuscript)
    record(customer_id=customer_id, by=by, summary=said("La till röstprompten %(name)s", name=name), rows=[prompt])
    return prompt


@transaction.atomic
def make_with_take(
    *, customer_id: int, by: User | None, name: str, sound: Converted, source_name: str = "", manuscript: str = ""
) -> Prompt:
    """Make a prompt and let a recording of it be heard.

    Converting a file takes seconds, so it comes converted: doors do that with no transaction open (``access.aside``).

    :raises NameTaken: if another has the name.
    """
    with constraints(KNOWN):
        prompt = Prompt.objects.create(customer_id=customer_id, name=name, manuscript=manuscript)
    prompt.take = _take(prompt, sound, by=by, source_name=source_name)
    prompt.save(update_fields=["take"])
    record(customer_id=customer_id, by=by, summary=said("La till röstprompten %(name)s", name=name), rows=[prompt])
    return prompt


@transaction.atomic
def add_take(*, prompt: Prompt, by: User | None, sound: Converted, source_name: str = "") -> Change:
    """Add a take, converted, and let it be heard from the next call on."""
    prompt = claim(prompt, None)
    prompt.take = _take(prompt, sound, by=by, source_name=source_name)
    prompt.save(update_fields=["take", "version"])
    summary = said("Bytte inspelning av %(name)s", name=prompt.name)
    return record(customer_id=prompt.customer_id, by=by, summary=summary, rows=[prompt])


def _take(prompt: Prompt, converted: Converted, *, by: User | None, source_name: str) -> Take:
    narrow = keep(customer_id=prompt.customer_id, wav=converted.narrow)
    wide = keep(customer_id=prompt.customer_id, wav=converted.wide)
    return Take.objects.create(
        customer_id=prompt.customer_id, prompt=prompt, narrow=narrow, wide=wide, by=by,
        source_name=source_name.replace("\x00", "")[:200],
    )  # fmt: skip


@transaction.atomic
def choose_take(*, prompt: Prompt, take: Take, by: User | None) -> Change:
    """Let another take be heard from the next call on."""
    prompt = claim(prompt, None)
    prompt.take = take
    prompt.save(update_fields=["take", "version"])
    summary = said("Valde en annan inspelning av %(name)s", name=prompt.name)
    return record(customer_id=prompt.customer_id, by=by, summary=summary, rows=[prompt])


@transaction.atomic
def remove_take(*, take: Take) -> None:
    """Delete a take that is not heard. Its sounds stay, since history may name them.

    :raises TakeHeard: if callers hear it.
    """
    if Prompt.objects.select_for_update().get(pk=take.prompt_id).take_id == take.pk:
        raise TakeHeard
    take.delete()


@transaction.atomic
def change(*, prompt: Prompt, by: User | None, version: int | None, name: str, manuscript: str) -> Change:
    """Give a prompt another name or manuscript.

    :raises NameTaken: if another has the name.
    """
    prompt = claim(prompt, version)
    prompt.name, prompt.manuscript = name, manuscript
    with constraints(KNOWN):
        prompt.save(update_fields=["name", "manuscript", "version"])
    return record(
        customer_id=prompt.customer_id, by=by, summary=said("Ändrade röstprompten %(name)s", name=name), rows=[prompt]
    )


@transaction.atomic
def remove(*, prompt: Prompt, by: User | None, version: Seen) -> Change:
    """Delete a prompt that nothing plays.

    :raises Conflict: if somebody else has changed it since ``version``, or was first to remove it.
    :raises PromptUsed: if something does; the message says what.
    :raises StillUsed: if the published flow does.
    """
    key, name = f"prompt/{prompt.pk}", held(Prompt, prompt.pk, version).name
    _delete(prompt)
    return record(
        customer_id=prompt.customer_id, by=by, summary=said("Tog bort röstprompten %(name)s", name=name), removed=[key]
    )


def _delete(prompt: Prompt) -> None:
    _refuse_used(prompt)
    try:
        with constraints({}):
            Prompt.objects.filter(pk=prompt.pk).update(take=None)
            Prompt.objects.filter(pk=prompt.pk).delete()
    except RestrictedError as error:
        raise PromptUsed(_("Röstprompten används. Ändra där först.")) from error


def _refuse_used(prompt: Prompt) -> None:
    names = queries.used_by([prompt.pk]).get(prompt.pk, ())
    if names:
        raise PromptUsed(
            _("%(prompt)s spelas i %(names)s. Välj en annan prompt där först.")
            % {"prompt": prompt.name, "names": ", ".join(names)}
        )


def restore(customer_id: int, obj: objects.Prompt) -> Prompt:
    """Make a prompt what an object says; the manuscript is no part of it and stays.

    :raises SoundGone: if a sound of it has been erased.
    :raises NameTaken: if another has taken the name.
    """
    with constraints(KNOWN):
        prompt, _made = Prompt.objects.update_or_create(
            pk=obj.id, defaults={"name": obj.name}, create_defaults={"name": obj.name, "customer_id": customer_id}
        )
    prompt.take = _take_again(prompt, obj)
    prompt.version += 1
    prompt.save(update_fields=["take", "version"])
    return prompt


def _take_again(prompt: Prompt, obj: objects.Prompt) -> Take:
    found = prompt.takes.filter(narrow__sha256=obj.narrow, wide__sha256=obj.wide).order_by("-pk").first()
    if found:
        return found
    sounds = {sound.sha256: sound for sound in Sound.objects.filter(sha256__in=[obj.narrow, obj.wide]).defer("wav")}
    if {obj.narrow, obj.wide} - set(sounds):
        raise SoundGone
    return Take.objects.create(
        customer_id=prompt.customer_id, prompt=prompt, narrow=sounds[obj.narrow], wide=sounds[obj.wide]
    )


def clear(_customer_id: int, ident: int) -> None:
    """Take a prompt's name away, before history gives it to whom it belonged."""
    Prompt.objects.filter(pk=ident).update(name=f"~{ident}~")


def drop(_customer_id: int, ident: int) -> None:
    """Delete a prompt that history does not hold, after the rows that went with it and played it.

    :raises PromptUsed: if a draft plays it.
    """
    for prompt in Prompt.objects.filter(pk=ident):
        _delete(prompt)
