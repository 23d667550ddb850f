"""Stopping an upload that is too large before it is read.

First in ``FILE_UPLOAD_HANDLERS``, so it holds for every form. The fields before the file are kept: the page can
answer with what was typed, and with why.
"""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest

from tenants.sounds.convert import MAX_BYTES

FORM_BYTES = 256 * 1024
"""Room for the other fields of a form that carries a file."""
_MARK = "portal.upload_too_large"


def is_too_large(request: HttpRequest) -> bool:
    """Return whether a file of the request was stopped for its size."""
    return bool(request.META.get(_MARK))


class Capped(FileUploadHandler):
    """Refuses a file by the length the browser declares, or once more than the cap has come."""

    declared = 0
    come = 0

    def handle_raw_input(self, input_data: Any, META: Any, content_length: int, *_: Any, **__: Any) -> None:  # noqa: N803
        """Note how much will come."""
        self.declared = content_length

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Stop before the first byte of a file in a request that is too large."""
        super().new_file(*args, **kwargs)
        self.come = 0
        if self.declared > MAX_BYTES + FORM_BYTES:
            self._stop()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Pass the bytes on to the next handler, up to the cap."""
        self.come += len(raw_data)
        if self.come > MAX_BYTES:
            self._stop()
        return raw_data

    def file_complete(self, file_size: int) -> UploadedFile[Any] | None:
        """Leave the file to the next handler."""
        return None

    def _stop(self) -> None:
        assert self.request is not None
        self.request.META[_MARK] = True
        raise StopUpload(connection_reset=True)
