"""The door of the API: the same rule as for pages, in an API's words.

A view gets ``request.customer`` and its rows in scope. A request that changes a thing that exists names the version
it has seen (``If-Match``, RFC 9110 13.1.1): without it 428 (RFC 6585), with an old one 412. A request that makes
something may carry an ``Idempotency-Key`` and then has one effect however often it is sent.
"""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django.db import transaction
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.pagination import CursorPagination
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from tenants.customers.access import enter, retried
from tenants.customers.models import Customer, Membership, Role, User
from tenants.requests import actions

KEY_LENGTH = 200
KEPT_HEADERS = ("ETag", "Location")


class PreconditionRequired(APIException):
    """A change came without ``If-Match``."""

    status_code = status.HTTP_428_PRECONDITION_REQUIRED
    default_code = "if_match_required"
    default_detail = "Send If-Match with the ETag you last read."


class PreconditionFailed(APIException):
    """The thing has changed since the version in ``If-Match``."""

    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_code = "changed_since"
    default_detail = "It has changed since you read it. Read it again."


class BadKey(APIException):
    """The ``Idempotency-Key`` is too long or empty."""

    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "idempotency_key_invalid"
    default_detail = f"Idempotency-Key must be 1 to {KEY_LENGTH} characters."


class CustomerApiRequest(Request):
    """A request that has come through the door."""

    customer: Customer
    membership: Membership | None
    user: User


class Pages(CursorPagination):
    """Lists come in pages, at most 100 at a time, in an order that inserts do not shift."""

    page_size = 50
    max_page_size = 100
    page_size_query_param = "limit"
    ordering = "pk"


class CustomerView(APIView):
    """A view of one customer's things. ``role`` is the least that may enter, by method."""

    role: ClassVar[Role] = Role.ADMIN
    door = "customer"
    pagination_class = Pages
    request: CustomerApiRequest

    def dispatch(self, request: HttpRequest, *args: Any, customer: str, **kwargs: Any) -> HttpResponseBase:
        """Run in the customer's scope, again if the database chose us to yield."""
        found = Customer.objects.filter(slug=customer).first()
        request.customer = found  # type: ignore[attr-defined]
        if found is None or not request.user.is_authenticated:
            return super().dispatch(request, *args, **kwargs)
        return retried(lambda: self._inside(request, *args, **kwargs), found.pk)

    def _inside(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().dispatch(request, *args, **kwargs)
        if isinstance(response, Response):
            if response.exception:
                transaction.set_rollback(True)
            response.render()  # inside the transaction: serializers may still read rows
        return response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Let in who may enter."""
        super().initial(request, *args, **kwargs)
        inside: CustomerApiRequest = request  # type: ignore[assignment]
        if request._request.customer is None:  # type: ignore[attr-defined]
            raise Http404
        inside.customer = request._request.customer  # type: ignore[attr-defined]
        inside.membership = enter(inside.user, self.role)

    def listed(self, rows: Any, serializer: type[BaseSerializer[Any]]) -> Response:
        """Return a page of rows."""
        pages = self.pagination_class()
        page: list[Any] | None = pages.paginate_queryset(rows, self.request, view=self)
        answer: Response = pages.get_paginated_response(serializer(page, many=True).data)
        return answer


class MakingView(CustomerView):
    """A view whose POST makes something, once for each ``Idempotency-Key``."""

    def create(self, request: CustomerApiRequest, **kwargs: Any) -> Response:
        """Make it and answer 201."""
        raise NotImplementedError

    def post(self, request: CustomerApiRequest, **kwargs: Any) -> Response:
        """Make it, or answer as before."""
        key = request.headers.get("Idempotency-Key")
        return self.create(request, **kwargs) if key is None else self._once(request, key, **kwargs)

    def _once(self, request: CustomerApiRequest, key: str, **kwargs: Any) -> Response:
        if not 0 < len(key) <= KEY_LENGTH:
            raise BadKey
        path = request._request.get_full_path()
        print_of = actions.fingerprint(request.method or "", path, json.dumps(request.data, sort_keys=True).encode())
        given = actions.begin(customer_id=request.customer.pk, user_id=request.user.pk, key=key, print_of=print_of)
        if given is not None:
            return Response(given.body, given.status, headers={**given.headers, "Idempotency-Replayed": "true"})
        response = self.create(request, **kwargs)
        body = json.loads(JSONRenderer().render(response.data))
        headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
        actions.keep(user_id=request.user.pk, key=key, status=response.status_code, body=body, headers=headers)
        return response


def etag(version: int) -> str:
    """Return the ETag of a version."""
    return f'"{version}"'


def matched(request: Request, version: int) -> None:
    """Let a change through only if the client has seen this version.

    :raises PreconditionRequired: if it did not say which it has seen.
    :raises PreconditionFailed: if it has seen another.
    """
    seen = request.headers.get("If-Match")
    if seen is None:
        raise PreconditionRequired
    if seen.strip() != "*" and etag(version) not in {part.strip().removeprefix("W/") for part in seen.split(",")}:
        raise PreconditionFailed
