"""The API's document: what every operation has besides its own, written once."""

from __future__ import annotations

from typing import Any, Final

from portal.api import CONTENT_TYPE
from tenants.apikeys.scopes import needed

PROBLEM: Final = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string", "description": "For people, in the language of Accept-Language."},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable; what a program should look at."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "pointer": {"type": "string", "description": "JSON pointer (RFC 6901) into the body."},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
                "required": ["pointer", "code", "detail"],
            },
        },
        "problems": {
            "type": "array",
            "description": "What the proof found, when publishing was refused.",
            "items": {
                "type": "object",
                "properties": {
                    "place": {"type": "string", "description": "The key of what is to be mended."},
                    "code": {"type": "string"},
                    "path": {"type": "array", "items": {"type": "string"}, "description": "Keys a call passes."},
                },
                "required": ["place", "code", "path"],
            },
        },
        "drafts": {
            "type": "array",
            "description": "What waits in the draft and would be thrown away, when going back was refused.",
            "items": {
                "type": "object",
                "properties": {
                    "key": {"type": "string"},
                    "title": {"type": "string", "description": "What people call it."},
                    "by": {"type": "array", "items": {"type": "string"}, "description": "Who made the draft."},
                },
                "required": ["key", "title", "by"],
            },
        },
    },
    "required": ["type", "title", "status", "code"],
}
_ALL: Final = {
    "400": ("invalid", "The body or the query is not valid."),
    "401": ("not_authenticated", "Neither a valid key nor logged in."),
    "403": ("scope_missing", "The key lacks the scope, or the role is too small."),
    "404": ("not_found", "There is no such thing, or not for you."),
    "406": ("not_acceptable", "The Accept header asks for what is not there."),
    "429": ("throttled", "The key has asked too often; Retry-After says when to come back."),
}
_WRITES: Final = {
    "409": ("conflict", "It is in the way of what is there, or that has changed since it was looked at."),
    "415": ("unsupported_media_type", "The body is of a type that is not read here."),
    "422": ("name_taken", "Refused, by a rule of the house; nothing was changed."),
}
_SEEN: Final = {
    "412": ("changed_since", "It has changed since the version in If-Match."),
    "428": ("if_match_required", "If-Match is missing."),
}
_OF_METHOD: Final = {"get": {}, "post": _WRITES, "put": _WRITES | _SEEN, "delete": _WRITES | _SEEN}
_MATCH: Final = {
    "name": "If-Match", "in": "header", "required": True, "schema": {"type": "string"}, "example": '"3"',
    "description": "The ETag you last read of it.",
}  # fmt: skip
_ONCE: Final = {
    "name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "minLength": 1, "maxLength": 200},
    "description": "Any text of your own. Sent again with the same body within 24 hours, it is answered as before.",
}  # fmt: skip
_HEADERS: Final = {"post": [_ONCE], "put": [_MATCH], "delete": [_MATCH]}


def describe(result: dict[str, Any], *, generator: Any, **_kwargs: Any) -> dict[str, Any]:
    """Add to the API's document what every operation has: its summary, tag, scope, headers and problems."""
    views = {(path, method.lower()): view.cls for path, _regex, method, view in generator.endpoints}
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    for address, operations in result["paths"].items():
        for method, operation in operations.items():
            _complete(method, operation)
            area = getattr(views.get((address, method)), "area", "")
            if area:
                operation["x-scope"] = needed(method.upper(), area)
    return result


def _complete(method: str, operation: dict[str, Any]) -> None:
    text = operation.setdefault("description", "")
    operation.setdefault("summary", text.partition(". ")[0].rstrip("."))
    operation["tags"] = [operation["operationId"].partition("_")[0]]
    operation.setdefault("parameters", []).extend(_HEADERS.get(method, []))
    for code, (name, words) in (_ALL | _OF_METHOD[method]).items():
        operation["responses"].setdefault(code, {"description": words, "content": _problem(int(code), name, words)})
    for code, response in operation["responses"].items():
        response["description"] = response.get("description") or _GOOD.get(code, "")
        if code in {"200", "201"}:
            response.setdefault("headers", {}).update(_RATE)


_GOOD: Final = {"200": "Done.", "201": "Made.", "204": "Gone."}
_RATE: Final = {
    f"RateLimit-{name}": {"schema": {"type": "integer"}, "description": words}
    for name, words in {
        "Limit": "How many requests a minute a key may make.",
        "Remaining": "How many are left of them.",
        "Reset": "Seconds until counting begins anew.",
    }.items()
}


def _problem(status: int, code: str, words: str) -> dict[str, Any]:
    shown: dict[str, Any] = {"type": "about:blank", "status": status, "title": words, "code": code}
    if code in {"invalid", "name_taken"}:
        shown["errors"] = [{"pointer": "/name", "code": code if status == 422 else "required", "detail": words}]
    return {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": shown}}
