"""A second node beside the product's, with an Asterisk, a folder and ports of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec

from integrations.asterisk import instance
from tests.integrations.asterisk.exchange import settings_in
from tests.journeys.product import KEPT, ROOT, Product, until
from tests.phones.phone import Phone


class Beside:
    """The node and its Asterisk, enrolled at the product's portal under a name."""

    def __init__(self, product: Product, home: Path, name: str) -> None:
        """Start both, and wait until the portal has let the node in; ``end`` ends them."""
        code = product.ask("node_code", name=name)
        self.name = name
        self.settings = msgspec.structs.replace(settings_in(home), name=name, portal=product.site, code=code)
        self.asterisk = instance.start(self.settings)
        fields = self.settings.__struct_fields__
        ours = {f"NODE_{field.upper()}": str(getattr(self.settings, field)) for field in fields}
        clean = {field: os.environ[field] for field in KEPT if field in os.environ}
        with (home / "node.log").open("ab") as log:
            line = [sys.executable, "-m", "integrations.asterisk"]
            self.process = subprocess.Popen(line, cwd=ROOT, env=clean | ours, stdout=log, stderr=log)
        until(lambda: product.ask("is_let_in", name=name), what=f"{name}, enrolled")

    @property
    def sip(self) -> tuple[str, int]:
        """Where telephones register."""
        return "127.0.0.1", self.settings.sip_port

    def outside(self, tone: int) -> Phone:
        """Return the outside behind this node's trunk."""
        return Phone(self.sip, "outside", bind=("127.0.0.2", self.settings.trunk_port), tone=tone)

    def logs(self, characters: int = 4000) -> str:
        """Return the end of the node's log."""
        return (self.settings.folder / "node.log").read_text(errors="replace")[-characters:]

    def end(self) -> None:
        """End both."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        instance.stop(self.asterisk)
