"""What has to be made from the tree before the portal can serve it: the front end and the compiled translations."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FRONT, DIST = ROOT / "frontend", ROOT / "portal" / "static" / "dist"


def newest(paths: Iterable[Path]) -> float:
    """Return when the youngest of these files was changed; 0 if there are none."""
    return max((path.stat().st_mtime for path in paths if path.is_file()), default=0.0)


def node_environment() -> dict[str, str]:
    """Return an environment in which `node` and `npm` are the wheel's, beside our Python, if it is installed."""
    beside = Path(sys.executable).parent
    return {**os.environ, "NODE_USE_SYSTEM_CA": "1", "PATH": f"{beside}{os.pathsep}{os.environ.get('PATH', '')}"}


def _sources() -> list[Path]:
    kept = [path for path in FRONT.iterdir() if path.is_file()]
    return kept + [path for folder in ("css", "ts") for path in (FRONT / folder).rglob("*")]


def front_end() -> bool:
    """Bundle css and TypeScript into `portal/static/dist/` unless that is newer than its sources. Return if it was.

    :raises RuntimeError: if npm is missing or the build fails.
    """
    if newest(DIST.rglob("*")) > newest(_sources()):
        return False
    env = node_environment()
    if not shutil.which("npm", path=env["PATH"]):
        raise RuntimeError("npm is missing: pip install -r requirements-local.txt brings Node.js")
    lock, mark = FRONT / "package-lock.json", FRONT / "node_modules" / ".package-lock.json"
    if newest([mark]) < newest([lock]):
        _npm(["ci"], env)
        mark.touch()
    _npm(["run", "build", "--silent"], env)
    for path in DIST.rglob("*"):
        os.utime(path)
    return True


def _npm(arguments: list[str], env: dict[str, str]) -> None:
    done = subprocess.run(["npm", *arguments], cwd=FRONT, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"npm {' '.join(arguments)} failed: {(done.stdout + done.stderr).strip()[-1500:]}")


def translations() -> int:
    """Compile each `.po` that is newer than its `.mo`, without gettext's tools. Return how many."""
    stale = [path for path in ROOT.glob("locale/*/LC_MESSAGES/*.po") if newest([path]) > newest([_compiled(path)])]
    for path in stale:
        _compile(path)
    return len(stale)


def _compiled(path: Path) -> Path:
    return path.with_suffix(".mo")


def _compile(path: Path) -> None:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with path.open("rb") as source:
        catalogue = read_po(source, locale=path.parent.parent.name)
    whole = _compiled(path).with_suffix(f".{os.getpid()}")
    with whole.open("wb") as target:
        write_mo(target, catalogue)
    whole.replace(_compiled(path))
