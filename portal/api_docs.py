"""The API's document as a page that people read. Open to all: it holds no data of anybody."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import override
from django.views.decorators.http import require_GET
from drf_spectacular.generators import SchemaGenerator


@dataclass(frozen=True)
class Parameter:
    """One thing of the address, the query or the headers."""

    name: str
    place: str
    required: bool
    words: str


@dataclass(frozen=True)
class Answer:
    """One answer: its status, what it means, and a problem's stable code."""

    status: str
    words: str
    code: str


@dataclass(frozen=True)
class Operation:
    """One operation as the page shows it."""

    ident: str
    method: str
    path: str
    summary: str
    words: str
    scope: str
    parameters: tuple[Parameter, ...]
    sent: str
    answered: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class Chapter:
    """The operations of one room."""

    name: str
    operations: tuple[Operation, ...]


@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """Show every operation with its examples."""
    shown = {"chapters": chapters(), "origin": request.build_absolute_uri("/").rstrip("/")}
    return render(request, "api/index.html", shown)


@cache
def chapters() -> tuple[Chapter, ...]:
    """Return the document, room by room. Made once a process: it changes with the code only."""
    with override("en"):
        document = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    found: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            found.setdefault(operation["tags"][0], []).append(_operation(path, method, operation))
    return tuple(Chapter(name, tuple(operations)) for name, operations in sorted(found.items()))


def _operation(path: str, method: str, operation: Mapping[str, Any]) -> Operation:
    good = next(response for code, response in operation["responses"].items() if code < "300")
    summary, words = operation["summary"], operation["description"]
    return Operation(
        ident=operation["operationId"].replace("_", "-"),
        method=method.upper(),
        path=path.removeprefix("/api/v1"),
        summary=summary,
        words=words.removeprefix(summary).lstrip(". "),
        scope=operation.get("x-scope", ""),
        parameters=tuple(_parameters(operation)),
        sent=_example(operation.get("requestBody", {})),
        answered=_example(good),
        answers=tuple(_answers(operation)),
    )


def _parameters(operation: Mapping[str, Any]) -> Iterator[Parameter]:
    for one in operation.get("parameters", []):
        yield Parameter(one["name"], one["in"], bool(one.get("required")), one.get("description", ""))


def _answers(operation: Mapping[str, Any]) -> Iterator[Answer]:
    for status, response in sorted(operation["responses"].items()):
        shown = response.get("content", {}).get("application/problem+json", {}).get("example", {})
        yield Answer(status, response["description"], shown.get("code", ""))


def _example(part: Mapping[str, Any]) -> str:
    """Return the JSON example of a body, nothing where it has none."""
    content = part.get("content", {}).get("application/json", {})
    examples = list(content.get("examples", {}).values())
    return json.dumps(examples[0]["value"], ensure_ascii=False, indent=2) if examples else ""
