"""Fewer rounds of Python's garbage collector while a large batch is taken in."""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager
from threading import Lock
from typing import Final

LARGE: Final = 200
"""Records from which on a batch is large."""

_THRESHOLD: Final = 20_000

_lock: Final = Lock()
_before: list[tuple[int, int, int]] = []
"""For each block that is on the threshold that it found; the first is the usual one."""


@contextmanager
def fewer_rounds(records: int) -> Generator[None]:
    """Let the collector run less often in a block that takes so many records in.

    A large batch makes some hundred thousand objects and no cycles, and CPython's usual
    threshold of 700 would look through all of them again and again. The threshold is the
    process's; it is raised, not lifted, so that others' garbage is still collected, and comes
    back with the last such block. Small batches leave it alone.
    """
    if records < LARGE or gc.get_threshold()[0] == 0:
        yield
        return
    with _lock:
        _before.append(gc.get_threshold())
        usual, *others = _before[0]
        gc.set_threshold(max(_THRESHOLD, usual), *others)
    try:
        yield
    finally:
        with _lock:
            first = _before[0]
            _before.pop()
            if not _before:
                gc.set_threshold(*first)
