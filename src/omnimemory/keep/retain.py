"""Retention: what is older than its kind may be goes, and stays gone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Final

import msgspec

from omnimemory.errors import InputError
from omnimemory.ingest.tombstones import TENANT, tombstones
from omnimemory.model.facts import Changes, Node
from omnimemory.model.time import now
from omnimemory.store.base import GraphStore, GraphView

_PAGE: Final = 1_000
_KEPT: Final = frozenset({"Customer", "Identity", "Tenant", "Tombstone"})
_MICROSECOND: Final = timedelta(microseconds=1)


def retain(
    store: GraphStore,
    tenant: str,
    rules: Mapping[str, timedelta],
    *,
    at: int | None = None,
    dry_run: bool = False,
) -> dict[str, int]:
    """Erase the nodes of each kind that began longer ago than its rule allows.

    Args:
        store: Where.
        tenant: Whose.
        rules: The greatest age by node kind.
        at: The time that ages are counted from, in microseconds; now if left out.
        dry_run: Whether to count only.

    Returns:
        How many nodes went, or would go, by kind.

    Raises:
        InputError: A rule is for customers or identities, which `erase` is for, or not positive.
    """
    _check(rules)
    moment = now() if at is None else at
    gone: dict[str, int] = {}
    for kind, age in rules.items():
        cutoff = moment - age // _MICROSECOND
        gone[kind] = 0
        for ids in _older(store.view(tenant), kind, cutoff):
            gone[kind] += len(ids)
            if not dry_run:
                _erase(store, tenant, ids, moment)
    if not dry_run and any(gone.values()):
        store.scrub()
    return gone


def _check(rules: Mapping[str, timedelta]) -> None:
    for kind, age in rules.items():
        if kind in _KEPT:
            raise InputError(f"{kind} nodes have no age; erase the customer instead")
        if age <= timedelta(0):
            raise InputError(f"the age for {kind} is {age}; it must be above 0")


def _older(view: GraphView, kind: str, cutoff: int) -> Iterator[list[str]]:
    """Yield the ids of the nodes of a kind whose first version begins before a time."""
    after: str | None = None
    while nodes := view.find(kind=kind, after=after, limit=_PAGE):
        after = nodes[-1].id
        old = _first_versions(view, nodes)
        ids = [id for id, start in old.items() if 0 < start < cutoff]
        if ids:
            yield ids


def _first_versions(view: GraphView, nodes: list[Node]) -> dict[str, int]:
    starts: dict[str, int] = {}
    for fact in view.versions([node.id for node in nodes]):
        if isinstance(fact, Node) and fact.span.is_open:
            starts[fact.id] = min(starts.get(fact.id, fact.span.valid_from), fact.span.valid_from)
    return starts


def _erase(store: GraphStore, tenant: str, ids: list[str], at: int) -> None:
    view = store.view(tenant)
    (own,) = view.nodes([TENANT])
    counted = msgspec.structs.replace(own, props={**own.props, "erasures": 1})
    marks = tombstones(own.props["salt"], ids, at=at)
    retire, add = ((), ()) if own.props["erasures"] else ((own,), (counted,))
    store.commit(
        tenant,
        Changes(erase=frozenset(ids), retire=retire, add=(*add, *marks)),
        base=view.revision,
    )
