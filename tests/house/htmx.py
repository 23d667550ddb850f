"""htmx's own upgrade check over our templates, less the one attribute HTML has under the same name."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from portal.stack.build import FRONT, node_environment

ISSUE = re.compile(r"^(\S+):(\d+): (\[.*)$")


def is_html(path: Path, line: int, issue: str) -> bool:
    """Tell whether an issue is about `preload` of an audio or video element, which is HTML's and not htmx's."""
    text = path.read_text().splitlines()[line - 1]
    return issue.startswith("[ext] preload") and bool(re.search(r"<(audio|video)\b", text))


def main() -> int:
    """Print what is left; 1 if anything is."""
    command = ["npm", "run", "--silent", "templates"]
    said = subprocess.run(command, cwd=FRONT, env=node_environment(), capture_output=True, text=True, check=False)
    text = said.stdout + said.stderr
    if "Scanning" not in text:
        print(text)
        return 1
    found = [match for line in text.splitlines() if (match := ISSUE.match(line))]
    left = [match for match in found if not is_html((FRONT / match[1]).resolve(), int(match[2]), match[3])]
    print("\n".join(match[0] for match in left))
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
