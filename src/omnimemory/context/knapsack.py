"""Choosing one option for each of many things under a budget: a multiple-choice knapsack.

The order of raises is that of the greedy algorithm on upper convex hulls (Sinha and Zoltners,
The Multiple-Choice Knapsack Problem, Operations Research 27, 1979): options that are not worth
their tokens are passed over, and what is left is raised by the gain for each token.
Taken up to the first raise that does not fit, the value falls short of the best that there is
by less than the gain of that raise.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

import msgspec


class Option(msgspec.Struct, frozen=True, gc=False):
    """One way to take a thing: what it costs in all, and what it is worth in all."""

    cost: float
    value: float


class Choice(msgspec.Struct, frozen=True, gc=False):
    """A thing and its options, from 1 on; option 0 is to leave it, and costs nothing.

    Attributes:
        options: What there is to choose from, dearer ones later.
        taken: The option that it stands at; 0 is none.
        group: What it shares a heading with; empty where it needs none.
        heading: What the heading of its group costs.
    """

    options: Sequence[Option]
    taken: int = 0
    group: str = ""
    heading: float = 0.0


class Step(msgspec.Struct, frozen=True, gc=False):
    """A raise to an option, with what it costs and gains against the one before."""

    option: int
    cost: float
    gain: float


_FREE: Final = 1e-9
_NOTHING: Final = Option(0.0, 0.0)


def hull(choice: Choice) -> list[Step]:
    """Return the raises of a choice that are worth their cost, each less by the token.

    These are the corners of the upper convex hull of value over cost, from where it stands.
    """
    at = choice.options[choice.taken - 1] if choice.taken else _NOTHING
    corners: list[tuple[int, Option]] = [(choice.taken, at)]
    for place, option in enumerate(choice.options, 1):
        if place <= choice.taken or option.value <= corners[-1][1].value:
            continue
        while len(corners) > 1 and _steeper(corners[-2][1], corners[-1][1], option):
            corners.pop()
        corners.append((place, option))
    return [
        Step(place, option.cost - before.cost, option.value - before.value)
        for (_, before), (place, option) in pairwise(corners)
    ]


_AS_MUCH: Final = 1 - 1e-9
"""Rounding is not let decide between gains that are the same."""


def _steeper(first: Option, second: Option, third: Option) -> bool:
    """Return whether the third gains as much by the token as the second does, or more."""
    one, other = second.cost - first.cost, third.cost - second.cost
    gained, before = (third.value - second.value) * max(one, _FREE), (second.value - first.value)
    return gained >= before * other * _AS_MUCH


def greedy(
    choices: Sequence[Choice], take: Callable[[int, int], bool | None], *, headed: set[str]
) -> None:
    """Offer raises by gain for each token, the largest first, ties by position.

    A raise that is refused ends its choice, and the others go on. The first of a group bears
    the cost of its heading; once that is paid, its fellows are worth more by the token.

    Args:
        choices: What to choose from.
        take: Takes a raise of a position to an option and returns whether there was room;
            None ends it all.
        headed: The groups whose headings are paid; those paid here are added.
    """
    queue = _Queue(choices, headed)
    while (raised := queue.best()) is not None:
        place, step = raised
        took = take(place, queue.steps[place][step].option)
        if took is None:
            return
        queue.answer(place, step, took=took)


class _Queue:
    """The raises that may come next, and how far each choice has come."""

    def __init__(self, choices: Sequence[Choice], headed: set[str]) -> None:
        self.steps = [hull(choice) for choice in choices]
        self._choices = choices
        self._headed = headed
        self._done = [0] * len(choices)
        self._members: dict[str, list[int]] = {}
        for place, choice in enumerate(choices):
            if choice.group and choice.group not in headed:
                self._members.setdefault(choice.group, []).append(place)
        self._heap = [self._rated(place, 0) for place, steps in enumerate(self.steps) if steps]
        heapq.heapify(self._heap)

    def best(self) -> tuple[int, int] | None:
        """Return the position and step that gain most for each token."""
        while self._heap:
            _, place, step = heapq.heappop(self._heap)
            if step == self._done[place]:
                return place, step
        return None

    def answer(self, place: int, step: int, *, took: bool) -> None:
        """Go on to the next step of a choice, or give the choice up."""
        self._done[place] = step + 1 if took else len(self.steps[place]) + 1
        if not took:
            return
        self._offer(place, step + 1)
        group = self._choices[place].group
        for fellow in self._members.pop(group, ()):
            self._headed.add(group)
            if not self._done[fellow]:
                self._offer(fellow, 0)

    def _offer(self, place: int, step: int) -> None:
        if step < len(self.steps[place]):
            heapq.heappush(self._heap, self._rated(place, step))

    def _rated(self, place: int, step: int) -> tuple[float, int, int]:
        """Return a step behind what it gains for each token, the most first."""
        one, choice = self.steps[place][step], self._choices[place]
        unpaid = choice.group and choice.group not in self._headed
        cost = one.cost + (choice.heading if unpaid else 0.0)
        return -one.gain / max(cost, _FREE), place, step
