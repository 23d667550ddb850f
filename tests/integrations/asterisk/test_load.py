"""Many calls at once, by another maker's telephone: SIPp."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tenants.routing.objects import Announcement
from tests.integrations.asterisk.exchange import Exchange, free_port, until
from tests.integrations.asterisk.flows import WELCOME, number
from tests.integrations.switch.company import Company

pytestmark = [pytest.mark.asterisk, pytest.mark.listens]
CALLS = 100


@pytest.mark.slow
def test_a_hundred_calls_at_twenty_a_second_are_all_answered(
    exchange: Exchange, company: Company, tmp_path: Path
) -> None:
    sipp = shutil.which("sipp")
    if sipp is None:
        assert os.environ.get("CI") != "true", "sipp is missing (tests/debian-packages.txt)"
        pytest.skip("sipp is not installed")
    company.put(Announcement(id=1, name="Hej", prompt=company.prompt(1, WELCOME, 2.0)))
    called = number(company, "announcement/1")
    company.publish()
    line = [sipp, "-sn", "uac", f"127.0.0.1:{exchange.settings.sip_port}", "-i", "127.0.0.2", "-p", str(free_port())]
    line += ["-s", called, "-m", str(CALLS), "-r", "20", "-d", "500", "-nostdin", "-timeout", "30"]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout[-1500:]
    until(lambda: len(exchange.events("call.ended", company.customer)) == CALLS)
    assert len(exchange.events("call.started", company.customer)) == CALLS
    assert len(exchange.events("call.step", company.customer)) == CALLS
