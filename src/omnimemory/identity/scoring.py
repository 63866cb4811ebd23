"""How well two customers, or an identity and a customer, agree: bits for and against.

A shared identifier gives anchor odds, (1 - r) / r shared among its owners, where r is how
often identifiers of its kind are shared; without one the odds are one in the population.
Every other feature adds the logarithm of its likelihood ratio (Fellegi & Sunter 1969), which
for names follows their frequency (Winkler 1989).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from omnimemory.identity import features
from omnimemory.identity.anchors import anchors
from omnimemory.identity.evidence import Profile
from omnimemory.identity.pair import Finding, Pair
from omnimemory.identity.statistics import Statistics

MODEL: Final = "omnimemory-1"
"""Version of the features and their weights, written on every decision."""

_MOST_BITS: Final = 40.0


class Score(msgspec.Struct, frozen=True, gc=False):
    """How likely two sides are one person.

    Attributes:
        bits: The log odds to base 2.
        findings: What they are made of, in the order they were found.
        supports: How many things besides the name speak for it.
        names: 0 no names or a conflict, 1 an initial, 2 a given name, 3 a full name.
        conflict: Whether something says that they are two: names, birth dates, ids.
    """

    bits: float
    findings: tuple[Finding, ...] = ()
    supports: int = 0
    names: int = 0
    conflict: bool = False

    @property
    def posterior(self) -> float:
        """The probability that they are one."""
        return 1 / (1 + 2.0**-self.bits)


def score(
    left: Profile,
    right: Profile,
    statistics: Statistics,
    owners: Callable[[str], int],
    unique: frozenset[str] = frozenset(),
) -> Score:
    """Return how well two sides agree.

    Where names and addresses leave so little that nothing else could make up for it, nothing
    else is compared.

    Args:
        left: An identity as a profile of one, or a customer.
        right: A customer.
        statistics: What the tenant's data taught.
        owners: How many customers hold an identifier, by key.
        unique: Namespaces in which a person has one id.
    """
    pair = Pair(left, right, statistics, unique)
    anchors(pair, owners)
    for compare in features.FIRST:
        compare(pair)
    if not features.is_hopeless(pair):
        for compare in features.REST:
            compare(pair)
    return Score(
        max(min(pair.bits, _MOST_BITS), -_MOST_BITS),
        tuple(pair.findings),
        pair.supports or features.backed(pair),
        pair.names,
        pair.conflict,
    )
