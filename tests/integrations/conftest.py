"""A memory with two customers, for tests of what agents read and write."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import omnimemory
from omnimemory import Memory
from omnimemory.integrations.scope import Scope
from tests.context.small_company import company

DANA = "dana@example.org"
BOB = "bob@example.net"


@pytest.fixture(params=["sqlite", "networkx"])
def memory(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Memory]:
    """The small company, in a store of its own."""
    url = f"sqlite:///{tmp_path}/support.db" if request.param == "sqlite" else "networkx://"
    with omnimemory.connect(url, tenant="acme") as opened:
        opened.register(omnimemory.Order)
        opened.ingest(company(), strict=True)
        yield opened


@pytest.fixture
def danas(memory: Memory) -> Scope:
    """What an agent that talks to Dana may read and write."""
    return Scope(memory, by="ai_agent:helper", customer=DANA, conversation="t1")
