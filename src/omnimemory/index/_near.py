"""What an index proposes, and what a view shows of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final, TypeAlias

from omnimemory.index._names import mark
from omnimemory.model.facts import Hit, Passage, owner
from omnimemory.store.base import GraphView

Near: TypeAlias = tuple[str, int, float]
"""The id of a passage, the mark of its text, and how well it answers."""

LEAST_FETCH: Final = 32
"""So many are looked up at once, where fewer are wanted."""


def shown(near: Sequence[Near], passages: Iterable[Passage]) -> list[Hit]:
    """Return those of the proposed passages that are here with this very text, best first."""
    return _in_order(_here(near, passages))


def looked_up(view: GraphView, near: Sequence[Near], limit: int) -> list[Hit]:
    """Return the best of the proposed passages that the view shows with this very text.

    Args:
        view: Where to look.
        near: What is proposed, best first.
        limit: Largest number of hits. No more is looked up than they need, since a common
            answer may stand in hundreds of passages that all tie.
    """
    rest = iter(near)
    hits: list[Hit] = []
    while len(hits) < limit and (some := list(islice(rest, max(limit, LEAST_FETCH)))):
        hits += _here(some, view.passages({owner(id) for id, _, _ in some}))
    return _in_order(hits[:limit])


def _here(near: Sequence[Near], passages: Iterable[Passage]) -> list[Hit]:
    """Return those of the proposed passages that are here with this very text, in their order."""
    here = {mark(one.id, one.text): one for one in passages}
    return [Hit(here[told], score) for _, told, score in near if told in here]


def _in_order(hits: Sequence[Hit]) -> list[Hit]:
    return sorted(hits, key=lambda hit: (-hit.score, hit.passage.id))
