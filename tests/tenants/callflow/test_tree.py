"""The tree: every step once, where the shortest way to it ends; what is drawn elsewhere is pointed at."""

from __future__ import annotations

from datetime import UTC, datetime

from tenants.callflow.paths import View, read_view
from tenants.callflow.tree import Drawing, Place, draw, gone_ways
from tenants.routing import objects
from tenants.routing.objects import AnyObject, Key, key_of

TUESDAY = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
NUMBER = "number/1"


def menu(ident: int, keys: dict[str, Key], **more: Key) -> objects.Menu:
    choices = tuple(objects.Choice(digit=digit, target=target) for digit, target in keys.items())
    return objects.Menu(id=ident, name=f"Meny {ident}", choices=choices, **more)  # type: ignore[arg-type]


def tree(entry: Key, *others: AnyObject, view: View | None = None) -> Place:
    number = objects.Number(id=1, name="", e164="+46406221000")
    every = (number, objects.NumberFlow(id=1, entry=entry), *others)
    return draw(Drawing({key_of(obj): obj for obj in every}, view or View(TUESDAY)), NUMBER)


def week() -> tuple[objects.WeekDay, ...]:
    day = (objects.Opening(start=480, end=1020),)
    return tuple(objects.WeekDay(weekday=weekday, openings=day) for weekday in range(5))


def switch() -> tuple[objects.TimeSwitch, objects.Schedule]:
    return (
        objects.TimeSwitch(id=2, name="Öppet?", schedule="schedule/9", open="menu/3", closed="mailbox/4"),
        objects.Schedule(id=9, name="Vanlig", week=week()),
    )


def test_a_circle_ends_in_a_card_that_points_back() -> None:
    root = tree("menu/3", menu(3, {"1": "menu/4"}), menu(4, {"9": "menu/3"}))
    (support,) = root.then[0].branches
    (back,) = support.branches
    assert (back.key, back.reference, back.branches) == ("menu/3", "back", [])


def test_a_shared_step_is_drawn_once_nearest_the_number() -> None:
    group = objects.Group(id=5, name="Sälj")
    root = tree("menu/3", menu(3, {"1": "menu/4", "2": "group/5"}), menu(4, {"1": "group/5"}), group)
    drawn = [place for place in root.places() if place.key == "group/5"]
    assert [(place.level, place.reference) for place in drawn] == [(3, "shared"), (2, "")]


def test_what_is_removed_is_drawn_where_it_was() -> None:
    menu_now, menu_before = (
        menu(3, {"1": "menu/4", "3": "menu/4"}),
        menu(3, {"1": "menu/4", "2": "group/5", "3": "menu/4"}),
    )
    gone = gone_ways({"menu/3": menu_before}, {"group/5"})
    number = objects.Number(id=1, name="", e164="+46406222000")
    every = (number, objects.NumberFlow(id=1, entry="menu/3"), menu_now, menu(4, {}))
    root = draw(Drawing({key_of(obj): obj for obj in every}, View(TUESDAY), gone=gone), NUMBER)
    drawn = [(place.key, place.reference) for place in root.then[0].branches]
    assert drawn == [("menu/4", ""), ("group/5", "gone"), ("menu/4", "shared")]


def test_a_leaf_that_only_a_fallback_leads_to_is_a_line_on_the_card() -> None:
    group = objects.Group(id=5, name="Sälj", no_answer="mailbox/4")
    root = tree("group/5", group, objects.Mailbox(id=4, name="Låda"))
    assert [note.target for note in root.then[0].notes] == ["mailbox/4"]
    assert root.then[0].count == 0


def test_a_fallback_with_steps_of_its_own_is_drawn() -> None:
    group = objects.Group(id=5, name="Sälj", no_answer="group/6")
    root = tree("group/5", group, objects.Group(id=6, name="Jour"))
    assert [place.key for place in root.then[0].branches] == ["group/6"]


def test_only_the_way_calls_go_now_is_live() -> None:
    others = (*switch(), menu(3, {}), objects.Mailbox(id=4, name="Låda"))
    opened, closed = tree("timeswitch/2", *others).then[0].branches
    assert (opened.live, closed.live) == (True, False)
    night = View(datetime(2026, 11, 24, 22, 0, tzinfo=UTC))
    opened, closed = tree("timeswitch/2", *others, view=night).then[0].branches
    assert (opened.live, closed.live) == (False, True)


def test_a_forced_state_shows_its_way_and_falls_back_to_closed() -> None:
    others = (*switch(), menu(3, {}), objects.Mailbox(id=4, name="Låda"))
    view = read_view("holiday", TUESDAY)
    assert [place.live for place in tree("timeswitch/2", *others, view=view).then[0].branches] == [False, True]


def test_branches_below_the_fourth_level_start_folded() -> None:
    menus = [menu(ident, {"1": f"menu/{ident + 1}"}) for ident in range(1, 8)]
    root = tree("menu/1", *menus, menu(8, {}))
    assert [place.folded for place in root.places()] == [False] * 4 + [True] * 4 + [False]


def test_a_step_that_is_missing_is_still_a_card() -> None:
    root = tree("menu/3", menu(3, {"1": "group/404"}))
    assert root.then[0].branches[0].obj is None


def test_a_time_in_the_address_is_local() -> None:
    assert read_view("2026-11-24 15:30", TUESDAY).moment.utcoffset() is not None
    assert read_view("nonsense", TUESDAY) == View(TUESDAY)
