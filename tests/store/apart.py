"""A store of a test's own on a server that other tests use too."""

from __future__ import annotations

from collections.abc import Collection
from uuid import uuid4

from omnimemory.model.facts import Changes
from omnimemory.model.time import NOW, AsOf
from omnimemory.store.base import GraphStore, GraphView


class Apart(GraphStore):
    """A store in a database that others use too: its tenants' names have a prefix."""

    def __init__(self, store: GraphStore) -> None:
        self._store = store
        self._prefix = f"t{uuid4().hex[:12]}-"

    def view(self, tenant: str, as_of: AsOf = NOW) -> GraphView:
        return self._store.view(self._named(tenant), as_of)

    def commit(self, tenant: str, changes: Changes, *, base: int, at: int | None = None) -> int:
        return self._store.commit(self._named(tenant), changes, base=base, at=at)

    def tenants(self) -> list[str]:
        named = [name for name in self._store.tenants() if name.startswith(self._prefix)]
        return [name.removeprefix(self._prefix) for name in named]

    def contains_bytes(self, needles: Collection[bytes]) -> list[bytes]:
        return self._store.contains_bytes(needles)

    def close(self) -> None:
        self._store.close()

    def _named(self, tenant: str) -> str:
        return self._prefix + tenant if tenant.isalnum() else tenant
