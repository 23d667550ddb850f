"""Uploading a prompt: it is converted with no transaction open, and a refused one leaves nothing behind."""

from __future__ import annotations

import io
import os
import threading
import time
import wave
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.cache import caches
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from tenants.apikeys import actions as keys
from tenants.changes.models import Change
from tenants.customers import scope
from tenants.prompts.models import Prompt, Take
from tests.conftest import Databases
from tests.factories.cast import Cast, cast
from tests.factories.doors import client, text
from tests.factories.prompts import prompt
from tests.factories.sounds import pcm, wav

HOME, API = "/c/norrsken-bygg/prompts/", "/api/v1/customers/norrsken-bygg/prompts/"
OPEN = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
"""
Post = Callable[..., Any]


def upload(content: bytes) -> SimpleUploadedFile:
    """Return a file as a form posts it."""
    return SimpleUploadedFile("hej.wav", content, "audio/wav")


def minutes(count: int) -> bytes:
    """Return a tone that takes long to convert."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setparams((1, 2, 16000, 0, "NONE", ""))
        out.writeframes(pcm() * 60 * count)
    return file.getvalue()


@pytest.fixture
def key(db: None) -> Callable[[Cast], str]:
    """Return what makes a key that may write prompts."""

    def made(everybody: Cast) -> str:
        with scope.customer(everybody.norrsken.pk):
            ident, who = everybody.norrsken.pk, everybody.alice
            return keys.make(customer_id=ident, by=who, name="Ljud", scopes=["write:prompts"])[1]

    return made


def by_page(everybody: Cast, _key: str) -> Post:
    """Return what posts to pages."""
    browser = client(everybody.alice)
    return lambda path, **typed: browser.post(f"{HOME}{path or 'new/'}", typed)


def by_key(_everybody: Cast, secret: str) -> Post:
    """Return what posts to the API, each time under an idempotency key."""
    headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": "en-gång"}
    return lambda path, **typed: Client(headers=headers).post(API + path, typed)


def converting() -> bool:
    """Tell whether a process below this one is ffmpeg."""
    parents: dict[int, int] = {}
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            ident, _, rest = stat.read_text().partition(" (")
        except OSError:
            continue
        name, _, fields = rest.rpartition(") ")
        parents[int(ident)] = int(fields.split()[1])
        found += [int(ident)] if name == "ffmpeg" else []
    return any(_is_below(one, parents) for one in found)


def _is_below(ident: int, parents: Mapping[int, int]) -> bool:
    while ident in parents:
        if ident == os.getpid():
            return True
        ident = parents[ident]
    return False


def watched(url: str, post: Callable[[], Any]) -> tuple[Any, list[int]]:
    """Post from another thread; return the answer, and how many transactions were open whenever ffmpeg ran."""
    answers: list[Any] = []

    def run() -> None:
        answers.append(post())
        connection.close()

    thread, seen = threading.Thread(target=run), list[int]()
    with psycopg.connect(url, autocommit=True) as other:
        thread.start()
        while thread.is_alive():
            before, row = converting(), other.execute(OPEN).fetchone()
            if before and converting() and row:
                seen.append(row[0])
            time.sleep(0.01)
    return answers[0], seen


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("door", [by_page, by_key])
@pytest.mark.parametrize("path", ["", "{prompt}/takes/"])
def test_no_transaction_is_open_while_ffmpeg_works(
    django_db_setup: Databases, key: Callable[[Cast], str], door: Callable[[Cast, str], Post], path: str
) -> None:
    everybody = cast()
    with scope.customer(everybody.norrsken.pk):
        row = prompt(everybody.norrsken.pk, "Stängt")
    post, heard = door(everybody, key(everybody)), minutes(4)
    where, typed = path.format(prompt=row.pk), {} if path else {"name": "Hej", "manuscript": ""}
    answer, seen = watched(django_db_setup.app, lambda: post(where, **typed, file=upload(heard)))
    assert answer.status_code in {201, 302}, answer.content
    assert len(seen) > 5
    assert set(seen) == {0}
    with scope.customer(everybody.norrsken.pk):
        assert Take.objects.count() == 2
        assert Prompt.objects.count() == (1 if path else 2)


@pytest.mark.django_db
@pytest.mark.parametrize("door", [by_page, by_key])
def test_a_refused_file_leaves_nothing_behind(key: Callable[[Cast], str], door: Callable[[Cast, str], Post]) -> None:
    everybody = cast()
    answer = door(everybody, key(everybody))("", name="Hej", manuscript="", file=upload(b"#EXTM3U\n"))
    assert answer.status_code == 422
    assert "spellista" in text(answer)
    with scope.customer(everybody.norrsken.pk):
        assert not Prompt.objects.exists()
        assert not Change.objects.exists()


@pytest.fixture
def counted(broker: str, settings: Any) -> Iterator[None]:
    """Count what keys ask in a real Valkey."""
    backend = "django.core.cache.backends.redis.RedisCache"
    settings.CACHES = {**settings.CACHES, "shared": {"BACKEND": backend, "LOCATION": broker}}
    yield
    caches["shared"].close()


@pytest.mark.django_db
@pytest.mark.usefixtures("counted")
def test_a_request_that_is_run_again_counts_once_for_its_key(key: Callable[[Cast], str]) -> None:
    everybody = cast()
    post = by_key(everybody, key(everybody))
    first = post("", name="Hej", manuscript="", file=upload(wav()))
    again = post("", name="Hej", manuscript="", file=upload(wav()))
    assert (first.status_code, again.status_code) == (201, 201)
    assert again["Idempotency-Replayed"] == "true"
    assert first["RateLimit-Remaining"] == str(settings.API_KEY_PER_MINUTE - 1)
