"""What another policy would make of all identities: first as a dry run, then applied."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec

from omnimemory.identity import facts
from omnimemory.identity.again import again
from omnimemory.identity.decide import Decision, written
from omnimemory.identity.neighbours import gather
from omnimemory.identity.policy import Policy
from omnimemory.identity.statistics import Statistics
from omnimemory.store.base import GraphView

_PAGE: Final = 2_000


class Replay(msgspec.Struct, frozen=True):
    """What a policy would change.

    Attributes:
        policy: The policy's name.
        identities: How many identities were decided again.
        merges: Customers that would become one, as (gone, kept).
        splits: Identities that would leave, as (customer, new customer, identities).
        applied: The revision that recorded it; None after a dry run.
    """

    policy: str
    identities: int
    merges: tuple[tuple[str, str], ...]
    splits: tuple[tuple[str, str, tuple[str, ...]], ...]
    applied: int | None
    _apply: Callable[[], Replay] | None = None

    def apply(self) -> Replay:
        """Write it, decided again if somebody wrote since; return what was written."""
        return self if self._apply is None else self._apply()

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "policy": self.policy,
            "identities": self.identities,
            "merges": [list(one) for one in self.merges],
            "splits": [[old, new, list(ids)] for old, new, ids in self.splits],
            "applied": self.applied,
        }

    def __str__(self) -> str:
        done = "applied" if self.applied else "a dry run"
        counts = f"{len(self.merges)} merges, {len(self.splits)} splits"
        lines = [f"{self.policy} over {self.identities} identities ({done}): {counts}"]
        lines += [f"  merge {gone} into {kept}" for gone, kept in self.merges[:_SHOWN]]
        lines += [
            f"  split {len(ids)} of {old} off as {new}" for old, new, ids in self.splits[:_SHOWN]
        ]
        return "\n".join(lines)


def replay(view: GraphView, policy: Policy) -> tuple[Decision, int]:
    """Return what leads from who is who now to what a policy makes of it, and of how many.

    Cannot-links hold, and so do merges that a person decided. All identities of the tenant are
    held in memory, about 4 kB each.
    """
    ids = list(_identities(view))
    links = view.edges(ids, kinds=[facts.SAME_AS], at="source") if ids else []
    near = gather(view, {edge.target for edge in links}, policy)
    moved = again(near, policy, Statistics())
    return written(moved, by=f"policy:{policy.name}", reason="replay"), len(links)


def _identities(view: GraphView) -> Iterator[str]:
    after: str | None = None
    while found := view.find(kind="Identity", after=after, limit=_PAGE):
        yield from (node.id for node in found)
        after = found[-1].id


_SHOWN: Final = 20
