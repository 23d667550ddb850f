"""The REST API: errors as problem details, and the document that describes it all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions, status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tenants.refusals import Conflict, Refusal

CONTENT_TYPE = "application/problem+json"


def problem(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Return an error as problem details (RFC 9457); the door undoes what the request did.

    ``code`` is stable; ``errors`` has a JSON pointer (RFC 6901) for each fault in the body. What is not
    anticipated goes on as it is: a bug is not an answer.
    """
    found = _described(error)
    if found is None:
        return None
    status_code, body, headers = found
    body = {"type": "about:blank", "status": status_code, **body}
    return Response(body, status=status_code, headers=headers, content_type=CONTENT_TYPE)


def _described(error: Exception) -> tuple[int, dict[str, Any], dict[str, str]] | None:
    if isinstance(error, Refusal):
        return _refused(error)
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    return _failed(error) if isinstance(error, exceptions.APIException) else None


def _refused(error: Refusal) -> tuple[int, dict[str, Any], dict[str, str]]:
    code = status.HTTP_409_CONFLICT if isinstance(error, Conflict) else status.HTTP_422_UNPROCESSABLE_ENTITY
    body: dict[str, Any] = {"title": str(error.message), "code": error.code}
    if error.pointer:
        body["errors"] = [{"pointer": error.pointer, "code": error.code, "detail": str(error.message)}]
    return code, body, {}


def _failed(error: exceptions.APIException) -> tuple[int, dict[str, Any], dict[str, str]]:
    scheme, wait = getattr(error, "auth_header", None), getattr(error, "wait", None)
    headers = {"WWW-Authenticate": str(scheme)} if scheme else {}
    headers |= {"Retry-After": str(round(wait))} if wait else {}
    if isinstance(error, exceptions.ValidationError):
        errors = list(_faults(error.detail))
        title = _("Det som skickades stämmer inte.")
        return error.status_code, {"title": title, "code": "invalid", "errors": errors}, headers
    code = error.get_codes()
    return error.status_code, {"title": str(error.detail), "code": code if isinstance(code, str) else "error"}, headers


def _faults(detail: Any, pointer: str = "") -> Iterator[dict[str, str]]:
    """Walk DRF's nested error details to a flat list with JSON pointers."""
    if isinstance(detail, Mapping):
        for name, part in detail.items():
            yield from _faults(part, pointer if name == "non_field_errors" else f"{pointer}/{name}")
    elif isinstance(detail, list) and any(isinstance(part, Mapping) for part in detail):
        for index, part in enumerate(detail):
            yield from _faults(part, f"{pointer}/{index}")
    else:
        for part in detail if isinstance(detail, list) else [detail]:
            yield {"pointer": pointer, "code": getattr(part, "code", "invalid"), "detail": str(part)}


class Missing(APIView):
    """Whatever address under the API is none of it: the same answer as for a thing that does not exist."""

    permission_classes = (AllowAny,)
    authentication_classes = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Answer 404 to every method."""
        raise Http404


PROBLEM = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
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
    },
    "required": ["type", "title", "status", "code"],
}
_OF_ALL = {
    "400": "The body or the query is not valid.",
    "403": "Not logged in, or the role is too small.",
    "404": "There is no such thing.",
}
_OF_METHOD = {
    "post": {"409": "It collides with what is there.", "415": "Not JSON.", "422": "Refused; nothing was changed."},
    "put": {
        "409": "It collides with what is there.",
        "412": "It has changed since the version in If-Match.",
        "415": "Not JSON.",
        "422": "Refused; nothing was changed.",
        "428": "If-Match is missing.",
    },
    "delete": {
        "409": "It collides with what is there.",
        "412": "It has changed since the version in If-Match.",
        "422": "Refused; nothing was changed.",
        "428": "If-Match is missing.",
    },
}
_HEADERS = {
    "post": {"name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "minLength": 1, "maxLength": 200}},
    "put": {"name": "If-Match", "in": "header", "required": True, "schema": {"type": "string"}},
    "delete": {"name": "If-Match", "in": "header", "required": True, "schema": {"type": "string"}},
}


def describe_problems(result: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
    """Add to the API's document what every operation has: its headers and its problems."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    content = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for operations in result["paths"].values():
        for method, operation in operations.items():
            for code, words in {**_OF_ALL, **_OF_METHOD.get(method, {})}.items():
                operation["responses"].setdefault(code, {"description": words, "content": content})
            if method in _HEADERS:
                operation.setdefault("parameters", []).append(_HEADERS[method])
    return result
