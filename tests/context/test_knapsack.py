"""Laws of the greedy knapsack, against the best that there is."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from omnimemory.context.knapsack import Choice, Option, greedy, hull

options = st.lists(
    st.tuples(st.integers(1, 20), st.integers(1, 50)).map(lambda one: Option(*map(float, one))),
    min_size=1,
    max_size=3,
).map(lambda some: Choice(options=sorted(some, key=lambda one: (one.cost, one.value))))
choices = st.lists(options, max_size=5)


def best(some: list[Choice], room: float) -> float:
    """Return the most that any choice of options is worth."""
    free = Option(0.0, 0.0)
    ways = product(*([free, *choice.options] for choice in some))
    return max(sum(o.value for o in way) for way in ways if sum(o.cost for o in way) <= room)


@settings(max_examples=300, deadline=None)
@given(some=choices, room=st.integers(0, 60))
def test_the_value_falls_short_by_less_than_the_first_raise_that_does_not_fit(
    some: list[Choice], room: int
) -> None:
    """The bound of the greedy algorithm, and the room is never overdrawn."""
    taken = [Option(0.0, 0.0) for _ in some]
    refused: list[float] = []

    def take(place: int, option: int) -> bool:
        wanted = some[place].options[option - 1]
        spent = sum(one.cost for one in taken) - taken[place].cost + wanted.cost
        if spent > room:
            refused.append(wanted.value - taken[place].value)
            return False
        taken[place] = wanted
        return True

    greedy(some, take, headed=set())
    value = sum(one.value for one in taken)
    assert sum(one.cost for one in taken) <= room
    assert best(some, room) <= value + (refused[0] if refused else 0.0) + 1e-6


@given(choice=options)
def test_each_raise_of_a_hull_gains_less_by_the_token(choice: Choice) -> None:
    """Costs and values rise, and their ratio falls."""
    steps = hull(choice)
    assert all(step.gain > 0 for step in steps)
    rates = [step.gain / max(step.cost, 1e-9) for step in steps]
    assert rates == sorted(rates, reverse=True)
