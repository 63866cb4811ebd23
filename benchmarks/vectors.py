"""How fast and how well a whole tenant is searched, and what its indexes cost.

python -m benchmarks.vectors --passages 10000 100000 1000000 [--json]

Texts and vectors are made up: words as common as Zipf's law has them, and vectors around a
thousand centres, as texts lie around topics.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import word_peers
from benchmarks.measure import Row, machine, memory_mb, peak_memory_mb, percentiles, show
from omnimemory.embed import Encoder
from omnimemory.index.search import search
from omnimemory.index.vectors import VectorIndex, open_index
from omnimemory.index.words import open_words
from omnimemory.model.facts import Changes, Node, Passage
from omnimemory.model.time import Span
from omnimemory.store.base import GraphStore
from omnimemory.store.registry import open_store

TENANT = "bench"
BATCH = 20_000
NEW = 1_000
TOPICS = 1_000
FOUND = 10
SPREAD = 1.2
VOCABULARY = 100_000


class Topics:
    """Gives a text of the form ``TOPIC NUMBER`` a vector near its topic's."""

    def __init__(self, dim: int) -> None:
        self.name = f"topics-{dim}"
        self.dim = dim
        self._topics = np.random.default_rng(0).normal(size=(TOPICS, dim)).astype(np.float32)

    def encode(self, texts: Sequence[str]) -> Any:
        out = np.empty((len(texts), self.dim), dtype=np.float32)
        for row, text in zip(out, texts, strict=True):
            topic, _, number = text.partition(" ")
            own = np.random.default_rng(_number(number))
            noise = own.standard_normal(self.dim, dtype=np.float32)
            row[:] = self._topics[_number(topic) % TOPICS] + SPREAD * noise
        return out


def main(arguments: Sequence[str] | None = None) -> list[Row]:
    """Run the benchmark and print its table; return the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--dim", type=int, default=384)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    about = machine()
    rows = [_measure(count, options.dim, options.runs) for count in options.passages]
    show(rows, as_json=options.json, about=about)
    return rows


def _measure(count: int, dim: int, runs: int) -> Row:
    with tempfile.TemporaryDirectory() as folder:
        encoder = Encoder(Topics(dim))
        store = open_store(f"sqlite:///{folder}/bench.db")
        _write(store, 0, count)
        built = _build(store, encoder, Path(folder))
        words, vectors = open_words(Path(folder), TENANT), open_index(encoder, Path(folder), TENANT)
        opened = {
            "open_words_s": _seconds(lambda: words.catch_up(store.view(TENANT))),
            "open_vectors_s": _seconds(lambda: vectors.catch_up(store.view(TENANT))),
        }
        _write(store, count, NEW)
        caught_up = {
            f"catch_up_{NEW}_words_s": _seconds(lambda: words.catch_up(store.view(TENANT))),
            f"catch_up_{NEW}_vectors_s": _seconds(lambda: vectors.catch_up(store.view(TENANT))),
        }
        asked = [_text(n, 7) for n in range(runs)]
        encoder.encode(asked)
        row = {
            "passages": count,
            "dim": dim,
            **_latency("words", asked, lambda q: words.search(store.view(TENANT), q, limit=FOUND)),
            **_latency(
                "vectors", asked, lambda q: vectors.search(store.view(TENANT), q, limit=FOUND)
            ),
            **_latency(
                "both",
                asked,
                lambda q: search(store.view(TENANT), q, FOUND, words=words, vectors=vectors),
            ),
            **_latency("fts5", asked, _fts5(store)),
            "recall": _recall(vectors, encoder, asked),
            **built,
            **opened,
            **caught_up,
            "memory_mb": memory_mb(),
            "peak_memory_mb": peak_memory_mb(),
            **word_peers.rows([_text(n, 18) for n in range(count)], asked, FOUND, Path(folder)),
        }
        store.close()
    return row


def _build(store: GraphStore, encoder: Encoder, folder: Path) -> Row:
    words, vectors = open_words(folder, TENANT), open_index(encoder, folder, TENANT)
    return {
        "build_words_s": _seconds(lambda: words.catch_up(store.view(TENANT))),
        "build_vectors_s": _seconds(lambda: vectors.catch_up(store.view(TENANT))),
        "save_s": _seconds(lambda: (words.save(), vectors.save())),
    }


def _latency(name: str, asked: Sequence[str], find: Callable[[str], object]) -> Row:
    """Return the p50 and p95 of a search of the tenant, the look-up in the store included."""
    queries = cycle(asked)
    times = percentiles(lambda: find(next(queries)), runs=len(asked))
    return {f"{name}_{at}": took for at, took in times.items()}


def _fts5(store: GraphStore) -> Callable[[str], object]:
    """Return a search of the same texts by SQLite's own full-text index, for comparison."""
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE passage USING fts5 (id UNINDEXED, text)")
    texts = ((one.id, one.text) for one in store.view(TENANT).passages())
    db.executemany("INSERT INTO passage VALUES (?, ?)", texts)
    ask = "SELECT id, bm25(passage) FROM passage WHERE passage MATCH ? ORDER BY 2 LIMIT ?"

    def find(query: str) -> object:
        words = " OR ".join(f'"{word}"' for word in dict.fromkeys(query.split()))
        return db.execute(ask, (words, FOUND)).fetchall()

    return find


def _recall(index: VectorIndex, encoder: Encoder, queries: Sequence[str]) -> float:
    """Return the share of the nearest that a search finds, against comparing with all."""
    rows = index._rows  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    every = range(rows.used)
    shares: list[float] = []
    for vector in encoder.encode(queries):
        exact = {number for number, _ in rows.nearest(vector, FOUND, every)}
        found = {number for number, _ in rows.nearest(vector, FOUND)}
        shares.append(len(exact & found) / len(exact))
    return sum(shares) / len(shares)


def _write(store: GraphStore, start: int, count: int) -> None:
    for begin in range(start, start + count, BATCH):
        facts: list[Node | Passage] = []
        for number in range(begin, min(begin + BATCH, start + count)):
            id = f"article:kb:{number}"
            text = _text(number, 18)
            facts += [
                Node(id=id, kind="Article", span=Span(1)),
                Passage(about=id, text=text, span=Span(1)),
            ]
        store.commit(TENANT, Changes(add=tuple(facts)), base=store.view(TENANT).revision)


def _text(number: int, words: int) -> str:
    """Return a text of a topic, its words as common as words are: the n-th as often as 1 / n."""
    some = random.Random(number)
    said = (f"w{int(VOCABULARY ** some.random())}" for _ in range(words))
    return " ".join((str(number * 7919 % TOPICS), str(number), *said))


def _number(text: str) -> int:
    return int.from_bytes(text.encode(), "little")


def _seconds(call: Callable[[], object]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


if __name__ == "__main__":
    main()
