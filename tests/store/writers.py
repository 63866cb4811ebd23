"""What every store must survive: many writers at once, and a server that dies under them."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from benchmarks import company
from omnimemory import Memory, connect
from omnimemory.errors import ConflictError, StoreError
from omnimemory.model.facts import Changes
from omnimemory.store.base import GraphStore
from omnimemory.testing.facts import node
from tests.servers import Server

ROUNDS = 3
INTERACTIONS = 300


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
