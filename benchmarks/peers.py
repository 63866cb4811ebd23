"""The peers that need no LLM, given the same messages; each runs where it is installed.

pip install 'omnimemory-graph[peers]'
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from benchmarks import company
from benchmarks.measure import Row, percentiles
from omnimemory.model.records import Message

MESSAGES = 500
_DIM = 64
_LOADS_EXTENSIONS = hasattr(sqlite3.Connection, "enable_load_extension")
"""Whether this Python's SQLite can load the vector extension that LangGraph's store wants."""


def messages() -> list[tuple[str, str]]:
    """Return the customers and texts that every peer is given."""
    found = (one for one in company.records(20_000, seed=3) if isinstance(one, Message))
    return [(str(one.conversation), one.text) for one in islice(found, MESSAGES)]


def ingest(folder: Path) -> list[Row]:
    """Return how fast each peer takes the messages, one at a time."""
    return [_ingest(name, make, folder) for name, make in _PEERS.items()]


def search(folder: Path) -> list[Row]:
    """Return how fast each peer searches what it was given."""
    return [_search(name, make, folder) for name, make in _PEERS.items()]


def _ingest(name: str, make: Callable[[Path], Peer | None], folder: Path) -> Row:
    peer = make(folder / "ingest")
    if peer is None:
        return {"what": f"peer {name}", "note": "not installed"}
    given = messages()
    begin = time.perf_counter()
    for position, (customer, text) in enumerate(given):
        peer.add(customer, f"{position}", text)
    rate = len(given) / (time.perf_counter() - begin)
    return {"what": f"peer {name}, one message", "records": len(given), "records_per_s": rate}


def _search(name: str, make: Callable[[Path], Peer | None], folder: Path) -> Row:
    peer = make(folder / "search")
    if peer is None:
        return {"what": f"peer {name}", "note": "not installed"}
    given = messages()
    for position, (customer, text) in enumerate(given):
        peer.add(customer, f"{position}", text)
    customer = given[0][0]
    times = percentiles(lambda: peer.find(customer, company.QUERY), runs=40)
    return {"what": f"peer {name}: search among {len(given)} messages", **times}


class Peer(Protocol):
    """Something that takes messages and finds them again."""

    def add(self, customer: str, id: str, text: str, /) -> None:
        """Take one message."""
        ...

    def find(self, customer: str, query: str, /) -> object:
        """Return what it finds for a query."""
        ...


def embed(text: str) -> list[float]:
    """Return a hashed bag of words: the same cheap vector for every peer that wants one."""
    vector = [0.0] * _DIM
    for word in text.lower().split():
        vector[hashlib.blake2b(word.encode(), digest_size=1).digest()[0] % _DIM] += 1.0
    length = sum(value * value for value in vector) ** 0.5 or 1.0
    return [value / length for value in vector]


class _LangGraph:
    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(folder / "langgraph.db", check_same_thread=False, isolation_level=None)
        module: Any = import_module("langgraph.store.sqlite")
        index = {"dims": _DIM, "embed": _embed_all} if _LOADS_EXTENSIONS else None
        self._store: Any = module.SqliteStore(db, index=index)
        self._store.setup()

    def add(self, customer: str, id: str, text: str) -> None:
        self._store.put(("customers", customer.replace(".", "_")), id, {"text": text})

    def find(self, customer: str, query: str) -> object:
        return self._store.search(("customers", customer.replace(".", "_")), query=query, limit=10)


class _Mem0:
    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        os.environ.setdefault("MEM0_TELEMETRY", "False")
        os.environ.setdefault("MEM0_DIR", str(folder))
        config: Any = {
            "vector_store": {
                "provider": "faiss",
                "config": {"path": str(folder / "faiss"), "embedding_model_dims": _DIM},
            },
            "embedder": {"provider": "openai", "config": {"api_key": "unused"}},
            "llm": {"provider": "openai", "config": {"api_key": "unused"}},
            "history_db_path": str(folder / "history.db"),
        }
        module: Any = import_module("mem0")
        self._memory: Any = module.Memory.from_config(config)
        self._memory.embedding_model = _Hashed(self._memory.embedding_model)

    def add(self, customer: str, _id: str, text: str) -> None:
        self._memory.add(text, user_id=customer, infer=False)

    def find(self, customer: str, query: str) -> object:
        return self._memory.search(query, filters={"user_id": customer})


class _Hashed:
    """mem0's embedder with our vectors: everything else is asked of its own."""

    def __init__(self, theirs: Any) -> None:
        self.config = theirs.config

    def embed(self, text: str, *_: Any) -> list[float]:
        return embed(text)

    def embed_batch(self, texts: list[str], *_: Any) -> list[list[float]]:
        return _embed_all(texts)


def _embed_all(texts: Sequence[str]) -> list[list[float]]:
    return [embed(text) for text in texts]


def _langgraph(folder: Path) -> Peer | None:
    return _LangGraph(folder) if _installed("langgraph.store.sqlite") else None


def _mem0(folder: Path) -> Peer | None:
    return _Mem0(folder) if _installed("mem0") and _installed("faiss") else None


def _installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


_PEERS: dict[str, Callable[[Path], Peer | None]] = {
    f"LangGraph SqliteStore{'' if _LOADS_EXTENSIONS else ' without vectors'}": _langgraph,
    "mem0 (infer=False)": _mem0,
}
