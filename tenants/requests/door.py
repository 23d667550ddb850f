"""The door of the API: the same rule as for pages, in an API's words.

A view gets ``request.customer`` and its rows in scope. A request that changes a thing that exists names the version
it has seen (``If-Match``, RFC 9110 13.1.1): without it 428 (RFC 6585), with an old one 412. A request that makes
something may carry an ``Idempotency-Key`` and then has one effect however often it is sent.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any, ClassVar

from django.db import transaction
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.exceptions import APIException, AuthenticationFailed, UnsupportedMediaType
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from tenants import failpoints
from tenants.apikeys.models import ApiKey
from tenants.customers.access import enter, retried
from tenants.customers.models import Customer, Membership, Role, User
from tenants.requests import actions
from tenants.requests.bearer import refuse_beyond, shown
from tenants.requests.bodies import body_print
from tenants.requests.models import Answer
from tenants.requests.paging import Pages
from tenants.requests.shapes import Shape

KEY_LENGTH = 200
KEPT_HEADERS = ("ETag", "Location")


class PreconditionRequired(APIException):
    """A change came without ``If-Match``."""

    status_code = status.HTTP_428_PRECONDITION_REQUIRED
    default_code = "if_match_required"
    default_detail = _("Skicka If-Match med den ETag du senast läste.")


class PreconditionFailed(APIException):
    """The thing has changed since the version in ``If-Match``."""

    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_code = "changed_since"
    default_detail = _("Det har ändrats sedan du läste det. Läs det igen.")


class BadKey(APIException):
    """The ``Idempotency-Key`` is too long or empty."""

    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "idempotency_key_invalid"
    default_detail = _("Idempotency-Key ska ha 1–200 tecken.")


class CustomerApiRequest(Request):
    """A request that has come through the door."""

    customer: Customer
    membership: Membership | None
    user: User


class CustomerView(APIView):
    """A view of one customer's things. ``role`` is the least a person needs, ``area`` what a key's scopes name."""

    role: ClassVar[Role] = Role.ADMIN
    area: ClassVar[str]
    door = "customer"
    pagination_class = Pages
    request: CustomerApiRequest
    rate: dict[str, int] | None = None
    """How often a key may ask, and how much of it is left."""

    def dispatch(self, request: HttpRequest, *args: Any, customer: str, **kwargs: Any) -> HttpResponseBase:
        """Run in the customer's scope, again if the database chose us to yield."""
        found = _customer_for(request, customer)
        request.customer = found  # type: ignore[attr-defined]
        if found is None:
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
        if isinstance(request.auth, ApiKey):
            refuse_beyond(request.auth, request.method or "", self.area)
            inside.membership = _membership(request.auth)
        else:
            inside.membership = enter(inside.user, self.role)

    def check_throttles(self, request: Request) -> None:
        """Count a request once, however often it runs."""
        if self.rate is None:
            super().check_throttles(request)

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Tell a key how much it may still ask."""
        for name, value in (self.rate or {}).items():
            response[f"RateLimit-{name}"] = str(value)
        return super().finalize_response(request, response, *args, **kwargs)

    def listed(self, rows: Any, serializer: type[BaseSerializer[Any]]) -> Response:
        """Return a page of rows."""
        pages = self.pagination_class()
        page: list[Any] | None = pages.paginate_queryset(rows, self.request, view=self)
        answer: Response = pages.get_paginated_response(serializer(page, many=True).data)
        return answer


def _membership(key: ApiKey) -> Membership | None:
    """Return the membership of whoever made a key for what is their own, if they may still log in; else the key's."""
    if key.own_of_id is None:
        return Membership.objects.filter(user=key.user_id).first()
    return Membership.objects.filter(user=key.own_of_id, user__is_active=True).first()


def _customer_for(request: HttpRequest, slug: str) -> Customer | None:
    """Return the customer of the address; None to nobody, and to a key of another customer's."""
    try:
        key = shown(request)
    except AuthenticationFailed:
        return None
    found = Customer.objects.filter(slug=slug).first()
    if key is not None:
        return found if found is not None and found.pk == key.customer_id else None
    return found if request.user.is_authenticated else None


class MakingView(CustomerView):
    """A view whose POST does something, once for each ``Idempotency-Key``.

    An answer that holds a secret (``secret = True``) is kept sealed. One that says all in its address (``bare = True``)
    takes no body, so that nobody believes to have said more.
    """

    secret: ClassVar[bool] = False
    bare: ClassVar[bool] = False

    def create(self, request: CustomerApiRequest, **kwargs: Any) -> Response:
        """Do it and answer."""
        raise NotImplementedError

    def post(self, request: CustomerApiRequest, **kwargs: Any) -> Response:
        """Make it, or answer as before."""
        if self.bare:
            with suppress(UnsupportedMediaType):  # what is no JSON has no fields
                Shape(data=request.data).is_valid(raise_exception=True)
        key = request.headers.get("Idempotency-Key")
        return self.create(request, **kwargs) if key is None else self._once(request, key, **kwargs)

    def _once(self, request: CustomerApiRequest, key: str, **kwargs: Any) -> Response:
        refuse_bad_key(request)
        path = request._request.get_full_path()
        print_of = actions.fingerprint(request.method or "", path, body_print(request.data, request.FILES))
        given = actions.begin(customer_id=request.customer.pk, user_id=request.user.pk, key=key, print_of=print_of)
        if given is not None:
            return replayed(given, actions.opened(given) if self.secret else given.body)
        response = self.create(request, **kwargs)
        failpoints.reached("request.done")
        body = json.loads(JSONRenderer().render(response.data))
        headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
        kept = actions.closed(body, key) if self.secret else body
        actions.keep(user_id=request.user.pk, key=key, status=response.status_code, body=kept, headers=headers)
        return response


def refuse_bad_key(request: Request) -> str | None:
    """Return the request's ``Idempotency-Key``, None without one.

    :raises BadKey: if it is too long or empty.
    """
    key = request.headers.get("Idempotency-Key")
    if key is not None and not (0 < len(key) <= KEY_LENGTH and key.isprintable()):
        raise BadKey
    return key


def replayed(given: Answer, body: Any) -> Response:
    """Return an answer that was given before."""
    return Response(body, given.status, headers={**given.headers, "Idempotency-Replayed": "true"})


def etag(version: int) -> str:
    """Return the ETag of a version."""
    return f'"{version}"'


def matched(request: Request, tag: int | str) -> None:
    """Let a change through only if the client has seen this version, or this ETag.

    :raises PreconditionRequired: if it did not say which it has seen.
    :raises PreconditionFailed: if it has seen another.
    """
    if "If-Match" not in request.headers:
        raise PreconditionRequired
    now = etag(tag) if isinstance(tag, int) else tag
    seen = {part.strip().removeprefix("W/") for part in request.headers["If-Match"].split(",")}
    if names_version(request) and now not in seen:
        raise PreconditionFailed


def names_version(request: Request) -> bool:
    """Tell whether a request says which version it has seen; ``*`` is any."""
    return request.headers.get("If-Match", "*").strip() != "*"
