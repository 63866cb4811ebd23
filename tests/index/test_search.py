"""Laws of search by words, the same on every store."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnimemory.errors import InputError
from omnimemory.index.analyzer import terms
from omnimemory.index.lexical import bm25, query_terms
from omnimemory.index.search import search
from omnimemory.model.facts import Changes, Node, Passage
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


ALL = [f"article:kb:{name}" for name in TEXTS]


@pytest.mark.parametrize("about", [None, ALL])
def test_the_best_passage_comes_first(view: GraphView, about: Sequence[str] | None) -> None:
    """The one that says the word most; those without any word of the query do not come."""
    found = [hit.passage.about for hit in search(view, "REFUND?", about, 10)]
    assert found == ["article:kb:refund", "article:kb:both"]


def test_a_scope_is_ranked_alike_on_every_store(view: GraphView) -> None:
    """Scores come from one formula, not from the store."""
    scores = [round(hit.score, 6) for hit in search(view, "refund page", ALL, 10)]
    expected = bm25("refund page", [TEXTS[name] for name in sorted(TEXTS)])
    assert scores == sorted((round(one, 6) for one in expected if one), reverse=True)


def test_scripts_without_spaces_are_found(view: GraphView) -> None:
    """A word inside a Chinese sentence, by pairs of characters."""
    assert [hit.passage.about for hit in search(view, "退款", ALL, 10)] == ["article:kb:chinese"]


@pytest.mark.parametrize(
    "query", ["", " ", "?!…", "\0", "the of a", '"', "refund AND", "NEAR(x", "a*", "-x:y", "^", "("]
)
@pytest.mark.parametrize("about", [None, ALL])
def test_any_text_is_a_query(view: GraphView, query: str, about: Sequence[str] | None) -> None:
    """Index syntax and punctuation separate words, and no words find nothing."""
    found = search(view, query, about, 10)
    assert bool(found) == ("refund" in query)


def test_a_megabyte_is_a_query(view: GraphView) -> None:
    """Only its beginning counts."""
    assert search(view, "refund " * 200_000, None, 10)


def test_a_bare_string_is_no_scope(view: GraphView) -> None:
    """Ids come as a collection."""
    with pytest.raises(InputError):
        search(view, "refund", "article:kb:refund", 10)


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
