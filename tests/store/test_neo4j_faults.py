"""What fails on the way to a Neo4j server, or in it, leaves whole commits and a clear error."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from uuid import uuid4

import neo4j
import pytest

from omnimemory.errors import SchemaError, StoreError
from omnimemory.model.facts import Changes
from omnimemory.store.neo4j import Neo4jStore
from omnimemory.store.walk import EdgeQuery, Ends
from omnimemory.testing.facts import edge, node, passage
from tests.conftest import started
from tests.servers import NEO4J, PASSWORD, Neo4jServer, free_port
from tests.store.relay import Relay
from tests.store.writers import ingest_through_a_kill

AUTH = ("neo4j", PASSWORD)
PATIENCE: dict[str, Any] = {
    "max_transaction_retry_time": 1.0,
    "connection_timeout": 1.0,
    "connection_acquisition_timeout": 1.0,
}
_AS_IN_VERSION_4 = """
    MATCH (s:Om_Schema), (e:Om_Entity), (c:Om_Tally)
    SET s.version = 4, c.count = c.kept[0], c.first = c.kept[1], c.last = c.kept[2],
        c.changed = c.kept[3]
    REMOVE e._shown, c.kept
"""


@pytest.fixture(scope="module")
def frail_server() -> Iterator[Neo4jServer]:
    """A server of its own, that tells its clients to give up on it after four seconds."""
    settings = "server.bolt.connection_keep_alive=2s\n"
    server = replace(NEO4J, name="neo4j-frail", port=free_port(), settings=settings)
    yield started(server)
    server.stop()


@pytest.fixture
def relay(frail_server: Neo4jServer) -> Iterator[Relay]:
    with Relay(frail_server.port) as line:
        yield line


@pytest.fixture
def tenant() -> str:
    return f"t{uuid4().hex[:12]}"


def test_a_line_cut_anywhere_in_a_commit_loses_nothing_and_writes_nothing_twice(
    relay: Relay, tenant: str
) -> None:
    """The commit is tried again, and one that had landed is recognised."""
    url = f"bolt://127.0.0.1:{relay.port}"
    with Neo4jStore(url, auth=AUTH, initial_retry_delay=0.1) as store:
        base = store.commit(tenant, Changes(add=(node("a"),)), base=0)
        written = 0
        for pieces in range(6):
            relay.cut_after(pieces)
            batch = Changes(add=(node(f"n{pieces}"), passage(f"n{pieces}", "x")))
            base = store.commit(tenant, batch, base=base)
            written += 1
            assert relay.is_cut
        view = store.view(tenant)
        assert view.revision == base
        assert view.counts() == {"Ticket": written + 1, "passage": written}
        assert len(view.versions([f"n{pieces}" for pieces in range(6)])) == 2 * written


def test_a_line_cut_in_a_read_is_no_more_than_a_delay(relay: Relay, tenant: str) -> None:
    """The read is asked again on a new line."""
    with Neo4jStore(f"bolt://127.0.0.1:{relay.port}", auth=AUTH) as store:
        store.commit(tenant, Changes(add=(node("a"),)), base=0)
        view = store.view(tenant)
        relay.cut_after(0)
        assert [found.id for found in view.nodes(["a"])] == ["a"]
        assert relay.is_cut


def test_a_server_that_stops_answering_is_one_clear_error(relay: Relay, tenant: str) -> None:
    """Nobody waits for ever, and the store goes on once the server answers."""
    with Neo4jStore(f"bolt://127.0.0.1:{relay.port}", auth=AUTH, **PATIENCE) as store:
        base = store.commit(tenant, Changes(add=(node("a"),)), base=0)
        view = store.view(tenant)
        relay.stall()
        with pytest.raises(StoreError, match="cannot be reached"):
            view.nodes(["a"])
        relay.resume()
        assert [found.id for found in view.nodes(["a"])] == ["a"]
        assert store.commit(tenant, Changes(add=(node("b"),)), base=base) > base


def test_a_killed_server_leaves_whole_commits_and_ingest_resumes(
    frail_server: Neo4jServer, tenant: str
) -> None:
    """What was acknowledged is there after the restart, nothing is half there, and more fits."""
    acknowledged: list[int] = []
    with Neo4jStore(frail_server.url, auth=AUTH, max_transaction_retry_time=1.0) as store:

        def write() -> None:
            for number in range(10_000):
                batch = (node(f"n{number}"), passage(f"n{number}", "x"))
                base = acknowledged[-1] if acknowledged else 0
                acknowledged.append(store.commit(tenant, Changes(add=batch), base=base))

        with ThreadPoolExecutor(1) as pool:
            writing = pool.submit(write)
            while len(acknowledged) < 5:
                assert not writing.done()
            frail_server.kill()
            with pytest.raises(StoreError, match="cannot be reached"):
                writing.result()
        frail_server.start()
        view = store.view(tenant)
        counts = view.counts()
        assert counts["passage"] == sum(counts.values()) / 2
        assert 0 <= counts["passage"] - len(acknowledged) <= 1
        assert store.commit(tenant, Changes(add=(node("more"),)), base=view.revision)


def test_an_ingest_whose_server_is_killed_goes_on_when_it_is_back(
    frail_server: Neo4jServer, tenant: str
) -> None:
    """Batches before the kill are there, and the same records again bring the rest."""
    with Neo4jStore(frail_server.url, auth=AUTH, max_transaction_retry_time=1.0) as store:
        ingest_through_a_kill(frail_server, store, tenant)


def test_the_database_of_another_program_is_refused_and_left_alone(
    frail_server: Neo4jServer,
) -> None:
    """It is known by what stands in it and by the mark that is missing."""
    with neo4j.GraphDatabase.driver(frail_server.url, auth=AUTH) as driver:
        driver.execute_query("MATCH (s:Om_Schema) REMOVE s:Om_Schema SET s:Foreign")
        try:
            with pytest.raises(SchemaError, match=r"another program; name another database="):
                Neo4jStore(driver)
        finally:
            driver.execute_query("MATCH (s:Foreign) REMOVE s:Foreign SET s:Om_Schema")


def test_a_database_of_before_is_brought_up_to_date(frail_server: Neo4jServer, tenant: str) -> None:
    """It reads as before and takes new versions; people see the newest."""
    with neo4j.GraphDatabase.driver(frail_server.url, auth=AUTH) as driver:
        store, old, new = Neo4jStore(driver), node("a", n=1), node("a", n=2)
        base = store.commit(tenant, Changes(add=(old, node("b"), edge("b", "TO", "a"))), base=0)
        driver.execute_query(_AS_IN_VERSION_4)
        store = Neo4jStore(driver)
        assert store.view(tenant).nodes(["a"])[0].props == {"n": 1}
        assert sum(found.count for found in store.view(tenant).tally(["a"], kinds=["TO"])) == 1
        base = store.commit(tenant, Changes(retire=(old,), add=(new,)), base=base)
        ask = "MATCH (e:Ticket {tenant: $tenant, id: 'a'}) RETURN e.n"
        assert driver.execute_query(ask, tenant=tenant).records[0].value() == 2
        store.commit(tenant, Changes(retire=(new,)), base=base)
        assert driver.execute_query(ask, tenant=tenant).records == []
        assert len(store.view(tenant).versions(["a"])) == 2


def test_what_takes_too_much_memory_at_once_is_asked_piece_by_piece(tenant: str) -> None:
    """A walk finds the same on a server that has no memory to answer it as one."""
    settings = "db.memory.transaction.max=2m\n"
    server = replace(NEO4J, name="neo4j-small", port=free_port(), settings=settings)
    queries = [EdgeQuery(["a"]), EdgeQuery((), ["TO"], "source", ends=(Ends((0,), "source"),))]
    try:
        with Neo4jStore(started(server).url, auth=AUTH) as store:
            base = store.commit(tenant, Changes(add=(node("a"),)), base=0)
            for page in range(10):
                ids = [f"n{page}-{n}" for n in range(40)]
                links = (edge(id, "TO", "a") for id in ids)
                base = store.commit(tenant, Changes(add=(*map(node, ids), *links)), base=base)
            view = store.view(tenant)
            with pytest.raises(StoreError, match=r"raise dbms\.memory\.transaction\.total\.max"):
                view._walked(queries, (), (), None, ())
            found = view.walk(queries)
            assert [len(edges) for edges in found.edges] == [400, 400]
            assert len(found.nodes) == 401
    finally:
        server.stop()
