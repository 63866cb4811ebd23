"""What was observed when → versions: the only place that knows how observations add up.

A node's history is, for each property, a list of observations (at which time, what value)
and a value from before the first of them. Between two observations a value carries on. A
version remembers which of its properties were observed at its start and which it carries,
so a late observation changes what was carried and leaves alone what was seen. The result
does not depend on the order in which observations arrive.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import msgspec

from omnimemory.ingest.drafts import EdgeDraft, NodeDraft
from omnimemory.model.facts import OBSERVED, Edge, Node
from omnimemory.model.time import BEGINNING, FOREVER, Span

NESTED: Final = ("custom", "extra", "identifiers", "clocks")
"""Properties that are objects whose members change on their own."""

TEXTS: Final = ("subject", "text", "quoted", "signature", "transcript", "attachments")
"""Properties that a redaction removes."""


class _History:
    """The observations of one node."""

    def __init__(self, versions: Sequence[Node]) -> None:
        self.start = FOREVER
        self.end = FOREVER
        self.keys: set[str] = set()
        self.before: dict[str, Any] = {}
        self.seen: dict[str, dict[int, Any]] = {}
        for position, version in enumerate(versions):
            at = version.span.valid_from
            self.keys |= version.keys
            self.end = version.span.valid_to
            values = _flat(version.props)
            observed = version.props.get(OBSERVED, values)
            for path in observed:
                self.seen.setdefault(path, {})[at] = values.get(path)
            if position == 0:
                self.start = at
                self.before = {path: v for path, v in values.items() if path not in observed}

    def observe(self, draft: NodeDraft) -> None:
        """Add what a draft says."""
        self._begin(draft.start)
        self.keys |= draft.keys
        if draft.ended != FOREVER:
            self.end = min(self.end, draft.ended)
        fields = _flat(draft.fields)
        before = _flat(draft.before)
        for path, value in fields.items():
            if draft.weak and self.at(path, draft.at) is not None:
                continue
            self._see(path, value, draft, before)
        if draft.redacted:
            self._redact()

    def _begin(self, start: int) -> None:
        """Take the earliest start that is known; an unknown one gives way to any other."""
        if self.start in (FOREVER, BEGINNING):
            self.start = start if start != BEGINNING or self.start == FOREVER else BEGINNING
        elif start != BEGINNING:
            self.start = min(self.start, start)

    def _see(self, path: str, value: Any, draft: NodeDraft, before: Mapping[str, Any]) -> None:
        seen = self.seen.setdefault(path, {})
        first = min(seen, default=FOREVER)
        seen[draft.at] = value
        if draft.at > first:
            return
        if path in before:
            self.before[path] = before[path]
        elif draft.at < first and path.partition(".")[0] in draft.state:
            self.before.pop(path, None)
        elif draft.at < first:
            self.before[path] = value

    def at(self, path: str, when: int) -> Any:
        """Return the value of a property at a time, or None."""
        seen = self.seen.get(path, {})
        latest = max((at for at in seen if at <= when), default=None)
        return self.before.get(path) if latest is None else seen[latest]

    def _redact(self) -> None:
        for path in TEXTS:
            self.before.pop(path, None)
            self.seen.pop(path, None)
        self.seen["redacted"] = {self.start: True}

    def _told(self, start: int) -> dict[str, Any]:
        """Return what was observed at a version's start; at the first one, or before it."""
        if start > self.start:
            return {path: seen[start] for path, seen in self.seen.items() if start in seen}
        latest = {
            path: max((at for at in seen if at <= start), default=None)
            for path, seen in self.seen.items()
        }
        return {path: self.seen[path][at] for path, at in latest.items() if at is not None}

    def versions(self, id: str, kind: str) -> list[Node]:
        """Return the versions that these observations make, oldest first."""
        last = _end(self.start, self.end)
        times = {at for seen in self.seen.values() for at in seen if at < last}
        starts = sorted({max(at, self.start) for at in times} | {self.start})
        ends = [*starts[1:], last]
        current = dict(self.before)
        out: list[Node] = []
        for start, end in zip(starts, ends, strict=True):
            told = self._told(start)
            current |= told
            values = {path: value for path, value in current.items() if value is not None}
            props = _nest(values)
            if set(told) != set(values):
                props[OBSERVED] = sorted(told)
            out.append(
                Node(
                    id=id, kind=kind, span=Span(start, end), keys=frozenset(self.keys), props=props
                )
            )
        return out


def fold_node(known: Sequence[Node], drafts: Sequence[NodeDraft]) -> list[Node]:
    """Return the versions of one node after what the drafts say, oldest first.

    Args:
        known: Its open versions, oldest first.
        drafts: What was said of it, at least one draft, in the order it came.
    """
    first = drafts[0]
    if not known and len(drafts) == 1 and _is_whole(first):
        span = Span(first.start, _end(first.start, first.ended))
        return [Node(id=first.id, kind=first.kind, span=span, keys=first.keys, props=first.fields)]
    history = _History(known)
    for draft in drafts:
        if not draft.weak:
            history.observe(draft)
    for draft in sorted((one for one in drafts if one.weak), key=lambda one: one.at):
        history.observe(draft)
    return history.versions(first.id, first.kind)


def _end(start: int, ended: int) -> int:
    """Return when a node ends; one that a source deleted before it began held for an instant."""
    return max(ended, start + 1)


def _is_whole(draft: NodeDraft) -> bool:
    """Return whether a draft is a version as it stands: seen at its start, nothing taken back."""
    return (
        draft.at == draft.start
        and not draft.before
        and not draft.redacted
        and None not in draft.fields.values()
    )


def fold_edges(known: Sequence[Edge], drafts: Sequence[EdgeDraft]) -> list[Edge]:
    """Return the versions of the edges of one kind from one node to targets of one kind.

    Where the kind allows a single target, a later one ends the one before.

    Args:
        known: Open versions.
        drafts: What was said of them, in the order it came.
    """
    if not known and len(drafts) == 1:
        edge = _edge(drafts[0])
        return [] if edge is None else [edge]
    if not drafts[0].single:
        by_target: dict[str, list[EdgeDraft]] = {}
        for draft in drafts:
            by_target.setdefault(draft.target or "", []).append(draft)
        out = [edge for edge in known if edge.target not in by_target]
        for target, about in by_target.items():
            out += _chain([edge for edge in known if edge.target == target], about)
        return out
    return _chain(known, drafts)


def _chain(known: Sequence[Edge], drafts: Sequence[EdgeDraft]) -> list[Edge]:
    """Return edges that follow one another in time without overlap.

    An edge that is seen again keeps both versions, so that a late end between them finds
    its place.
    """
    at: dict[int, Edge | None] = {}
    for edge in sorted(known, key=lambda one: one.span.valid_from):
        at[edge.span.valid_from] = edge
        if edge.span.valid_to != FOREVER:
            at.setdefault(edge.span.valid_to, None)
    for draft in drafts:
        at[draft.at] = _edge(draft)
    times = sorted(at)
    spans = zip(times, [*times[1:], FOREVER], strict=True)
    return [
        msgspec.structs.replace(edge, span=Span(start, end))
        for start, end in spans
        if (edge := at[start]) is not None
    ]


def _edge(draft: EdgeDraft) -> Edge | None:
    if draft.target is None or draft.ended:
        return None
    return Edge(
        kind=draft.kind,
        source=draft.source,
        target=draft.target,
        span=Span(draft.at),
        props=draft.props,
    )


def _flat(props: Mapping[str, Any]) -> dict[str, Any]:
    """Return properties by path, ``custom.plan`` for a member of a nested one."""
    out: dict[str, Any] = {}
    for name, value in props.items():
        if name in NESTED and isinstance(value, Mapping):
            members = cast("Mapping[str, Any]", value)
            out.update((f"{name}.{key}", inner) for key, inner in members.items())
        elif name != OBSERVED:
            out[name] = value
    return out


def _nest(values: Mapping[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for path, value in values.items():
        name, dot, key = path.partition(".")
        if dot and name in NESTED:
            out.setdefault(name, {})[key] = value
        else:
            out[path] = value
    return out
