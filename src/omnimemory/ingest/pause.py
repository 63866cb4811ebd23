"""A pause of Python's search for reference cycles, while a batch makes many objects and none."""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Generator[None]:
    """Put off the search for reference cycles; objects still go with their last reference.

    The search is the process's, so it waits for all threads, for as long as a batch takes.
    Whoever had turned it off finds it off.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
