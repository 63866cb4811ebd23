"""Laws of a memory with an embedder."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import omnimemory
from omnimemory import EmbedderError, InputError, Memory
from omnimemory.embed.hashing import HashEmbedder
from tests.context.small_company import company


def test_a_memory_finds_by_meaning(tmp_path: Path) -> None:
    """What shares no word with the query is found, and first."""
    with omnimemory.connect("sqlite://", tenant="acme", embedder="minilm") as memory:
        memory.ingest(ARTICLES)
        assert [hit.title for hit in memory.search("why was my card declined")][:1] == [
            "Payment refused by the bank"
        ]


ARTICLES: list[dict[str, object]] = [
    {"type": "article", "source": "kb", "id": str(n), "title": title, "body": title}
    for n, title in enumerate(("Payment refused by the bank", "Late parcels", "Sign in"))
]


def test_without_a_query_an_embedder_changes_no_pack() -> None:
    """There is nothing to be near to."""
    packs: list[str] = []
    for embedder in (None, "hash"):
        with omnimemory.connect("sqlite://", tenant="acme", embedder=embedder) as memory:
            memory.ingest(company())
            first = next(iter(memory.customers())).id
            packs.append(memory.context_pack(first, as_of="2026-06-01").markdown())
    assert packs[0] == packs[1]


def _asked(embedder: str) -> Memory:
    memory = omnimemory.connect("networkx://", tenant="acme", embedder=embedder)
    said = ("My parcel came late.", "The bank refused my payment.", "I like the new colours.")
    memory.ingest(
        [
            {
                "type": "message",
                "source": "chat",
                "id": str(place),
                "occurred_at": f"2026-01-0{place + 1}T10:00:00Z",
                "channel": "chat",
                "author": {"name": "Ada", "identifiers": [{"type": "email", "value": "ada@x.org"}]},
                "text": text,
                "conversation": "c",
            }
            for place, text in enumerate(said)
        ],
        strict=True,
    )
    return memory


def test_a_pack_and_a_customer_search_find_by_meaning() -> None:
    """What shares no word with the query leads, and `explain` names the signal."""
    with _asked("minilm") as memory:
        hit = memory.search("Why was the card declined?", customer="ada@x.org")[0]
        pack = memory.context_pack("ada@x.org", "Why was the card declined?")
    assert "refused" in hit.text
    assert "meaning +" in hit.explain()
    said = [item for item in pack.items if item.node.kind == "Interaction"]
    assert "refused" in said[0].text


def test_a_customer_search_by_words_explains_itself() -> None:
    """Each result says what each signal gave, and they add up to the score."""
    with _asked("hash") as memory:
        hits = memory.search("late parcel", customer="ada@x.org")
    assert "late" in hits[0].text
    for hit in hits:
        assert sum(hit.signals.values()) == pytest.approx(hit.score)


def test_vectors_are_saved_beside_the_store(tmp_path: Path) -> None:
    """And read again: the second memory encodes the query, and no passage."""
    url = f"sqlite:///{tmp_path / 'support.db'}"
    with omnimemory.connect(url, tenant="acme", embedder=HashEmbedder()) as memory:
        memory.ingest(ARTICLES)
        before = list(memory.search("payments refused"))
    assert list((tmp_path / "support.db.vectors").iterdir())
    counting = Counting()
    with omnimemory.connect(url, tenant="acme", embedder=counting) as memory:
        assert list(memory.search("payments refused")) == before
    assert "Late parcels" not in " ".join(counting.asked)


class Counting(HashEmbedder):
    """Keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> Any:
        self.asked += texts
        return super().encode(texts)


class Broken(HashEmbedder):
    """Raises whatever it is asked."""

    def encode(self, texts: Sequence[str]) -> Any:
        raise RuntimeError("no such device")


def memory_with(embedder: Any) -> Memory:
    memory = omnimemory.connect("networkx://", tenant="acme", embedder=embedder)
    memory.ingest(ARTICLES)
    return memory


def test_reindexing_swaps_the_model_and_tells_how_far_it_is() -> None:
    memory = memory_with("hash")
    told: list[int] = []
    assert memory.reindex("minilm", on_progress=told.append) == 3
    assert told == [3]
    assert memory.search("why was my card declined")[0].title == "Payment refused by the bank"
    assert memory.reindex() == 3


def test_a_reindex_that_fails_leaves_the_old_vectors() -> None:
    memory = memory_with("hash")
    before = list(memory.search("payments"))
    with pytest.raises(EmbedderError, match="no such device"):
        memory.reindex(Broken())
    assert list(memory.search("payments")) == before


def test_reindexing_without_an_embedder_asks_for_one() -> None:
    with pytest.raises(InputError, match="embedder='minilm'"):
        memory_with(None).reindex()


@pytest.mark.parametrize("embedder", ["hash", None])
def test_what_is_erased_leaves_the_saved_vectors(tmp_path: Path, embedder: str | None) -> None:
    """Whether or not the memory that erases has an embedder."""
    url = f"sqlite:///{tmp_path / 'support.db'}"
    with omnimemory.connect(url, tenant="acme", embedder="hash") as memory:
        memory.ingest(company())
        memory.search("refund")
        whom = next(iter(memory.customers()))
    with omnimemory.connect(url, tenant="acme", embedder=embedder) as memory:
        gone = {event.fact.id for event in memory.view().scan()}
        memory.erase(whom)
        gone -= {event.fact.id for event in memory.view().scan()}
        saved = b"".join(path.read_bytes() for path in (tmp_path / "support.db.vectors").iterdir())
        assert gone
        assert not [id for id in gone if b" #" in id.encode() and id.encode() in saved]


@pytest.mark.parametrize("query", ["", " ", "the", "🦊", '"', "NEAR(", "*", "{acme}:b", "-x", "\0"])
def test_any_query_is_answered_without_an_error(query: str) -> None:
    memory_with("hash").search(query)
    memory_with("hash").search(query * 100_000)


def test_an_embedder_is_not_loaded_before_it_is_used() -> None:
    code = (
        "import omnimemory\n"
        "omnimemory.connect('sqlite://', tenant='t', embedder='minilm')\n"
        "import sys\nprint(*(m for m in ('onnxruntime', 'tokenizers', 'faiss') if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
