"""Laws of reranking: every answer is checked, and only the order of what was found changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import omnimemory
from omnimemory import Memory
from omnimemory.embed import late as late_interaction
from omnimemory.embed import open_reranker
from omnimemory.embed.late import LateInteraction
from omnimemory.embed.minilm import MiniLMEmbedder
from omnimemory.errors import InputError, RerankerError
from omnimemory.index.ranker import MOST_RERANKED

MODEL = MiniLMEmbedder()
TEXTS = ("My parcel came late.", "My card was declined.", "My parcel was blue.", "Thanks.")


class Longest:
    """Finds that longer texts answer better."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Sequence[str]]] = []

    def scores(self, query: str, texts: Sequence[str]) -> Any:
        self.asked.append((query, texts))
        return np.array([10.0 * len(text) for text in texts], dtype=np.float32)


class Told:
    """Gives back, or raises, whatever it was told to."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def scores(self, query: str, texts: Sequence[str]) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Counting(MiniLMEmbedder):
    """Counts how often each text is encoded."""

    def __init__(self) -> None:
        super().__init__()
        self.encoded: Counter[str] = Counter()

    def _states(self, texts: Sequence[str]) -> Any:
        self.encoded.update(texts)
        return super()._states(texts)


def memory_of(texts: Sequence[str], reranker: Any = None, embedder: Any = None) -> Memory:
    memory = omnimemory.connect("networkx://", tenant="acme", embedder=embedder, reranker=reranker)
    author = {"name": "Ada", "identifiers": [{"type": "email", "value": "ada@x.org"}]}
    memory.ingest(
        [
            {
                "type": "message",
                "source": "chat",
                "id": f"{place:03}",
                "occurred_at": "2026-01-01T10:00:00Z",
                "channel": "chat",
                "author": author,
                "text": text,
            }
            for place, text in enumerate(texts)
        ],
        strict=True,
    )
    return memory


def found(memory: Memory, query: str = "parcel", **options: Any) -> list[str]:
    return [hit.text for hit in memory.search(query, **options)]


@pytest.mark.parametrize("of", [{"customer": "ada@x.org"}, {}])
def test_a_reranker_orders_what_was_found_and_says_so(of: dict[str, Any]) -> None:
    """In a customer's and in the tenant's search; it brings nothing that was not found."""
    texts = ("The parcel.", "The parcel that came later was much too small for the shoes.", "No.")
    memory = memory_of(texts, Longest())
    assert found(memory, **of)[0] == texts[1]
    assert set(found(memory, **of)) == set(found(memory, rerank=False, **of)) == set(texts[:2])
    assert "reranker" in memory.search("parcel", **of)[0].explain()
    assert "reranker" not in memory.search("parcel", rerank=False, **of)[0].explain()


def test_a_search_may_bring_its_own() -> None:
    own = Longest()
    memory = memory_of(TEXTS)
    found(memory, rerank=own)
    assert own.asked[0][0] == "parcel"
    found(memory)
    assert len(own.asked) == 1


def test_packs_are_reranked_too() -> None:
    own = Longest()
    memory_of(TEXTS, own).context_pack("ada@x.org", "parcel")
    assert own.asked


def test_only_the_best_are_asked_about() -> None:
    own = Longest()
    memory = memory_of([f"parcel {place}" for place in range(MOST_RERANKED + 20)], own)
    found(memory, customer="ada@x.org")
    assert len(own.asked[0][1]) == MOST_RERANKED


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (np.ones((2, 1)), "shape"),
        (np.ones(3), "is wanted"),
        (np.array([1.0, np.nan]), "NaN or infinity for 1 of 2"),
        (["high", "low"], "float32 is wanted"),
        (None, "shape"),
        (RuntimeError("half way"), "half way"),
    ],
)
def test_what_is_no_number_for_each_text_is_one_clear_error(answer: Any, message: str) -> None:
    memory = memory_of(TEXTS[::2], Told(answer))
    with pytest.raises(RerankerError, match=message):
        memory.search("parcel", customer="ada@x.org")


@pytest.mark.parametrize("wrong", ["", "nonsense", 7, object()])
def test_what_is_no_reranker_is_refused(wrong: Any) -> None:
    with pytest.raises(InputError, match="reranker"):
        open_reranker(wrong)


@pytest.fixture(scope="module")
def late() -> LateInteraction:
    return LateInteraction(MODEL)


def test_late_interaction_knows_what_answers(late: LateInteraction) -> None:
    told = late.scores("Why was the payment refused?", TEXTS)
    assert told.shape == (len(TEXTS),)
    assert int(np.argmax(told)) == 1


@given(texts=st.lists(st.sampled_from([*TEXTS, "", "\0", "🦊", "退款"]), max_size=5))
def test_what_is_kept_changes_no_score(texts: list[str]) -> None:
    """Asked again, and by one that has kept nothing, the scores are the same and finite."""
    late, anew = LateInteraction(MODEL), LateInteraction(MODEL)
    told = late.scores("parcel", texts)
    assert np.isfinite(told).all()
    assert np.allclose(told, late.scores("parcel", texts), atol=1e-6)
    assert np.allclose(told, anew.scores("parcel", texts), atol=1e-6)


def test_what_is_let_go_of_changes_no_score(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = LateInteraction(MODEL).scores("parcel", TEXTS)
    monkeypatch.setattr(late_interaction, "MOST_KEPT", 0)
    forgetful = Counting()
    late = LateInteraction(forgetful)
    assert np.array_equal(late.scores("parcel", TEXTS), kept)
    late.scores("parcel", TEXTS)
    assert set(forgetful.encoded.values()) == {2}


def test_a_text_is_encoded_once_for_its_vector_and_its_pieces() -> None:
    """In a customer's searches and packs, and the query too."""
    model = Counting()
    memory = memory_of(TEXTS, "minilm", model)
    assert "reranker" in memory.search("parcel", customer="ada@x.org")[0].explain()
    memory.context_pack("ada@x.org", "Where is my parcel?")
    assert {*TEXTS, "parcel", "Where is my parcel?"} <= set(model.encoded)
    assert set(model.encoded.values()) == {1}


@pytest.mark.parametrize("query", ["", " ", "\0"])
def test_a_query_without_pieces_prefers_nothing(late: LateInteraction, query: str) -> None:
    assert not late.scores(query, TEXTS).any()
