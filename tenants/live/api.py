"""Live state over the API: what is set for the moment, asked for here and carried out by the switch.

A change is answered 202: it is on its way, and ``pending`` until the switch has answered. It needs ``If-Match`` as
every change does; ``*`` is whoever means it whatever stands there.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import Http404
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers, status
from rest_framework.response import Response

from tenants.live import actions, queries
from tenants.live.models import Kind, LiveRegister, Via
from tenants.requests.door import CustomerApiRequest, CustomerView, matched
from tenants.requests.fields import MomentField, PromptField
from tenants.requests.paging import narrowed
from tenants.requests.schema import example, operation
from tenants.requests.shapes import Shape
from tenants.requests.things import content_etag, valid
from tenants.routing.live import (
    REASONS,
    Diversion,
    LiveValue,
    Login,
    Order,
    Override,
    Pause,
    RegisterKind,
    fault,
    membership,
    subjects,
)
from tenants.routing.objects import STATES

LONGEST_REASON = 60


@example({"state": "closed", "until": "2026-11-24T17:00:00+01:00", "prompt": 12})
class OverrideSerializer(Shape):
    """A schedule forced into a state. It always ends."""

    state = serializers.ChoiceField(choices=STATES)
    until = MomentField()
    prompt = PromptField(allow_null=True, default=None)


@example({"on": False})
class LoginSerializer(Shape):
    """Whether a member takes part in a group."""

    on = serializers.BooleanField()


@example({"reason": "Kundmöte", "until": "2026-11-24T13:00:00+01:00"})
class PauseSerializer(Shape):
    """No calls from any group, for a while or until it is ended."""

    reason = serializers.CharField(max_length=LONGEST_REASON, allow_blank=True, default="")
    until = MomentField(allow_null=True, default=None)


@example({"reason": "lunch", "until": "2026-11-24T13:00:00+01:00", "target": "mailbox/12"})
class DiversionSerializer(Shape):
    """Away: calls go to ``target``, without one where they go when nobody answers."""

    reason = serializers.ChoiceField(choices=list(REASONS.values()))
    until = MomentField(allow_null=True, default=None)
    target = serializers.RegexField(
        r"^(mailbox|external|person)/[1-9][0-9]{0,17}\Z", max_length=40, allow_null=True, default=None
    )


@example(
    answered={
        "kind": "login", "subject": "group/17+person/41", "value": {"on": False}, "version": 12,
        "changed_at": "2026-11-24T09:41:00Z", "changed_by": "Karin Ek", "via": "phone",
        "pending": False, "wanted": None, "refused": "",
    }
)  # fmt: skip
class RegisterSerializer(Shape):
    """What is set for one subject. ``value`` is what the switch has, null at rest; ``wanted`` what is on its way there.

    ``refused`` says why the last change came to nothing: ``late``, ``unknown_subject`` or the switch's own word.
    """

    kind = serializers.ChoiceField(choices=Kind.choices)
    subject = serializers.CharField()
    value = serializers.DictField(allow_null=True)
    version = serializers.IntegerField()
    changed_at = serializers.DateTimeField(allow_null=True)
    changed_by = serializers.CharField()
    via = serializers.ChoiceField(choices=Via.choices)
    pending = serializers.BooleanField()
    wanted = serializers.DictField(allow_null=True)
    refused = serializers.CharField()


def shown(row: LiveRegister) -> dict[str, Any]:
    """Return a register as the API shows it."""
    return {
        "kind": row.kind, "subject": row.subject, "value": _plain(row.value), "version": row.version,
        "changed_at": row.changed_at, "changed_by": row.by, "via": row.via, "pending": row.wanted_command is not None,
        "wanted": _plain(row.wanted), "refused": row.refused,
    }  # fmt: skip


def _plain(value: Any) -> dict[str, Any] | None:
    """Return a value without the word for its kind, which stands beside it."""
    tag = queries.value_of(value)
    name = tag.__struct_config__.tag_field if tag is not None else None
    return None if value is None else {key: part for key, part in value.items() if key != name}


class Registers(CustomerView):
    """Everything that is set for the moment."""

    area: ClassVar[str] = "live"

    @operation(
        "live_list",
        "List what is set for the moment, and what is on its way. Subjects that were never touched are at rest.",
        responses=RegisterSerializer(many=True),
        parameters=[OpenApiParameter("kind", str, enum=Kind.values, description="Only registers of this kind.")],
    )
    def get(self, request: CustomerApiRequest) -> Response:
        """List the registers."""
        rows = LiveRegister.objects.order_by("kind", "subject", "pk")
        rows = narrowed(rows, request, (), {"kind": "kind"}, {"kind": Kind.values})
        pages = self.pagination_class()
        page: list[Any] = pages.paginate_queryset(rows, request, view=self) or []
        answer: Response = pages.get_paginated_response([RegisterSerializer(shown(row)).data for row in page])
        return answer


class OneRegister(CustomerView):
    """One subject's register. A room below says which, and what a change looks like."""

    area: ClassVar[str] = "live"
    kind: ClassVar[RegisterKind]
    sent: ClassVar[type[Shape]]

    def subject(self, **kwargs: int) -> str:
        """Return the subject an address names."""
        raise NotImplementedError

    def named(self, **kwargs: int) -> dict[str, int]:
        """Return what the subject is named by: what stands in the address, unless a room below knows more."""
        return kwargs

    def read(self, **kwargs: int) -> Response:
        """Return the register; a subject that was never touched is at rest."""
        return _answer(self._row(**kwargs), status.HTTP_200_OK)

    def ask(self, request: CustomerApiRequest, value: LiveValue | None, **kwargs: int) -> Response:
        """Ask for a value, if the client has seen what is there."""
        row = self._row(**kwargs)
        matched(request, _etag(row))
        order = Order(kind=self.kind, subject=row.subject, value=value)
        made = actions.want(customer_id=request.customer.pk, order=order, by=request.user, via="api")
        return _answer(made, status.HTTP_202_ACCEPTED)

    def _row(self, **kwargs: int) -> LiveRegister:
        subject = self.subject(**kwargs)
        order = Order(kind=self.kind, subject=subject)
        if fault(order) or not all(queries.is_active(key) for key in subjects(order)):
            raise Http404
        found = LiveRegister.objects.filter(kind=self.kind, subject=subject).first()
        return found or LiveRegister(customer_id=self.request.customer.pk, kind=self.kind, subject=subject)


def _etag(row: LiveRegister) -> str:
    return content_etag(RegisterSerializer(shown(row)).data)


def _answer(row: LiveRegister, code: int) -> Response:
    return Response(RegisterSerializer(shown(row)).data, code, headers={"ETag": _etag(row)})


TAKEN = {202: OpenApiResponse(RegisterSerializer, description="Taken down, and on its way to the switch.")}


def register_view(
    name: str, words: str, kind: RegisterKind, sent: type[Shape], subject: Any, value: Any,
    *, base: type[OneRegister] = OneRegister, tag: str = "live",
) -> type[OneRegister]:  # fmt: skip
    """Make the view of one kind: read, set and end. ``base`` says who may and whose it is, ``tag`` begins its name."""

    class View(OneRegister):
        @operation(f"{tag}_{name}_read", f"Read {words}.", responses=RegisterSerializer)
        def get(self, request: CustomerApiRequest, **kwargs: int) -> Response:
            return self.read(**kwargs)

        @operation(
            f"{tag}_{name}_replace", f"Set {words}. It is answered at once and in force when it is no longer pending.",
            request=sent, responses=TAKEN,
        )  # fmt: skip
        def put(self, request: CustomerApiRequest, **kwargs: int) -> Response:
            return self.ask(request, value(valid(sent, request)), **kwargs)

        @operation(f"{tag}_{name}_delete", f"End {words}: back to rest.", responses=TAKEN)
        def delete(self, request: CustomerApiRequest, **kwargs: int) -> Response:
            return self.ask(request, None, **kwargs)

        def subject(self, **kwargs: int) -> str:
            return str(subject(**self.named(**kwargs)))

    more = {"kind": kind, "sent": sent, "__qualname__": f"{tag}{name}".title()}
    return type(f"{tag}{name}".title(), (View, base), more)


def of_person(person: int) -> str:
    """Return a person's key."""
    return f"person/{person}"


def of_member(group: int, person: int) -> str:
    """Return the subject of a member's login."""
    return membership(f"group/{group}", f"person/{person}")


Overrides = register_view(
    "override", "the state a schedule is forced into", "override", OverrideSerializer,
    lambda schedule: f"schedule/{schedule}", lambda data: Override(**data),
)  # fmt: skip
Logins = register_view(
    "login", "whether a member is logged in to a group", "login", LoginSerializer,
    of_member, lambda data: Login(**data),
)  # fmt: skip
Pauses = register_view("pause", "a person's pause", "pause", PauseSerializer, of_person, lambda data: Pause(**data))
Diversions = register_view(
    "diversion", "a person's diversion", "diversion", DiversionSerializer, of_person, lambda data: Diversion(**data)
)

urlpatterns = [
    path("", Registers.as_view(), name="api-live"),
    path("schedules/<int:schedule>/override/", Overrides.as_view(), name="api-live-override"),
    path("people/<int:person>/pause/", Pauses.as_view(), name="api-live-pause"),
    path("people/<int:person>/diversion/", Diversions.as_view(), name="api-live-diversion"),
    path("groups/<int:group>/members/<int:person>/login/", Logins.as_view(), name="api-live-login"),
]
