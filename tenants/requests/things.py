"""What most rooms say over the API: a list and a way to make another; one, read, replaced and deleted.

A room describes itself once, as a ``Room``, and writes two views: ``make`` in one, ``replace`` and ``remove`` in the
other, each one call into its actions. Everything else here is the same for all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, ClassVar

from django.db import models
from django.http import Http404
from django.urls import reverse
from rest_framework import status
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from tenants.requests.door import CustomerApiRequest, CustomerView, MakingView, etag, matched
from tenants.requests.paging import Choices, narrowed

Serializer = type[BaseSerializer[Any]]


def itself(row: Any) -> Any:
    """Return a row as it is: for serializers that read rows."""
    return row


@dataclass(frozen=True)
class Room:
    """How a room's things are found and shown.

    ``rows(**kwargs)`` are those there are, given the numbers of the address but the last; ``show(row)`` is what
    ``serializer`` is given; ``version(row)`` is the ETag's, None where the content itself is the version. ``choices``
    are the values a filter takes, where not any. ``sent`` is what a request to make one looks like, where that differs.
    """

    rows: Callable[..., Any]
    serializer: Serializer
    line: Serializer
    address: str
    show: Callable[[Any], Any] = itself
    version: Callable[[Any], int] | None = attrgetter("version")
    searched: Sequence[str] = ()
    filters: Mapping[str, str] = field(default_factory=dict)
    choices: Choices = field(default_factory=dict)
    sent: Serializer | None = None

    def find(self, ident: int, **kwargs: Any) -> Any:
        """Return one row.

        :raises Http404: if there is none.
        """
        return found(self.rows(**kwargs), ident)

    def tag(self, row: Any) -> str:
        """Return the ETag of a row."""
        if self.version is not None:
            return etag(self.version(row))
        return content_etag(self.serializer(self.show(row)).data)

    def answer(self, row: Any, code: int = status.HTTP_200_OK, **headers: str) -> Response:
        """Return a row, whole, with its ETag."""
        body = self.serializer(self.show(row)).data
        tag = content_etag(body) if self.version is None else etag(self.version(row))
        return Response(body, code, headers={"ETag": tag, **headers})


def found(rows: Any, ident: int) -> Any:
    """Return one of these rows.

    :raises Http404: if there is none.
    """
    row = rows.filter(pk=ident).first()
    if row is None:
        raise Http404
    return row


def content_etag(body: Any) -> str:
    """Return an ETag for what has no version: a hash of what is shown."""
    shown = JSONRenderer().render(body)
    return f'"{hashlib.sha256(shown).hexdigest()[:20]}"'


def valid(serializer: Serializer, request: CustomerApiRequest) -> dict[str, Any]:
    """Return what was sent, once it has the right shape.

    :raises ValidationError: with the place of each fault.
    """
    read = serializer(data=request.data)
    read.is_valid(raise_exception=True)
    data: dict[str, Any] = read.validated_data
    return data


class Things(MakingView):
    """All of one sort that a customer has."""

    room: ClassVar[Room]

    def get(self, request: CustomerApiRequest, **kwargs: Any) -> Response:
        """List them."""
        rows = narrowed(self.room.rows(**kwargs), request, self.room.searched, self.room.filters, self.room.choices)
        return self.listed(rows, self.room.line)

    def create(self, request: CustomerApiRequest, **kwargs: Any) -> Response:
        """Make one and answer 201 with its address."""
        made = self.make(valid(self.room.sent or self.room.serializer, request))
        ident = {"customer": request.customer.slug, **kwargs, "ident": made.pk}
        row = self.room.find(made.pk, **kwargs)
        return self.room.answer(row, status.HTTP_201_CREATED, Location=reverse(self.room.address, kwargs=ident))

    def make(self, data: dict[str, Any]) -> models.Model:
        """Make one of what was sent; ``self.kwargs`` has the rest of the address."""
        raise NotImplementedError


class Thing(CustomerView):
    """One of them."""

    room: ClassVar[Room]

    def get(self, request: CustomerApiRequest, ident: int, **kwargs: Any) -> Response:
        """Read it; the ETag is its version."""
        return self.room.answer(self.room.find(ident, **kwargs))

    def put(self, request: CustomerApiRequest, ident: int, **kwargs: Any) -> Response:
        """Replace it, whole."""
        row = self.seen(ident, **kwargs)
        self.replace(row, valid(self.room.serializer, request))
        return self.room.answer(self.room.find(ident, **kwargs))

    def delete(self, request: CustomerApiRequest, ident: int, **kwargs: Any) -> Response:
        """Delete it."""
        self.remove(self.seen(ident, **kwargs))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def seen(self, ident: int, **kwargs: Any) -> Any:
        """Return the row a change is about, if the client has seen it as it is.

        :raises Http404: if there is none.
        :raises PreconditionRequired: if it did not say what it has seen.
        :raises PreconditionFailed: if it has seen another version.
        """
        row = self.room.find(ident, **kwargs)
        matched(self.request, self.room.tag(row))
        return row

    def replace(self, row: Any, data: dict[str, Any]) -> object:
        """Make it what was sent."""
        raise NotImplementedError

    def remove(self, row: Any) -> object:
        """Delete it."""
        raise NotImplementedError
