"""Peers that need no LLM, asked the same questions of the same turns, with the same vectors.

Each runs where it is installed, as its documentation has it.

pip install 'omnimemory-graph[peers]'
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from statistics import mean
from typing import Any, Final

from benchmarks.locomo import Talk, share
from benchmarks.measure import Row
from omnimemory.embed import Encoder

Find = Callable[[str], Sequence[str]]
"""Returns the ids of the turns found for a query, best first."""

_FOUND: Final = 10


def measure(talk: Talk, encoder: Encoder) -> list[Row]:
    """Return recall and latency of each peer on one conversation."""
    rows: list[Row] = []
    for name, needed, build in _PEERS:
        if not all(map(_installed, needed)):
            rows.append({"peer": name, "note": f"needs {', '.join(needed)}"})
            continue
        with tempfile.TemporaryDirectory() as folder:
            rows.append({"peer": name, **_asked(talk, build(talk, encoder, Path(folder)))})
    return rows


def _asked(talk: Talk, find: Find) -> Row:
    shares: list[tuple[float, float]] = []
    begin = time.perf_counter()
    for question in talk.questions:
        found = list(find(question.text))
        shares.append((share(question, set(found[:5])), share(question, set(found[:_FOUND]))))
    took = (time.perf_counter() - begin) * 1_000 / len(talk.questions)
    return {
        "questions": len(shares),
        "r@5": mean(one for one, _ in shares),
        "r@10": mean(one for _, one in shares),
        "search_ms": took,
    }


def _turns(talk: Talk) -> list[tuple[str, str]]:
    """Return the ids of the turns with who said what."""
    return [
        (one.id.partition("/")[2], f"{one.author.name}: {one.text}" if one.author else one.text)
        for one in talk.messages
    ]


def _langgraph(talk: Talk, encoder: Encoder, _folder: Path) -> Find:
    module: Any = import_module("langgraph.store.memory")

    def embed(texts: Sequence[str]) -> list[list[float]]:
        return encoder.encode(texts).tolist()

    store: Any = module.InMemoryStore(index={"dims": encoder.dim, "embed": embed})
    for id, text in _turns(talk):
        store.put(("turns",), id, {"text": text})
    return lambda query: [one.key for one in store.search(("turns",), query=query, limit=_FOUND)]


def _langchain(talk: Talk, encoder: Encoder, _folder: Path) -> Find:
    """Build the ensemble of BM25 and vectors, half and half, as the documentation does."""
    core: Any = import_module("langchain_core.vectorstores")
    community: Any = import_module("langchain_community.retrievers")
    classic: Any = import_module("langchain_classic.retrievers")
    embeddings: Any = import_module("langchain_core.embeddings").Embeddings

    class Ours(embeddings):
        """Our vectors."""

        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return encoder.encode(texts).tolist()

        def embed_query(self, text: str) -> list[float]:
            return encoder.encode([text])[0].tolist()

    turns = _turns(talk)
    texts, ids = [text for _, text in turns], [{"id": id} for id, _ in turns]
    words = community.BM25Retriever.from_texts(texts, metadatas=ids, k=_FOUND)
    vectors = core.InMemoryVectorStore.from_texts(texts, Ours(), metadatas=ids)
    ensemble = classic.EnsembleRetriever(
        retrievers=[words, vectors.as_retriever(search_kwargs={"k": _FOUND})], weights=[0.5, 0.5]
    )
    return lambda query: [one.metadata["id"] for one in ensemble.invoke(query)]


def _mem0(talk: Talk, encoder: Encoder, folder: Path) -> Find:
    os.environ.setdefault("MEM0_TELEMETRY", "False")
    os.environ.setdefault("MEM0_DIR", str(folder))
    module: Any = import_module("mem0")
    memory: Any = module.Memory.from_config(
        {
            "vector_store": {
                "provider": "faiss",
                "config": {"path": str(folder / "faiss"), "embedding_model_dims": encoder.dim},
            },
            "embedder": {"provider": "openai", "config": {"api_key": "unused"}},
            "llm": {"provider": "openai", "config": {"api_key": "unused"}},
            "history_db_path": str(folder / "history.db"),
        }
    )
    memory.embedding_model = _Encoded(memory.embedding_model.config, encoder)
    for id, text in _turns(talk):
        memory.add(text, user_id="a", metadata={"turn": id}, infer=False)

    def find(query: str) -> list[str]:
        found = memory.search(query, filters={"user_id": "a"}, top_k=_FOUND)
        return [one["metadata"]["turn"] for one in found["results"]]

    return find


class _Encoded:
    """mem0's embedder with our vectors."""

    def __init__(self, config: Any, encoder: Encoder) -> None:
        self.config = config
        self._encoder = encoder

    def embed(self, text: str, *_: Any) -> list[float]:
        return self._encoder.encode([text])[0].tolist()

    def embed_batch(self, texts: list[str], *_: Any) -> list[list[float]]:
        return self._encoder.encode(texts).tolist()


def _installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


_PEERS: Final[tuple[tuple[str, tuple[str, ...], Callable[..., Find]], ...]] = (
    ("mem0 (infer=False)", ("mem0", "faiss"), _mem0),
    ("LangGraph InMemoryStore", ("langgraph.store.memory",), _langgraph),
    (
        "LangChain ensemble (BM25 + vectors)",
        ("langchain_community", "langchain_classic", "rank_bm25"),
        _langchain,
    ),
)
