"""Laws of the garbage collector's rounds: fewer in a large batch, as before after it."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

import omnimemory
from omnimemory.ingest.collector import LARGE, fewer_rounds
from omnimemory.model.records import Message
from tests.context.small_company import message

USUAL = (700, 10, 10)


@pytest.fixture(autouse=True)
def usual() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(*USUAL)
    yield
    gc.set_threshold(*before)


def test_the_threshold_is_raised_within_and_comes_back_with_the_last() -> None:
    with fewer_rounds(LARGE):
        raised = gc.get_threshold()
        assert raised[0] > USUAL[0]
        with fewer_rounds(LARGE):
            assert gc.get_threshold() == raised
        assert gc.get_threshold() == raised
    assert gc.get_threshold() == USUAL


def test_it_comes_back_where_the_block_fails() -> None:
    with pytest.raises(RuntimeError), fewer_rounds(LARGE):
        raise RuntimeError
    assert gc.get_threshold() == USUAL


@pytest.mark.parametrize(("threshold", "records"), [(700, LARGE - 1), (0, LARGE), (90_000, LARGE)])
def test_what_is_set_already_is_left_alone(threshold: int, records: int) -> None:
    """A small batch, a collector that is off, and a higher threshold than ours."""
    gc.set_threshold(threshold, 10, 10)
    with fewer_rounds(records):
        assert gc.get_threshold() == (threshold, 10, 10)
    assert gc.get_threshold() == (threshold, 10, 10)


def test_a_large_ingest_leaves_it_as_it_was() -> None:
    seen: list[int] = []

    def read() -> Iterator[Message]:
        for n in range(LARGE):
            seen.append(gc.get_threshold()[0])
            yield message(f"m{n}", 1, "Hello")

    with omnimemory.connect("sqlite://", tenant="acme") as memory:
        assert memory.ingest(read()).records["message"] == LARGE
    assert gc.get_threshold() == USUAL
    assert set(seen) == {700}
