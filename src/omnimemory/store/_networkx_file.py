"""The file of a NetworkX store: JSON Lines of all versions with both times, replaced whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from omnimemory.errors import StoreError
from omnimemory.model.facts import Fact
from omnimemory.store import _files, _rows
from omnimemory.store._networkx_graph import TenantGraph

_FORMAT: Final = "omnimemory-networkx"
_VERSION: Final = 1


def read(path: Path) -> dict[str, TenantGraph]:
    """Return the tenants of a file; none if there is no file yet.

    Raises:
        StoreError: The file cannot be read, or is no such file.
    """
    if not path.exists():
        return {}
    try:
        with path.open("rb") as file:
            head = _rows.load(file.readline())
            if head != {"format": _FORMAT, "version": _VERSION}:
                raise StoreError(f"{path} is no file of a NetworkX store; choose another path")
            return _tenants(map(_rows.load, file))
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise StoreError(f"{path} cannot be read; restore it from a backup ({error})") from error


def write(path: Path, tenants: dict[str, TenantGraph]) -> None:
    """Put all versions in the place of the file, in one step.

    Raises:
        StoreError: The file cannot be written; the one that was there stands.
    """
    _files.replace(path, (_rows.dump(line).encode() + b"\n" for line in _lines(tenants)))


def _lines(tenants: dict[str, TenantGraph]) -> Iterator[dict[str, Any]]:
    yield {"format": _FORMAT, "version": _VERSION}
    for name, graph in sorted(tenants.items()):
        yield {"tenant": name, "revisions": graph.revisions}
        for id in graph.graph:
            yield from map(_rows.to_json, graph.owned(id))


def _tenants(lines: Iterator[dict[str, Any]]) -> dict[str, TenantGraph]:
    tenants: dict[str, TenantGraph] = {}
    heads: list[dict[str, Any]] = []
    facts: list[list[Fact]] = []
    for line in lines:
        if "tenant" in line:
            heads.append(line)
            facts.append([])
        else:
            facts[-1].append(_rows.from_json(line))
    for head, found in zip(heads, facts, strict=True):
        graph = tenants[head["tenant"]] = TenantGraph()
        graph.load(head["revisions"], found)
    return tenants
