"""How often ingest asks the store: four times a batch, whatever its size."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from omnimemory.ingest.pipeline import ingest
from omnimemory.model.facts import Changes
from omnimemory.model.kinds import Kinds
from omnimemory.model.records import Message, Person
from omnimemory.model.time import NOW, AsOf
from omnimemory.store.networkx import NetworkXStore, NetworkXView

READS = ("nodes", "find", "edges", "versions", "passages", "tally", "keys", "scan", "counts")


class Asked(NetworkXStore):
    """A store that counts what it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: Counter[str] = Counter()

    def view(self, tenant: str, as_of: AsOf = NOW) -> NetworkXView:
        view = super().view(tenant, as_of)
        for name in READS:
            setattr(view, name, self._counting(name, getattr(view, name)))
        return view

    def commit(self, tenant: str, changes: Changes, *, base: int, at: int | None = None) -> int:
        self.asked["commit"] += 1
        return super().commit(tenant, changes, base=base, at=at)

    def _counting(self, name: str, read: Any) -> Any:
        depth = self.asked

        def counted(*args: Any, **kwargs: Any) -> Any:
            if not depth["inside"]:
                depth[name] += 1
            depth["inside"] += 1
            try:
                return read(*args, **kwargs)
            finally:
                depth["inside"] -= 1

        return counted


@pytest.mark.parametrize("size", [1, 50, 1_000])
def test_a_batch_takes_four_round_trips(size: int) -> None:
    store = Asked()
    messages = [
        Message(
            source="mbox",
            id=f"m{n}",
            occurred_at=datetime(2026, 3, 1, tzinfo=UTC),
            author=Person(email=f"c{n % 7}@example.org"),
            conversation=f"c{n % 5}",
        )
        for n in range(size)
    ]
    ingest(store, "acme", messages, kinds=Kinds())
    del store.asked["inside"]
    assert store.asked == {"nodes": 1, "find": 1, "versions": 1, "commit": 1}
