"""Laws of the word index: it says what scoring every text says, on every store."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnimemory.index import _postings
from omnimemory.index._postings import Part, Postings
from omnimemory.index.analyzer import terms
from omnimemory.index.lexical import bm25, query_terms
from omnimemory.index.words import WordIndex, open_words
from omnimemory.model.facts import Passage
from omnimemory.store.base import GraphStore, GraphView
from omnimemory.store.networkx import NetworkXStore
from omnimemory.testing.facts import node, passage, put

WORDS = ("refund", "invoice", "parcel", "login", "退款", "the", "")
TEXT = st.lists(st.sampled_from(WORDS[:5]), min_size=1, max_size=6).map(" ".join)
STEP = st.one_of(
    st.tuples(st.just("write"), st.integers(0, 5), st.lists(st.sampled_from(WORDS), max_size=4)),
    st.tuples(st.just("erase"), st.integers(0, 5)),
    st.tuples(st.sampled_from(["search", "reopen"])),
)


def write(store: GraphStore, number: int, text: str) -> None:
    """Write a text about a thing; what it said before is closed."""
    id = f"ticket:t:{number}"
    view = store.view("acme")
    facts = [] if view.nodes([id]) else [node(id)]
    old = list(view.passages([id]))
    put(store, *facts, *([passage(id, text)] if text.strip() else []), retire=old)


def erase(store: GraphStore, number: int) -> None:
    mark = f"tombstone:omnimemory:{store.view('acme').revision}"
    put(store, node(mark, "Tombstone"), erase=[f"ticket:t:{number}"])


def told(index: WordIndex, view: GraphView, query: str) -> list[tuple[str, float]]:
    return [(hit.passage.id, hit.score) for hit in index.search(view, query, limit=100)]


@settings(max_examples=60, deadline=None)
@given(st.lists(STEP, max_size=14))
def test_an_index_of_any_history_is_one_built_now(steps: list[tuple[Any, ...]]) -> None:
    """Writes, changes, erasures, saves and reopenings, now and as the store was then.

    What is proposed of some nodes is what is proposed of all, without the others.
    """
    some = ("ticket:t:1", "ticket:t:4")
    with TemporaryDirectory() as folder:
        store = NetworkXStore()
        index = open_words(Path(folder), "acme")
        views = [store.view("acme")]
        for step in steps:
            match step:
                case ("write", number, words):
                    write(store, number, " ".join(words))
                case ("erase", number):
                    erase(store, number)
                case ("search",):
                    told(index, store.view("acme"), "refund")
                    index.propose(store.view("acme"), "refund", limit=1, of=some)
                case _:
                    index.save()
                    index = open_words(Path(folder), "acme")
            views.append(store.view("acme"))
        index.catch_up(store.view("acme"))
        anew = WordIndex()
        anew.catch_up(store.view("acme"))
        for view in views:
            for query in ("refund invoice", "parcels", "退款", " ", "the"):
                every = index.propose(view, query, limit=100)
                wanted = [one for one in every if one[0].startswith(some)]
                assert index.propose(view, query, limit=100, of=some) == wanted
                found = told(index, view, query)
                assert found == told(anew, view, query)
                assert {id for id, _ in found} == {
                    one.id for one in view.passages() if set(terms(one.text)) & set(terms(query))
                }
        held = {
            (event.fact.id, event.fact.text)
            for event in store.view("acme").scan()
            if isinstance(event.fact, Passage)
        }
        assert len(index) == len(held)


def ranked(
    postings: Postings, query: str, most: int, part: Part | None = None
) -> list[tuple[int, float]]:
    numbers, scores = postings.best(query_terms(query), most, part)
    return list(zip(numbers.tolist(), scores.tolist(), strict=True))


@given(st.lists(TEXT, min_size=1, max_size=30), TEXT, st.integers(1, 8))
def test_the_best_are_those_of_scoring_every_text(texts: list[str], query: str, most: int) -> None:
    """By the same formula, however the texts came, and all ties of the last are there."""
    whole = Postings()
    whole.add([terms(text) for text in texts])
    parted = Postings()
    for text in texts:
        parted.add([terms(text)])
    found = ranked(whole, query, most)
    assert found == ranked(parted, query, most)
    every = bm25(query, texts)
    least = sorted(every, reverse=True)[: most + 1][-1] if most < len(texts) else 0.0
    assert {number for number, _ in found} >= {
        at for at, score in enumerate(every) if score > least + 1e-4
    }
    for number, score in found:
        assert score == pytest.approx(every[number], abs=1e-4)


@given(st.permutations(range(60)), st.integers(1, 12))
def test_of_many_that_tie_the_same_few_are_found_whoever_came_first(
    order: list[int], most: int
) -> None:
    """An answer that stands everywhere: fewer of them are some of more."""
    found: list[list[str]] = []
    for numbers in (order, range(60)):
        store = NetworkXStore()
        put(store, *(node(f"ticket:t:{number}") for number in numbers))
        put(store, *(passage(f"ticket:t:{number}", "your refund is coming") for number in numbers))
        put(store, node("ticket:t:60"), passage("ticket:t:60", "refund refund"))
        index = WordIndex()
        for limit in (most, 2 * most):
            hits = index.search(store.view("acme"), "refund", limit=limit)
            found.append([hit.passage.id for hit in hits])
    few, more, *again = found
    assert [few, more] == again
    assert len(few) == most
    assert set(few) <= set(more)
    assert few[0] == "ticket:t:60 #0"
    assert few[1:] == sorted(few[1:])


@given(
    st.lists(st.tuples(TEXT, st.booleans()), min_size=1, max_size=30),
    st.lists(st.integers(1, 30), max_size=3),
    st.sets(st.integers(0, 29), max_size=3),
    TEXT,
    st.integers(1, 8),
)
def test_the_best_of_a_part_are_those_of_all_that_are_in_it(
    given: list[tuple[str, bool]], cuts: list[int], gone: set[int], query: str, most: int
) -> None:
    """However the texts came, while some are dropped, and where the part changed meanwhile."""
    postings = Postings()
    for begin, end in pairwise([0, *sorted(cuts), len(given)]):
        postings.add([terms(text) for text, _ in given[begin:end]])
        seen = np.array([wanted for _, wanted in given[: len(postings)]], dtype=bool)
        for name, mask in (("these", seen), ("changing", seen ^ bool(begin))):
            part = postings.part(name, mask)
            every = [one for one in ranked(postings, query, len(given)) if mask[one[0]]]
            assert ranked(postings, query, len(given), part) == every
            assert ranked(postings, query, most, part)[:most] == every[:most]
        postings.forget([number for number in gone if number < len(postings)])


def test_common_words_do_not_cost_the_best_their_place() -> None:
    """The scoring that stops early finds what the whole scoring finds."""
    texts = [
        f"refund login w{n % 7} {'invoice' if n % 400 == 0 else 'parcel'}" for n in range(3_000)
    ]
    postings = Postings()
    postings.add([terms(text) for text in texts])
    query = "invoice w3 parcel refund login"
    found = dict(ranked(postings, query, 10))
    every = bm25(query, texts)
    least = sorted(every, reverse=True)[9]
    assert found.keys() == {at for at, score in enumerate(every) if score >= least - 1e-6}
    assert found == {at: pytest.approx(every[at], abs=1e-3) for at in found}


@pytest.fixture
def store() -> GraphStore:
    """Three tickets."""
    store = NetworkXStore()
    for number, text in enumerate(("refund is late", "invoice wrong", "refund again refund")):
        write(store, number, text)
    return store


def test_nothing_is_read_twice(store: GraphStore, tmp_path: Path) -> None:
    """Neither by the same index nor by the one that reads its file."""
    index = open_words(tmp_path, "acme")
    assert index.catch_up(store.view("acme")) == 3
    assert index.catch_up(store.view("acme")) == 0
    index.save()
    write(store, 8, "one more")
    assert open_words(tmp_path, "acme").catch_up(store.view("acme")) == 1


def test_a_file_of_another_analyzer_is_built_anew(
    store: GraphStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = open_words(tmp_path, "acme")
    index.catch_up(store.view("acme"))
    index.save()
    monkeypatch.setattr("omnimemory.index.words.NAME", "words-0")
    assert open_words(tmp_path, "acme").catch_up(store.view("acme")) == 3


@pytest.mark.parametrize("cut", [0, 5, 15, 16, 40, 300, -1])
@pytest.mark.parametrize("damage", ["cut", "flip"])
def test_a_damaged_file_is_built_anew(
    store: GraphStore, tmp_path: Path, cut: int, damage: str
) -> None:
    index = open_words(tmp_path, "acme")
    index.catch_up(store.view("acme"))
    index.save()
    (path,) = tmp_path.iterdir()
    content = bytearray(path.read_bytes())
    if damage == "cut":
        del content[cut:]
    else:
        content[cut] ^= 0xFF
    path.write_bytes(content)
    again = open_words(tmp_path, "acme")
    assert again.catch_up(store.view("acme")) == 3
    assert told(again, store.view("acme"), "refund")[0][0] == "ticket:t:2 #0"


def test_a_file_holds_no_words(store: GraphStore, tmp_path: Path) -> None:
    """They stand in the store; here are hashes of them."""
    index = open_words(tmp_path, "acme")
    index.catch_up(store.view("acme"))
    index.save()
    (path,) = tmp_path.iterdir()
    assert b"refund" not in path.read_bytes()


def test_most_erased_leave_room(store: GraphStore, tmp_path: Path) -> None:
    """Where many are gone the rest is numbered anew, and found as before."""
    index = open_words(tmp_path, "acme")
    index.catch_up(store.view("acme"))
    erase(store, 0)
    erase(store, 1)
    index.forget(store.view("acme"))
    assert len(index) == 1
    assert [id for id, _ in told(index, store.view("acme"), "refund")] == ["ticket:t:2 #0"]
    index.save()
    again = open_words(tmp_path, "acme")
    assert [id for id, _ in told(again, store.view("acme"), "refund")] == ["ticket:t:2 #0"]


def test_runs_stay_few() -> None:
    """A thousand small additions leave a handful of runs."""
    postings = Postings()
    for n in range(1_000):
        postings.add([["a", f"w{n}"]])
    runs: Sequence[object] = postings._runs
    assert len(runs) <= 2 + (1_000).bit_length() // (_postings._MERGED_BELOW // 2)
    assert len(postings.best(["a"], 5)[0]) == 1_000
