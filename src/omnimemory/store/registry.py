"""Opens the store that a URL names; the only module that knows every backend."""

from __future__ import annotations

from collections.abc import Callable
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
    if "@" in urlsplit(url).netloc:
        raise InputError(f"{_without_secrets(url)!r} carries a user; pass auth=(user, password)")
    from omnimemory.store.neo4j import Neo4jStore  # noqa: PLC0415

    return Neo4jStore(url, **options)


_FILES: Final = frozenset({"networkx", "sqlite"})

_OPENERS: Final[dict[str, Callable[[str, dict[str, Any]], GraphStore]]] = {
    "bolt": _neo4j,
    "bolt+s": _neo4j,
    "neo4j": _neo4j,
    "neo4j+s": _neo4j,
    "networkx": _networkx,
    "sqlite": _sqlite,
}
