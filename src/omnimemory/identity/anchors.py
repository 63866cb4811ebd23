"""What two sides are anchored by: a shared identifier, one address, or nothing at all."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from math import log2
from typing import Final

from omnimemory.identity.classes import HOUSEHOLD, Clue, is_document
from omnimemory.identity.pair import Pair

_DAY: Final = 86_400_000_000


def anchors(pair: Pair, owners: Callable[[str], int]) -> None:
    """Find shared identifiers: the first anchors the odds, the others add to them."""
    left, right = pair.left, pair.right
    if left.streets and right.streets:
        pair.address = any(_alike(a, b) > _ALIKE for a, b in product(left.streets, right.streets))
    few, many = sorted((left.clues, right.clues), key=len)
    shared = [clue for key, clue in few.items() if key in many]
    if not shared:
        _without_identifier(pair)
        return
    for clue in shared:
        pair.anchors.append((_anchor_bits(pair, clue, owners(clue.key)), clue))
    pair.anchors.sort(key=lambda one: (-one[0], one[1].key))
    for place, (bits, clue) in enumerate(pair.anchors):
        pair.found(clue.kind, "same", _further(bits, clue) if place else bits, clue.key)
    pair.supports = sum(bits > 0 for bits, _ in pair.anchors)
    pair.household = all(clue.kind in HOUSEHOLD for _, clue in pair.anchors)
    pair.document = any(bits > 0 and is_document(clue.kind) for bits, clue in pair.anchors)


def _without_identifier(pair: Pair) -> None:
    """Anchor the odds where no identifier is shared: by one address, or by nothing at all."""
    if pair.address:
        pair.found("street", "same", _odds(1 - pair.statistics.sharing("address")))
    else:
        pair.found("population", "no shared identifier", -log2(pair.statistics.population))


def _odds(chance: float) -> float:
    return log2(chance / (1 - chance))


def _further(bits: float, clue: Clue) -> float:
    """Return what an identifier adds to one that is shared already."""
    if clue.kind == "email role":
        return 0.0
    return bits * _FURTHER if bits > 0 else _FURTHER_WEAK


_FURTHER: Final = 0.8
_FURTHER_WEAK: Final = 1.0
_MANY_OWNERS: Final = 6
_STALE: Final = 120 * _DAY


def _anchor_bits(pair: Pair, clue: Clue, owners: int) -> float:
    chance = 1 - pair.statistics.sharing(clue.kind)
    if not clue.kind.startswith("id "):
        chance /= max(owners, 1)
    if owners > _MANY_OWNERS and not clue.kind.startswith(("id", "handle")):
        chance = min(chance, 0.05)
    apart = abs(pair.left.seen[clue.key] - pair.right.seen[clue.key])
    if clue.kind.startswith("phone") and apart > _STALE:
        chance *= 0.93
    return _odds(chance)


def _alike(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / min(len(one), len(other)) if one and other else 0


_ALIKE: Final = 0.6
