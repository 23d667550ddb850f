"""The contract between portal and node as one OpenAPI document, made from the wire's types."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from tenants.routing import objects, wire
from tenants.routing.live import Register

PATH = Path("docs") / "openapi" / "switch.json"
_REFERENCE = "#/components/schemas/{name}"
_WAV = "audio/wav"
_SCHEMAS: dict[str, dict[str, Any]] = {
    "customer": {"type": "integer", "minimum": 0},
    "mailbox": {"type": "integer", "minimum": 0},
    "message": {"type": "string", "format": "uuid"},
    "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    "X-Recorded-At": {"type": "integer", "minimum": 1, "maximum": 99_999_999_999},
}
_GENERATION = {"name": "since", "in": "query", "required": True, "schema": {"type": "integer", "minimum": 0}}
_VERSION = {
    "name": "since", "in": "query", "required": False, "schema": {"type": "integer", "minimum": -1, "default": -1},
}  # fmt: skip
"""All registers are newer than version -1, which is also what is meant without it."""


@dataclass(frozen=True)
class Operation:
    """One thing that can be asked. ``takes`` and ``answers`` are types of the wire; "wav" is raw sound."""

    side: str
    method: str
    path: str
    summary: str
    takes: Any = None
    answers: tuple[tuple[int, Any], ...] = ()
    query: tuple[dict[str, Any], ...] = ()
    headers: tuple[str, ...] = ()
    open: bool = False


_PORTAL = "/api/switch/v1"
_MESSAGE = _PORTAL + "/customers/{customer}/mailboxes/{mailbox}/messages/{message}"
_NO = ((401, wire.Refusal),)
_UNREAD = ((400, wire.Refusal), (413, wire.Refusal), (422, wire.Refusal))
"""A body that was cut off, is too large, or says nothing that can be."""
_NOT_MINE = ((401, wire.Refusal), (404, wire.Refusal))

OPERATIONS = (
    Operation("node", "post", "/v1/customers/{customer}/push", "Make a generation what calls follow",
              wire.Push, ((200, wire.Receipt), (409, wire.Conflict), (422, wire.Refusal), *_NO)),
    Operation("node", "post", "/v1/customers/{customer}/live", "Set a register of live state", wire.Command,
              ((200, Register), (422, wire.Refusal), *_NO)),
    Operation("node", "get", "/v1/customers/{customer}/live", "Registers changed after a version", None,
              ((200, wire.Registers), (422, wire.Refusal), *_NO), query=(_VERSION,)),
    Operation("node", "put", "/v1/customers/{customer}/live", "Tell a node what its registers were", wire.Registers,
              ((200, wire.Registers), (422, wire.Refusal), *_NO)),
    Operation("node", "get", "/v1/live", "The newest version of every customer's registers", None,
              ((200, wire.Heights), *_NO)),
    Operation("node", "put", "/v1/blobs/{sha256}", "Keep a sound file", "wav",
              ((204, None), (422, wire.Refusal), *_NO)),
    Operation("node", "get", "/v1/roots", "What every customer has active", None, ((200, wire.Roots), *_NO)),
    Operation("node", "post", "/v1/calls", "Ring somebody and lead them into a flow", wire.TestCall,
              ((202, wire.TestCallPlaced), (422, wire.Refusal), (503, wire.Refusal), *_NO)),
    Operation("node", "get", "/v1/health", "How the node is", None, ((200, wire.Health), *_NO)),
    Operation("portal", "post", _PORTAL + "/enrol", "Trade a one-time code for an identity", wire.Enrolment,
              ((200, wire.Enrolled), (403, wire.Refusal), *_UNREAD), open=True),
    Operation("portal", "get", _PORTAL + "/customers/{customer}/config", "What changed after a generation", None,
              ((200, wire.Push), (409, wire.Conflict), (422, wire.Refusal), *_NOT_MINE), query=(_GENERATION,)),
    Operation("portal", "get", _PORTAL + "/customers/{customer}/snapshot", "Everything of a customer", None,
              ((200, wire.Push), *_NOT_MINE)),
    Operation("portal", "get", _PORTAL + "/roots", "What every customer should have", None, ((200, wire.Roots), *_NO)),
    Operation("portal", "get", _PORTAL + "/blobs/{sha256}", "A sound file", None, ((200, "wav"), *_NOT_MINE)),
    Operation("portal", "post", _PORTAL + "/receipts", "Tell what became active", list[wire.Receipt],
              ((202, None), *_UNREAD, *_NOT_MINE)),
    Operation("portal", "post", _PORTAL + "/events", "Tell what happened", wire.Batch,
              ((202, wire.Stored), *_UNREAD, *_NO)),
    Operation("portal", "put", _MESSAGE, "Hand over a message left in a mailbox", "wav",
              ((204, None), *_UNREAD, *_NOT_MINE),
              headers=("X-Caller", "X-Recorded-At")),
)  # fmt: skip


def document() -> dict[str, Any]:
    """Return the document."""
    types = [kind for one in OPERATIONS for kind in (one.takes, *(kind for _status, kind in one.answers))]
    structs = [kind for kind in types if kind not in (None, "wav")]
    types = [*structs, wire.Event, objects.AnyObject]
    schemas, components = msgspec.json.schema_components(types, ref_template=_REFERENCE)
    _say_what_is_raw(components, of_object=schemas[-1])
    by_type = {str(kind): schema for kind, schema in zip(structs, schemas, strict=False)}
    paths: dict[str, dict[str, Any]] = {}
    for one in OPERATIONS:
        paths.setdefault(one.path, {})[one.method] = _operation(one, by_type)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Portal and switch node", "version": "1", "description": (wire.__doc__ or "").strip()},
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted(components.items())),
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _say_what_is_raw(components: dict[str, Any], *, of_object: dict[str, Any]) -> None:
    """Bodies of objects and entries of a batch are read on their own, so that one that is bad spoils no other."""
    components["Change"]["properties"]["body"] = {"anyOf": [of_object, {"type": "null"}]}
    components["Batch"]["properties"]["events"]["items"] = {"$ref": _REFERENCE.format(name="Event")}


def _operation(one: Operation, by_type: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "tags": [one.side],
        "summary": one.summary,
        "operationId": _name(one),
        "security": [] if one.open else [{"bearer": []}],
        "parameters": list(_parameters(one)),
        "responses": {str(status): _response(kind, by_type) for status, kind in sorted(one.answers, key=_status)},
    }
    if one.takes is not None:
        found["requestBody"] = {"required": True, "content": _content(one.takes, by_type)}
    return found


def _name(one: Operation) -> str:
    """Return what an operation is called, once in the document: whose a thing is belongs to its name."""
    owner = "customer_" if "{customer}" in one.path else ""
    return f"{one.side}_{one.method}_{owner}{one.path.rsplit('/', 1)[-1].strip('{}')}"


def _status(answer: tuple[int, Any]) -> int:
    return answer[0]


def _parameters(one: Operation) -> list[dict[str, Any]]:
    names = [part[1:-1] for part in one.path.split("/") if part.startswith("{")]
    return [
        *(_required(name, "path") for name in names),
        *one.query,
        *(_required(name, "header") for name in one.headers),
    ]


def _required(name: str, place: str) -> dict[str, Any]:
    return {"name": name, "in": place, "required": name != "X-Caller", "schema": _SCHEMAS.get(name, {"type": "string"})}


def _response(kind: Any, by_type: dict[str, Any]) -> dict[str, Any]:
    if kind is None:
        return {"description": "Done"}
    word = "A sound file" if kind == "wav" else getattr(kind, "__name__", "Values")
    return {"description": word, "content": _content(kind, by_type)}


def _content(kind: Any, by_type: dict[str, Any]) -> dict[str, Any]:
    if kind == "wav":
        return {_WAV: {"schema": {"type": "string", "format": "binary"}}}
    return {"application/json": {"schema": by_type[str(kind)]}}


def text() -> str:
    """Return the document as it is kept in the tree."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"
