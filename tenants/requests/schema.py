"""How a room describes its operations and shapes for the API's document."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_serializer,
    extend_schema_view,
)
from rest_framework.renderers import BaseRenderer, JSONRenderer

from tenants.requests.things import Room, Things

Made = TypeVar("Made")
VERBS: Final = {"get": "read", "put": "replace", "delete": "delete"}
SOUND: Final = {(200, "audio/wav"): OpenApiResponse(OpenApiTypes.BINARY, description="A WAV file.")}


def operation(operation_id: str, text: str, **more: Any) -> Callable[[Any], Any]:
    """Describe one operation. The first sentence of ``text`` is its summary, the first word of the id its tag."""
    return extend_schema(operation_id=operation_id, description=text, **more)


def described(sort: str, **texts: str) -> Callable[[Made], Made]:
    """Describe the operations of a room's view, by method: ``@described("people", get="List …", post="Add …")``."""

    def decorate(view: Any) -> Any:
        shapes = _of_things if issubclass(view, Things) else _of_thing
        named = {method: shapes(sort, method, view.room) for method in texts}
        return extend_schema_view(**{method: operation(text=text, **named[method]) for method, text in texts.items()})(
            view
        )

    return decorate


def _of_things(sort: str, method: str, room: Room) -> dict[str, Any]:
    if method == "post":
        shapes = {"request": room.sent or room.serializer, "responses": {201: room.serializer}}
        return {"operation_id": f"{sort}_create", **shapes}
    listing = {"responses": room.line(many=True), "parameters": [*_searching(room), *_filters(room)]}
    return {"operation_id": f"{sort}_list", **listing}


def _searching(room: Room) -> list[OpenApiParameter]:
    text = "Only those that have this in a name, a number or an address."
    return [OpenApiParameter("q", str, description=text)] if room.searched else []


def _filters(room: Room) -> list[OpenApiParameter]:
    return [
        OpenApiParameter(name, str, enum=room.choices.get(name), description=f"Only those with this {name}.")
        for name in room.filters
    ]


def _of_thing(sort: str, method: str, room: Room) -> dict[str, Any]:
    shapes: dict[str, Any] = {"responses": {204: None}} if method == "delete" else {"responses": room.serializer}
    shapes |= {"request": room.serializer} if method == "put" else {}
    return {"operation_id": f"{sort}_{VERBS[method]}", **shapes}


def example(sent: Any = None, answered: Mapping[str, Any] | None = None) -> Callable[[Made], Made]:
    """Give a serializer its example: what is sent, and what an answer has besides."""
    shown = {**(answered or {}), **(sent or {})}
    examples = [OpenApiExample("Answer", value=shown, response_only=True)]
    if sent is not None:
        examples.insert(0, OpenApiExample("Request", value=sent, request_only=True))
    decorate: Any = extend_schema_serializer(examples=examples)
    return decorate  # type: ignore[no-any-return]


class Wav(BaseRenderer):
    """Lets a client ask for sound; a problem is JSON all the same."""

    media_type = "audio/wav"
    format = "wav"
    charset = None

    def render(self, data: Any, *args: Any, **kwargs: Any) -> bytes:
        """Return a problem as JSON: sounds are answered past the renderers."""
        body: bytes = JSONRenderer().render(data, *args, **kwargs)
        return body


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How a key is shown."""

    target_class = "tenants.requests.bearer.KeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """Return it as OpenAPI says it."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "b2v_…"}
