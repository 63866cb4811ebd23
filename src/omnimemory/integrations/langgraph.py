"""LangGraph: a `BaseStore` whose items are kept in the graph, with every version.

graph = builder.compile(store=OmniMemoryStore(memory))
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

from omnimemory.errors import InputError, MissingExtraError
from omnimemory.integrations.kept import Kept, Put, Shelf, encode
from omnimemory.integrations.scope import Scope
from omnimemory.integrations.writing import Whom, whom
from omnimemory.memory import Memory
from omnimemory.store.base import GraphView

try:
    from langgraph.store.base import (
        BaseStore,
        GetOp,
        Item,
        ListNamespacesOp,
        MatchCondition,
        Op,
        PutOp,
        Result,
        SearchItem,
        SearchOp,
        get_text_at_path,
        tokenize_path,
    )
except ImportError as error:
    raise MissingExtraError("langgraph 1", extra="langgraph") from error

Namespace = tuple[str, ...]


class OmniMemoryStore(BaseStore):
    """Keeps items in the graph; a search ranks by words, then lists the others.

    A batch reads first, as of one moment, and then writes in one commit. Items of a customer
    go when the customer is erased. No item expires by itself.

    Args:
        memory: Where items are kept.
        customer: Returns the customer whose a namespace is, by id or identifier, or None;
            no item is a customer's if left out.
    """

    def __init__(
        self, memory: Memory, *, customer: Callable[[Namespace], str | None] | None = None
    ) -> None:
        self._memory = memory
        self._customer = customer
        self._shelf = Shelf(memory, "langgraph")

    def batch(self, ops: Iterable[Op]) -> list[Result]:
        view = self._shelf.view()
        results: list[Result] = []
        puts: list[Put] = []
        for op in ops:
            match op:
                case GetOp():
                    results.append(self._get(op, view))
                case SearchOp():
                    results.append(self._search(op, view))
                case ListNamespacesOp():
                    results.append(self._namespaces(op, view))
                case PutOp():
                    puts.append(self._put(op))
                    results.append(None)
        if puts:
            self._shelf.put(puts)
        return results

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        return await asyncio.to_thread(self.batch, list(ops))

    def _get(self, op: GetOp, view: GraphView) -> Item | None:
        name = (*op.namespace, op.key)
        found = self._shelf.get([name], view).get(name)
        return None if found is None else Item(**_fields(found))

    def _search(self, op: SearchOp, view: GraphView) -> list[SearchItem]:
        wanted = op.filter or {}
        found = [
            one for one in self._shelf.under(op.namespace_prefix, view) if _fits(one.value, wanted)
        ]
        scored: list[tuple[Kept, float | None]] = []
        if op.query:
            scored += self._shelf.ranked(op.query, found)
        seen = {one.id for one, _ in scored}
        scored += [(one, None) for one in found if one.id not in seen]
        page = scored[op.offset : op.offset + op.limit]
        return [SearchItem(**_fields(one), score=score) for one, score in page]

    def _namespaces(self, op: ListNamespacesOp, view: GraphView) -> list[Namespace]:
        conditions = op.match_conditions or ()
        prefix = _plain_prefix(conditions)
        found = {one.name[:-1] for one in self._shelf.under(prefix, view)}
        matched = {one for one in found if all(_matches(each, one) for each in conditions)}
        shown = sorted({one[: op.max_depth] for one in matched})
        return shown[op.offset : op.offset + op.limit]

    def _put(self, op: PutOp) -> Put:
        customer = None if self._customer is None else self._customer(op.namespace)
        return Put(
            name=(*op.namespace, op.key),
            content=encode(op.value),
            text=_text(op.value, op.index),
            customer=None if customer is None else self._whom(customer),
        )

    def _whom(self, customer: str) -> Whom:
        return whom(Scope(self._memory, by="bot:langgraph", customer=customer))


def _fields(kept: Kept) -> dict[str, Any]:
    return {
        "namespace": kept.name[:-1],
        "key": kept.name[-1],
        "value": kept.value,
        "created_at": kept.created_at,
        "updated_at": kept.changed_at,
    }


def _text(value: Mapping[str, Any] | None, index: bool | Sequence[str] | None) -> str:  # noqa: FBT001
    """Return the texts of a value by which a search finds it: all, or those at some paths."""
    if value is None or index is False:
        return ""
    paths = ["$"] if index is None or index is True else list(index)
    found = (get_text_at_path(value, "$" if path == "$" else tokenize_path(path)) for path in paths)
    return "\n".join(text for texts in found for text in texts)


def _plain_prefix(conditions: Iterable[MatchCondition]) -> Namespace:
    """Return the longest beginning that all matches share, as far as it has no wildcard."""
    plain: list[Namespace] = [()]
    for one in conditions:
        if one.match_type == "prefix":
            path = tuple(one.path)
            plain.append(path[: path.index("*")] if "*" in path else path)
    return max(plain, key=len)


def _matches(condition: MatchCondition, namespace: Namespace) -> bool:
    path = tuple(condition.path)
    if len(path) > len(namespace):
        return False
    end = namespace[: len(path)] if condition.match_type == "prefix" else namespace[-len(path) :]
    return not path or all(part in ("*", own) for part, own in zip(path, end, strict=True))


def _fits(value: object, wanted: object) -> bool:
    """Return whether a value fits a filter: equal, or inside what ``$gt`` and the like say."""
    match wanted:
        case dict():
            given = cast("dict[str, Any]", wanted)
            if any(name.startswith("$") for name in given):
                return all(_compares(value, name, bound) for name, bound in given.items())
            if not isinstance(value, dict):
                return False
            held = cast("dict[str, Any]", value)
            return all(_fits(held.get(name), one) for name, one in given.items())
        case list() | tuple():
            parts = cast("Sequence[Any]", wanted)
            if not isinstance(value, list):
                return False
            own = cast("list[Any]", value)
            return len(own) == len(parts) and all(map(_fits, own, parts))
        case _:
            return value == wanted


def _compares(value: Any, operator: str, bound: Any) -> bool:
    match operator:
        case "$eq":
            return value == bound
        case "$ne":
            return value != bound
        case "$gt":
            return float(value) > float(bound)
        case "$gte":
            return float(value) >= float(bound)
        case "$lt":
            return float(value) < float(bound)
        case "$lte":
            return float(value) <= float(bound)
        case _:
            raise InputError(f"no operator {operator!r}; known: $eq $ne $gt $gte $lt $lte")
