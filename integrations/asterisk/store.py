"""What the node keeps: every customer's active objects, the secrets, and the rows derived from them, in one file.

Asterisk and the ask always see one generation, and a node killed at any point comes back with exactly one. A few
changes are written in one transaction. Anything larger is written into a stage of its own, in short transactions
that keep nobody waiting, and becomes active by one row; what was active before is swept away afterwards.
Asterisk only reads.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from integrations.asterisk import losses, rows, scrubbing, storefile, sweeping
from integrations.asterisk.building import Building, Object
from integrations.asterisk.lookups import Lookups
from integrations.asterisk.rows import Rotten, Secrets
from integrations.asterisk.scrubbing import Drift
from tenants.routing import intake, root
from tenants.routing.intake import Held, Refused, Staged
from tenants.routing.objects import Key
from tenants.routing.wire import Conflict, Push, Receipt

log = logging.getLogger(__name__)
SMALL = 200
"""As many changes are written in one transaction; the portal publishes bulk work in chunks of these."""
SWEPT_AT_ONCE = 500


class Store(Lookups):
    """The file, opened. Any thread may use it; pushes take turns."""

    def __init__(self, path: Path, at: Callable[[str], None] = lambda _: None) -> None:
        """Open the file, making it if need be. ``at`` is told each point at which tests kill the process."""
        super().__init__(path)
        self._at = at
        self._filling: set[int] = set()

    # --- activating ---------------------------------------------------------------------------------------------------

    def activate(
        self, push: Push, staged: Mapping[Key, Staged | None], secrets: Secrets, portal: str, arrived: float
    ) -> Receipt | Conflict:
        """Make a push what calls follow, or say why it comes out of turn.

        ``arrived`` is ``time.perf_counter()`` when the request came. Its sound files must be here already.

        :raises Refused: if it can never be accepted.
        """
        try:
            if push.base is None or len(staged) > SMALL or not self.held(push.customer).generation:
                return self._build(push, staged, secrets, portal, arrived)
            return self._change(push, staged, secrets, portal, arrived)
        except Rotten:
            return self._out_of_turn(push, "root_mismatch")

    def _change(
        self, push: Push, staged: Mapping[Key, Staged | None], secrets: Secrets, portal: str, arrived: float
    ) -> Receipt | Conflict:
        """Write a few changes where calls follow them, in one transaction."""
        with self._file.writing() as connection:
            held, stage = rows.held(connection, push.customer), rows.stage_of(connection, push.customer)
            verdict = _verdict(held, portal, push)
            if verdict == "same":
                return rows.receipt(connection, push.customer)
            if isinstance(verdict, Conflict):
                return verdict
            buckets = intake.apply_buckets(held, push, staged, lambda bucket: rows.hashes_in(connection, stage, bucket))
            if root.root_of(buckets) != push.root:
                return intake.conflict("root_mismatch", push.customer, held)
            rows.change(connection, push.customer, stage, staged, secrets)
            losses.note(connection, push, (key for key, part in staged.items() if part is None))
            rows.mark(connection, push, stage, buckets, (time.perf_counter() - arrived) * 1000)
            self._at("changed")
            return rows.receipt(connection, push.customer)

    def _build(
        self, push: Push, staged: Mapping[Key, Staged | None], secrets: Secrets, portal: str, arrived: float
    ) -> Receipt | Conflict:
        """Write everything into a stage of its own, then have calls follow that."""
        verdict = _verdict(self.held(push.customer), portal, push)
        if isinstance(verdict, Conflict):
            return verdict
        if verdict == "same":
            return self.receipt(push.customer)
        base, known = ({}, {}) if push.base is None else self._stored(push.customer)
        building = Building.of(push.customer, base, {**known, **secrets}, staged)
        if root.root_of(buckets := building.buckets) != push.root:
            return self._out_of_turn(push, "root_mismatch")
        with self._filled(push.customer, building) as stage, self._file.turn:
            refused, lost, gone = self._compared(push.customer, stage)
            with self._file.writing() as connection:
                verdict = _verdict(rows.held(connection, push.customer), portal, push)
                if isinstance(verdict, Conflict):
                    return verdict
                if verdict == "apply":
                    if refused:
                        raise refused
                    rows.mark(connection, push, stage, buckets, (time.perf_counter() - arrived) * 1000)
                    rows.drop(connection, lost)
                    losses.note(connection, push, gone)
                self._at("flipping")
                return rows.receipt(connection, push.customer)

    def _stored(self, customer: int) -> tuple[dict[Key, Object], dict[rows.Secret, str]]:
        """Return what a customer has.

        :raises Rotten: if it is not what was stored.
        """
        with self._file.reading() as connection:
            stage = rows.stage_of(connection, customer)
            return scrubbing.objects_of(connection, stage), rows.secrets_of(connection, stage)

    @contextmanager
    def _filled(self, customer: int, building: Building) -> Iterator[int]:
        """Fill a stage, a little at a time with as long a pause after each, and yield it."""
        with self._file.writing() as connection:
            stage = rows.new_stage(connection, customer)
            self._filling.add(stage)
        try:
            for write in building.writes():
                began = time.perf_counter()
                with self._file.writing() as connection:
                    write(connection, stage)
                    self._at("filling")
                time.sleep(time.perf_counter() - began)
            self._at("filled")
            yield stage
        finally:
            self._filling.discard(stage)

    def _compared(self, customer: int, stage: int) -> tuple[Refused | None, list[str], list[Key]]:
        """Return what in a filled stage another customer has, and the telephones and objects that go with the old."""
        with self._file.reading() as connection:
            before = rows.stage_of(connection, customer)
            lost, gone = rows.lost_telephones(connection, before, stage), losses.between(connection, before, stage)
            return rows.taken(connection, customer, stage), lost, gone

    def _out_of_turn(self, push: Push, code: intake.ConflictCode) -> Conflict:
        return intake.conflict(code, push.customer, self.held(push.customer))

    # --- keeping in order ---------------------------------------------------------------------------------------------

    def forget_dropped(self, names: frozenset[str]) -> None:
        """Asterisk has forgotten these."""
        with self._file.writing() as connection:
            connection.executemany("DELETE FROM dropped WHERE username = ?", ((name,) for name in names))

    def forget_gone(self, customer: int, keys: Iterable[Key]) -> None:
        """Nothing beside this file speaks of these any more."""
        with self._file.writing() as connection:
            connection.executemany("DELETE FROM gone WHERE customer = ? AND key = ?", ((customer, key) for key in keys))

    def set_absences(self, absent: Iterable[tuple[str, str, int]]) -> None:
        """Write who takes no calls from which line."""
        with self._file.writing() as connection:
            connection.execute("DELETE FROM absences")
            connection.executemany("INSERT INTO absences VALUES (?, ?, ?)", absent)

    def sweep(self) -> None:
        """Delete the rows that no call follows any more, a little at a time."""
        for (stage,) in self._file.all(sweeping.UNFOLLOWED):
            done = False
            while not done:
                began = time.perf_counter()
                done = self._sweep_some(stage)
                time.sleep(time.perf_counter() - began)

    def _sweep_some(self, stage: int) -> bool:
        """Delete some rows of a stage, and tell whether that is all.

        The turn to write is what makes sure: a stage that was being filled when it was listed is followed by now.
        """
        with self._file.writing() as connection:
            if stage in self._filling or sweeping.is_followed(connection, stage):
                return True
            gone = sweeping.some(connection, stage, SWEPT_AT_ONCE)
            self._at("sweeping")
            return gone

    def scrub(self, customer: int) -> Drift:
        """Compute a customer's root and rows anew from the stored bytes, and tell what was not as it should be.

        If the objects are right, all else is put right at once, the way a snapshot is activated. If an object or a
        secret is not, the root is lost, so that the portal, which compares roots, sends everything.
        """
        self.doubted.discard(customer)
        with self._file.reading() as connection:
            before = connection.execute("SELECT * FROM customers WHERE customer = ?", (customer,)).fetchone()
            found = scrubbing.look(connection, customer) if before else None
        if not found or not found.drift:
            return Drift()
        if found.building is None:
            return self._give_up(customer, before, found.drift)
        buckets = found.building.buckets
        with self._filled(customer, found.building) as stage, self._file.writing() as connection:
            now = connection.execute("SELECT * FROM customers WHERE customer = ?", (customer,)).fetchone()
            if now == before:
                rows.point(connection, customer, stage, buckets)
        return found.drift

    def _give_up(self, customer: int, before: tuple[Any, ...], drift: Drift) -> Drift:
        """Lose a customer's root. Return the drift, or none if the root was lost already."""
        with self._file.writing() as connection:
            now = rows.held(connection, customer)
            if now.root == rows.DAMAGED or now != Held(before[2], before[3], before[4], before[5]):
                return Drift()
            rows.damage(connection, customer)
        return drift

    def salvage(self, left: Path) -> list[int]:
        """Bring over, from a file that had to be left, every customer who can still be read whole. Return them.

        One the portal has sent meanwhile stays as it is.
        """
        try:
            with closing(storefile.connect(left)) as connection:
                return [row[0] for row in scrubbing.customers_of(connection) if self._bring_over(connection, row)]
        except sqlite3.DatabaseError as error:
            log.warning("nothing of %s can be read: %s", left, error)
            return []

    def _bring_over(self, connection: sqlite3.Connection, row: tuple[Any, ...]) -> bool:
        try:
            building = scrubbing.look(connection, row[0], given=True).building
        except (sqlite3.Error, ValueError, TypeError) as error:
            log.warning("customer %s can't be read any more: %s", row[0], error)
            return False
        if building is None:
            return False
        with self._filled(row[0], building) as stage, self._file.writing() as here:
            if rows.held(here, row[0]).generation:
                return False
            rows.adopt(here, (row[0], stage, *row[2:]))
            rows.point(here, row[0], stage, building.buckets)
        return True

    def check(self) -> None:
        """Have SQLite look through the whole file, and leave it if it is beyond repair."""
        found = self._file.all("PRAGMA integrity_check(3)")
        if found != [("ok",)]:
            log.error("the store is damaged: %s", found)
            self._file.begin_anew(self._file.path)
        with self._file.writing() as connection:
            sweeping.adopt_strays(connection)


def _verdict(held: Held, portal: str, push: Push) -> intake.Verdict | Conflict:
    """Tell whether a push comes in turn. On what is damaged nothing can be built."""
    verdict = intake.in_order(held, portal, push)
    if verdict == "apply" and held.generation and held.root == rows.DAMAGED and push.base is not None:
        return intake.conflict("root_mismatch", push.customer, held)
    return verdict
