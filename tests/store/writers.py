"""What every store must survive: many writers at once, and a server that dies under them."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from benchmarks import company
from omnimemory import Memory, connect
from omnimemory.errors import ConflictError, StoreError
from omnimemory.model.facts import Changes
from omnimemory.store.base import GraphStore
from omnimemory.testing.facts import edge, node, passage
from tests.servers import Server

ROUNDS = 3
INTERACTIONS = 300
COMMITS = 8
CHANGED = 50
READERS = 3


def eight_writers(stores: Sequence[GraphStore], tenants: Sequence[str]) -> None:
    """Let each of the stores write to its tenant at once, and check that nothing was lost.

    Every commit changes one node and adds one; who meets a conflict plans anew.
    """
    for tenant in set(tenants):
        stores[0].commit(tenant, Changes(add=(node("a", n=0),)), base=0)

    def write(writer: int) -> None:
        store, tenant, done = stores[writer], tenants[writer], 0
        while done < ROUNDS:
            view = store.view(tenant)
            (old,) = view.nodes(["a"])
            add = node("a", n=old.props["n"] + 1), node(f"w{writer}-{done}")
            try:
                store.commit(tenant, Changes(retire=(old,), add=add), base=view.revision)
            except ConflictError:
                continue
            done += 1

    with ThreadPoolExecutor(len(stores)) as pool:
        list(pool.map(write, range(len(stores))))
    for tenant in set(tenants):
        view, made = stores[0].view(tenant), ROUNDS * tenants.count(tenant)
        assert [found.props["n"] for found in view.nodes(["a"])] == [made]
        assert len(view.versions(["a"])) == made + 1
        assert len(view.find()) == made + 1


def whole_commits(store: GraphStore, tenant: str) -> None:
    """Let readers look on while one writer changes the same nodes again and again.

    Every view must show one commit, whole, and show it again when it is asked again.
    """
    ids = [f"a{n}" for n in range(CHANGED)]
    nodes = {n: tuple(node(id, n=n) for id in ids) for n in range(COMMITS + 1)}
    written = [store.commit(tenant, Changes(add=nodes[0]), base=0)]

    def write() -> None:
        for n in range(1, COMMITS + 1):
            fresh = node(f"m{n}"), edge(f"m{n}", "FROM", "a0"), passage("a0", str(n), part=n)
            batch = Changes(retire=nodes[n - 1], add=(*nodes[n], *fresh))
            written.append(store.commit(tenant, batch, base=written[-1]))

    def read(writing: Future[None]) -> None:
        while not writing.done():
            view = store.view(tenant)
            for _ in range(2):
                shown = [found.props["n"] for found in view.nodes(ids)]
                count = shown[0]
                assert shown == [count] * CHANGED
                assert len(view.edges(["a0"], newest=COMMITS)) == count
                assert sum(tally.count for tally in view.tally(["a0"], kinds=["FROM"])) == count
                assert len(list(view.passages(["a0"]))) == count
                assert len(view.find()) == CHANGED + count

    with ThreadPoolExecutor(READERS + 1) as pool:
        writing = pool.submit(write)
        list(pool.map(read, [writing] * READERS))
        writing.result()


def ingest_through_a_kill(server: Server, store: GraphStore, tenant: str) -> None:
    """Kill a server in the middle of an ingest; taken in again, nothing is missing or twice."""
    records = list(company.records(INTERACTIONS))
    memory = Memory(store, tenant=tenant)
    seen: list[int] = []

    def kill_once(done: int) -> None:
        seen.append(done)
        if len(seen) == 2:
            server.kill()

    with pytest.raises(StoreError, match="cannot be reached"):
        memory.ingest(records, batch_records=50, on_progress=kill_once)
    server.start()
    view = memory.view()
    assert 0 < view.counts()["Interaction"] < INTERACTIONS
    memory.ingest(records, batch_records=50)
    with connect("sqlite://", tenant=tenant) as wanted:
        wanted.ingest(records)
        assert memory.counts() == wanted.counts()
        pack = memory.context_pack(company.MEDIUM, as_of="2026-06-01").markdown()
        assert pack == wanted.context_pack(company.MEDIUM, as_of="2026-06-01").markdown()
