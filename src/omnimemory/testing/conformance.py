"""What every store must do; a backend's tests subclass `StoreConformance`.

class TestMyStore(StoreConformance):
@pytest.fixture
def store(self, tmp_path):
with MyStore(tmp_path / "graph") as store:
yield store
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from omnimemory.store.base import GraphStore
from omnimemory.store.registry import open_store
from omnimemory.testing._read_laws import ReadLaws
from omnimemory.testing._time_laws import TimeLaws
from omnimemory.testing._walk_laws import WalkLaws
from omnimemory.testing._write_laws import WriteLaws


class StoreConformance(ReadLaws, WalkLaws, WriteLaws, TimeLaws):
    """Every law of the store contract; a subclass gives the ``store`` fixture."""

    @pytest.fixture
    def replica(self) -> Iterator[GraphStore]:
        """Give an empty second store, to copy into."""
        with open_store("networkx://") as store:
            yield store
