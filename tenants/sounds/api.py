"""Sound over the API: a file that is sent, and one that is fetched."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from tenants.customers.access import aside
from tenants.requests.door import CustomerView
from tenants.requests.schema import Wav
from tenants.sounds import responses
from tenants.sounds.convert import Converted, TooLarge, convert
from tenants.sounds.models import Sound
from tenants.sounds.uploads import is_too_large


class SoundView(CustomerView):
    """A view that answers with a WAV file."""

    renderer_classes = (Wav, JSONRenderer)

    def play(self, sound: Sound) -> HttpResponse:
        """Answer with a sound."""
        return responses.play(sound)


def refuse_too_large(request: Request) -> None:
    """Say why there is no file, where we stopped reading one.

    :raises TooLarge: if that was its size.
    """
    request.FILES  # noqa: B018 - reads the body
    if is_too_large(request._request):
        raise TooLarge


def converted(request: Request, file: UploadedFile[Any]) -> Converted:
    """Return the sound of a file that was sent, made with no transaction open.

    :raises SoundRefused: if it can't be a prompt.
    """
    return aside(request._request, lambda: convert(file.read()))
