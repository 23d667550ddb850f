"""What `make run` remembers, and where it may keep it."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from portal.stack import places
from portal.stack.plan import Incomplete, Plan
from portal.stack.state import PORTS, AlreadyRunning, State, read_pairs


def test_secrets_are_made_once_and_only_ours_to_read(tmp_path: Path) -> None:
    first = State(tmp_path).secrets()
    assert State(tmp_path).secrets() == first
    assert stat.S_IMODE((tmp_path / "secrets.env").stat().st_mode) == 0o600
    assert len(set(first.values())) == len(first)


def test_a_secret_that_a_later_version_needs_is_added(tmp_path: Path) -> None:
    first = State(tmp_path).secrets()
    path = tmp_path / "secrets.env"
    path.write_text("".join(f"{name}={value}\n" for name, value in first.items() if name != "FIELD_KEYS"))
    second = State(tmp_path).secrets()
    assert {name: value for name, value in second.items() if name != "FIELD_KEYS"} == {
        name: value for name, value in first.items() if name != "FIELD_KEYS"
    }
    assert second["FIELD_KEYS"] != first["FIELD_KEYS"]
    assert read_pairs(path) == second


def test_a_taken_port_is_not_chosen(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        (tmp_path / "ports.env").write_text(f"PORT_PAGES={port}\n")
        assert State(tmp_path).ports()["PORT_PAGES"] != port


def test_a_port_that_is_no_number_is_not_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ports.env").write_text("PORT_PAGES=²\n")
    for name in PORTS:
        monkeypatch.setenv(name, "٣²")
    assert all(port > 1023 for port in State(tmp_path).ports().values())


def test_ports_stay_over_a_restart(tmp_path: Path) -> None:
    assert State(tmp_path).ports() == State(tmp_path).ports()


def test_two_at_once_is_refused_and_says_who(tmp_path: Path) -> None:
    with State(tmp_path).lock(), pytest.raises(AlreadyRunning, match=str(os.getpid())):
        State(tmp_path).lock()


def test_a_database_without_the_owner_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://portal_app@db/portal")
    monkeypatch.delenv("DATABASE_URL_OWNER", raising=False)
    monkeypatch.delenv("DATABASE_URL_WORKER", raising=False)
    with pytest.raises(Incomplete, match="DATABASE_URL_OWNER, DATABASE_URL_WORKER must be given too"):
        Plan.load(tmp_path)


def test_a_process_gets_one_login_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "DATABASE_URL_OWNER", "DATABASE_URL_WORKER"):
        monkeypatch.setenv(name, f"postgresql://{name}@db/portal")
    env = Plan.load(tmp_path).environment("WORKER", None)
    assert {name: value for name, value in env.items() if name.startswith("DATABASE_URL")} == {
        "DATABASE_URL": "postgresql://DATABASE_URL_WORKER@db/portal"
    }


def test_a_long_path_gets_its_socket_elsewhere(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 90)
    folder = places.socket_folder(deep, ".s.PGSQL.5432", None)
    assert folder != deep
    assert len(str(folder / ".s.PGSQL.5432")) < places.SOCKET_PATH_LIMIT
    folder.rmdir()
    assert places.socket_folder(Path("/tmp/portal-short"), ".s.PGSQL.5432", None) == Path("/tmp/portal-short")
    Path("/tmp/portal-short").rmdir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another account")
def test_a_closed_folder_is_left_for_a_reachable_one(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    account = places.unprivileged()
    folder = places.reachable_folder(closed / "postgres", account)
    assert not folder.is_relative_to(tmp_path)
    assert places.may(account, "w", folder)
    assert places.reachable_folder(closed / "postgres", account) == folder, "the next start finds the same one"
    folder.rmdir()
    folder.parent.rmdir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_somebody_elses_folder_is_refused(tmp_path: Path) -> None:
    folder = places.outside(tmp_path / "data").parent
    os.chown(folder, 65534, 65534)
    with pytest.raises(PermissionError, match="belongs to somebody else"):
        places.outside(tmp_path / "data")
    folder.rmdir()
