"""Timelines: everything that happened with a customer, in every channel, newest first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from omnimemory.errors import InputError
from omnimemory.model.audience import Audience, may_see
from omnimemory.model.facts import Edge, Node
from omnimemory.model.kinds import Kinds
from omnimemory.model.time import micros, now, to_datetime
from omnimemory.pictured import Pictured
from omnimemory.reads.around import Around, around
from omnimemory.reads.customers import Customer
from omnimemory.reads.items import citation, public, title
from omnimemory.reads.page import Page, check_limit
from omnimemory.store.base import GraphView

OWN_EDGES: Final = ("FROM", "TO", "CC", "REQUESTED_BY", "USED_BY", "OF")
"""Edges by which what happened hangs on identities."""


class Entry(msgspec.Struct, Pictured, frozen=True):
    """One line of a timeline.

    Attributes:
        at: When it happened.
        kind: Node kind.
        channel: ``email``, ``chat``, … of an interaction.
        direction: ``inbound``, ``outbound`` or ``internal``.
        author: Who it came from, where known.
        title: One line that stands for it.
        text: The whole text.
        id: The node's id.
        conversation: The id of its thread.
        props: All its properties.
    """

    at: datetime
    kind: str
    channel: str | None
    direction: str | None
    author: str | None
    title: str
    text: str
    id: str
    conversation: str | None
    props: Mapping[str, Any]

    @property
    def citation(self) -> str:
        """How a pack names it."""
        return citation(self.id)

    def to_dict(self) -> dict[str, Any]:
        """Return the entry as JSON."""
        out = {name: getattr(self, name) for name in self.__struct_fields__}
        return out | {"at": self.at.isoformat().replace("+00:00", "Z"), "props": dict(self.props)}

    def __str__(self) -> str:
        what = " ".join(part for part in (self.channel, self.direction) if part) or self.kind
        by = f" {self.author}:" if self.author else ""
        return f"{self.at:%Y-%m-%d %H:%M}  {what:16}{by} {self.title}  [{self.citation}]"


class Timeline(Page[Entry]):
    """A page of a timeline, and whose it is.

    Attributes:
        customer: Whose.
        audience: Who reads.
        at: The time that it was read at, in microseconds.
    """

    def __init__(
        self,
        items: Sequence[Entry],
        cursor: str | None,
        *,
        customer: Customer,
        view: GraphView,
        audience: Audience,
    ) -> None:
        super().__init__(items, cursor)
        self.customer = customer
        self.audience: Audience = audience
        self.at = min(view.as_of.valid, now())
        self._view = view

    def around(self) -> Around:
        """Return how the tickets on it went, their issues, and how much there is beyond it."""
        tickets = [entry.id for entry in self if entry.kind == "Ticket"]
        return around(self._view, self.customer, tickets, audience=self.audience)


def timeline(
    view: GraphView,
    customer: Customer,
    *,
    kinds: Kinds,
    only: Collection[str] | None,
    channels: Collection[str] | None,
    since: int | None,
    until: int | None,
    limit: int,
    after: str | None,
    audience: Audience,
) -> Timeline:
    """Return what happened with a customer, newest first, a page at a time.

    Order is by time, then the source's own sequence, then id, all downwards.

    Args:
        view: Where to look.
        customer: Whose.
        kinds: The kinds that the memory knows.
        only: Node kinds, such as ``Interaction``; any if None.
        channels: Channels of interactions; other kinds then do not come.
        since: Only from this time on, in microseconds.
        until: Only from before this time.
        limit: Largest number of entries.
        after: The cursor of the page before.
        audience: Who reads.
    """
    check_limit(limit)
    at, skip = _read_cursor(after)
    before = min(
        (time for time in (until, None if at is None else at + 1) if time is not None), default=None
    )
    edge_kinds = (*OWN_EDGES, *sorted(set(kinds.anchors().values())))
    found: list[Entry] = []
    while True:
        edges = view.edges(
            customer.identities, kinds=edge_kinds, before=before, newest=2 * limit + len(skip)
        )
        fresh = [edge for edge in edges if since is None or edge.span.valid_from >= since]
        found += _entries(view, fresh, kinds, only, channels, audience, skip)
        exhausted = len(fresh) < len(edges) or len(edges) < 2 * limit + len(skip)
        if len(found) > limit or exhausted:
            break
        before = edges[-1].span.valid_from
    entries = found[:limit]
    more = len(found) > limit
    cursor = _write_cursor(entries, at, skip) if more else None
    return Timeline(entries, cursor, customer=customer, view=view, audience=audience)


def _entries(
    view: GraphView,
    edges: Iterable[Edge],
    kinds: Kinds,
    only: Collection[str] | None,
    channels: Collection[str] | None,
    audience: Audience,
    skip: Collection[str],
) -> list[Entry]:
    """Return the entries of what starts these edges, newest first, each once."""
    times: dict[str, int] = {}
    for edge in edges:
        times.setdefault(edge.source, edge.span.valid_from)
    wanted = [id for id in times if id not in skip]
    nodes = [
        node
        for node in view.nodes(wanted)
        if may_see(audience, node)
        and (only is None or node.kind in only)
        and (channels is None or node.props.get("channel") in channels)
    ]
    nodes.sort(key=lambda node: (times[node.id], node.props.get("sequence", 0), node.id))
    authors, threads = _around(view, [node.id for node in nodes])
    return [
        _entry(node, times[node.id], kinds, authors.get(node.id), threads.get(node.id))
        for node in reversed(nodes)
    ]


def _around(view: GraphView, ids: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return who these nodes came from, by name, and the threads they are part of."""
    edges = [edge for edge in view.edges(ids, kinds=["FROM", "PART_OF"]) if edge.source in set(ids)]
    authors = {edge.source: edge.target for edge in edges if edge.kind == "FROM"}
    names = {
        node.id: str(node.props["name"])
        for node in view.nodes(list(set(authors.values())))
        if node.props.get("name")
    }
    threads = {edge.source: edge.target for edge in edges if edge.kind == "PART_OF"}
    return {id: names[by] for id, by in authors.items() if by in names}, threads


def _entry(
    node: Node, at: int, kinds: Kinds, author: str | None, conversation: str | None
) -> Entry:
    props = node.props
    return Entry(
        at=to_datetime(at),
        kind=node.kind,
        channel=props.get("channel"),
        direction=props.get("direction"),
        author=author,
        title=usage_title(props) if node.kind == "Usage" else _title(node, kinds),
        text=str(props.get("text") or props.get("description") or ""),
        id=node.id,
        conversation=conversation,
        props=public(props),
    )


def _title(node: Node, kinds: Kinds) -> str:
    """Return the subject, or the first words where there is none."""
    return title(node, kinds.title_fields.get(node.kind))


def usage_title(props: Mapping[str, Any]) -> str:
    """Return a day's usage in one line."""
    errors = f", {props['errors']} failed: {props['last_error']}" if props.get("errors") else ""
    return f"{props.get('name')} ×{props.get('count')} on {props.get('day')}{errors}"


def _read_cursor(cursor: str | None) -> tuple[int | None, frozenset[str]]:
    """Return the time that a page ended at, and what of that time it had shown."""
    if cursor is None:
        return None, frozenset()
    time, _, shown = cursor.partition(" ")
    try:
        return int(time), frozenset(shown.split())
    except ValueError:
        raise InputError(f"{cursor[:80]!r} is no cursor; pass the one of the last page") from None


def _write_cursor(entries: Sequence[Entry], at: int | None, skip: Collection[str]) -> str:
    by_time: defaultdict[datetime, list[str]] = defaultdict(list)
    for entry in entries:
        by_time[entry.at].append(entry.id)
    last = entries[-1].at
    shown = set(by_time[last])
    stamp = micros(last)
    if at == stamp:
        shown |= set(skip)
    return " ".join((str(stamp), *sorted(shown)))
