"""What is written ahead of a commit is not seen before it, and does not stay without it."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from omnimemory import connect
from omnimemory.errors import StoreError
from omnimemory.store import _rdf_http, _rdf_oxigraph
from omnimemory.store import _rdf_sparql as sparql
from omnimemory.store._rdf_engine import Engine, Update
from omnimemory.store._rdf_http import HttpEngine
from omnimemory.store._rdf_oxigraph import OxigraphEngine
from omnimemory.store._rdf_terms import Iri
from omnimemory.store.networkx import NetworkXStore
from omnimemory.store.rdf import RdfStore
from omnimemory.store.registry import open_store
from omnimemory.testing.facts import TENANT, edge, node, passage, put
from omnimemory.testing.machine import agree
from tests.context.small_company import CUSTOMER, NOON, company
from tests.servers import FusekiServer
from tests.store.test_rdf import SETTINGS
from tests.store.writers import eight_writers

_PRIVATE = "a private matter"
_EVERYTHING = "SELECT ?v WHERE { GRAPH $graph { ?v ?p ?o } }"


@pytest.fixture(autouse=True)
def every_commit_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write ahead whatever can be."""
    monkeypatch.setattr("omnimemory.store._rdf_engine.LARGE", 1)


def _batch(tenant: str, store: RdfStore) -> int:
    facts = (node("a"), node("b"), edge("a", "TO", "b"), passage("a", _PRIVATE))
    return put(store, *facts, tenant=tenant)


def _subjects(engine: Engine, tenant: str) -> set[str]:
    return {v for (v,) in engine.rows(_EVERYTHING, graph=Iri(f"urn:om:tenant:{tenant}"))}


def test_an_engine_that_writes_ahead_agrees_with_networkx_on_every_read() -> None:
    """Laws that no example thought of: any batch, any read, any time."""
    agree({"networkx": NetworkXStore, "rdf": lambda: open_store("oxigraph://")}, settings=SETTINGS)


@pytest.mark.parametrize("kind", ["oxigraph", "fuseki"])
def test_packs_are_those_of_sqlite_byte_for_byte(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """And an erasure reaches what came ahead."""
    server = request.getfixturevalue("fuseki_server") if kind == "fuseki" else None
    place = server.url if server else f"oxigraph:///{tmp_path}/graph"
    tenant, packs = f"t{uuid4().hex[:12]}", list[str]()
    for url in ("sqlite://", place):
        with connect(url, tenant=tenant) as memory:
            memory.ingest(company())
            packs.append(memory.context_pack(CUSTOMER, budget=2000, as_of=NOON).markdown())
            memory.erase(CUSTOMER)
            assert memory.view().find(keys=["email:dana@example.org"]) == []
    assert packs[0] == packs[1]


def test_writers_of_a_server_lose_nothing_and_leave_nothing(fuseki_server: FusekiServer) -> None:
    """Those who come too late take back what they wrote ahead."""
    tenant = f"t{uuid4().hex[:12]}"
    with ExitStack() as stack:
        stores = [stack.enter_context(open_store(fuseki_server.url)) for _ in range(8)]
        eight_writers(stores, [tenant] * 8)
        engine = HttpEngine(fuseki_server.url.removeprefix("sparql+"))
        stack.callback(engine.close)
        assert tenant not in {str(graph) for graph, *_ in engine.rows(sparql.STAGED)}
        view = stores[0].view(tenant)
        versions = sum(not one.closed for one in view.scan())
        names = _subjects(engine, tenant)
        assert sum(":node:" in v or ":edge:" in v or ":passage:" in v for v in names) == versions


def test_a_server_that_never_got_the_rest_shows_nothing_of_it(
    fuseki_server: FusekiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commit is tried again, and what came ahead the first time goes when scrubbed."""
    tenant, sent = f"t{uuid4().hex[:12]}", list[Update]()
    whole = _rdf_http.request

    def lost(update: Update, *, staged: bool) -> str:
        sent.append(update)
        if len(sent) == 1:
            raise _rdf_http._NoAnswerError("cut")  # pyright: ignore[reportPrivateUsage]
        return whole(update, staged=staged)

    engine = HttpEngine(fuseki_server.url.removeprefix("sparql+"))
    with RdfStore(engine) as store:
        monkeypatch.setattr(_rdf_http, "request", lost)
        _batch(tenant, store)
        assert len(sent) == 2
        assert len(store.view(tenant).versions(["a", "b"])) == 4
        first = {triple.subject for triple in sent[0].ahead}
        assert first < _subjects(engine, tenant)
        store.scrub()
        assert not first & _subjects(engine, tenant)
        assert len(store.view(tenant).versions(["a", "b"])) == 4


def test_a_server_without_a_graph_store_takes_all_at_once(fuseki_server: FusekiServer) -> None:
    tenant = f"t{uuid4().hex[:12]}"
    engine = HttpEngine(fuseki_server.url.removeprefix("sparql+"), data="/ds/nothing")
    with RdfStore(engine) as store:
        _batch(tenant, store)
        _batch(tenant, store)
        assert len(store.view(tenant).versions(["a", "b"])) == 8


@pytest.mark.parametrize("again", [False, True])
def test_a_folder_forgets_what_came_ahead_of_a_commit_that_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, again: bool
) -> None:
    """With the next commit, or when it is opened again."""
    path = tmp_path / "graph"

    def full(*_: Any, **__: Any) -> str:
        raise OSError(28, "No space left on device")

    with RdfStore(OxigraphEngine(path)) as store:
        put(store, node("c"))
        with monkeypatch.context() as patch:
            patch.setattr(_rdf_oxigraph, "request", full)
            with pytest.raises(StoreError, match="space on the disk"):
                _batch(TENANT, store)
        assert store.contains_bytes([_PRIVATE.encode()])
        assert [found.id for found in store.view(TENANT).find()] == ["c"]
        if again:
            put(store, node("d"))
            assert [found.id for found in store.view(TENANT).find()] == ["c", "d"]
    engine = OxigraphEngine(path)
    with RdfStore(engine) as store:
        assert not any(":passage:" in v for v in _subjects(engine, TENANT))
        put(store, node("e"))
        assert "a" not in {found.id for found in store.view(TENANT).find()}
        store.scrub()
        assert store.contains_bytes([_PRIVATE.encode()]) == []
