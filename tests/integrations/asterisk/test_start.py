"""Settings, and two processes that start at once."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from integrations.asterisk.ami import Ami, Unreachable, encode
from integrations.asterisk.settings import Misconfigured, load
from tests.integrations.asterisk.exchange import ROOT, Exchange, free_port

STARTER = """
import sys
from integrations.asterisk import settings, storefile
own = settings.Settings(home=sys.argv[1])
sys.stdin.readline()
print(settings.ami_secret(own))
storefile.prepare(own.store)
"""


def test_variables_win_over_the_file(tmp_path: Path) -> None:
    path = tmp_path / "node.toml"
    path.write_text('home = "/srv/node"\nport = 9000\nsip_port = 5070\n')
    found = load({"NODE_CONFIG": str(path), "NODE_PORT": "9001", "NODE_UNKNOWN": "x", "NODE_URL": ""})
    assert (found.home, found.port, found.sip_port, found.address) == ("/srv/node", 9001, 5070, "http://127.0.0.1:9001")


@pytest.mark.parametrize(
    "text",
    ["", "home = 5", 'home = "x"\nport = "many"', 'home = "x"\ncolour = "red"', "not toml", 'home = "x"\nport = 2.5'],
)
def test_a_setting_that_can_not_be_used_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "node.toml"
    path.write_text(text)
    with pytest.raises(Misconfigured):
        load({"NODE_CONFIG": str(path)})


def test_node_and_asterisk_may_start_at_once(tmp_path: Path) -> None:
    line = [sys.executable, "-c", STARTER, str(tmp_path)]
    starting = [
        subprocess.Popen(line, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(6)
    ]
    for process in starting:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    said = {process.communicate(timeout=30)[0] for process in starting}
    assert len(said) == 1
    assert {process.returncode for process in starting} == {0}
    assert [path.name for path in tmp_path.glob("ami.secret*")] == ["ami.secret"]
    with sqlite3.connect(tmp_path / "rows.sqlite3") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_asterisk_away_is_said_and_waited_for() -> None:
    async def ask() -> None:
        ami = Ami(free_port(), "x", lambda _: None)
        running = asyncio.create_task(ami.run())
        await asyncio.sleep(0.5)
        assert not ami.connected.is_set()
        with pytest.raises(Unreachable):
            await ami.ask("Ping")
        running.cancel()

    asyncio.run(ask())


@pytest.mark.slow
@pytest.mark.asterisk
def test_a_wrong_password_is_not_taken_for_a_connection(exchange: Exchange) -> None:
    async def ask() -> None:
        ami = Ami(exchange.settings.ami_port, "wrong", lambda _: None)
        running = asyncio.create_task(ami.run())
        await asyncio.sleep(1.5)
        assert not ami.connected.is_set()
        running.cancel()

    asyncio.run(ask())


def test_a_field_can_not_carry_another_action() -> None:
    assert (
        encode({"Action": "Ping", "Variable": ["A=1", "B=2"]})
        == b"Action: Ping\r\nVariable: A=1\r\nVariable: B=2\r\n\r\n"
    )
    with pytest.raises(ValueError, match="line break"):
        encode({"Action": "Originate", "Channel": "x\r\nAction: Command\r\nCommand: core stop now"})
