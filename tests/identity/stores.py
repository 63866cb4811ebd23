"""Every store, opened for the laws of identity."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import pytest

from omnimemory.store.base import GraphStore
from omnimemory.store.registry import open_store
from tests.stores import located


@contextmanager
def opened(name: str, folder: pytest.TempPathFactory) -> Generator[GraphStore]:
    """Yield a store of a kind."""
    url, options = located(name, folder.mktemp(name))
    with open_store(url, **options) as store:
        yield store
