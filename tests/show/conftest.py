"""Memories to look at: the sample company, an empty tenant, a busy customer, hostile data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import omnimemory
from omnimemory import Memory
from omnimemory.testing import company
from omnimemory.testing.company.reading import sources
from tests.show.worlds import busy, hostile


@pytest.fixture(scope="session")
def sample(exports: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Memory]:
    """The sample company."""
    path = tmp_path_factory.mktemp("sample") / "support.db"
    with omnimemory.connect(f"sqlite:///{path}", tenant=company.TENANT) as memory:
        for _, records in sources(exports):
            memory.ingest(records)
        yield memory


@pytest.fixture(scope="session")
def empty() -> Iterator[Memory]:
    """A tenant that was never written to."""
    with omnimemory.connect("sqlite://", tenant="empty") as memory:
        yield memory


@pytest.fixture(scope="session")
def busy_memory() -> Iterator[Memory]:
    """One customer with 100,000 interactions."""
    with busy() as memory:
        yield memory


@pytest.fixture(scope="session")
def hostile_memory() -> Iterator[Memory]:
    """A customer whose every word is an attack, or very long, or in another direction."""
    with hostile() as memory:
        yield memory
