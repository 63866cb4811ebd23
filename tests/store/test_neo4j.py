"""A Neo4j server keeps the contract, shows people a natural graph, and fails clearly."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count
from typing import Any, LiteralString, cast
from uuid import uuid4

import neo4j
import pytest
from hypothesis import HealthCheck, Phase, settings

from omnimemory import Memory, connect
from omnimemory.context.pack import build
from omnimemory.errors import SchemaError, StoreError
from omnimemory.index.indexes import Indexes
from omnimemory.model.facts import Changes
from omnimemory.model.records import Message, Person
from omnimemory.model.time import NOW
from omnimemory.reads.customers import find_customer_id
from omnimemory.store._neo4j_driver import Row, Server
from omnimemory.store._neo4j_read import Neo4jView
from omnimemory.store._neo4j_schema import VERSION
from omnimemory.store.base import GraphStore
from omnimemory.store.neo4j import Neo4jStore
from omnimemory.store.networkx import NetworkXStore
from omnimemory.store.walk import EdgeQuery
from omnimemory.testing.conformance import StoreConformance
from omnimemory.testing.facts import edge, node, passage
from omnimemory.testing.machine import agree
from tests.context.small_company import CUSTOMER, NOON, ago, company
from tests.servers import PASSWORD, Neo4jServer
from tests.store.apart import Apart
from tests.store.writers import eight_writers

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


@pytest.mark.parametrize("tenants", [1, 8])
def test_writers_lose_nothing(neo4j_server: Neo4jServer, tenant: str, tenants: int) -> None:
    """Eight threads that plan anew on a conflict leave one version for each of their commits."""
    with Neo4jStore(neo4j_server.url, auth=AUTH) as store:
        eight_writers([store] * 8, [f"{tenant}-{n % tenants}" for n in range(8)])


def test_reading_what_is_being_erased_finds_it_or_does_not(
    neo4j_server: Neo4jServer, tenant: str
) -> None:
    """Nobody meets half a fact, and no read fails."""
    ids = [f"a{n}" for n in range(40)]
    links = (edge(id, "TO", "a0") for id in ids)
    facts = Changes(add=(*map(node, ids), *links, *(passage(id, "text") for id in ids)))
    with Neo4jStore(neo4j_server.url, auth=AUTH) as store, ThreadPoolExecutor(3) as pool:

        def write() -> None:
            base = 0
            for _ in range(12):
                base = store.commit(tenant, facts, base=base)
                base = store.commit(tenant, Changes(erase=frozenset(ids)), base=base)

        def read(writing: Future[None]) -> None:
            while not writing.done():
                view = store.view(tenant)
                walked = view.walk([EdgeQuery(["a0"])], texts=ids)
                assert {fact.kind for fact in (*walked.edges[0], *walked.nodes)} <= {"TO", "Ticket"}
                assert {fact.text for fact in walked.passages} <= {"text"}
                assert {fact.owner for fact in view.versions(ids)} <= set(ids)
                assert sum(tally.count for tally in view.tally(["a0"], kinds=["TO"])) <= len(ids)
                assert view.counts().keys() <= {"Ticket", "passage"}

        writing = pool.submit(write)
        list(pool.map(read, [writing] * 2))
        writing.result()


def test_a_pack_takes_four_round_trips(driver: neo4j.Driver, tenant: str) -> None:
    """One opens the view, one finds the customer, two walk; a query takes no more, once its
    words have caught up."""
    Memory(Neo4jStore(driver), tenant=tenant).ingest(company())
    indexes = Indexes(tenant, None, None)
    indexes.search(
        Neo4jView(Server("warm", driver, owned=False, database=None), tenant, NOW), "refund", 1
    )
    for query in (None, "refund"):
        server = Counting("counted", driver, owned=False, database=None)
        view = Neo4jView(server, tenant, NOW)
        customer = find_customer_id(view, "dana@example.org")
        build(view, customer, query=query, proposer=indexes.propose)
        assert server.trips == 4


def test_a_pack_of_a_heavy_customer_takes_little_of_the_servers_memory(
    driver: neo4j.Driver, tenant: str
) -> None:
    """No list that was found stands in every row of what is asked next."""
    dana = Person(email="dana@example.org")
    said = [
        Message(source="chat", id=str(n), author=dana, occurred_at=ago(n + 1), text="late " * 20)
        for n in range(400)
    ]
    Memory(Neo4jStore(driver), tenant=tenant).ingest(said)
    server = Profiling("profiled", driver, owned=False, database=None)
    view = Neo4jView(server, tenant, NOW)
    indexes = Indexes(tenant, None, None)
    customer = find_customer_id(view, "dana@example.org")
    build(view, customer, query="late", proposer=indexes.propose, budget_tokens=500)
    assert 0 < max(server.bytes) < 20_000_000


class Profiling(Server):
    """A server that tells the memory that each statement took."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.bytes: list[int] = []

    def marked_rows(
        self, statement: LiteralString, args: dict[str, Any], **options: Any
    ) -> tuple[list[Row], neo4j.Bookmarks]:
        with self._session() as session:
            profile = session.run(f"PROFILE {statement}", args).consume().profile
        assert profile is not None
        self.bytes.append(profile["args"].get("GlobalMemory", 0))
        return super().marked_rows(statement, args, **options)


class Counting(Server):
    """A server that counts how often it is asked."""

    trips = 0

    def marked_rows(
        self, statement: LiteralString, args: dict[str, Any], **options: Any
    ) -> tuple[list[Row], neo4j.Bookmarks]:
        self.trips += 1
        return super().marked_rows(statement, args, **options)


class Old:
    """A driver of a server that is too old."""

    agent = "Neo4j/5.25.1"

    def get_server_info(self) -> Old:
        return self


def test_an_unsupported_version_is_one_clear_error() -> None:
    """It says which runs there and which is wanted."""
    with pytest.raises(SchemaError, match=r"runs Neo4j 5\.25\.1; omnimemory needs 5\.26 or newer"):
        Neo4jStore(cast("neo4j.Driver", Old()))


def test_a_wrong_password_is_one_clear_error(neo4j_server: Neo4jServer) -> None:
    """It says what to check."""
    with pytest.raises(StoreError, match="refuses the user"):
        Neo4jStore(neo4j_server.url, auth=("neo4j", "wrong-password"))


def test_no_server_is_one_clear_error() -> None:
    """It names the address."""
    with pytest.raises(StoreError, match=r"127\.0\.0\.1:9 cannot be reached"):
        Neo4jStore("bolt://127.0.0.1:9", auth=AUTH)


@pytest.mark.parametrize("version", [3, VERSION + 1])
def test_another_schema_is_refused(driver: neo4j.Driver, version: int) -> None:
    """A database of a newer library is left alone, and so is one of before the first that can be migrated."""
    Neo4jStore(driver)
    set_version = "MATCH (s:Om_Schema {name: 'omnimemory'}) SET s.version = $version"
    driver.execute_query(set_version, version=version)
    try:
        with pytest.raises(SchemaError, match=f"schema version {version}"):
            Neo4jStore(driver)
    finally:
        driver.execute_query(set_version, version=VERSION)
