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

from tenants.changes.refusals import DraftWouldGo, Unproven
from tenants.refusals import Conflict, Refusal
from tenants.requests.door import PreconditionFailed, names_version
from tenants.routing.proof import Problem

CONTENT_TYPE = "application/problem+json"


def problem(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Return an error as problem details (RFC 9457); the door undoes what the request did.

    ``code`` is stable; ``errors`` has a JSON pointer (RFC 6901) for each fault in the body. What is not
    anticipated goes on as it is: a bug is not an answer. Who named a version and was overtaken between the look at it
    and the write hears what whoever came later hears: 412 (RFC 9110 13.1.1).
    """
    found = _described(error, context["request"])
    if found is None:
        return None
    status_code, body, headers = found
    body = {"type": "about:blank", "status": status_code, **body}
    return Response(body, status=status_code, headers=headers, content_type=CONTENT_TYPE)


def _described(error: Exception, request: Request) -> tuple[int, dict[str, Any], dict[str, str]] | None:
    if isinstance(error, Conflict) and names_version(request):
        error = PreconditionFailed(str(error.message))
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
    if isinstance(error, Unproven):
        body["problems"] = [_unproven(one) for one in error.problems]
    if isinstance(error, DraftWouldGo):
        body["drafts"] = [{"key": one.key, "title": one.title, "by": list(one.by)} for one in error.drafts]
    return code, body, {}


def _unproven(one: Problem) -> dict[str, Any]:
    """Return what a proof found: the object to mend, a stable code, and the keys a call passes to come there."""
    return {"place": one.key.replace("-flow/", "/"), "code": one.code, "path": [edge.target for edge in one.path]}


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
            yield from _faults(part, pointer if name == "non_field_errors" else f"{pointer}/{_escaped(name)}")
    elif isinstance(detail, list) and any(isinstance(part, Mapping) for part in detail):
        for index, part in enumerate(detail):
            yield from _faults(part, f"{pointer}/{index}")
    else:
        for part in detail if isinstance(detail, list) else [detail]:
            yield {"pointer": pointer, "code": getattr(part, "code", "invalid"), "detail": str(part)}


def _escaped(name: str | int) -> str:
    """Return a name as a JSON pointer holds it (RFC 6901 3)."""
    return str(name).replace("~", "~0").replace("/", "~1")


class Missing(APIView):
    """Whatever address under the API is none of it: the same answer as for a thing that does not exist."""

    permission_classes = (AllowAny,)
    authentication_classes = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Answer 404 to every method."""
        raise Http404
