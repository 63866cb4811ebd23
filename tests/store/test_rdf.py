"""RDF engines keep the contract, agree with the other stores, and fail clearly."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

from omnimemory.store.base import GraphStore
from omnimemory.store.networkx import NetworkXStore
from omnimemory.store.registry import open_store
from omnimemory.testing.conformance import StoreConformance
from omnimemory.testing.machine import agree
from tests.servers import FusekiServer
from tests.store.apart import Apart

SETTINGS = settings(
    max_examples=10,
    stateful_step_count=15,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


class TestRdfFile(StoreConformance):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[GraphStore]:
        with open_store(f"rdf:///{tmp_path}/graph.nq") as store:
            yield store


class TestOxigraphFolder(StoreConformance):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[GraphStore]:
        with open_store(f"oxigraph:///{tmp_path}/graph") as store:
            yield store


class TestFuseki(StoreConformance):
    @pytest.fixture
    def store(self, fuseki_server: FusekiServer) -> Iterator[GraphStore]:
        with Apart(open_store(fuseki_server.url)) as store:
            yield store


def test_a_server_agrees_with_networkx_on_every_read(fuseki_server: FusekiServer) -> None:
    """What holds of the engines in this process holds of one behind HTTP."""
    makers = {"networkx": NetworkXStore, "rdf": lambda: Apart(open_store(fuseki_server.url))}
    agree(makers, settings=SETTINGS)


@pytest.mark.parametrize("url", ["rdf://", "oxigraph://"])
def test_an_engine_agrees_with_networkx_on_every_read(url: str) -> None:
    """Laws that no example thought of: any batch, any read, any time."""
    agree({"networkx": NetworkXStore, "rdf": lambda: open_store(url)}, settings=SETTINGS)
