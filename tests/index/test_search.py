"""Laws of search by words, the same on every store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnimemory.errors import InputError
from omnimemory.index.analyzer import terms
from omnimemory.index.lexical import bm25, query_terms
from omnimemory.index.search import search
from omnimemory.index.words import WordIndex
from omnimemory.model.facts import Changes, Hit, Node, Passage
from omnimemory.model.time import Span
from omnimemory.store.base import GraphView
from omnimemory.store.registry import open_store

TEXTS = {
    "refund": "Where is my refund? The refund has not arrived.",
    "login": "I cannot log in, the page is slow.",
    "both": "No refund and no login page.",
    "chinese": "退款还没有到账",
    "german": "Die Größe der Rückerstattung",
}


@pytest.fixture(params=["networkx://", "sqlite://"])
def view(request: pytest.FixtureRequest) -> GraphView:
    """Passages about five nodes, on each store."""
    store = open_store(request.param)
    facts = [
        fact
        for name, text in TEXTS.items()
        for fact in (
            Node(id=f"article:kb:{name}", kind="Article", span=Span(1)),
            Passage(about=f"article:kb:{name}", text=text, span=Span(1)),
        )
    ]
    store.commit("acme", Changes(add=tuple(facts)), base=0)
    return store.view("acme")


def find(view: GraphView, query: str) -> Sequence[Hit]:
    return search(view, query, 10, words=WordIndex())


def test_the_best_passage_comes_first(view: GraphView) -> None:
    """The one that says the word most; those without any word of the query do not come."""
    found = [hit.passage.about for hit in find(view, "REFUND?")]
    assert found == ["article:kb:refund", "article:kb:both"]


def test_scores_come_from_one_formula(view: GraphView) -> None:
    """Not from the store."""
    scores = [hit.score for hit in find(view, "refund page")]
    every = bm25("refund page", [TEXTS[name] for name in sorted(TEXTS)])
    assert scores == pytest.approx(sorted((one for one in every if one), reverse=True), abs=1e-4)


@pytest.mark.parametrize(
    ("query", "name"), [("退款", "chinese"), ("款", "chinese"), ("GRÖSSE", "german")]
)
def test_scripts_without_spaces_and_with_accents_are_found(
    view: GraphView, query: str, name: str
) -> None:
    """A word of one character or more in a Chinese sentence, a German one however written."""
    assert [hit.passage.about for hit in find(view, query)] == [f"article:kb:{name}"]


@pytest.mark.parametrize(
    "query",
    ["", " ", "?!…", "\0", "the of a", '"', "refund AND", "NEAR(x", "a*", "-x:y", "^", "(", "🦊"],
)
def test_any_text_is_a_query(view: GraphView, query: str) -> None:
    """Index syntax and punctuation separate words, and no words find nothing."""
    assert bool(find(view, query)) == ("refund" in query)


def test_a_megabyte_is_a_query(view: GraphView) -> None:
    """Only its beginning counts."""
    assert find(view, "refund " * 200_000)


def test_what_is_no_text_is_no_query(view: GraphView) -> None:
    wrong: Any = 7
    with pytest.raises(InputError, match="query is int"):
        find(view, wrong)


@given(query=st.text(max_size=60), texts=st.lists(st.text(max_size=80), max_size=6))
def test_a_text_scores_only_by_words_that_it_has(query: str, texts: list[str]) -> None:
    """Above zero exactly where a word of the query stands."""
    wanted = set(query_terms(query))
    for text, score in zip(texts, bm25(query, texts), strict=True):
        assert (score > 0) == bool(wanted & set(terms(text)))


@given(text=st.text(max_size=80))
def test_terms_do_not_depend_on_case(text: str) -> None:
    """A text in lower case has the same words."""
    assert terms(text.casefold()) == terms(text)
