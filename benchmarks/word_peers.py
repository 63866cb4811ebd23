"""Other indexes of words, given the same texts and queries; each runs where it is installed.

pip install 'omnimemory-graph[peers]'
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from itertools import cycle
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.measure import Row, percentiles

Find = Callable[[str], object]


def rows(texts: Sequence[str], asked: Sequence[str], found: int, folder: Path) -> Row:
    """Return how long each takes to be built, and to search; nothing of those not installed."""
    out: dict[str, Any] = {}
    for name, build in _PEERS.items():
        if find_spec(name) is None:
            continue
        begin = perf_counter()
        find = build(texts, found, folder)
        out[f"build_{name}_s"] = perf_counter() - begin
        queries = cycle(asked)
        times = percentiles(lambda find=find, queries=queries: find(next(queries)), runs=len(asked))
        out |= {f"{name}_{at}": took for at, took in times.items()}
    return out


def _tantivy(texts: Sequence[str], found: int, folder: Path) -> Find:
    """Index texts on disk, with English stems, as its users do."""
    module: Any = import_module("tantivy")
    schema: Any = module.SchemaBuilder()
    schema.add_text_field("text", stored=False, tokenizer_name="en_stem")
    schema.add_integer_field("number", stored=True)
    path = folder / "tantivy"
    path.mkdir()
    index: Any = module.Index(schema.build(), path=str(path))
    writer: Any = index.writer()
    for number, text in enumerate(texts):
        writer.add_document(module.Document(text=text, number=number))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher: Any = index.searcher()
    return lambda query: searcher.search(index.parse_query(query, ["text"]), found).hits


def _bm25s(texts: Sequence[str], found: int, _folder: Path) -> Find:
    """Score every text ahead, in memory; another text means building it anew."""
    module: Any = import_module("bm25s")
    index: Any = module.BM25()
    index.index(module.tokenize(list(texts), show_progress=False), show_progress=False)
    return lambda query: index.retrieve(
        module.tokenize(query, show_progress=False), k=found, show_progress=False
    )


_PEERS: dict[str, Callable[[Sequence[str], int, Path], Find]] = {
    "tantivy": _tantivy,
    "bm25s": _bm25s,
}
