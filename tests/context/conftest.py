"""Stores of a small company to build packs from."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from omnimemory.ingest.pipeline import ingest
from omnimemory.model.commerce import Order
from omnimemory.model.kinds import Kinds
from omnimemory.model.records import Record
from omnimemory.store.base import GraphView
from omnimemory.store.networkx import NetworkXStore
from tests.context.small_company import company


@pytest.fixture
def kinds() -> Kinds:
    """The built-in kinds and `Order`."""
    out = Kinds()
    out.register(Order)
    return out


@pytest.fixture
def see(kinds: Kinds) -> Callable[..., GraphView]:
    """Returns a view of a fresh store with these records; of the small company if none."""

    def view(records: list[Record] | None = None) -> GraphView:
        store = NetworkXStore()
        report = ingest(store, "acme", company() if records is None else records, kinds=kinds)
        assert not report.errors
        return store.view("acme")

    return view
