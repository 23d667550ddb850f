"""A large request yields the processor while it lasts, and only where it can take it back."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import pytest
from django.db import connection

from tenants.requests.background import NICER, _capabilities, _may_return_to, in_background

CAP_SYS_RESOURCE = 24
AS_NOBODY = """
import contextlib, os, resource, sys, threading
from tenants.requests.background import _at_least_priority
most = int(sys.argv[1])
with contextlib.suppress(ValueError):
    resource.setrlimit(resource.RLIMIT_NICE, (most, most))
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
def own(): return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
before = own()
with _at_least_priority():
    print(own() - before)
print(own() - before)
"""
"""Says how much lower a thread without root's rights is inside, and afterwards."""


def own() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def told(most: int) -> list[int]:
    line = [sys.executable, "-c", AS_NOBODY, str(most)]
    said = subprocess.run(line, capture_output=True, text=True, check=True).stdout
    return [int(number) for number in said.split()]


def test_who_may_not_come_back_does_not_go() -> None:
    assert told(0) == [0, 0]


def test_a_service_with_the_leave_goes_and_comes_back() -> None:
    may_be_given = CAP_SYS_RESOURCE in _capabilities()
    assert told(20) == ([NICER, 0] if may_be_given else [0, 0])


@pytest.mark.django_db
def test_only_the_thread_that_asks_yields_and_an_error_ends_it() -> None:
    usual, seen, go = own(), list[int](), threading.Event()

    def look() -> None:
        go.wait()
        seen.append(own())

    def work() -> None:
        with in_background():
            assert (own() > usual) == _may_return_to(usual)
            go.set()
            other.join()
            raise ZeroDivisionError

    other = threading.Thread(target=look)
    other.start()
    with pytest.raises(ZeroDivisionError):
        work()
    assert own() == usual
    assert seen == [usual]


@pytest.mark.django_db
def test_postgresql_rests_twice_as_long_as_it_worked() -> None:
    began = time.perf_counter()
    with in_background(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.04)")
    assert time.perf_counter() - began >= 0.12
    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.04)")
    assert time.perf_counter() - began < 0.12
