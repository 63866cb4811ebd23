"""Laws of the vector index: it says what comparing with every passage of the view says."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnimemory.embed import Encoder
from omnimemory.embed.hashing import HashEmbedder
from omnimemory.errors import EmbedderError, StoreError
from omnimemory.index import _blocks
from omnimemory.index.vectors import VectorIndex, open_index
from omnimemory.model.facts import Changes, Node, Passage
from omnimemory.model.time import AsOf, Span
from omnimemory.store.base import GraphStore, GraphView
from omnimemory.store.networkx import NetworkXStore
from omnimemory.testing.facts import node, passage, put

WORDS = ("refund", "invoice", "parcel", "login", "退款", "")
ENCODER = Encoder(HashEmbedder(64))


def brute(
    view: GraphView, query: str, within: Collection[str] | None = None
) -> list[tuple[str, float]]:
    """Return what comparing with each passage of the view gives, best first."""
    passages = list(view.passages(within))
    if not query.strip() or not passages:
        return []
    rows = ENCODER.encode([one.text for one in passages]).astype(np.float16).astype(np.float32)
    scores = rows @ ENCODER.encode([query])[0]
    found = [(one.id, round(float(s), 3)) for one, s in zip(passages, scores, strict=True)]
    return sorted(found, key=lambda one: (-one[1], one[0]))


def told(
    index: VectorIndex, view: GraphView, query: str, within: Collection[str] | None = None
) -> list[tuple[str, float]]:
    hits = index.search(view, query, within=within, limit=1_000)
    found = [(hit.passage.id, round(hit.score, 3)) for hit in hits]
    return sorted(found, key=lambda one: (-one[1], one[0]))


STEP = st.one_of(
    st.tuples(st.just("write"), st.integers(0, 5), st.sampled_from(WORDS), st.sampled_from(WORDS)),
    st.tuples(st.just("erase"), st.integers(0, 5)),
    st.tuples(st.just("search")),
    st.tuples(st.just("reopen")),
)


def write(store: GraphStore, number: int, text: str) -> None:
    """Write a text about a thing; what it said before is closed."""
    id = f"ticket:t:{number}"
    view = store.view("acme")
    there = view.nodes([id])
    facts = [] if there else [node(id)]
    old = list(view.passages([id]))
    put(store, *facts, *([passage(id, text)] if text.strip() else []), retire=old)


def erase(store: GraphStore, number: int) -> None:
    mark = f"tombstone:omnimemory:{store.view('acme').revision}"
    put(store, node(mark, "Tombstone"), erase=[f"ticket:t:{number}"])


@settings(max_examples=60, deadline=None)
@given(st.lists(STEP, max_size=14))
def test_the_index_is_comparing_with_all_after_any_steps(steps: list[tuple[Any, ...]]) -> None:
    """Writes, changes, erasures, saves and reopenings, now and as the store was then."""
    with TemporaryDirectory() as folder:
        store = NetworkXStore()
        index = open_index(ENCODER, Path(folder), "acme")
        views = [store.view("acme")]
        for step in steps:
            match step:
                case ("write", number, *words):
                    write(store, number, " ".join(words))
                case ("erase", number):
                    erase(store, number)
                case ("search",):
                    told(index, store.view("acme"), "refund")
                case _:
                    index.save()
                    index = open_index(ENCODER, Path(folder), "acme")
            views.append(store.view("acme"))
        for view in views:
            for query in ("refund invoice", "parcels", "退款", " "):
                assert told(index, view, query) == brute(view, query)
                some = ["ticket:t:1", "ticket:t:4", "ticket:t:9"]
                assert told(index, view, query, some) == brute(view, query, some)
        held = {
            (event.fact.id, event.fact.text)
            for event in store.view("acme").scan()
            if isinstance(event.fact, Passage)
        }
        index.catch_up(store.view("acme"))
        assert len(index) == len(held)


@pytest.fixture
def store() -> GraphStore:
    """Three tickets."""
    store = NetworkXStore()
    for number, text in enumerate(("refund is late", "invoice wrong", "refund again")):
        write(store, number, text)
    return store


def best(index: VectorIndex, view: GraphView, query: str = "refund") -> list[str]:
    return [hit.passage.about for hit in index.search(view, query, limit=2)]


def test_a_search_catches_up_with_what_was_written(store: GraphStore) -> None:
    index = open_index(ENCODER, None, "acme")
    assert best(index, store.view("acme")) == ["ticket:t:2", "ticket:t:0"]
    write(store, 7, "refund")
    assert best(index, store.view("acme"))[0] == "ticket:t:7"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(1, 4)), max_size=12))
def test_how_far_behind_it_is_holds_whatever_it_remembers(steps: list[tuple[bool, int]]) -> None:
    """After any writes, and texts taken in out of turn, more than two wait or they do not."""
    store, index, waiting = NetworkXStore(), VectorIndex(ENCODER), list[str]()
    for number, (takes, many) in enumerate(steps):
        if takes:
            some, waiting = waiting[:many], waiting[many:]
            index.take_in(store.view("acme"), list(store.view("acme").passages(some)))
        else:
            new = [f"ticket:t:{number}-{at}" for at in range(many)]
            put(store, *map(node, new), *(passage(one, one) for one in new))
            waiting += new
        for _ in range(2):
            assert index.is_behind(store.view("acme"), 2) == (len(waiting) > 2)


def test_one_that_is_far_behind_counts_once(
    store: GraphStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each search would look through the store again."""
    index, view, scans = VectorIndex(ENCODER), store.view("acme"), list[int]()
    scan = type(view).scan

    def counted(self: GraphView, *, since: int = 0) -> Any:
        scans.append(since)
        return scan(self, since=since)

    monkeypatch.setattr(type(view), "scan", counted)
    assert [index.is_behind(store.view("acme"), 1) for _ in range(5)] == [True] * 5
    assert len(scans) == 1


def test_nothing_is_encoded_twice(store: GraphStore, tmp_path: Path) -> None:
    """Neither by the same index nor by the one that reads its file."""
    index = open_index(ENCODER, tmp_path, "acme")
    assert index.catch_up(store.view("acme")) == 3
    assert index.catch_up(store.view("acme")) == 0
    index.save()
    write(store, 8, "one more")
    assert open_index(ENCODER, tmp_path, "acme").catch_up(store.view("acme")) == 1


@pytest.mark.parametrize("cut", [0, 5, 15, 16, 40, -1])
@pytest.mark.parametrize("damage", ["cut", "flip"])
def test_a_damaged_file_is_built_anew(
    store: GraphStore, tmp_path: Path, cut: int, damage: str
) -> None:
    index = open_index(ENCODER, tmp_path, "acme")
    index.catch_up(store.view("acme"))
    index.save()
    (path,) = tmp_path.iterdir()
    content = bytearray(path.read_bytes())
    if damage == "cut":
        path.write_bytes(content[:cut])
    else:
        content[cut] ^= 0xFF
        path.write_bytes(content)
    again = open_index(ENCODER, tmp_path, "acme")
    assert again.catch_up(store.view("acme")) == 3
    assert best(again, store.view("acme")) == ["ticket:t:2", "ticket:t:0"]


@pytest.mark.parametrize("content", [b"", b"omniidx1", b"PK\3\4" * 99, b"omniidx1" + b"\xff" * 99])
def test_a_foreign_file_is_built_anew(store: GraphStore, tmp_path: Path, content: bytes) -> None:
    index = open_index(ENCODER, tmp_path, "acme")
    index.catch_up(store.view("acme"))
    index.save()
    (path,) = tmp_path.iterdir()
    path.write_bytes(content)
    assert open_index(ENCODER, tmp_path, "acme").catch_up(store.view("acme")) == 3


class Turned(HashEmbedder):
    """Another model under the same name."""

    def encode(self, texts: Sequence[str]) -> Any:
        return -super().encode(texts)


def test_a_model_that_changed_under_its_name_is_noticed(store: GraphStore, tmp_path: Path) -> None:
    index = open_index(ENCODER, tmp_path, "acme")
    index.catch_up(store.view("acme"))
    index.save()
    assert open_index(Encoder(Turned(64)), tmp_path, "acme").catch_up(store.view("acme")) == 3


def test_a_file_that_has_seen_what_the_store_has_not_is_built_anew(
    store: GraphStore, tmp_path: Path
) -> None:
    """A store that was put back from a backup is behind its index."""
    index = open_index(ENCODER, tmp_path, "acme")
    index.catch_up(store.view("acme"))
    index.save()
    earlier = NetworkXStore(clock=iter(range(1, 99)).__next__)
    write(earlier, 0, "another text")
    assert open_index(ENCODER, tmp_path, "acme").catch_up(earlier.view("acme")) == 1


def test_a_file_of_another_store_is_built_anew(tmp_path: Path) -> None:
    """The tenant's secret tells stores apart, and does not stand in the file."""
    for salt in ("one", "two"):
        store = NetworkXStore()
        put(store, node("tenant:omnimemory:self", "Tenant", salt=salt, erasures=0))
        write(store, 0, "refund")
        index = open_index(ENCODER, tmp_path, "acme")
        assert index.catch_up(store.view("acme")) == 1
        index.save()


class Failing(HashEmbedder):
    """Fails from the second call on."""

    calls = 0

    def encode(self, texts: Sequence[str]) -> Any:
        self.calls += 1
        if self.calls == 2:
            raise RuntimeError("half way")
        return super().encode(texts)


def test_an_embedder_that_fails_half_way_leaves_a_whole_index(store: GraphStore) -> None:
    """It goes on from where it was, and misses nothing."""
    index = VectorIndex(Encoder(Failing(64)))
    index.catch_up(store.view("acme"))
    seen = index.revision
    write(store, 5, "refund refund")
    with pytest.raises(EmbedderError, match="half way"):
        index.catch_up(store.view("acme"))
    assert (index.revision, len(index)) == (seen, 3)
    assert index.catch_up(store.view("acme")) == 1
    assert told(index, store.view("acme"), "refund") == brute(store.view("acme"), "refund")


def test_what_was_erased_stands_in_no_file(store: GraphStore, tmp_path: Path) -> None:
    index = open_index(ENCODER, tmp_path, "acme")
    index.catch_up(store.view("acme"))
    index.save()
    erase(store, 1)
    index.catch_up(store.view("acme"))
    index.save()
    (path,) = tmp_path.iterdir()
    assert b"ticket:t:1" not in path.read_bytes()
    row = ENCODER.encode(["invoice wrong"]).astype(np.float16)
    assert row.tobytes() not in path.read_bytes()


def test_a_file_that_does_not_fit_keeps_nothing_erased(store: GraphStore, tmp_path: Path) -> None:
    """An erasure by a memory with another model writes over it."""
    index = open_index(ENCODER, tmp_path, "acme")
    index.catch_up(store.view("acme"))
    index.save()
    erase(store, 1)
    other = open_index(Encoder(HashEmbedder(32)), tmp_path, "acme")
    other.forget(store.view("acme"))
    other.save()
    (path,) = tmp_path.iterdir()
    assert b"ticket:t:1" not in path.read_bytes()


def test_a_view_of_an_earlier_time_finds_what_was_said_then(store: GraphStore) -> None:
    index = open_index(ENCODER, None, "acme")
    before = store.view("acme").revision
    write(store, 1, "parcel")
    then = store.view("acme", AsOf(recorded=before))
    assert best(index, store.view("acme"), "parcel")[0] == "ticket:t:1"
    assert best(index, then, "invoice")[0] == "ticket:t:1"
    assert told(index, then, "parcel") == brute(then, "parcel")


def test_tenants_do_not_meet(tmp_path: Path) -> None:
    """Eight tenants with the same ids, one folder."""
    store = NetworkXStore()
    names = [f"Tenant{n}" for n in range(4)] + [f"tenant{n}" for n in range(4)]
    for name in names:
        text = Passage(about="a:b:c", text=f"secret of {name}", span=Span(1))
        told_of = Node(id="a:b:c", kind="Article", span=Span(1))
        store.commit(name, Changes(add=(told_of, text)), base=0)
        index = open_index(ENCODER, tmp_path, name)
        index.catch_up(store.view(name))
        index.save()
    for name in names:
        index = open_index(ENCODER, tmp_path, name)
        (hit,) = index.search(store.view(name), "secret", limit=5)
        assert hit.passage.text == f"secret of {name}"


def test_a_folder_that_cannot_be_written_is_a_store_error(
    store: GraphStore, tmp_path: Path
) -> None:
    path = tmp_path / "file"
    path.write_text("in the way")
    index = open_index(ENCODER, path, "acme")
    index.catch_up(store.view("acme"))
    with pytest.raises(StoreError, match="cannot be saved"):
        index.save()


def test_a_header_says_nothing_of_the_tenant(store: GraphStore, tmp_path: Path) -> None:
    index = open_index(ENCODER, tmp_path, "acme")
    index.catch_up(store.view("acme"))
    index.save()
    (path,) = tmp_path.iterdir()
    assert "acme" not in path.name
    told = path.read_bytes()[16:]
    assert b"acme" not in told[: told.index(b"}}")]


def test_an_index_whose_vectors_are_damaged_is_built_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The search that meets the damage finds nothing by meaning, and the next one all."""
    monkeypatch.setattr(_blocks, "BLOCK_ROWS", 512)
    store = NetworkXStore()
    for number in range(600):
        write(store, number, f"refund {number}")
    index = open_index(ENCODER, tmp_path, "acme")
    index.catch_up(store.view("acme"))
    wanted = best(index, store.view("acme"), "refund 7")
    index.save()
    (path,) = tmp_path.iterdir()
    content = bytearray(path.read_bytes())
    content[-600 * 128 + 1] ^= 0x10
    path.write_bytes(content)
    again = open_index(ENCODER, tmp_path, "acme")
    assert again.catch_up(store.view("acme")) == 0
    assert best(again, store.view("acme"), "refund 7") == []
    assert best(again, store.view("acme"), "refund 7") == wanted
