"""Keys that different people share: what to block, or to limit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from omnimemory.errors import InputError
from omnimemory.identity.facts import Holders, read_counter
from omnimemory.model.facts import Node
from omnimemory.store.base import GraphView

_PAGE: Final = 2_000
_BLOCKS: Final = tuple("abcghiklnz")
"""First letters of blocking keys, which are no identifiers."""


def shared_keys(view: GraphView, limit: int) -> list[Holders]:
    """Return identifiers that different people share, the most contested first.

    Raises:
        InputError: The limit is less than 1.
    """
    if limit < 1:
        raise InputError(f"limit is {limit}; it must be at least 1")
    found = [read_counter(node) for node in _counters(view)]
    known = [one for one in found if one.key.partition(":")[0] not in _BLOCKS]
    return sorted(known, key=lambda one: (-one.clashes, -one.customers, one.key))[:limit]


def _counters(view: GraphView) -> Iterator[Node]:
    after: str | None = None
    while nodes := view.find(kind="Key", after=after, limit=_PAGE):
        yield from nodes
        after = nodes[-1].id
