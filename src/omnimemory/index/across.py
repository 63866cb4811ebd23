"""Search across a tenant: what its indexes propose, and the signals of the domain."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from omnimemory.embed.reranker import Rescore
from omnimemory.index import domain
from omnimemory.index.candidates import candidate, linked
from omnimemory.index.domain import Asked, asked_for
from omnimemory.index.ranker import MOST_RERANKED, weights
from omnimemory.index.search import Searcher, check_query
from omnimemory.index.signals import standard
from omnimemory.model.facts import Hit, Passage
from omnimemory.model.ids import name_key
from omnimemory.store.base import GraphView

if TYPE_CHECKING:
    from omnimemory.index.lexical import Scores

LEAST_LOOKED_AT: Final = 50
"""Where a query asks for codes, roles or states, at least so many proposals are looked at."""

_FOUND: Final = 0.6
"""What a standard deviation of the indexes' score counts beside the domain's signals."""
_FOUND_RERANKED: Final = 0.25
"""What it counts beside a reranker: less by about as much as words and meaning do there."""
_MOST_NAMED: Final = 8
_MOST_AROUND: Final = 50
"""How much is read of what a record is linked to whose code a query names."""


def search_across(
    view: GraphView,
    query: str,
    limit: int,
    searcher: Searcher,
    rescore: Rescore | None = None,
) -> list[tuple[Hit, Mapping[str, float]]]:
    """Return the best passages of a tenant with what each signal gave, best first, ties by id.

    A query that names codes, or asks who said something or how it was solved, also finds what
    is linked to the records that it names, and is ranked by what the graph tells of them.

    Args:
        view: Where to look.
        query: Words.
        limit: Largest number of hits.
        searcher: Finds passages by words and meaning.
        rescore: Asks a reranker about the best, if there is one.
    """
    query = check_query(query)
    asked = asked_for(query).naming(view.find(kind="Part", keys=_names(query)))
    if not asked.is_special and rescore is None:
        return [(hit, {"found": hit.score}) for hit in searcher(view, query, limit)]
    hits = list(searcher(view, query, max(limit, LEAST_LOOKED_AT)))
    hits += _named(view, asked, hits)
    if not hits:
        return []
    return _ranked(view, query, asked, hits, rescore)[:limit]


def _ranked(
    view: GraphView, query: str, asked: Asked, hits: Sequence[Hit], rescore: Rescore | None
) -> list[tuple[Hit, Mapping[str, float]]]:
    around = linked(view, {hit.passage.about for hit in hits})
    given = [
        candidate(one.id, one.about, one.text, around=around, asked=asked).told
        for one in (hit.passage for hit in hits)
    ]
    values = {"found": standard([hit.score for hit in hits])} | domain.columns(query, given)
    counts = {"found": _FOUND, **weights()["set"]}
    if rescore is not None:
        values["reranker"] = _reranked(query, hits, rescore)
        counts |= {"found": _FOUND_RERANKED, "reranker": weights()["reranked"]["reranker"]}
    out: list[tuple[Hit, Mapping[str, float]]] = []
    for at, hit in enumerate(hits):
        gave = {
            name: counts[name] * float(column[at]) for name, column in values.items() if column[at]
        }
        out.append((Hit(hit.passage, sum(gave.values())), gave))
    return sorted(out, key=lambda one: (-one[0].score, one[0].passage.id))


def _reranked(query: str, hits: Sequence[Hit], rescore: Rescore) -> Scores:
    """Return what a reranker says of the first hits; the others stand with its worst."""
    np: Any = import_module("numpy")
    found = standard(rescore(query, [hit.passage.text for hit in hits[:MOST_RERANKED]]))
    return np.pad(found, (0, len(hits) - len(found)), constant_values=found.min())


def _named(view: GraphView, asked: Asked, hits: Sequence[Hit]) -> list[Hit]:
    """Return the passages linked to records whose code is asked for, or to parts that are named.

    Only as far as they are new.
    """
    seen = {hit.passage.about for hit in hits}
    nodes = view.nodes(seen) if asked.codes else []
    coded = sorted(node.id for node in nodes if asked.codes & domain.codes_of(node))
    named = [*coded[:_MOST_NAMED], *sorted(asked.parts)[:_MOST_NAMED]]
    if not named:
        return []
    edges = view.edges(named, newest=_MOST_AROUND)
    ends = {end for edge in edges for end in (edge.source, edge.target)} - seen
    return [Hit(passage, 0.0) for passage in _first(view, sorted(ends)[:_MOST_AROUND])]


_MOST_WORDS: Final = 16
_LONGEST_NAME: Final = 4


def _names(query: str) -> list[str]:
    """Return the keys of all names of parts that may stand in a query, by its first words."""
    words = re.findall(r"\w+", query)[:_MOST_WORDS]
    sizes = range(1, _LONGEST_NAME + 1)
    names = (" ".join(words[at : at + size]) for size in sizes for at in range(len(words)))
    return [name_key(name) for name in dict.fromkeys(names)]


def _first(view: GraphView, about: Sequence[str]) -> list[Passage]:
    return list(view.passages(about)) if about else []
