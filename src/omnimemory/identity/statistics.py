"""What a tenant's own data teaches: how often identifiers are shared, and names are borne."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from math import log2
from typing import Any, Final

from omnimemory.identity.classes import is_document, prior_of
from omnimemory.identity.evidence import Evidence

_MOST_MEETINGS: Final = 2_000
"""Meetings after which a sharing rate is settled."""

_GIVEN_NAMES: Final = 400
_SURNAMES: Final = 1_500
"""How many names a population is taken to have before any was counted (additive smoothing)."""

_RAREST_GIVEN: Final = 2e-4
_RAREST_SURNAME: Final = 5e-5
_DIFFERENT: Final = {
    "given name": (3.5, 96.5),
    "born": (3.0, 97.0),
    "document": (0.5, 9.5),
    "id": (3.0, 7.0),
}
"""P(two records of one person differ in a feature) as Beta(a, b); ids are of one namespace."""

_FEWEST_CUSTOMERS: Final = 500
_ENOUGH_NAMES: Final = 2_000
_MOST_NAMES: Final = 4_096


class Statistics:
    """Counts that scoring rests on; they start from priors and follow the data.

    Args:
        base: Counts that these come on top of, such as those of earlier batches.

    Attributes:
        customers: How many customers there are, or have come.
    """

    def __init__(self, base: Statistics | None = None) -> None:
        self._base = base
        self._new_customers = 0
        self._named = 0
        self._meetings: dict[str, list[int]] = {}
        self._namespaces: dict[str, list[int]] = {}
        self._given: Counter[str] = Counter()
        self._surnames: Counter[str] = Counter()

    @property
    def customers(self) -> int:
        """How many customers there are."""
        return self._new_customers + (self._base.customers if self._base else 0)

    @property
    def named(self) -> int:
        """How many identities with a name were counted."""
        return self._named + (self._base.named if self._base else 0)

    @property
    def population(self) -> int:
        """How many people a record without any shared identifier may belong to."""
        return max(self.customers, _FEWEST_CUSTOMERS)

    @property
    def doubt_of_names(self) -> float:
        """Bits that a name alone is worth less while few names were counted to judge it by."""
        return min(log2((self.named + 1) / _ENOUGH_NAMES), 0.0)

    def sharing(self, kind: str) -> float:
        """Return P(a shared identifier of this kind belongs to different people)."""
        return self._mean("_meetings", kind, prior_of(kind))

    def differing(self, feature: str) -> float:
        """Return P(two records of one person differ): ids of a namespace, given names, days.

        It is m of Fellegi & Sunter (1969), for the level that disagrees.
        """
        prior = _DIFFERENT.get(feature) or _DIFFERENT["document" if is_document(feature) else "id"]
        return self._mean("_namespaces", feature, prior)

    def given_frequency(self, name: str) -> float:
        """Return how frequent a given name is, smoothed."""
        count = self.count_of("_given", name) + 0.5
        return max(count / (self.named + _GIVEN_NAMES), _RAREST_GIVEN)

    def surname_frequency(self, name: str) -> float:
        """Return how frequent a surname is, smoothed."""
        count = self.count_of("_surnames", name) + 0.5
        return max(count / (self.named + _SURNAMES), _RAREST_SURNAME)

    def met(self, kind: str, *, compatible: bool) -> None:
        """Count a meeting of two named parties over a shared identifier."""
        self._add(self._meetings, kind, first=not compatible)

    def compared(self, feature: str, *, different: bool) -> None:
        """Count what two records of one person tell of a feature."""
        self._add(self._namespaces, feature, first=different)

    def saw(self, evidence: Evidence) -> None:
        """Count the names of one more identity."""
        if evidence.name is not None:
            self._named += 1
            self._given[evidence.name.given] += 1
            self._surnames[evidence.name.surname] += 1

    def came(self, customers: int) -> None:
        """Count customers that came, or went if negative."""
        self._new_customers += customers

    def absorb(self, more: Statistics) -> None:
        """Count what another counted on top of these."""
        self._new_customers += more._new_customers
        self._named += more._named
        self._given.update(more._given)
        self._surnames.update(more._surnames)
        for ours, theirs in (
            (self._meetings, more._meetings),
            (self._namespaces, more._namespaces),
        ):
            for name, (bad, good) in theirs.items():
                pair = ours.setdefault(name, [0, 0])
                pair[0] += bad
                pair[1] += good

    def to_props(self) -> dict[str, Any]:
        """Return the statistics as JSON, of names the most frequent 4,096."""
        return {
            "customers": self._new_customers,
            "named": self._named,
            "meetings": self._meetings,
            "namespaces": self._namespaces,
            "given": dict(_top(self._given)),
            "surnames": dict(_top(self._surnames)),
        }

    @classmethod
    def from_props(cls, props: Mapping[str, Any]) -> Statistics:
        """Return what `to_props` wrote."""
        out = cls()
        out._new_customers = props.get("customers", 0)
        out._named = props.get("named", 0)
        out._meetings = {kind: list(pair) for kind, pair in props.get("meetings", {}).items()}
        out._namespaces = {name: list(pair) for name, pair in props.get("namespaces", {}).items()}
        out._given.update(props.get("given", {}))
        out._surnames.update(props.get("surnames", {}))
        return out

    def count_of(self, counts: str, name: str) -> int:
        """Return how often a name was counted, in one of the counters."""
        own: Counter[str] = getattr(self, counts)
        return own[name] + (self._base.count_of(counts, name) if self._base else 0)

    def pair_of(self, counts: str, name: str) -> tuple[int, int]:
        """Return how often something went wrong, and how often right."""
        own: dict[str, list[int]] = getattr(self, counts)
        bad, good = own.get(name, (0, 0))
        if self._base is None:
            return bad, good
        more_bad, more_good = self._base.pair_of(counts, name)
        return bad + more_bad, good + more_good

    def _mean(self, counts: str, name: str, prior: tuple[float, float]) -> float:
        """Return the mean of a Beta prior after what was counted; old counts fade."""
        bad, good = self.pair_of(counts, name)
        settled = min(1.0, _MOST_MEETINGS / (bad + good)) if bad + good else 1.0
        a, b = prior[0] + bad * settled, prior[1] + good * settled
        return a / (a + b)

    @staticmethod
    def _add(counts: dict[str, list[int]], name: str, *, first: bool) -> None:
        counts.setdefault(name, [0, 0])[0 if first else 1] += 1


def _top(counts: Counter[str]) -> Iterable[tuple[str, int]]:
    if len(counts) <= _MOST_NAMES:
        return counts.items()
    return sorted(counts.most_common(_MOST_NAMES))
