"""Whatever has been edited and published, any generation can be brought back, to the hash."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tenants.changes import actions, queries
from tenants.changes.models import Object
from tenants.changes.refusals import NothingToPublish
from tenants.customers import scope
from tenants.destinations.models import Destination
from tenants.groups import actions as groups
from tenants.groups.models import Group, Strategy
from tenants.menus import actions as menus
from tenants.menus.models import Menu
from tenants.refusals import Refusal
from tenants.routing.root import buckets_of, root_of
from tenants.timeswitches import actions as timeswitches
from tenants.timeswitches.models import TimeSwitch
from tests.factories import flow
from tests.factories.cast import Cast, cast
from tests.factories.externals import external

pytestmark = pytest.mark.django_db


class Hand:
    """Edits a flow as told by numbers drawn at random; what is refused is simply not done."""

    def __init__(self, everybody: Cast, story: flow.Story) -> None:
        self.customer = everybody.norrsken.pk
        self.story = story
        self.made = 0

    def target(self, draw: int) -> int:
        """Return one of the places calls may go, other than the main menu."""
        places = Destination.objects.filter(removed=False).exclude(pk=self.story.main.pk).order_by("pk")
        return places[draw % places.count()].pk

    def keys(self, draw: int) -> None:
        """Give the main menu other keys, sometimes another name."""
        menu = Menu.objects.get(pk=self.story.main.pk)
        choices = {"123456789"[n]: menus.Choice(self.target(draw + n)) for n in range(1 + draw % 4)}
        wish = menus.Wish(
            ["Huvudmeny", "Dagmeny", "Support"][draw % 3], menu.prompt_id, choices, self.story.desk.pk,
            self.story.desk.pk, tries=1 + draw % 5,
        )  # fmt: skip
        menus.change(menu=menu, by=None, version=None, wish=wish)

    def members(self, draw: int) -> None:
        """Give a group other members, another order or another way to ring."""
        group = Group.objects.filter(destination__removed=False).order_by("pk")[draw % 2]
        people = [person.pk for person in self.story.people][:: 1 if draw % 2 else -1]
        wish = groups.Wish(
            f"Grupp {draw}", list(Strategy)[draw % 2], tuple(people[: 1 + draw % 2]), 10 + draw, self.story.box.pk
        )
        groups.change(group=group, by=None, version=None, wish=wish)

    def outside(self, draw: int) -> None:
        """Add an external number, which is live at once."""
        self.made += 1
        external(self.customer, f"Jour {self.made}", "070-174 06 3" + str(draw % 10))

    def step(self, draw: int) -> None:
        """Add a group that may come to be used."""
        self.made += 1
        who = self.story.people[draw % 2].pk
        wish = groups.Wish(f"Ny {self.made}", members=(who,), no_answer_id=self.story.box.pk)
        groups.make(customer_id=self.customer, by=None, wish=wish)

    def away(self, draw: int) -> None:
        """Remove the second menu, leading its calls to the desk."""
        menu = Menu.objects.get(pk=self.story.support.pk, destination__removed=False)
        menus.remove(menu=menu, by=None, version=None, instead=self.story.desk.destination if draw % 2 else None)

    def hours(self, draw: int) -> None:
        """Give the time switch another name and other ways out, or remove it for the main menu."""
        switch = TimeSwitch.objects.get(pk=self.story.switch.pk, destination__removed=False)
        if draw % 5 == 4:
            timeswitches.remove(switch=switch, by=None, version=None, instead=self.story.main.destination)
            return
        wish = timeswitches.Wish(
            f"Tider {draw % 3}", switch.schedule_id, self.story.main.pk, self.story.closed.pk,
            lunch_id=self.story.box.pk if draw % 2 else None,
        )  # fmt: skip
        timeswitches.change(switch=switch, by=None, version=None, wish=wish)

    def publish(self, draw: int) -> None:
        """Publish all that waits, or every other key of it."""
        keys = [obj.key for obj in queries.waiting()][:: 1 + draw % 2]
        actions.publish(customer_id=self.customer, by=None, keys=keys)

    def do(self, name: str, draw: int) -> None:
        """Do one thing, unless the house says no."""
        act: Callable[[int], None] = getattr(self, name)
        try:
            with transaction.atomic():
                act(draw)
        except (Refusal, Menu.DoesNotExist, TimeSwitch.DoesNotExist):
            return


acts = st.sampled_from(["keys", "members", "outside", "step", "away", "hours", "publish", "publish"])
edits = st.lists(st.tuples(acts, st.integers(0, 59)), min_size=3, max_size=9)


@pytest.mark.slow
@settings(
    max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate]
)
@given(edits=edits, back=st.integers(0, 30))
def test_a_rollback_gives_every_hash_again(edits: list[tuple[str, int]], back: int) -> None:
    with transaction.atomic():
        everybody = cast()
        with scope.customer(everybody.norrsken.pk):
            story = flow.story(everybody.norrsken)
            actions.publish(customer_id=everybody.norrsken.pk, by=None)
            first = queries.publication().generation
            hand = Hand(everybody, story)
            for name, draw in edits:
                hand.do(name, draw)
            last = queries.publication().generation
            generation = first + back % (last - first + 1)
            _roll_back(everybody, generation)
        transaction.set_rollback(True)


def _roll_back(everybody: Cast, generation: int) -> None:
    then = queries.hashes_at(generation)
    with suppress(NothingToPublish):
        actions.rollback(customer_id=everybody.norrsken.pk, generation=generation, by=everybody.alice)
    drafts = {key: draft for key, draft in Object.objects.values_list("key", "draft") if draft}
    published = dict(Object.objects.filter(published__isnull=False).values_list("key", "published"))
    assert published == then
    assert drafts == then
    assert queries.publication().root == root_of(buckets_of(then.items()))
    assert not queries.waiting()
    standing = {destination.key for destination in Destination.objects.filter(removed=False)}
    assert standing == {
        key for key in then if key.partition("/")[0] in set(Destination.objects.values_list("kind", flat=True))
    }
