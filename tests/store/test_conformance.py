"""Both stores, in memory and on disk, keep the contract."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from omnimemory.store.base import GraphStore
from omnimemory.store.registry import open_store
from omnimemory.testing.conformance import StoreConformance
from tests.store.writers import eight_writers


class TestSqliteFile(StoreConformance):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[GraphStore]:
        with open_store(f"sqlite:///{tmp_path}/graph.db") as store:
            yield store


class TestSqliteInMemory(StoreConformance):
    @pytest.fixture
    def store(self) -> Iterator[GraphStore]:
        with open_store("sqlite://") as store:
            yield store


class TestNetworkXInProcess(StoreConformance):
    @pytest.fixture
    def store(self) -> Iterator[GraphStore]:
        with open_store("networkx://") as store:
            yield store


class TestNetworkXFile(StoreConformance):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[GraphStore]:
        with open_store(f"networkx:///{tmp_path}/graph.jsonl") as store:
            yield store


class TestCopyIntoSqlite:
    """The copy law, from NetworkX into SQLite."""

    test_a_copy_keeps_recorded_times = StoreConformance.test_a_copy_keeps_recorded_times

    @pytest.fixture
    def store(self) -> Iterator[GraphStore]:
        with open_store("networkx://") as store:
            yield store

    @pytest.fixture
    def replica(self) -> Iterator[GraphStore]:
        with open_store("sqlite://") as store:
            yield store


@pytest.mark.parametrize("tenants", [1, 8])
@pytest.mark.parametrize("url", ["sqlite:///{}/graph.db", "networkx:///{}/graph.jsonl"])
def test_writers_lose_nothing(url: str, tenants: int, tmp_path: Path) -> None:
    """Eight threads that plan anew on a conflict leave one version for each of their commits."""
    with open_store(url.format(tmp_path)) as store:
        eight_writers([store] * 8, [f"acme-{n % tenants}" for n in range(8)])
