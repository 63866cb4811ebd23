"""What needs no labels and is common: any shared identifier, and limits on how many share one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from omnimemory.identity.evidence import Evidence

_LIMIT = 5


def any_identifier(rows: Iterable[Evidence]) -> dict[str, str]:
    """Return the customers if whoever shares an identifier is one person."""
    root: dict[str, str] = {}
    for one in rows:
        _join(root, one.id, (clue.key for clue in one.clues))
    return {one: _find(root, one) for one in root if not one.startswith("\0")}


def identifier_limits(rows: Iterable[Evidence]) -> dict[str, str]:
    """Return the customers if an identifier joins, until its profile has too many of its kind.

    Identifiers are tried by priority; a profile has one app or CRM id, and at most five of any
    other kind, as customer data platforms let one set.
    """
    root: dict[str, str] = {}
    held: dict[str, dict[str, set[str]]] = {}
    for one in rows:
        root.setdefault(one.id, one.id)
        held[one.id] = {}
        for clue in sorted(one.clues, key=lambda clue: (_PRIORITY[clue.kind.split()[0]], clue.key)):
            key = f"\0{clue.key}"
            root.setdefault(key, key)
            a, b = _find(root, one.id), _find(root, key)
            merged = _sum(held.get(a, {}), held.get(b, {}), {clue.kind: {clue.key}})
            if a != b and _fits(merged):
                root[b] = a
                held[a] = merged
                held.pop(b, None)
    return {one: _find(root, one) for one in root if not one.startswith("\0")}


_PRIORITY = {"id": 0, "email": 1, "phone": 2, "handle": 3, "device": 4}


def _sum(*parts: Mapping[str, set[str]]) -> dict[str, set[str]]:
    out: dict[str, set[str]] = {}
    for part in parts:
        for kind, keys in part.items():
            out.setdefault(kind, set()).update(keys)
    return out


def _fits(held: Mapping[str, set[str]]) -> bool:
    return all(len(keys) <= (1 if kind.startswith("id") else _LIMIT)
               for kind, keys in held.items())  # fmt: skip


def _join(root: dict[str, str], id: str, keys: Iterable[str]) -> None:
    root.setdefault(id, id)
    for key in keys:
        marked = f"\0{key}"
        root.setdefault(marked, marked)
        root[_find(root, marked)] = _find(root, id)


def _find(root: dict[str, str], id: str) -> str:
    while root[id] != id:
        root[id] = root[root[id]]
        id = root[id]
    return id
