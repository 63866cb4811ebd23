"""RDF engines keep the contract, agree with the other stores, and lose no writer's work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, settings

from omnimemory import connect
from omnimemory.model.facts import Changes
from omnimemory.store.base import GraphStore
from omnimemory.store.networkx import NetworkXStore
from omnimemory.store.registry import open_store
from omnimemory.testing.conformance import StoreConformance
from omnimemory.testing.facts import edge, node, passage
from omnimemory.testing.machine import agree
from tests.context.small_company import CUSTOMER, NOON, company
from tests.servers import FusekiServer
from tests.store.apart import Apart
from tests.store.writers import eight_writers

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


@pytest.fixture(params=["rdf", "oxigraph", "fuseki"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where each kind of engine keeps its data."""
    if request.param == "fuseki":
        server: FusekiServer = request.getfixturevalue("fuseki_server")
        return server.url
    return f"{request.param}:///{tmp_path}/graph"


def test_packs_are_those_of_sqlite_byte_for_byte(url: str) -> None:
    """The same records give the same pack, the same history and the same erasure."""
    tenant = f"acme-{uuid4().hex[:12]}"
    packs: list[str] = []
    for place in ("sqlite://", url):
        clock = count(10**15, 1_000_000).__next__
        with connect(place, tenant=tenant, clock=clock) as memory:
            memory.ingest(company())
            packs.append(memory.context_pack(CUSTOMER, budget=2000, as_of=NOON).markdown())
            memory.erase(CUSTOMER)
            assert memory.view().find(keys=["email:dana@example.org"]) == []
    assert packs[0] == packs[1]


@pytest.mark.parametrize("tenants", [1, 8])
def test_writers_lose_nothing(url: str, tenants: int) -> None:
    """Eight threads that plan anew on a conflict leave one version for each of their commits."""
    prefix = f"acme-{uuid4().hex[:8]}"
    names = [f"{prefix}-{n % tenants}" for n in range(8)]
    with ExitStack() as stack:
        first = stack.enter_context(open_store(url))
        apart = url.startswith("sparql")
        stores = [stack.enter_context(open_store(url)) if apart else first for _ in names]
        eight_writers(stores, names)


@pytest.mark.parametrize(
    "text", ["\\u0041", "\\\\U0001F642", "\\", '"', "'", "\n\r\t", "} UNION {", "?x $y"]
)
def test_no_text_is_taken_for_syntax(url: str, text: str) -> None:
    """Quotes, backslashes and code point escapes come back as they were, wherever they stand."""
    tenant = f"acme-{uuid4().hex[:12]}"
    id = f"a:b:{''.join(text.split()) or 'x'}"
    fact, about = node(id, keys=[f"k:{id}"], x=text), passage(id, text)
    with open_store(url) as store:
        store.commit(tenant, Changes(add=(fact, about, edge(id, "TO", id))), base=0)
        view = store.view(tenant)
        assert [found.props for found in view.find(keys=[f"k:{id}"])] == [{"x": text}]
        assert [found.text for found in view.passages([id])] == [text]
        assert view.keys(f"k:{id}", limit=2) == [f"k:{id}"]
        assert len(view.versions([id])) == 3
