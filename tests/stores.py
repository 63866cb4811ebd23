"""Every kind of store by name, and where a test finds one of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from tests.conftest import started
from tests.servers import FUSEKI, NEO4J, NEO4J_2026, PASSWORD

FILES: Final = {"networkx": "jsonl", "sqlite": "db", "rdf": "nq", "oxigraph": "folder"}
SERVERS: Final = {"neo4j-5.26": NEO4J, "neo4j-2026": NEO4J_2026, "fuseki": FUSEKI}
STORES: Final = (*FILES, *SERVERS)


def located(name: str, folder: Path) -> tuple[str, dict[str, Any]]:
    """Return the URL of a store of a kind, and the options that it is opened with.

    A server is started, or the test skipped where it cannot run; a file lies in the folder.
    """
    if name in FILES:
        return f"{name}:///{folder}/memory.{FILES[name]}", {}
    options = {} if name == "fuseki" else {"auth": ("neo4j", PASSWORD)}
    return started(SERVERS[name]).url, options
