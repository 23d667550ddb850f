"""The node beside Asterisk is a node. Asterisk itself is not needed for what a node keeps."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integrations.asterisk.exchange import NodeProcess, settings_in
from tests.integrations.switch.company import Wire
from tests.integrations.switch.contract import Contract
from tests.integrations.switch.live_contract import LiveContract


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    """The portal's end of the wire to a node in a process of its own, without a switch."""
    node = NodeProcess(settings_in(tmp_path_factory.mktemp("node")))
    node.start()
    yield node.wire
    node.stop()


class TestAsteriskNode(Contract, LiveContract):
    """The contract."""
