"""Which stores a benchmark measures."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import omnimemory
from omnimemory import Memory

_NAMES: Final = {
    "bolt": "Neo4j",
    "neo4j": "Neo4j",
    "networkx": "NetworkX",
    "oxigraph": "Oxigraph",
    "rdf": "rdflib",
    "sparql+http": "SPARQL server",
    "sqlite": "SQLite",
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose stores."""
    parser.add_argument(
        "--store",
        action="append",
        metavar="URL",
        help="measure this store, as often as given; SQLite and NetworkX if left out",
    )
    parser.add_argument(
        "--auth", type=_pair, metavar="USER:PASSWORD", help="for the stores on a server"
    )


def _pair(text: str) -> tuple[str, str]:
    user, _, password = text.partition(":")
    return user, password


def kept(folder: str | Path, interactions: int) -> str:
    """Return the URL of the SQLite file that keeps a company of this size in a folder."""
    return f"sqlite:///{folder}/read-{interactions}.db"


def tenant_of(interactions: int) -> str:
    """Return the tenant that a company of this size is."""
    return f"bench-{interactions}"


def connect(url: str, auth: tuple[str, str] | None, *, tenant: str) -> Memory:
    """Return a memory in the store that ``url`` names."""
    options: dict[str, Any] = {"auth": auth} if auth and urlsplit(url).netloc else {}
    return omnimemory.connect(url, tenant=tenant, **options)


def name_of(url: str) -> str:
    """Return what tables call a store: its kind, and the port where there may be several."""
    parts = urlsplit(url)
    name = _NAMES.get(parts.scheme, parts.scheme)
    return f"{name} :{parts.port}" if parts.port else name
