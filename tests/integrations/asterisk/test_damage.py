"""The node's file turns to noise while Asterisk reads it. Its telephones come back without a restart of anything."""

from __future__ import annotations

import os
import signal
import sqlite3
from contextlib import closing

import msgspec
import pytest

from integrations.asterisk import storefile
from tenants.routing.wire import Receipt, Roots
from tests.integrations.asterisk.exchange import Exchange, until
from tests.integrations.asterisk.flows import GREETING, mailbox, number
from tests.integrations.asterisk.test_telephones import two
from tests.integrations.switch.company import Company

pytestmark = [pytest.mark.asterisk, pytest.mark.listens]


def spoil(exchange: Exchange, pages: range) -> None:
    """Write noise over pages of the file in use, while node and Asterisk have it open."""
    path = storefile.current(exchange.settings.store)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as file:
        for page in pages:
            if page * 4096 < path.stat().st_size:
                file.seek(page * 4096)
                file.write(os.urandom(4096))


def roots(company: Company) -> dict[int, str]:
    """Return what the node says is active."""
    found = msgspec.json.decode(company.wire.http.get("/v1/roots").content, type=Roots)
    return {one.customer: one.root for one in found.roots}


def reopened(exchange: Exchange) -> bool:
    """Tell whether Asterisk has been told of the file in use."""
    config = (exchange.settings.folder / "etc/res_config_sqlite3.conf").read_text()
    return str(storefile.current(exchange.settings.store)) in config


def test_after_noise_all_over_the_file_the_portals_snapshot_brings_everything_back(
    exchange: Exchange, company: Company
) -> None:
    anna, bo = two(exchange, company)
    left = storefile.current(exchange.settings.store)
    spoil(exchange, range(1, 100_000))
    until(lambda: storefile.current(exchange.settings.store) != left, 15)
    until(lambda: reopened(exchange), 15)
    assert anna.register() == 401, "nothing could be read any more"
    answer = company.wire.push(company.snapshot(company.generation))
    assert isinstance(answer, Receipt)
    assert anna.register() == 200
    assert bo.register() == 200
    assert bo.call("1001").answered.wait(5)


def test_a_file_whose_index_is_damaged_is_read_whole_before_asterisk_changes(
    exchange: Exchange, company: Company
) -> None:
    """The objects can still be read, so the node needs nobody: the rows are made anew and calls go on."""
    called = number(company, mailbox(company))
    company.person(1, "1001")
    company.publish()
    before = roots(company)
    left = storefile.current(exchange.settings.store)
    with closing(sqlite3.connect(left)) as connection:
        query = "SELECT rootpage FROM sqlite_master WHERE name IN ('telephone_rows', 'number_rows')"
        pages = [page - 1 for (page,) in connection.execute(query)]
    for page in pages:
        spoil(exchange, range(page, page + 1))
    exchange.send(signal.SIGKILL)
    exchange.start()
    until(lambda: storefile.current(exchange.settings.store) != left, 15)
    until(lambda: reopened(exchange), 15)
    assert roots(company) == before
    call = exchange.outside.call(called, caller="+46701234567")
    assert call.answered.wait(5)
    assert call.sound.hears(GREETING)
    found = until(lambda: exchange.events("drift", company.customer))
    assert found[0]["data"] == {"file": 1, "healed": 1}
