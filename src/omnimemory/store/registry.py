"""Opens the store that a URL names; the only module that knows every backend."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from omnimemory.errors import InputError
from omnimemory.store.base import GraphStore

MEMORY: Final = ":memory:"


def open_store(url: str, **options: Any) -> GraphStore:
    """Return the store that ``url`` names.

    * ``sqlite:///support.db`` is a file beside the working directory,
      ``sqlite:////var/lib/support.db`` an absolute path; ``sqlite://`` is in memory.
    * ``networkx://`` is in memory; ``networkx:///support.jsonl`` is read from that file
      and written back to it.
    * ``neo4j://127.0.0.1:7687`` is a Neo4j server (also ``bolt://``, ``neo4j+s://``,
      ``bolt+s://``); pass ``auth=(user, password)``.
    * ``rdf:///support.nq`` is one N-Quads file; ``rdf://`` is in memory.
    * ``oxigraph:///support`` is a folder on disk; ``oxigraph://`` is in memory.
    * ``sparql+http://127.0.0.1:3030/ds`` is a dataset of a SPARQL 1.1 server (also
      ``sparql+https://``); pass ``auth=(user, password)`` if it wants them.

    Args:
        url: Scheme and path of the store.
        options: Passed to the store as they are.

    Raises:
        InputError: The URL names no store that is known here.
        StoreError: The store cannot be opened.
    """
    scheme, separator, _ = url.partition("://")
    if not separator or scheme not in _OPENERS:
        known = ", ".join(f"{name}://" for name in sorted(_OPENERS))
        raise InputError(f"no store for {_without_secrets(url)!r}; known: {known}")
    return _OPENERS[scheme](url, options)


def beside(url: str, suffix: str) -> str | None:
    """Return the path of what is kept beside the file that ``url`` names; None without a file."""
    scheme = url.partition("://")[0]
    path = _path(url) if scheme in _FILES else None
    return None if path is None else path + suffix


def _path(url: str) -> str | None:
    scheme, _, rest = url.partition("://")
    if rest in {"", "/", f"/{MEMORY}"}:
        return None
    if not rest.startswith("/"):
        raise InputError(
            f"{url!r} has a host where a path belongs; write {scheme}:///{rest} for a file here"
        )
    return unquote(rest[1:])


def _without_secrets(url: str) -> str:
    parts = urlsplit(url)
    return url.replace(f"{parts.netloc.rpartition('@')[0]}@", "", 1) if "@" in parts.netloc else url


def _sqlite(url: str, options: dict[str, Any]) -> GraphStore:
    from omnimemory.store.sqlite import SqliteStore  # noqa: PLC0415

    return SqliteStore(_path(url) or MEMORY, **options)


def _networkx(url: str, options: dict[str, Any]) -> GraphStore:
    from omnimemory.store.networkx import NetworkXStore  # noqa: PLC0415

    return NetworkXStore(_path(url), **options)


def _neo4j(url: str, options: dict[str, Any]) -> GraphStore:
    _refuse_user(url)
    from omnimemory.store.neo4j import Neo4jStore  # noqa: PLC0415

    return Neo4jStore(url, **options)


def _rdf(url: str, options: dict[str, Any]) -> GraphStore:
    from omnimemory.store._rdf_rdflib import RdflibEngine  # noqa: PLC0415
    from omnimemory.store.rdf import RdfStore  # noqa: PLC0415

    path = _path(url)
    return RdfStore(RdflibEngine(None if path is None else Path(path)), **options)


def _oxigraph(url: str, options: dict[str, Any]) -> GraphStore:
    from omnimemory.store._rdf_oxigraph import OxigraphEngine  # noqa: PLC0415
    from omnimemory.store.rdf import RdfStore  # noqa: PLC0415

    path = _path(url)
    return RdfStore(OxigraphEngine(None if path is None else Path(path)), **options)


def _sparql(url: str, options: dict[str, Any]) -> GraphStore:
    _refuse_user(url)
    from omnimemory.store._rdf_http import HttpEngine  # noqa: PLC0415
    from omnimemory.store.rdf import RdfStore  # noqa: PLC0415

    clock = {"clock": options.pop("clock")} if "clock" in options else {}
    return RdfStore(HttpEngine(url.removeprefix("sparql+"), **options), **clock)


def _refuse_user(url: str) -> None:
    if "@" in urlsplit(url).netloc:
        raise InputError(f"{_without_secrets(url)!r} carries a user; pass auth=(user, password)")


_FILES: Final = frozenset({"networkx", "oxigraph", "rdf", "sqlite"})

_OPENERS: Final[dict[str, Callable[[str, dict[str, Any]], GraphStore]]] = {
    "bolt": _neo4j,
    "bolt+s": _neo4j,
    "neo4j": _neo4j,
    "neo4j+s": _neo4j,
    "networkx": _networkx,
    "oxigraph": _oxigraph,
    "rdf": _rdf,
    "sparql+http": _sparql,
    "sparql+https": _sparql,
    "sqlite": _sqlite,
}
