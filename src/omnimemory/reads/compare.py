"""Comparisons: what changed for a customer between two times."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

import msgspec

from omnimemory.errors import InputError, NotFoundError
from omnimemory.model.audience import Audience, may_see
from omnimemory.model.facts import Node
from omnimemory.model.kinds import Kinds
from omnimemory.model.time import now, to_datetime
from omnimemory.pictured import Pictured
from omnimemory.reads.customers import Customer, find_customer
from omnimemory.reads.items import public, title
from omnimemory.store.base import GraphView

What: TypeAlias = Literal["new", "changed", "ended"]

MOST_READ: Final = 1_000
"""How many of the newest interactions, and of each other kind of edge, are looked at."""
_CONTACT: Final = ("FROM", "TO", "CC")
_PEOPLE: Final = frozenset({"Identity", "Account"})
_UNTOLD: Final = frozenset({"extra"})


class Change(msgspec.Struct, frozen=True):
    """One thing that began, ended or is another than it was.

    Attributes:
        what: ``new``, ``changed`` or ``ended``.
        kind: Node kind.
        id: The node's id.
        title: A line that stands for it.
        at: Since when the later version holds; None where nobody knows.
        fields: What each property was before and after; of what is new or ended, none.
    """

    what: What
    kind: str
    id: str
    title: str
    at: datetime | None
    fields: Mapping[str, tuple[Any, Any]] = {}

    def to_dict(self) -> dict[str, Any]:
        """Return the change as JSON."""
        at = None if self.at is None else self.at.isoformat().replace("+00:00", "Z")
        fields = {name: {"before": old, "after": new} for name, (old, new) in self.fields.items()}
        return msgspec.structs.asdict(self) | {"at": at, "fields": fields}


class Comparison(msgspec.Struct, Pictured, frozen=True):
    """What changed for a customer between two times.

    Attributes:
        customer: The customer's id.
        name: What they are called.
        before: The earlier time, in microseconds.
        after: The later time.
        changes: What began, changed or ended, the newest first.
        usage: How often each event came between, and how often it failed, by its name.
        is_cut: Whether there may be more than was looked at.
    """

    customer: str
    name: str
    before: int
    after: int
    changes: tuple[Change, ...]
    usage: Mapping[str, tuple[int, int]]
    is_cut: bool = False

    def counts(self) -> dict[str, dict[What, int]]:
        """Return how many of each kind are new, changed and ended."""
        out: dict[str, dict[What, int]] = {}
        for one in sorted(self.changes, key=lambda one: (one.kind, one.what)):
            found = out.setdefault(one.kind, {})
            found[one.what] = found.get(one.what, 0) + 1
        return out

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison as JSON."""
        times = {
            name: to_datetime(getattr(self, name)).isoformat().replace("+00:00", "Z")
            for name in ("before", "after")
        }
        changes = [one.to_dict() for one in self.changes]
        usage = {name: {"count": n, "errors": bad} for name, (n, bad) in self.usage.items()}
        return msgspec.structs.asdict(self) | times | {"changes": changes, "usage": usage}

    def __repr__(self) -> str:
        return (
            f"<Comparison of {self.customer}, {to_datetime(self.before):%Y-%m-%d} to "
            f"{to_datetime(self.after):%Y-%m-%d}: {len(self.changes)} changes>"
        )


def compare(
    earlier: GraphView, later: GraphView, name: str, *, kinds: Kinds, audience: Audience
) -> Comparison:
    """Return what changed for a customer between two views.

    Args:
        earlier: The view before.
        later: The view after.
        name: The customer's id or any identifier of theirs.
        kinds: The kinds that the memory knows.
        audience: Who looks.

    Raises:
        InputError: The earlier view is not earlier.
        NotFoundError: There is no such customer at the later time.
    """
    if (earlier.as_of.valid, earlier.as_of.recorded) >= (later.as_of.valid, later.as_of.recorded):
        raise InputError("the first time must lie before the second; swap them")
    after = find_customer(later, name)
    before = _known(earlier, name)
    reader = _Reader(earlier, later, kinds, audience)
    ids = reader.ids(before, after)
    changes = [*_people(reader, before, after), *reader.changes(ids)]
    changes.sort(key=lambda one: (one.at is not None, one.at, one.id), reverse=True)
    return Comparison(
        customer=after.id,
        name=after.name,
        before=min(earlier.as_of.valid, now()),
        after=min(later.as_of.valid, now()),
        changes=tuple(changes),
        usage=reader.usage(after),
        is_cut=reader.is_cut,
    )


def _known(view: GraphView, name: str) -> Customer | None:
    try:
        return find_customer(view, name)
    except NotFoundError:
        return None


def _people(reader: _Reader, before: Customer | None, after: Customer) -> Iterator[Change]:
    """Yield the identities and accounts that came or went."""
    for kind in ("identities", "accounts"):
        old = _ids(before, kind) if before else frozenset[str]()
        new = _ids(after, kind)
        yield from reader.came_and_went(new - old, old - new)


def _ids(customer: Customer, kind: str) -> frozenset[str]:
    if kind == "identities":
        return frozenset(customer.identities)
    return frozenset(id for id, _ in customer.accounts)


class _Reader:
    """Reads both views, and says how what it finds differs."""

    def __init__(
        self, earlier: GraphView, later: GraphView, kinds: Kinds, audience: Audience
    ) -> None:
        self._earlier = earlier
        self._later = later
        self._kinds = kinds
        self._audience: Audience = audience
        self._hanging = ("REQUESTED_BY", "OF", *sorted(set(kinds.anchors().values())))
        self.is_cut = False

    def ids(self, before: Customer | None, after: Customer) -> set[str]:
        """Return the ids of what may have changed, without people and usage."""
        out: set[str] = set()
        for view, customer in ((self._earlier, before), (self._later, after)):
            if customer is not None:
                own = self._sources(view, customer, self._hanging)
                waits = view.edges(own, kinds=["DEPENDS_ON"], at="source")
                out |= own | {edge.target for edge in waits}
        return out | self._sources(self._later, after, _CONTACT, since=self._earlier.as_of.valid)

    def _sources(
        self, view: GraphView, customer: Customer, kinds: Iterable[str], since: int = -1
    ) -> set[str]:
        """Return what hangs on a customer and began after a time, as far as it is looked at."""
        edges = view.edges(customer.identities, kinds=list(kinds), at="target", newest=MOST_READ)
        fresh = [edge for edge in edges if edge.span.valid_from > since]
        self.is_cut |= len(fresh) == len(edges) and len(edges) >= MOST_READ
        return {edge.source for edge in fresh}

    def changes(self, ids: Iterable[str]) -> Iterator[Change]:
        """Yield how nodes differ between the views."""
        wanted = sorted(ids)
        old = {node.id: node for node in self._seen(self._earlier.nodes(wanted))}
        new = {node.id: node for node in self._seen(self._later.nodes(wanted))}
        assigned = [self._assigned(view, wanted) for view in (self._earlier, self._later)]
        for id in wanted:
            if id in new and id not in old:
                yield self._change("new", new[id])
            elif id in old and id not in new:
                yield self._change("ended", old[id])
            elif id in old and (told := _differ(old[id], new[id])) | (
                who := _differing("assigned_to", *(names.get(id) for names in assigned))
            ):
                yield self._change("changed", new[id], told | who)

    def came_and_went(self, came: Iterable[str], went: Iterable[str]) -> Iterator[Change]:
        """Yield people that came or went, whatever their own versions say."""
        for node in self._later.nodes(sorted(came)):
            yield self._change("new", node)
        for node in self._earlier.nodes(sorted(went)):
            yield self._change("ended", node)

    def usage(self, customer: Customer) -> dict[str, tuple[int, int]]:
        """Return how often each event came between the views, and how often it failed."""
        if self._audience != "internal":
            return {}
        ids = sorted(self._sources(self._later, customer, ("USED_BY",)))
        sums: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
        for sign, view in ((1, self._later), (-1, self._earlier)):
            for node in view.nodes(ids):
                for place, name in enumerate(("count", "errors")):
                    sums[str(node.props.get("name"))][place] += sign * _whole(node.props.get(name))
        return {name: (n, bad) for name, (n, bad) in sorted(sums.items()) if n or bad}

    def _seen(self, nodes: Iterable[Node]) -> Iterator[Node]:
        return (node for node in nodes if node.props and may_see(self._audience, node))

    def _assigned(self, view: GraphView, ids: list[str]) -> dict[str, str]:
        """Return who has each ticket or issue, by name; to the tenant's own eyes only."""
        if self._audience != "internal":
            return {}
        edges = view.edges(ids, kinds=["ASSIGNED_TO"], at="source")
        nodes = view.nodes(sorted({edge.target for edge in edges}))
        names = {node.id: str(node.props.get("name") or node.id) for node in nodes}
        out: defaultdict[str, list[str]] = defaultdict(list)
        for edge in edges:
            out[edge.source].append(names.get(edge.target, edge.target))
        return {id: ", ".join(sorted(found)) for id, found in out.items()}

    def _change(
        self, what: What, node: Node, fields: Mapping[str, tuple[Any, Any]] | None = None
    ) -> Change:
        at = node.span.valid_to if what == "ended" else node.span.valid_from
        return Change(
            what=what,
            kind=node.kind,
            id=node.id,
            title=title(node, self._kinds.title_fields.get(node.kind)),
            at=to_datetime(at) if 0 < at <= now() else None,
            fields=fields or {},
        )


def _differ(old: Node, new: Node) -> dict[str, tuple[Any, Any]]:
    before, after = public(old.props), public(new.props)
    names = [name for name in {**before, **after} if name not in _UNTOLD]
    return {
        name: (before.get(name), after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    }


def _differing(name: str, old: str | None, new: str | None) -> dict[str, tuple[Any, Any]]:
    return {} if old == new else {name: (old, new)}


def _whole(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
