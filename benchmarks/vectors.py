"""How fast and how well a tenant's vectors are searched, and what keeping them costs.

python -m benchmarks.vectors --passages 10000 100000 1000000 [--json]

The vectors are made up: around a thousand centres, as texts lie around topics.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measure import Row, machine, peak_memory_mb, percentiles, show
from omnimemory.embed import Encoder
from omnimemory.index.vectors import VectorIndex, open_index
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
        index = open_index(encoder, Path(folder), TENANT)
        built = _seconds(lambda: index.catch_up(store.view(TENANT)))
        saved = _seconds(index.save)
        del index
        index = open_index(encoder, Path(folder), TENANT)
        opened = _seconds(lambda: index.catch_up(store.view(TENANT)))
        _write(store, count, NEW)
        caught_up = _seconds(lambda: index.catch_up(store.view(TENANT)))
        queries = [f"{n % TOPICS} q{n}" for n in range(runs)]
        encoder.encode(queries)
        row = {
            "passages": count,
            "dim": dim,
            **_latency(index, store, queries),
            "recall": _recall(index, encoder, queries),
            "build_s": built,
            "save_s": saved,
            "open_s": opened,
            f"catch_up_{NEW}_s": caught_up,
            "peak_memory_mb": peak_memory_mb(),
        }
        store.close()
    return row


def _latency(index: VectorIndex, store: GraphStore, queries: Sequence[str]) -> dict[str, float]:
    """Return the p50 and p95 of a search of the tenant, the look-up in the store included."""
    asked = iter([*queries, *queries])
    return percentiles(
        lambda: index.search(store.view(TENANT), next(asked), limit=FOUND), runs=len(queries)
    )


def _recall(index: VectorIndex, encoder: Encoder, queries: Sequence[str]) -> float:
    """Return the share of the nearest that a search finds, against comparing with all."""
    rows = index._rows  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    every = range(len(rows))
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
            text = f"{number * 7919 % TOPICS} {number}"
            facts += [
                Node(id=id, kind="Article", span=Span(1)),
                Passage(about=id, text=text, span=Span(1)),
            ]
        store.commit(TENANT, Changes(add=tuple(facts)), base=store.view(TENANT).revision)


def _number(text: str) -> int:
    return int.from_bytes(text.encode(), "little")


def _seconds(call: Callable[[], object]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


if __name__ == "__main__":
    main()
