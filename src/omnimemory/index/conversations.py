"""Texts by conversation and time, as arrays: what each has beside it, and in its conversation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any


class Conversations:
    """Texts, known by their positions, in their conversations.

    Args:
        threads: The conversation of each text; empty where it is part of none.
        order: The positions of the texts in the order of time.
    """

    def __init__(self, threads: Sequence[str], order: Sequence[int]) -> None:
        np: Any = import_module("numpy")
        self._np = np
        numbers: dict[str | int, int] = {}
        groups = np.array(
            [numbers.setdefault(one or at, len(numbers)) for at, one in enumerate(threads)]
        )
        in_time = np.asarray(order)
        self._order = in_time[np.argsort(groups[in_time], kind="stable")]
        """Positions, conversation by conversation, each in the order of time."""
        self._groups = groups[self._order]
        """The number of the conversation at each place of that order."""
        self._starts = np.flatnonzero(np.diff(self._groups, prepend=-1))
        self._sizes = np.diff(self._starts, append=len(groups))
        self._is_part = np.array([bool(one) for one in threads])

    def lent(self, values: Any, weights: Mapping[int, float]) -> Any:
        """Return for each text what its neighbours have, weighted.

        Args:
            values: A number or a row of numbers of each text.
            weights: What counts of a text so many places before or after, in its conversation.
        """
        given = values[self._order]
        out = self._np.zeros_like(given)
        for step, weight in weights.items():
            here, there = self._pairs(step)
            out[here] += weight * given[there]
        return self._back(out)

    def beside(self, values: Any) -> Any:
        """Return for each text the better of the one before and after it; else the least of all."""
        np = self._np
        given = values[self._order]
        out = np.full_like(given, values.min())
        for step in (-1, 1):
            here, there = self._pairs(step)
            out[here] = np.maximum(out[here], given[there])
        return self._back(out)

    def best(self, values: Any, most: int) -> Any:
        """Return for each text the mean of so many of the best of its conversation; 0 of none."""
        np = self._np
        given = values[self._order]
        given = given[np.lexsort((-given, self._groups))]
        places = np.arange(len(given)) - np.repeat(self._starts, self._sizes)
        sums = np.add.reduceat(np.where(places < most, given, 0.0), self._starts)
        means = np.repeat(sums / np.minimum(self._sizes, most), self._sizes)
        return np.where(self._is_part, self._back(means), 0.0)

    def above(self, values: Any) -> Any:
        """Return how far each text is above the mean of the others of its conversation."""
        np = self._np
        given = values[self._order]
        sums = np.repeat(np.add.reduceat(given, self._starts), self._sizes)
        others = np.repeat(self._sizes, self._sizes) - 1
        return self._back(given - (sums - given) / np.maximum(others, 1))

    def _pairs(self, step: int) -> tuple[Any, Any]:
        """Return the places that have another so many places further, and those."""
        places = self._np.arange(max(0, -step), len(self._groups) - max(0, step))
        here = places[self._groups[places] == self._groups[places + step]]
        return here, here + step

    def _back(self, values: Any) -> Any:
        """Return what stands in the order of conversations by position."""
        out = self._np.empty_like(values)
        out[self._order] = values
        return out
