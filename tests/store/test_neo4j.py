"""A Neo4j server keeps the contract, shows people a natural graph, and fails clearly."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any
from uuid import uuid4

import neo4j
import pytest
from hypothesis import HealthCheck, Phase, settings

from omnimemory import connect
from omnimemory.errors import ConflictError, SchemaError, StoreError
from omnimemory.model.facts import Changes
from omnimemory.store._neo4j_driver import VERSION
from omnimemory.store.base import GraphStore
from omnimemory.store.neo4j import Neo4jStore
from omnimemory.store.networkx import NetworkXStore
from omnimemory.testing.conformance import StoreConformance
from omnimemory.testing.facts import edge, node, passage
from omnimemory.testing.machine import agree
from tests.context.small_company import CUSTOMER, NOON, company
from tests.servers import PASSWORD, Neo4jServer
from tests.store.apart import Apart

AUTH = ("neo4j", PASSWORD)
SETTINGS = settings(
    max_examples=10,
    stateful_step_count=15,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def apart(server: Neo4jServer) -> GraphStore:
    """Return a store of its own in the server's only database."""
    return Apart(Neo4jStore(server.url, auth=AUTH))


class TestNeo4j(StoreConformance):
    @pytest.fixture
    def store(self, neo4j_server: Neo4jServer) -> Iterator[GraphStore]:
        with apart(neo4j_server) as store:
            yield store


def test_neo4j_agrees_with_networkx_on_every_read(neo4j_server: Neo4jServer) -> None:
    """Laws that no example thought of: any batch, any read, any time."""
    agree({"networkx": NetworkXStore, "neo4j": lambda: apart(neo4j_server)}, settings=SETTINGS)


@pytest.fixture
def driver(neo4j_server: Neo4jServer) -> Iterator[neo4j.Driver]:
    with neo4j.GraphDatabase.driver(neo4j_server.url, auth=AUTH) as driver:
        yield driver


@pytest.fixture
def tenant() -> str:
    return f"acme-{uuid4().hex[:12]}"


def test_people_see_the_graph_as_it_is_now(driver: neo4j.Driver, tenant: str) -> None:
    """Labels are kinds, relationship types edge kinds, and what ended is not there."""
    store = Neo4jStore(driver)
    opened = [node("t:1", "Ticket", status="open", tags=["a", "b"]), node("i:1", "Issue")]
    link = edge("t:1", "DEPENDS_ON", "i:1", since="v2")
    first = store.commit(tenant, Changes(add=(*opened, link)), base=0)
    query = (
        "MATCH (t:Ticket {tenant: $tenant}) OPTIONAL MATCH (t)-[r:DEPENDS_ON]->(i:Issue) "
        "RETURN t.id, t.status, t.tags, r.since, i.id"
    )
    ask = lambda: [r.values() for r in driver.execute_query(query, tenant=tenant).records]  # noqa: E731
    assert ask() == [["t:1", "open", ["a", "b"], "v2", "i:1"]]
    closed = node("t:1", "Ticket", status="closed")
    second = store.commit(tenant, Changes(retire=(opened[0], link), add=(closed,)), base=first)
    assert ask() == [["t:1", "closed", None, None, None]]
    store.commit(tenant, Changes(retire=(closed,)), base=second)
    assert ask() == []


def test_a_driver_that_was_passed_stays_open(driver: neo4j.Driver, tenant: str) -> None:
    """Who opens a driver closes it."""
    with Neo4jStore(driver) as store:
        store.commit(tenant, Changes(), base=0)
    assert driver.execute_query("RETURN 1").records[0].value() == 1


def test_packs_are_those_of_sqlite_byte_for_byte(neo4j_server: Neo4jServer, tenant: str) -> None:
    """The same records give the same pack, the same history and the same erasure."""
    ticks = (count(10**15, 1_000_000), count(10**15, 1_000_000))
    urls: dict[str, dict[str, Any]] = {"sqlite://": {}, neo4j_server.url: {"auth": AUTH}}
    packs: list[str] = []
    for (url, options), clock in zip(urls.items(), ticks, strict=True):
        with connect(url, tenant=tenant, clock=clock.__next__, **options) as memory:
            memory.ingest(company())
            packs.append(memory.context_pack(CUSTOMER, budget=2000, as_of=NOON).markdown())
            memory.erase(CUSTOMER)
            assert memory.view().find(keys=["email:dana@example.org"]) == []
    assert packs[0] == packs[1]


def test_writers_lose_nothing(neo4j_server: Neo4jServer, tenant: str) -> None:
    """Eight threads that plan anew on a conflict leave one version for each of their commits."""
    rounds = 5
    with Neo4jStore(neo4j_server.url, auth=AUTH) as store:
        store.commit(tenant, Changes(add=(node("a", n=0),)), base=0)

        def add(_: int) -> None:
            done = 0
            while done < rounds:
                view = store.view(tenant)
                (old,) = view.nodes(["a"])
                new = node("a", n=old.props["n"] + 1)
                try:
                    store.commit(tenant, Changes(retire=(old,), add=(new,)), base=view.revision)
                except ConflictError:
                    continue
                done += 1

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(add, range(8)))
        view = store.view(tenant)
        assert [n.props["n"] for n in view.nodes(["a"])] == [8 * rounds]
        assert len(view.versions(["a"])) == 8 * rounds + 1


def test_a_small_tenant_is_not_starved_by_a_large_one(
    neo4j_server: Neo4jServer, tenant: str
) -> None:
    """Full-text search filters by tenant inside the index."""
    with Neo4jStore(neo4j_server.url, auth=AUTH) as store:
        crowd = [node(f"n{i}") for i in range(300)]
        texts = [passage(one.id, "refund refund refund") for one in crowd]
        store.commit(f"{tenant}-large", Changes(add=(*crowd, *texts)), base=0)
        lone = (node("a"), passage("a", "one long sentence that asks for a refund at its end"))
        store.commit(tenant, Changes(add=lone), base=0)
        hits = store.view(tenant).search_text("refund", limit=3)
        assert [hit.passage.about for hit in hits] == ["a"]


def test_a_wrong_password_is_one_clear_error(neo4j_server: Neo4jServer) -> None:
    """It says what to check."""
    with pytest.raises(StoreError, match="refuses the user"):
        Neo4jStore(neo4j_server.url, auth=("neo4j", "wrong-password"))


def test_no_server_is_one_clear_error() -> None:
    """It names the address."""
    with pytest.raises(StoreError, match=r"127\.0\.0\.1:9 cannot be reached"):
        Neo4jStore("bolt://127.0.0.1:9", auth=AUTH)


@pytest.mark.parametrize("version", [VERSION - 1, VERSION + 1])
def test_another_schema_is_refused(driver: neo4j.Driver, version: int) -> None:
    """A database of a newer library is left alone, and so is one of before the first release."""
    Neo4jStore(driver)
    set_version = "MATCH (s:Om_Schema {name: 'omnimemory'}) SET s.version = $version"
    driver.execute_query(set_version, version=version)
    try:
        with pytest.raises(SchemaError, match=f"schema version {version}"):
            Neo4jStore(driver)
    finally:
        driver.execute_query(set_version, version=VERSION)
