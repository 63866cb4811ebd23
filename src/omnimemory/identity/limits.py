"""Limits: whether two together would have more identifiers than a person has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from omnimemory.identity.evidence import Profile
from omnimemory.identity.policy import Limit

_DAY = 86_400_000_000


def fits(left: Profile, right: Profile, limits: Mapping[str, Limit]) -> bool:
    """Return whether two sides as one keep within every limit that neither exceeds alone."""
    return all(
        _within(_times(type, left, right), limit)
        or not _within(_times(type, left), limit)
        or not _within(_times(type, right), limit)
        for type, limit in limits.items()
    )


def _times(type: str, *sides: Profile) -> list[int]:
    """Return when each identifier of a type was seen last, oldest first."""
    seen: dict[str, int] = {}
    for side in sides:
        for key, clue in side.clues.items():
            scheme, _, namespace = clue.kind.partition(" ")
            if type == (namespace if scheme == "id" else scheme):
                seen[key] = max(side.seen[key], seen.get(key, side.seen[key]))
    return sorted(seen.values())


def _within(times: Sequence[int], limit: Limit) -> bool:
    if limit.days is None:
        return len(times) <= limit.most
    width = limit.days * _DAY
    pairs = zip(times, times[limit.most :], strict=False)
    return all(last - first >= width for first, last in pairs)
