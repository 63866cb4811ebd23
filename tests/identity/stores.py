"""Every store, opened for the laws of identity."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final

import pytest

from omnimemory.store.base import GraphStore
from omnimemory.store.registry import open_store
from tests.conftest import started
from tests.servers import FUSEKI, NEO4J, NEO4J_2026, PASSWORD

FILES: Final = {"networkx": "jsonl", "sqlite": "db", "rdf": "nq", "oxigraph": "folder"}
SERVERS: Final = {"neo4j-5.26": NEO4J, "neo4j-2026": NEO4J_2026, "fuseki": FUSEKI}
STORES: Final = (*FILES, *SERVERS)


@contextmanager
def opened(name: str, folder: pytest.TempPathFactory) -> Generator[GraphStore]:
    """Yield a store of a kind; a server is started, or the test skipped where it cannot run."""
    options: dict[str, Any] = {}
    if name in FILES:
        url = f"{name}:///{folder.mktemp(name)}/memory.{FILES[name]}"
    else:
        url = started(SERVERS[name]).url
        options = {} if name == "fuseki" else {"auth": ("neo4j", PASSWORD)}
    with open_store(url, **options) as store:
        yield store
