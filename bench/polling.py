"""What pages that are left open cost: each asks every second whether live state has changed, and mostly is answered no.

Asked of a gunicorn with two workers, as a browser does: ``page`` is a list of a group's members (204, nothing has
changed), ``bare`` the address that says the process lives, which touches no database. For each how many are answered
in a second by as many askers as the machine bears, and the CPU one takes of web and database; then ``BENCH_PAGES``
pages that ask once a second, and how late the slowest are answered.
"""

from __future__ import annotations

import http.client
import os
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from bench import _pair, _portal
from portal.stack import valkey

ASKERS = 4
MEMBERS = 10
WORKERS = 2


def figures() -> list[_pair.Figure]:
    """Return statements of the 204, requests a second and CPU milliseconds of both, and what the open pages take."""
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o711)
        url = _portal._postgres(stack, folder)
        _portal._settle(url, "redis://127.0.0.1:1/0", folder)
        path, cookie = _company()
        _portal.analyse(url("postgres"))
        port = valkey.free_port()
        line = ["-m", "gunicorn", "-w", str(WORKERS), "--threads", "2", "-b", f"127.0.0.1:{port}", "portal.wsgi"]
        _portal._child(stack, folder, line, {"ALLOWED_HOSTS": "127.0.0.1,localhost"}, port)
        web = _Web(port, cookie)
        rows = [("polling_statements", float(_statements(path, cookie)), "")]
        for what, where in {"bare": "/health/live", "page": path}.items():
            rows += web.hammered(what, where)
        return [*rows, *web.open_pages(path)]


def _company() -> tuple[str, str]:
    """Make a group whose members are looked at; return what its page asks, and the cookie of who looks."""
    from django.test import Client
    from django.utils import timezone

    from tenants.customers import scope
    from tenants.customers.models import Membership, Role, User
    from tenants.groups.duty import on_duty
    from tenants.onboarding.actions import make_customer
    from tests.factories import crowd
    from tests.factories.groups import group

    user = User.objects.create_user("polling@portal.test", name="Mätning")
    customer = make_customer(name="Mätning", slug="matning")
    with scope.customer(customer.pk):
        Membership.objects.create(customer=customer, user=user, role=Role.ADMIN)
        people = crowd.crowd(customer, MEMBERS)
        row = group(customer.pk, "Växel", members=tuple(one.pk for one in people), no_answer_id=people[0].pk)
        _lines, seen = on_duty(row, timezone.now())
    page = Client(SERVER_NAME="localhost")
    page.force_login(user)
    return f"/c/matning/groups/{row.pk}/duty/?seen={seen}", page.cookies["sessionid"].value


def _statements(path: str, cookie: str) -> int:
    from django.test import Client

    page = Client(SERVER_NAME="localhost")
    page.cookies["sessionid"] = cookie
    with _portal.counting() as statements:
        answer = page.get(path)
    if answer.status_code != 204:
        raise RuntimeError(f"{path}: {answer.status_code}")
    return len(statements)


class _Web:
    """A web server, and the CPU that it and its database have used."""

    def __init__(self, port: int, cookie: str) -> None:
        """Ask at this port, logged in."""
        self._port, self._headers = port, {"Cookie": f"sessionid={cookie}", "Host": "localhost"}

    def hammered(self, what: str, where: str) -> list[_pair.Figure]:
        """Ask as fast as it goes for some seconds."""
        seconds, before = _portal.size("SECONDS", 8), _used()
        until = time.monotonic() + seconds
        times = self._asked(where, lambda _asker, _number: time.monotonic() < until, ASKERS)
        each = (_used() - before) / len(times) * 1000
        return [
            (f"polling_{what}_rate", round(len(times) / seconds, 1), "1/s"),
            (f"polling_{what}_cpu", round(each, 2), "ms"),
        ]

    def open_pages(self, where: str) -> list[_pair.Figure]:
        """Leave pages open for some seconds, each of which asks once a second at a moment of its own."""
        pages, seconds, before = _portal.size("PAGES", 200), _portal.size("SECONDS", 8), _used()
        began = time.monotonic()

        def wait(asker: int, number: int) -> bool:
            time.sleep(max(0.0, began + number + asker / pages - time.monotonic()))
            return time.monotonic() < began + seconds

        times = self._asked(where, wait, pages)
        took = time.monotonic() - began
        return [
            ("polling_pages", pages, ""),
            ("polling_pages_rate", round(len(times) / took, 1), "1/s"),
            ("polling_pages_cores", round((_used() - before) / took, 2), ""),
            ("polling_pages_p50", round(statistics.median(times) * 1000, 1), "ms"),
            ("polling_pages_p99", round(statistics.quantiles(times, n=100)[98] * 1000, 1), "ms"),
        ]

    def _asked(self, where: str, goes_on: Callable[[int, int], bool], askers: int) -> list[float]:
        """Return how many seconds each answer took."""
        times: list[float] = []
        threads = [threading.Thread(target=self._ask, args=(where, goes_on, one, times)) for one in range(askers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return times

    def _ask(self, where: str, goes_on: Callable[[int, int], bool], asker: int, times: list[float]) -> None:
        number = 0
        while goes_on(asker, number):
            number += 1
            began = time.monotonic()
            link = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
            link.request("GET", where, headers=self._headers)
            answer = link.getresponse()
            if answer.status not in (200, 204):
                raise RuntimeError(f"{where}: {answer.status}")
            answer.read()
            link.close()
            times.append(time.monotonic() - began)


def _used() -> float:
    """Return the CPU seconds of all our children and theirs, which are the web and the database."""
    ticks, own = os.sysconf("SC_CLK_TCK"), {os.getpid()}
    rows = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    pairs = [tuple(map(int, row.split())) for row in rows.splitlines()]
    for _ in range(6):
        own |= {pid for pid, parent in pairs if parent in own}
    return sum(_ticks(pid) for pid in own - {os.getpid()}) / ticks


def _ticks(pid: int) -> int:
    """Return what a process and its children that ended have used; nothing if it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return sum(int(field) for field in fields[11:15])
