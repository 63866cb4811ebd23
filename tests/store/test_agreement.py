"""All stores give the same after any commits, at every point in both times."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

from omnimemory.store.networkx import NetworkXStore
from omnimemory.store.sqlite import SqliteStore
from omnimemory.testing.machine import agree

SETTINGS = settings(
    max_examples=40,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def test_stores_agree_on_every_read_at_random_points_in_both_times() -> None:
    """Laws that no example thought of: any batch, any read, any time."""
    agree({"networkx": NetworkXStore, "sqlite": SqliteStore}, settings=SETTINGS)
