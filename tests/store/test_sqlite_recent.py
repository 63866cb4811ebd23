"""What SQLite keeps of its reads is what it would read anew, and does not outlive an erasure."""

from __future__ import annotations

import re
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from omnimemory.context.pack import build
from omnimemory.model.facts import Changes, Edge, Fact
from omnimemory.model.time import AsOf
from omnimemory.store._sqlite_recent import Shelf
from omnimemory.store.base import GraphStore, GraphView
from omnimemory.store.networkx import NetworkXStore
from omnimemory.store.sqlite import SqliteStore
from omnimemory.store.walk import EdgeQuery, Ends, TallyQuery, Walked
from omnimemory.testing.facts import TENANT, edge, ids, node, passage, put
from omnimemory.testing.machine import agree
from tests.context.graphs import CUSTOMER, NOW, graphs
from tests.store.test_agreement import SETTINGS


class Beside(SqliteStore):
    """Reads one file while another store, as in another process, writes it."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        path = Path(self._folder.name) / "x.db"
        super().__init__(path)
        self._other = SqliteStore(path)

    def commit(self, tenant: str, changes: Changes, *, base: int, at: int | None = None) -> int:
        return self._other.commit(tenant, changes, base=base, at=at)

    def close(self) -> None:
        self._other.close()
        super().close()
        self._folder.cleanup()


def test_what_another_process_writes_is_seen_at_every_point_in_both_times() -> None:
    agree(
        {"networkx": NetworkXStore, "beside": Beside}, settings=settings(SETTINGS, max_examples=12)
    )


WHO = EdgeQuery(["customer"], ["SAME_AS"], "target")
SAID = EdgeQuery((), ["FROM"], "target", newest=3, ends=(Ends((0,), "source"),))
OF = EdgeQuery((), ["PART_OF"], "source", ends=(Ends((1,), "source"),))


def walked(store: GraphStore, as_of: AsOf | None = None) -> Walked:
    view = store.view(TENANT) if as_of is None else store.view(TENANT, as_of)
    counted = TallyQuery(Ends((0,), "source"), ["FROM"])
    return view.walk([WHO, SAID, OF], tally=counted, texts=["t:1"])


def served(store: GraphStore) -> GraphStore:
    said = [fact for n in range(4) for fact in message(n)]
    same = [node("customer"), node("who", kind="Identity"), edge("who", "SAME_AS", "customer")]
    put(store, *same, node("thread"), *said, passage("t:1", "a text"))
    return store


def message(n: int) -> list[Fact]:
    return [
        node(f"t:{n}", text=f"said {n}"),
        edge(f"t:{n}", "FROM", "who", valid=n),
        edge(f"t:{n}", "PART_OF", "thread", valid=n),
    ]


@pytest.fixture
def asked() -> list[str]:
    """The statements that any connection ran."""
    return []


@pytest.fixture
def store(tmp_path: Path, asked: list[str]) -> Iterator[GraphStore]:
    def connect(path: str) -> sqlite3.Connection:
        db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        db.set_trace_callback(asked.append)
        return db

    with SqliteStore(tmp_path / "x.db", connect=connect) as made:
        yield served(made)


READS = re.compile(r"\b(?:thing|node|edge|passage|tally|moment) \w+\b")


def read_of(asked: list[str]) -> list[str]:
    """Return which statements looked at facts."""
    return [
        sql for sql in asked if sql.lstrip().startswith(("SELECT", "WITH")) and READS.search(sql)
    ]


def test_what_holds_still_is_read_once(store: GraphStore, asked: list[str]) -> None:
    before = walked(store)
    asked.clear()
    assert walked(store) == before
    assert read_of(asked) == []


def test_what_moved_elsewhere_costs_no_read_of_facts_that_hold_still(
    store: GraphStore, asked: list[str]
) -> None:
    """The rows of the commits since are looked at, and nothing of the customer is."""
    before = walked(store)
    put(store, node("stranger", kind="Identity"), node("t:9"), edge("t:9", "FROM", "stranger"))
    asked.clear()
    assert walked(store) == before
    assert all("moment m" in sql for sql in read_of(asked))


CHANGES: dict[str, Callable[[], dict[str, Any]]] = {
    "a new message": lambda: {"add": message(7)},
    "a node anew": lambda: {"retire": [node("t:3")], "add": [node("t:3", text="edited")]},
    "a node gone": lambda: {"retire": [node("t:3")]},
    "an edge gone": lambda: {"retire": [edge("t:3", "FROM", "who", valid=3)]},
    "another thread": lambda: {"add": [node("other"), edge("t:3", "PART_OF", "other", valid=5)]},
    "another text": lambda: {"retire": [passage("t:1", "")], "add": [passage("t:1", "new")]},
    "a merge": lambda: {
        "add": [
            node("x", kind="Identity"),
            edge("x", "SAME_AS", "customer"),
            edge("t:0", "FROM", "x"),
        ]
    },
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_moved_is_read_anew(store: GraphStore, tmp_path: Path, name: str) -> None:
    """A view from before goes on seeing what held."""
    earlier = AsOf(recorded=store.view(TENANT).revision)
    before = walked(store)
    changed = CHANGES[name]()
    put(store, *changed.get("add", ()), retire=changed.get("retire", ()))
    with SqliteStore(tmp_path / "x.db") as fresh:
        assert walked(store) == walked(fresh) != before
        assert walked(store, earlier) == walked(fresh, earlier) == before


@pytest.mark.parametrize("by", ["this store", "another process"])
def test_what_was_erased_is_gone_from_every_view(
    store: GraphStore, tmp_path: Path, by: str
) -> None:
    """Also from one that read it, and where a new thing has its number."""
    view = store.view(TENANT)
    assert "t:3" in ids(view.walk([WHO, SAID, OF]).nodes)
    with SqliteStore(tmp_path / "x.db") as other:
        writer = store if by == "this store" else other
        put(writer, erase=["t:3", "thread"])
        put(writer, *message(9)[:2])
        after = view.walk([WHO, SAID, OF])
        assert ids(after.nodes) == ["customer", "t:0", "t:1", "t:2", "who"]
        assert walked(store) == walked(other)
        assert "t:9" in ids(walked(store).nodes)


def test_an_erasure_drops_what_was_kept_of_the_erased() -> None:
    """Nothing of them is in memory when the commit returns, nor what earlier views read then."""
    with SqliteStore() as store:
        served(store)
        walked(store)
        kept = store._recents.of(TENANT)
        earlier = store.view(TENANT)
        assert len(kept) > 0
        put(store, erase=["t:3"])
        assert len(kept) == 0
        earlier.walk([WHO, SAID, OF])
        assert len(kept) == 0


def test_threads_read_what_holds_at_their_revision_while_others_write(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    wrong: list[str] = []
    stop = threading.Event()
    with SqliteStore(path) as store:
        served(store)

        def read() -> None:
            with SqliteStore(path) as fresh:
                while not stop.is_set():
                    view = store.view(TENANT)
                    same = fresh.view(
                        TENANT, AsOf(valid=view.as_of.valid - 1, recorded=view.revision)
                    )
                    if view.walk([WHO, SAID, OF]) != same.walk([WHO, SAID, OF]):
                        wrong.append(f"at {view.revision}")

        readers = [threading.Thread(target=read) for _ in range(3)]
        for reader in readers:
            reader.start()
        for n in range(10, 60):
            put(store, *message(n))
            put(store, node(f"t:{n}", text="edited"), retire=[node(f"t:{n}")])
        stop.set()
        for reader in readers:
            reader.join()
    assert wrong == []


CHANGING = {"interaction", "ticket", "statement", "usage"}


@settings(max_examples=25, deadline=None)
@given(
    facts=graphs(most=6), cuts=st.lists(st.integers(1, 40), min_size=2, max_size=6), data=st.data()
)
def test_a_pack_between_writes_is_the_pack_of_a_store_that_keeps_nothing(
    facts: list[Fact], cuts: list[int], data: st.DataObject
) -> None:
    """Byte for byte, whatever was written, changed or erased since the pack before."""
    head, rest = facts[:12], facts[12:]
    with Beside() as kept, NetworkXStore() as plain:
        for store in (kept, plain):
            store.commit(TENANT, Changes(add=tuple(head)), base=0, at=1)
        at = 1
        for cut in cuts:
            some, rest = rest[:cut], rest[cut:]
            at += 1
            changes = _changes(plain.view(TENANT), some, data)
            for store in (kept, plain):
                store.commit(TENANT, changes, base=at - 1, at=at)
            packs = [
                str(build(store.view(TENANT), CUSTOMER, query=query, at=NOW))
                for store in (kept, plain)
                for query in (None, "refund")
            ]
            assert packs[:2] == packs[2:]


def _changes(view: GraphView, add: Sequence[Fact], data: st.DataObject) -> Changes:
    """Return a batch that also changes some records that stand, and may erase one."""
    standing = {one.id: one for one in view.find() if one.id.partition(":")[0] in CHANGING}
    some = st.sampled_from(sorted(standing)) if standing else st.nothing()
    moved = data.draw(st.sets(some, max_size=min(2, len(standing))))
    erase = frozenset(data.draw(st.sets(some, max_size=min(1, len(standing)))) - moved)
    retire = tuple(standing[id] for id in sorted(moved))
    anew = [
        replace(one, props={**one.props, "text": "edited", "subject": "edited"}) for one in retire
    ]
    there = {one.id for one in view.find()} - erase | {one.id for one in add}
    sound = [one for one in add if not isinstance(one, Edge) or {one.source, one.target} <= there]
    return Changes(add=(*sound, *anew), retire=retire, erase=erase)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9), st.integers(1, 5)), max_size=60))
def test_what_is_kept_is_bounded_by_its_size(steps: list[tuple[bool, int, int]]) -> None:
    """And what was put or asked for last is there."""
    shelf = Shelf[int, range](10, len)
    known: dict[int, int] = {}
    for is_put, key, size in steps:
        if is_put:
            shelf.put({key: range(size)}, at=1)
            known[key] = size
        found = shelf.get(key)
        assert not is_put or (found is not None and len(found[1]) == size)
        held = [shelf.get(key) for key in known]
        assert sum(len(one[1]) for one in held if one is not None) <= 30
