"""Overviews: what is in a memory, without reading all of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from omnimemory.model.facts import Node
from omnimemory.model.ids import split_id
from omnimemory.model.time import to_datetime
from omnimemory.pictured import Pictured
from omnimemory.store.base import GraphView

MOST_LOOKED_AT: Final = 5_000
"""Up to so many interactions are all looked at for their channels and times."""
_OF_A_SOURCE: Final = 500
_MOST_SOURCES: Final = 40


class Overview(msgspec.Struct, Pictured, frozen=True):
    """What is in a memory.

    Attributes:
        tenant: Whose it is.
        store: Where it is kept.
        counts: How many nodes of each kind there are, and passages.
        channels: How many of the interactions that were looked at came by each channel.
        sources: The same by source.
        first: When the oldest of them happened, in microseconds; 0 where there are none.
        last: When the newest did.
        looked_at: How many that were; all, or some of each source where there are many.
        revision: The recorded time of the newest commit; 0 for an empty tenant.
    """

    tenant: str
    store: str
    counts: Mapping[str, int]
    channels: Mapping[str, int]
    sources: Mapping[str, int]
    first: int
    last: int
    looked_at: int
    revision: int

    def to_dict(self) -> dict[str, Any]:
        """Return the overview as JSON, with times in ISO 8601."""
        times = {name: _iso(getattr(self, name)) for name in ("first", "last", "revision")}
        return msgspec.structs.asdict(self) | times

    def __repr__(self) -> str:
        things = sum(number for kind, number in self.counts.items() if kind != "passage")
        return f"<Overview of {self.tenant}: {things:,} nodes, {len(self.channels)} channels>"


def overview(view: GraphView, *, tenant: str, store: str) -> Overview:
    """Return what is in a memory: its counts, and channels and times of its interactions.

    Args:
        view: Where to look.
        tenant: Whose it is.
        store: Where it is kept, in words.
    """
    counts = view.counts()
    all_of_them = counts.get("Interaction", 0) <= MOST_LOOKED_AT
    nodes = view.find(kind="Interaction") if all_of_them else list(_some(view))
    times = [node.span.valid_from for node in nodes if node.span.valid_from > 0]
    return Overview(
        tenant=tenant,
        store=store,
        counts=dict(sorted(counts.items())),
        channels=_ranked(str(node.props.get("channel") or "other") for node in nodes if node.props),
        sources=_ranked(split_id(node.id)[0] for node in nodes),
        first=min(times, default=0),
        last=max(times, default=0),
        looked_at=len(nodes),
        revision=view.revision,
    )


def _ranked(words: Iterator[str]) -> dict[str, int]:
    return dict(Counter(words).most_common())


def _some(view: GraphView) -> Iterator[Node]:
    """Yield the first interactions of each source, by leaps from one source to the next."""
    after = "interaction:"
    for _ in range(_MOST_SOURCES):
        found = view.find(kind="Interaction", after=after, limit=_OF_A_SOURCE)
        if not found:
            return
        source = split_id(found[0].id)[0]
        yield from (node for node in found if split_id(node.id)[0] == source)
        after = f"interaction:{source};"


def _iso(at: int) -> str | None:
    return None if at <= 0 else to_datetime(at).isoformat().replace("+00:00", "Z")
