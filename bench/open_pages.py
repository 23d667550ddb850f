"""What pages that are left open cost: each has a stream, and asks only when something has changed.

A gunicorn with two workers and a uvicorn, as in the product. First as it was, to compare: ``BENCH_PAGES`` pages that
each ask once a second for a group's members and are answered 204. Then as many streams with nothing to tell: CPU and
memory. Then one change of live state for all of them at once: how late each page has its answer, from the commit on.
"""

from __future__ import annotations

import http.client
import os
import queue
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
        asking = web.asking(path)
        streams = valkey.free_port()
        line = ["-m", "uvicorn", "portal.asgi:application", "--port", str(streams), "--no-access-log"]
        _portal._child(stack, folder, line, {"STREAMS_PER_USER": "10000"}, streams)
        told = web.streams(streams, path)
        ratio = asking[0][1] / max(told[0][1], 0.001)
        return [
            ("open_pages", _portal.size("PAGES", 200), ""),
            *asking,
            *told,
            ("open_pages_ratio", round(ratio, 1), ""),
        ]


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

    user = User.objects.create_user("pages@portal.test", name="Mätning")
    customer = make_customer(name="Mätning", slug="matning")
    with scope.customer(customer.pk):
        Membership.objects.create(customer=customer, user=user, role=Role.ADMIN)
        people = crowd.crowd(customer, MEMBERS)
        row = group(customer.pk, "Växel", members=tuple(one.pk for one in people), no_answer_id=people[0].pk)
        _lines, seen = on_duty(row, timezone.now())
    page = Client(SERVER_NAME="localhost")
    page.force_login(user)
    return f"/c/matning/groups/{row.pk}/duty/?seen={seen}", page.cookies["sessionid"].value


def _change() -> float:
    """Let a member's pause be told of; return when that was in the record."""
    from tenants.customers import scope
    from tenants.customers.models import Customer
    from tenants.people.models import Person
    from tenants.routing.live import Pause
    from tests.factories.live import told

    customer = Customer.objects.get(slug="matning")
    with scope.customer(customer.pk):
        person = Person.objects.order_by("pk").first()
        assert person is not None
        told(customer.pk, "pause", f"person/{person.pk}", Pause())
    return time.monotonic()


def _memory(port: int) -> float:
    """Return the kilobytes of whoever serves the streams."""
    rows = subprocess.run(["ps", "-eo", "rss=,args="], capture_output=True, text=True, check=True).stdout
    return float(next(row.split()[0] for row in rows.splitlines() if f"portal.asgi:application --port {port}" in row))


class _Web:
    """A web server, and the CPU that it and its database have used."""

    def __init__(self, port: int, cookie: str) -> None:
        """Ask at this port, logged in."""
        self._port, self._headers = port, {"Cookie": f"sessionid={cookie}", "Host": "localhost"}

    def asking(self, where: str) -> list[_pair.Figure]:
        """Let pages ask once a second for some seconds, each at a moment of its own."""
        pages, seconds, before = _portal.size("PAGES", 200), _portal.size("SECONDS", 8), _used()
        began = time.monotonic()

        def wait(asker: int, number: int) -> bool:
            time.sleep(max(0.0, began + number + asker / pages - time.monotonic()))
            return time.monotonic() < began + seconds

        times = self._asked(where, wait, pages)
        took = time.monotonic() - began
        return [
            ("open_pages_asking_cores", round((_used() - before) / took, 3), ""),
            ("open_pages_asking_rate", round(len(times) / took, 1), "1/s"),
            ("open_pages_asking_p99", round(statistics.quantiles(times, n=100)[98] * 1000, 1), "ms"),
        ]

    def streams(self, port: int, where: str) -> list[_pair.Figure]:
        """Open streams, leave them for some seconds, and then change something."""
        pages, seconds, memory = _portal.size("PAGES", 200), _portal.size("SECONDS", 8), _memory(port)
        changed, answered = threading.Event(), queue.Queue[float]()
        threads = [threading.Thread(target=self._hear, args=(port, where, changed, answered)) for _ in range(pages)]
        for thread in threads:
            thread.start()
        for _ in threads:
            answered.get(timeout=60)
        each, before, began = (_memory(port) - memory) / pages, _used(), time.monotonic()
        time.sleep(seconds)
        idle = (_used() - before) / (time.monotonic() - began)
        changed.set()
        at = _change()
        late = sorted(answered.get(timeout=60) - at for _ in threads)
        for thread in threads:
            thread.join()
        return [
            ("open_pages_streams_cores", round(idle, 3), ""),
            ("open_pages_streams_memory", round(each), "kB"),
            ("open_pages_change_p50", round(statistics.median(late) * 1000), "ms"),
            ("open_pages_change_slowest", round(late[-1] * 1000), "ms"),
        ]

    def _hear(self, port: int, where: str, changed: threading.Event, answered: queue.Queue[float]) -> None:
        """Be one page: say when the stream has begun, and when the answer after the change has come."""
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        link.request("GET", "/streams/c/matning/", headers=self._headers)
        stream = link.getresponse()
        while not stream.readline().startswith(b"event: testcall"):
            pass
        answered.put(0.0)
        while not (stream.readline().startswith(b"event: live") and changed.is_set()):
            pass
        page = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        page.request("GET", where, headers=self._headers)
        answer = page.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{where}: {answer.status}")
        answered.put(time.monotonic())
        page.close()
        link.close()

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
