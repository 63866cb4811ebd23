"""The stores that the laws of ingest run on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from omnimemory.store.base import GraphStore
from omnimemory.store.registry import open_store


@pytest.fixture(params=["sqlite", "networkx"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[GraphStore]:
    url = f"sqlite:///{tmp_path}/memory.db" if request.param == "sqlite" else "networkx://"
    with open_store(url) as opened:
        yield opened
