"""The installer: which mirror it takes, and what it says where it can't install."""

from __future__ import annotations

from pathlib import Path

import pytest

from integrations.asterisk import install
from integrations.asterisk.install import NotInstallable

DEB822 = """
# A comment
Types: deb
URIs: {0}
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: https://packages.example/other
Suites: stable
"""


@pytest.mark.parametrize(
    ("name", "text", "mirror"),
    [
        ("debian.sources", DEB822, "http://mirror.example/debian"),
        ("a.list", "deb [arch=amd64] https://packages.example/x any main\ndeb {0} bookworm main\n", "http://mirror.example/debian"),
        ("b.list", "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] {0} sid main", "http://frozen.example/2026"),
        ("c.sources", "Types: deb-src\nURIs: http://other.example/debian\n\n" + DEB822, "http://mirror.example/debian"),
        ("d.sources", "Enabled: no\nTypes: deb\nURIs: http://off.example/debian\n\n" + DEB822, "http://mirror.example/debian/"),
    ],
)  # fmt: skip
def test_the_mirror_is_the_machines_own(tmp_path: Path, name: str, text: str, mirror: str) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list.d" / name).write_text(text.format(mirror))
    assert install.mirror(tmp_path) == mirror


def test_the_old_file_of_sources_is_read_too(tmp_path: Path) -> None:
    (tmp_path / "sources.list").write_text("# none\ndeb http://mirror.example/debian bookworm main contrib\n")
    assert install.mirror(tmp_path) == "http://mirror.example/debian"


def test_a_machine_without_debians_packages_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "sources.list").write_text("deb https://packages.example/ubuntu noble main\n")
    with pytest.raises(NotInstallable, match="no Debian mirror"):
        install.mirror(tmp_path)


def test_a_machine_without_apt_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotInstallable, match="apt-get is missing"):
        install.install(tmp_path / "prefix")


@pytest.mark.parametrize(("says", "why"), [("Asterisk 20.6.0", "20.6.0"), ("", "does not run")])
def test_another_asterisk_is_refused(tmp_path: Path, says: str, why: str) -> None:
    folder = tmp_path / "usr/lib/machine"
    (folder / "asterisk/modules").mkdir(parents=True)
    loader = folder / "ld-linux-test.so.2"
    loader.write_text(f"#!/bin/sh\necho '{says}'\n")
    loader.chmod(0o755)
    with pytest.raises(NotInstallable, match=why):
        install.version(tmp_path)


@pytest.mark.asterisk
def test_installing_again_changes_nothing(exchange: object) -> None:
    before = install.CACHE.stat().st_mtime_ns
    assert install.install().startswith("22.")
    assert install.CACHE.stat().st_mtime_ns == before
