"""The samples of docs/deploy are true to the code: names, modules, queues; nginx and systemd read them."""

from __future__ import annotations

import re
import shutil
import subprocess
import warnings
from pathlib import Path

import pytest
from django.conf import settings

from integrations.asterisk.settings import Settings as NodeSettings
from tenants.changes.bell import QUEUES
from tenants.nodes.queries import MOST_IN_DOUBT

ROOT = Path(settings.BASE_DIR)
DEPLOY = ROOT / "docs" / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service")) + sorted((DEPLOY / "systemd").glob("*.timer"))
ELSEWHERE = {"DJANGO_SETTINGS_MODULE", "PROMETHEUS_MULTIPROC_DIR", "NODE_LOG", "NODE_LOG_LEVEL"}
"""Read by Celery's own command, prometheus_client and the node's start."""


def pairs(name: str) -> dict[str, str]:
    """Return what a sample of an environment sets."""
    lines = (DEPLOY / "environment" / name).read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def known() -> set[str]:
    """Return every name the portal's settings read."""
    return set(re.findall(r'\benv(?:_bool)?\(\s*"([A-Z_]+)"', (ROOT / "portal" / "settings.py").read_text()))


def test_every_name_in_the_environments_is_read() -> None:
    for name in ("common.env", "app.env", "worker.env", "owner.env"):
        assert set(pairs(name)) <= known() | ELSEWHERE, name
    nodes = {f"NODE_{field.upper()}" for field in NodeSettings.__struct_fields__}
    assert set(pairs("node.env")) <= nodes | ELSEWHERE


def test_what_has_no_default_outside_development_is_there() -> None:
    assert {"SECRET_KEY", "FIELD_KEYS", "PORTAL_INSTANCE", "METRICS_TOKEN"} <= set(pairs("common.env"))
    for login in ("app", "worker", "owner"):
        assert f"//portal_{login}:" in pairs(f"{login}.env")["DATABASE_URL"]


def test_every_secret_of_the_samples_is_left_open() -> None:
    for name in ("SECRET_KEY", "FIELD_KEYS", "PORTAL_INSTANCE", "METRICS_TOKEN"):
        assert pairs("common.env")[name] == ""
    assert pairs("node.env")["NODE_CODE"] == ""


def test_celery_finds_the_settings() -> None:
    """Its command reads them before anything of ours could name them."""
    assert pairs("common.env")["DJANGO_SETTINGS_MODULE"] == "portal.settings"


def test_each_queue_has_one_worker() -> None:
    text = "".join(path.read_text() for path in UNITS)
    served = [queue for found in re.findall(r"-Q (\S+)", text) for queue in found.split(",")]
    assert sorted(served) == sorted(QUEUES)


def test_the_worker_of_saves_has_threads_left_when_all_nodes_in_doubt_are_asked() -> None:
    text = (DEPLOY / "systemd" / "portal-worker.service").read_text()
    [threads] = re.findall(r"-P threads -c (\d+)", text)
    assert int(threads) > MOST_IN_DOUBT


def test_only_migrations_log_in_as_the_owner() -> None:
    owners = {path.name for path in UNITS if "owner.env" in path.read_text()}
    assert owners == {"portal-migrate.service"}


def test_what_the_units_start_is_there() -> None:
    text = "".join(path.read_text() for path in UNITS)
    for module in re.findall(r"-m (integrations[\w.]*)", text):
        path = ROOT / module.replace(".", "/")
        assert path.with_suffix(".py").exists() or (path / "__main__.py").exists()
    for module in re.findall(r"python:([\w.]+)|\s(portal\.\w+)(?=[:\s])", text):
        assert (ROOT / ("".join(module).replace(".", "/") + ".py")).exists(), module
    for command in re.findall(r"manage\.py (\w+)", text):
        assert command in {"migrate", "collectstatic"}


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_systemd_understands(unit: Path, tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        warnings.warn("systemd-analyze is not here: the units were not checked", stacklevel=1)
        return
    for path in UNITS:
        text = path.read_text().replace("/srv/portal", str(ROOT)).replace("/srv/vaxel", str(ROOT))
        text = re.sub(r"^(User|Group)=.*$", r"\1=root", text, flags=re.M)
        (tmp_path / path.name).write_text(text)
    command = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(tmp_path / unit.name)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = [line for line in done.stderr.splitlines() if unit.name in line or str(tmp_path) in line]
    assert said == []


@pytest.mark.parametrize("name", ["portal.conf", "node.conf"])
def test_nginx_understands(name: str, tmp_path: Path) -> None:
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if not nginx:
        warnings.warn("nginx is not here: its samples were not checked", stacklevel=1)
        return
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    make = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-subj",
        "/CN=x",
    ]
    subprocess.run([*make, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    text = (DEPLOY / "nginx" / name).read_text()
    text = re.sub(r"/etc/ssl/\S+/fullchain.pem", str(certificate), text)
    text = re.sub(r"/etc/ssl/\S+/privkey.pem", str(key), text)
    (tmp_path / "site.conf").write_text(text)
    whole = (
        f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ access_log off; include {tmp_path}/site.conf; }}"
    )
    (tmp_path / "nginx.conf").write_text(whole)
    done = subprocess.run(
        [nginx, "-t", "-c", str(tmp_path / "nginx.conf")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_scripts_are_sound_shell() -> None:
    for script in DEPLOY.glob("*.sh"):
        assert subprocess.run(["sh", "-n", str(script)], check=False).returncode == 0
        assert script.stat().st_mode & 0o111
