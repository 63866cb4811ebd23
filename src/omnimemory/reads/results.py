"""Search results: what the words were found in, of whom, for whose eyes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from itertools import islice
from typing import Any, Final

import msgspec

from omnimemory.embed.reranker import Rescore
from omnimemory.index._near import LEAST_FETCH
from omnimemory.index.across import search_across
from omnimemory.index.ranker import explain
from omnimemory.index.search import Searcher
from omnimemory.index.signals import Nearness
from omnimemory.index.within import search_within
from omnimemory.model.audience import Audience, may_see
from omnimemory.model.facts import Hit, Node
from omnimemory.model.kinds import Kinds
from omnimemory.model.time import to_datetime
from omnimemory.pictured import Pictured
from omnimemory.reads.customers import Customer
from omnimemory.reads.items import citation, title
from omnimemory.reads.page import Page, check_limit
from omnimemory.reads.timeline import OWN_EDGES
from omnimemory.store.base import GraphView
from omnimemory.store.walk import EdgeQuery

MOST_OWN: Final = 4_000
"""How many of a customer's newest things a search looks through."""

_OVERFETCH: Final = 5


class Result(msgspec.Struct, Pictured, frozen=True):
    """One thing that answers a search.

    Attributes:
        id: The node's id.
        kind: Its kind.
        at: Since when it holds.
        title: One line that stands for it.
        text: The passage that the words were found in.
        score: Higher is better; scores compare inside one search only.
        signals: What each signal added to the score, by name.
    """

    id: str
    kind: str
    at: datetime
    title: str
    text: str
    score: float
    signals: Mapping[str, float] = {}

    def explain(self) -> str:
        """Return which signals put it where it is, the strongest first."""
        return explain(self.signals)

    @property
    def citation(self) -> str:
        """How a pack names it."""
        return citation(self.id)

    def to_dict(self) -> dict[str, Any]:
        """Return the result as JSON."""
        at = self.at.isoformat().replace("+00:00", "Z")
        return msgspec.structs.asdict(self) | {"at": at}

    def __str__(self) -> str:
        return f"{self.score:6.2f}  {self.at:%Y-%m-%d}  {self.title}  [{self.citation}]"


def find_results(
    view: GraphView,
    query: str,
    *,
    customers: Iterable[Customer] | None,
    kinds: Kinds,
    only: Collection[str] | None,
    limit: int,
    audience: Audience,
    searcher: Searcher,
    nearness: Nearness | None = None,
    rescore: Rescore | None = None,
) -> Page[Result]:
    """Return what the words of ``query`` are found in, best first, one result a node.

    Args:
        view: Where to look.
        query: The words.
        customers: Only what is theirs; None is the whole tenant.
        kinds: The kinds that the memory knows.
        only: Only these node kinds.
        limit: Largest number of results.
        audience: Who reads.
        searcher: Finds passages in the whole tenant.
        nearness: Tells how near nodes are to the query in meaning; by words only if left out.
        rescore: Asks a reranker about the best, if there is one.
    """
    check_limit(limit)
    if customers is not None:
        own = _own(customers, kinds)
        found = search_within(view, query, own, nearness=nearness, rescore=rescore)
        hits = ((hit, scored.signals) for hit, scored in found)
        return Page(_results(view, hits, kinds, only, limit, audience))
    fetch = _OVERFETCH * limit
    while True:
        hits = search_across(view, query, fetch, searcher, rescore)
        results = _results(view, hits, kinds, only, limit, audience)
        if len(results) >= limit or len(hits) < fetch:
            return Page(results)
        fetch *= _OVERFETCH


def _own(customers: Iterable[Customer], kinds: Kinds) -> EdgeQuery:
    """Return the question for the newest edges by which things hang on these customers."""
    identities = [id for customer in customers for id in customer.identities]
    return EdgeQuery(identities, (*OWN_EDGES, *kinds.anchors().values()), newest=MOST_OWN)


def _results(
    view: GraphView,
    hits: Iterable[tuple[Hit, Mapping[str, float]]],
    kinds: Kinds,
    only: Collection[str] | None,
    limit: int,
    audience: Audience,
) -> list[Result]:
    """Return the first results; no more hits are looked at, and no more nodes read, than needed."""
    rest, size = iter(hits), max(limit, LEAST_FETCH)
    out: dict[str, Result] = {}
    while len(out) < limit and (some := list(islice(rest, size))):
        nodes = {node.id: node for node in view.nodes({hit.passage.about for hit, _ in some})}
        for hit, gave in some:
            node = nodes.get(hit.passage.about)
            if node is None or node.id in out or not may_see(audience, node):
                continue
            if only is None or node.kind in only:
                out[node.id] = _result(node, hit, gave, kinds)
        size *= _OVERFETCH
    return list(out.values())[:limit]


def _result(node: Node, hit: Hit, signals: Mapping[str, float], kinds: Kinds) -> Result:
    return Result(
        id=node.id,
        kind=node.kind,
        at=to_datetime(node.span.valid_from),
        title=title(node, kinds.title_fields.get(node.kind)),
        text=hit.passage.text,
        score=hit.score,
        signals=signals,
    )
