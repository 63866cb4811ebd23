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
from omnimemory.index import _blocks, _vector_rows
from omnimemory.index import _file as file
from omnimemory.index._vector_rows import Rows
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


def unit(count: int, dim: int, seed: int) -> Any:
    rows = np.random.default_rng(seed).normal(size=(count, dim)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_exact_is_what_faiss_flat_says() -> None:
    faiss: Any = __import__("faiss")
    rows = unit(500, 32, 1).astype(np.float16).astype(np.float32)
    flat = faiss.IndexIDMap2(faiss.IndexFlatIP(32))
    flat.add_with_ids(rows, np.arange(500))
    mine = Rows(32)
    mine.add(rows)
    gone = list(range(0, 500, 7))
    mine.remove(gone)
    flat.remove_ids(np.array(gone))
    for query in unit(20, 32, 2):
        scores, numbers = flat.search(query[None], 10)
        found = mine.nearest(query, 10)
        assert [number for number, _ in found] == numbers[0].tolist()
        assert np.allclose([score for _, score in found], scores[0], atol=1e-4)


def saved(rows: Rows, folder: Path) -> Any:
    """Return the arrays of rows as they come back from a file."""
    file.write(folder / "rows", file.Header("", "", 0), rows.parts())
    there = file.read(folder / "rows", _vector_rows.PARTS, _vector_rows.PARTS)
    assert there is not None
    return there.parts


def test_lists_find_the_near_ones_take_new_ones_and_lose_removed_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_vector_rows, "LISTS_FROM", 2_000)
    rows = Rows(16)
    rows.add(unit(4_000, 16, 3))
    assert rows.settle()
    assert not rows.settle()
    (query,) = unit(1, 16, 4)
    number = rows.used
    rows.add(query[None])
    assert rows.nearest(query, 5)[0][0] == number
    rows.remove([number])
    assert number not in dict(rows.nearest(query, 5))
    again = Rows(16)
    again.restore(saved(rows, tmp_path), rows.cut_at)
    assert dict(again.nearest(query, 5)).keys() == dict(rows.nearest(query, 5)).keys()


def test_a_header_says_nothing_of_the_tenant(store: GraphStore, tmp_path: Path) -> None:
    index = open_index(ENCODER, tmp_path, "acme")
    index.catch_up(store.view("acme"))
    index.save()
    (path,) = tmp_path.iterdir()
    assert "acme" not in path.name
    told = path.read_bytes()[16:]
    assert b"acme" not in told[: told.index(b"}}")]


def test_rows_in_many_blocks_are_those_of_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However they came, and after they were saved piece by piece, read, and added to."""
    monkeypatch.setattr(_blocks, "BLOCK_ROWS", 64)
    given = unit(300, 1_024, 5).astype(np.float16).astype(np.float32)
    rows = Rows(1_024)
    for begin, end in ((0, 1), (1, 63), (63, 65), (65, 200), (200, 200), (200, 290)):
        rows.add(given[begin:end])
    rows.remove([0, 64, 199])
    again = Rows(1_024)
    again.restore(saved(rows, tmp_path), 0)
    for one in (rows, again):
        one.add(given[290:])
        kept = given.copy()
        kept[[0, 64, 199]] = 0
        numbers = [299, 0, 63, 64, 130]
        assert np.allclose(one.cosines(given[7], numbers), kept[numbers] @ given[7], atol=1e-4)
        assert one.nearest(given[130], 1)[0][0] == 130
        one.compact([5, 70, 299])
        assert one.used == 3
        assert one.nearest(given[299], 1)[0][0] == 2


def test_what_is_used_of_a_file_is_checked_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A damaged piece is noticed when a row of it is used, and not before."""
    monkeypatch.setattr(_blocks, "BLOCK_ROWS", 64)
    given = unit(192, 1_024, 5)
    rows = Rows(1_024)
    rows.add(given)
    _ = saved(rows, tmp_path)
    content = bytearray((tmp_path / "rows").read_bytes())
    content[-70 * 2_048] ^= 1
    (tmp_path / "rows").write_bytes(content)
    there = file.read(tmp_path / "rows", _vector_rows.PARTS, _vector_rows.PARTS)
    assert there is not None
    again = Rows(1_024)
    again.restore(there.parts, 0)
    assert again.cosines(given[7], [7, 191]) == rows.cosines(given[7], [7, 191])
    for use in (
        lambda: again.cosines(given[7], [192 - 70]),
        lambda: again.nearest(given[7], 1),
        lambda: again.remove([7]),
        again.parts,
    ):
        with pytest.raises(file.DamagedError):
            use()


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


def test_what_was_let_go_of_keeps_no_file_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file that a row was erased from is replaced; nothing may hold the old one."""
    monkeypatch.setattr(_blocks, "BLOCK_ROWS", 64)
    rows = Rows(1_024)
    rows.add(unit(192, 1_024, 5))
    again = Rows(1_024)
    again.restore(saved(rows, tmp_path), 0)
    maps = Path("/proc/self/maps")
    if not maps.exists():
        pytest.skip("this system does not tell what is mapped")
    assert str(tmp_path) in maps.read_text()
    again.remove([70])
    assert str(tmp_path) not in maps.read_text()


def test_what_comes_in_turns_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists that are cut by some of the rows know every topic, however the rows came."""
    monkeypatch.setattr(_vector_rows, "LISTS_FROM", 2_000)
    monkeypatch.setattr(_vector_rows, "_TRAINING_PER_LIST", 4)
    monkeypatch.setattr(_vector_rows, "_PROBES", 6)
    monkeypatch.setattr(_vector_rows, "_LEAST_PROBED", 0)
    topics, noise = unit(44, 32, 6), unit(8_000, 32, 7)
    given = topics[np.arange(8_000) % 44] + 0.7 * noise
    given /= np.linalg.norm(given, axis=1, keepdims=True)
    rows = Rows(32)
    rows.add(given)
    assert rows.settle()
    shares: list[float] = []
    for one in given[:88]:
        exact = {number for number, _ in rows.nearest(one, 10, range(8_000))}
        shares.append(len(exact & {number for number, _ in rows.nearest(one, 10)}) / len(exact))
    assert np.mean(shares) > 0.9
