"""Short ways to write facts and commits in tests."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import groupby
from typing import Any

from omnimemory.model.facts import Changes, Edge, Fact, Node, Passage, as_written
from omnimemory.model.time import BEGINNING, FOREVER, Span
from omnimemory.store.base import GraphStore, GraphView

TENANT = "acme"


def node(
    id: str,
    kind: str = "Ticket",
    *,
    valid: int = BEGINNING,
    until: int = FOREVER,
    keys: Iterable[str] = (),
    **props: Any,
) -> Node:
    """Return a node that holds from ``valid`` until ``until``."""
    return Node(id=id, kind=kind, span=Span(valid, until), keys=frozenset(keys), props=props)


def edge(
    source: str,
    kind: str,
    target: str,
    *,
    valid: int = BEGINNING,
    until: int = FOREVER,
    **props: Any,
) -> Edge:
    """Return an edge that holds from ``valid`` until ``until``."""
    return Edge(source=source, kind=kind, target=target, span=Span(valid, until), props=props)


def passage(
    about: str,
    text: str,
    *,
    part: int = 0,
    valid: int = BEGINNING,
    until: int = FOREVER,
) -> Passage:
    """Return a passage that holds from ``valid`` until ``until``."""
    return Passage(about=about, text=text, part=part, span=Span(valid, until))


def put(
    store: GraphStore,
    *add: Fact,
    retire: Iterable[Fact] = (),
    erase: Collection[str] = (),
    tenant: str = TENANT,
) -> int:
    """Commit on top of the newest revision and return the new one."""
    changes = Changes(add=add, retire=tuple(retire), erase=frozenset(erase))
    return store.commit(tenant, changes, base=store.view(tenant).revision)


def ids(facts: Iterable[Fact]) -> list[str]:
    """Return the ids of facts, in their order."""
    return [fact.id for fact in facts]


def replay(view: GraphView, store: GraphStore, tenant: str = TENANT) -> None:
    """Write all that a view's `GraphView.scan` gives into an empty tenant of another store."""
    base = 0
    for revision, recorded in groupby(view.scan(), key=lambda entry: entry.revision):
        base = store.commit(tenant, as_written(recorded), base=base, at=revision)
