"""Laws of what conversations lend: what is told of arrays is what is told text by text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnimemory.index.conversations import Conversations
from omnimemory.index.lexical import NEIGHBOURS
from omnimemory.index.signals import standard


@st.composite
def talks(draw: st.DrawFn) -> tuple[list[str], list[int], list[float]]:
    """Draw the conversation of each text, the order of time, and a value of each."""
    threads = draw(st.lists(st.sampled_from(["", "a", "b", "c"]), min_size=1, max_size=14))
    order = draw(st.permutations(range(len(threads))))
    values = st.lists(st.integers(-9, 9), min_size=len(threads), max_size=len(threads))
    return threads, list(order), [float(one) for one in draw(values)]


def fellows(threads: Sequence[str], order: Sequence[int], at: int) -> list[int]:
    """Return the texts of the same conversation in the order of time; a text of none is alone."""
    return [one for one in order if one == at or (threads[at] and threads[one] == threads[at])]


@given(talks())
def test_each_text_has_what_its_neighbours_lend(
    talk: tuple[list[str], list[int], list[float]],
) -> None:
    threads, order, values = talk
    conversations = Conversations(threads, order)
    lent = conversations.lent(np.array(values), NEIGHBOURS)
    beside = conversations.beside(np.array(values))
    for at in range(len(threads)):
        same = fellows(threads, order, at)
        near = {step: same.index(at) + step for step in (-2, -1, 1, 2)}
        has = {step: values[same[to]] for step, to in near.items() if 0 <= to < len(same)}
        assert lent[at] == pytest.approx(sum(NEIGHBOURS[step] * has[step] for step in has))
        assert beside[at] == max([min(values), *(has[step] for step in (-1, 1) if step in has)])


@given(talks(), st.integers(1, 3))
def test_each_text_is_told_from_its_conversation(
    talk: tuple[list[str], list[int], list[float]], most: int
) -> None:
    threads, order, values = talk
    conversations = Conversations(threads, order)
    best = conversations.best(np.array(values), most)
    above = conversations.above(np.array(values))
    for at, thread in enumerate(threads):
        same = [values[one] for one in fellows(threads, order, at)]
        first = sorted(same, reverse=True)[:most]
        assert best[at] == pytest.approx(sum(first) / len(first) if thread else 0.0)
        others = (sum(same) - values[at]) / max(len(same) - 1, 1)
        assert above[at] == pytest.approx(values[at] - others)


@given(st.floats(-9, 9), st.integers(1, 30))
def test_what_all_have_alike_tells_nothing(value: float, many: int) -> None:
    """Though the mean of equal numbers need not be that number."""
    assert not standard([value] * many).any()
