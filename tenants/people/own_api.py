"""What is somebody's own over the API, as on Min sida: diversion, pause, logins to groups. Nobody reaches another's.

Whose it is says the login, or the key: one that the person has made. Who has no telephone here finds nothing.
"""

from __future__ import annotations

from django.http import Http404
from django.urls import path
from rest_framework import serializers
from rest_framework.response import Response

from tenants.apikeys.scopes import ME
from tenants.customers.models import Role
from tenants.destinations.api import DestinationSerializer
from tenants.destinations.queries import standing
from tenants.live.api import (
    DiversionSerializer,
    LoginSerializer,
    OneRegister,
    PauseSerializer,
    of_member,
    of_person,
    register_view,
)
from tenants.people.models import Person
from tenants.people.presence import groups_of
from tenants.people.presence_forms import DIVERTED_TO
from tenants.people.queries import own_person
from tenants.requests.door import CustomerApiRequest, CustomerView
from tenants.requests.schema import example, operation
from tenants.requests.shapes import Shape
from tenants.routing.live import Diversion, Login, Pause

ANNA = {"id": 42, "name": "Anna Berg", "extension": "101"}


class OwnGroupSerializer(Shape):
    """A group the person answers in. Its login stands at ``groups/{id}/login/``."""

    id = serializers.IntegerField()
    name = serializers.CharField()


@example(answered={**ANNA, "groups": [{"id": 17, "name": "Växeln"}]})
class OwnSerializer(Shape):
    """Who somebody is, and the groups they answer in."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    extension = serializers.CharField()
    groups = OwnGroupSerializer(many=True)


def person_of(request: CustomerApiRequest) -> Person:
    """Return the person who asks.

    :raises Http404: if whoever asks has no telephone here.
    """
    person = own_person(request.membership.user_id) if request.membership else None
    if person is None:
        raise Http404
    return person


class Own(CustomerView):
    """Who asks."""

    role = Role.USER
    area = ME

    @operation("me_own_read", "Read who you are here, and the groups you answer in.", responses=OwnSerializer)
    def get(self, request: CustomerApiRequest) -> Response:
        """Read it."""
        person = person_of(request)
        groups = [{"id": pk, "name": name} for pk, name in groups_of(person)]
        who = {"id": person.pk, "name": person.name, "extension": person.extension}
        return Response(OwnSerializer({**who, "groups": groups}).data)


class Targets(CustomerView):
    """Where one's calls can be diverted to."""

    role = Role.USER
    area = ME

    @operation(
        "me_targets_list",
        "List where you can divert your calls to: mailboxes, external numbers and other people, by key.",
        responses=DestinationSerializer(many=True),
    )
    def get(self, request: CustomerApiRequest) -> Response:
        """List them."""
        offered = standing().filter(kind__in=DIVERTED_TO).exclude(pk=person_of(request).pk)
        return self.listed(offered, DestinationSerializer)


class OwnRegister(OneRegister):
    """A register of who asks."""

    role = Role.USER
    area = ME

    def named(self, **kwargs: int) -> dict[str, int]:
        """Return the person who asks, and the group of the address if they answer in it.

        :raises Http404: if they don't.
        """
        person = person_of(self.request)
        if "group" in kwargs and kwargs["group"] not in dict(groups_of(person)):
            raise Http404
        return {**kwargs, "person": person.pk}


OwnPause = register_view(
    "pause", "your pause", "pause", PauseSerializer, of_person, lambda data: Pause(**data), base=OwnRegister, tag=ME
)
OwnDiversion = register_view(
    "diversion", "your diversion", "diversion", DiversionSerializer, of_person, lambda data: Diversion(**data),
    base=OwnRegister, tag=ME,
)  # fmt: skip
OwnLogin = register_view(
    "login", "whether you are logged in to a group", "login", LoginSerializer, of_member, lambda data: Login(**data),
    base=OwnRegister, tag=ME,
)  # fmt: skip

urlpatterns = [
    path("", Own.as_view(), name="api-own"),
    path("targets/", Targets.as_view(), name="api-own-targets"),
    path("pause/", OwnPause.as_view(), name="api-own-pause"),
    path("diversion/", OwnDiversion.as_view(), name="api-own-diversion"),
    path("groups/<int:group>/login/", OwnLogin.as_view(), name="api-own-login"),
]
