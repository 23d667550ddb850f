"""Prompts over the API: files are sent as multipart, fetched as WAV. What is heard changes with the next call."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers, status
from rest_framework.response import Response

from tenants.prompts import actions, queries
from tenants.prompts.models import Prompt, Take
from tenants.requests.door import CustomerApiRequest, MakingView
from tenants.requests.fields import PromptField
from tenants.requests.parsing import Form
from tenants.requests.schema import SOUND, described, example, operation
from tenants.requests.shapes import Shape
from tenants.requests.things import Room, Thing, Things, found
from tenants.routing.naming import ident_of
from tenants.sounds.api import SoundView, converted, refuse_too_large

LONGEST = 4000
WELCOME = {"name": "Välkommen", "manuscript": "Välkommen till Norrsken Bygg."}


class HeardField(PromptField):
    """A prompt by its id, one that is there; a key ``prompt/id`` inside. ``recorded`` is for what is live at once."""

    default_error_messages = {
        "unknown": _("Röstprompten finns inte."),
        "unrecorded": _("Röstprompten har ingen inspelning än."),
    }

    def __init__(self, *, recorded: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.recorded = recorded

    def to_internal_value(self, data: Any) -> str:
        """Return the key of a prompt that is there."""
        key = super().to_internal_value(data)
        prompt = Prompt.objects.filter(pk=ident_of(key)).first()
        if prompt is None:
            self.fail("unknown")
        if self.recorded and prompt.take_id is None:
            self.fail("unrecorded")
        return key


@example(WELCOME, {"id": 4, "seconds": 6.2, "take": 11, "used_by": ["Knappval"], "version": 2})
class PromptSerializer(Shape):
    """A message with a name and a manuscript. ``take`` is the recording that is heard, null while there is none."""

    id = serializers.IntegerField(source="pk", read_only=True)
    name = serializers.CharField(max_length=80)
    manuscript = serializers.CharField(max_length=LONGEST, allow_blank=True, default="")
    seconds = serializers.FloatField(read_only=True, allow_null=True, source="take.seconds", default=None)
    take = serializers.IntegerField(read_only=True, allow_null=True, source="take_id")
    used_by = serializers.SerializerMethodField()
    version = serializers.IntegerField(read_only=True)

    def get_used_by(self, row: Prompt) -> list[str]:
        """Return the names of all that plays it."""
        return sorted({name for name, _kind in queries.players([row.pk]).get(row.pk, ())})


@example(answered={"id": 4, "name": "Välkommen", "take": 11, "version": 2})
class PromptLineSerializer(Shape):
    """A prompt in a list."""

    id = serializers.IntegerField(source="pk")
    name = serializers.CharField()
    take = serializers.IntegerField(source="take_id", allow_null=True)
    version = serializers.IntegerField()


class NewPromptSerializer(Shape):
    """A prompt, with its first recording or without."""

    name = serializers.CharField(max_length=80)
    manuscript = serializers.CharField(max_length=LONGEST, allow_blank=True, default="")
    file = serializers.FileField(
        required=False, help_text="WAV, MP3, M4A, FLAC, OGG or WebM; 10 minutes, 20 MB at most."
    )


class FileSerializer(Shape):
    """A recording."""

    file = serializers.FileField(help_text="WAV, MP3, M4A, FLAC, OGG or WebM; 10 minutes, 20 MB at most.")


@example(
    answered={"id": 11, "at": "2026-11-23T08:00:00+01:00", "seconds": 6.2, "source_name": "hej.wav", "heard": True}
)
class TakeSerializer(Shape):
    """A recording of a prompt. One of them is heard."""

    id = serializers.IntegerField(source="pk")
    at = serializers.DateTimeField()
    seconds = serializers.FloatField()
    source_name = serializers.CharField(allow_blank=True)
    heard = serializers.SerializerMethodField()

    def get_heard(self, take: Take) -> bool:
        """Tell whether it is the one callers hear."""
        return take.prompt.take_id == take.pk


def _rows() -> Any:
    return Prompt.objects.select_related("take__wide").defer("take__wide__wav")


def _takes(prompt: int) -> Any:
    return Take.objects.filter(prompt_id=prompt).select_related("wide", "prompt").defer("wide__wav")


ROOM = Room(
    rows=_rows,
    serializer=PromptSerializer,
    line=PromptLineSerializer,
    sent=NewPromptSerializer,
    address="api-prompt",
    searched=("name__icontains", "manuscript__icontains"),
)
TAKES = Room(
    rows=_takes, serializer=TakeSerializer, line=TakeSerializer, sent=FileSerializer, address="api-take", version=None
)


@described(
    "prompts",
    get="List the prompts.",
    post="Make a prompt. Send a file with it, or record one later; without one nothing can play it.",
)
class Prompts(Things):
    """All prompts of a customer."""

    area = "prompts"
    room = ROOM
    parser_classes = [Form]

    def create(self, request: CustomerApiRequest, **kwargs: Any) -> Response:
        """Say first if the file was too large to be read."""
        refuse_too_large(request)
        return super().create(request, **kwargs)

    def make(self, data: dict[str, Any]) -> Prompt:
        """Make one, with what is heard if a file came."""
        who: dict[str, Any] = {"customer_id": self.request.customer.pk, "by": self.request.user}
        words = {"name": data["name"], "manuscript": data["manuscript"]}
        if (file := data.get("file")) is None:
            return actions.make(**who, **words)
        sound = converted(self.request, file)
        return actions.make_with_take(**who, **words, sound=sound, source_name=file.name or "")


@described(
    "prompts",
    get="Read a prompt.",
    put="Give a prompt another name or manuscript. What is heard stays.",
    delete="Delete a prompt. Refused while something plays it.",
)
class OnePrompt(Thing):
    """One prompt."""

    area = "prompts"
    room = ROOM

    def replace(self, row: Prompt, data: dict[str, Any]) -> object:
        """Name it."""
        words = {"name": data["name"], "manuscript": data["manuscript"]}
        return actions.change(prompt=row, by=self.request.user, version=row.version, **words)

    def remove(self, row: Prompt) -> object:
        """Delete it."""
        return actions.remove(prompt=row, by=self.request.user, version=row.version)


class Heard(SoundView):
    """What callers hear."""

    area = "prompts"

    @operation(
        "prompts_audio",
        "Fetch what callers hear of a prompt, as WAV. 404 while there is no recording.",
        responses=SOUND,
    )
    def get(self, request: CustomerApiRequest, ident: int) -> HttpResponse:
        """Answer with the take that is heard."""
        take = ROOM.find(ident).take
        if take is None:
            raise Http404
        return self.play(take.wide)


@described(
    "prompts_takes",
    get="List the recordings of a prompt.",
    post="Record a prompt anew. The recording is heard from the next call on.",
)
class Takes(Things):
    """All recordings of a prompt."""

    area = "prompts"
    room = TAKES
    parser_classes = [Form]

    def make(self, data: dict[str, Any]) -> Take:
        """Add one and let it be heard."""
        file, prompt = data["file"], ROOM.find(self.kwargs["prompt"])
        sound = converted(self.request, file)
        actions.add_take(prompt=prompt, by=self.request.user, sound=sound, source_name=file.name or "")
        take: Take = ROOM.find(prompt.pk).take
        return take

    def create(self, request: CustomerApiRequest, **kwargs: Any) -> Response:
        """Say first if the file was too large to be read."""
        refuse_too_large(request)
        return super().create(request, **kwargs)


@described(
    "prompts_takes",
    get="Read about a recording.",
    delete="Delete a recording. Refused for the one that is heard.",
)
class OneTake(Thing):
    """One recording."""

    area = "prompts"
    room = TAKES
    http_method_names = ["get", "delete", "head", "options"]

    def remove(self, row: Take) -> object:
        """Delete it."""
        return actions.remove_take(take=row)


class TakeSound(SoundView):
    """What is heard in a recording."""

    area = "prompts"

    @operation("prompts_takes_audio", "Fetch a recording as WAV.", responses=SOUND)
    def get(self, request: CustomerApiRequest, prompt: int, ident: int) -> HttpResponse:
        """Answer with it."""
        return self.play(TAKES.find(ident, prompt=prompt).wide)


class Choose(MakingView):
    """Which recording is heard."""

    area = "prompts"
    bare = True

    @operation(
        "prompts_takes_choose",
        "Let another recording be heard, from the next call on.",
        request=None,
        responses={200: PromptSerializer},
    )
    def post(self, request: CustomerApiRequest, **kwargs: Any) -> Response:
        """Choose it."""
        return super().post(request, **kwargs)

    def create(self, request: CustomerApiRequest, **kwargs: Any) -> Response:
        """Choose it and answer with the prompt."""
        take = found(_takes(kwargs["prompt"]), kwargs["ident"])
        actions.choose_take(prompt=ROOM.find(kwargs["prompt"]), take=take, by=request.user)
        return ROOM.answer(ROOM.find(kwargs["prompt"]), status.HTTP_200_OK)


urlpatterns = [
    path("", Prompts.as_view(), name="api-prompts"),
    path("<int:ident>/", OnePrompt.as_view(), name="api-prompt"),
    path("<int:ident>/audio/", Heard.as_view(), name="api-prompt-audio"),
    path("<int:prompt>/takes/", Takes.as_view(), name="api-takes"),
    path("<int:prompt>/takes/<int:ident>/", OneTake.as_view(), name="api-take"),
    path("<int:prompt>/takes/<int:ident>/audio/", TakeSound.as_view(), name="api-take-audio"),
    path("<int:prompt>/takes/<int:ident>/choose/", Choose.as_view(), name="api-take-choose"),
]
