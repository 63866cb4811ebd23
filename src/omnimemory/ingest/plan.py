"""Drafts and what is known → changes: what is new, what it replaces, and nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import msgspec

from omnimemory.ingest import usage
from omnimemory.ingest.drafts import Drafts, EdgeDraft, NodeDraft
from omnimemory.ingest.fold import fold_edges, fold_node
from omnimemory.ingest.passages import passages
from omnimemory.model.facts import Changes, Edge, Fact, Node, Passage
from omnimemory.model.ids import prefix
from omnimemory.model.time import Span

FactT = TypeVar("FactT", bound=Fact)


class Known:
    """Open versions of what some nodes own, by owner, oldest first."""

    def __init__(self, versions: Iterable[Fact] = ()) -> None:
        self.nodes: defaultdict[str, list[Node]] = defaultdict(list)
        self.edges: defaultdict[str, list[Edge]] = defaultdict(list)
        self.passages: defaultdict[str, list[Passage]] = defaultdict(list)
        for fact in sorted(versions, key=lambda one: one.span.valid_from):
            if not fact.span.is_open:
                continue
            match fact:
                case Node():
                    self.nodes[fact.id].append(fact)
                case Edge():
                    self.edges[fact.source].append(fact)
                case Passage():
                    self.passages[fact.about].append(fact)


class Planned(msgspec.Struct, frozen=True):
    """What a batch comes to.

    Attributes:
        changes: What to write.
        nodes: The newest version of each node that the batch speaks of.
    """

    changes: Changes
    nodes: Mapping[str, Node]


def plan(known: Known, drafts: Drafts, text_fields: Mapping[str, Sequence[str]]) -> Planned:
    """Return what to write so that everything the drafts say holds.

    A node that is only pointed at becomes a stub if it is not known. What says nothing
    new is left out, so the same records twice come to nothing.

    Args:
        known: What the store holds of every node that the drafts name.
        drafts: What the batch says.
        text_fields: For each node kind, the properties that are searched.
    """
    add: list[Fact] = []
    retire: list[Fact] = []
    nodes: dict[str, Node] = {}
    for id, about in _by_id(drafts.nodes).items():
        old = known.nodes.get(id, ())
        new = fold_node(old, about)
        nodes[id] = new[-1]
        fields = text_fields.get(new[-1].kind, ())
        _replace(old, new, add, retire)
        texts = passages(new, fields) if fields else []
        _replace(known.passages.get(id, ()), texts, add, retire)
    groups = usage.by_node(drafts.usage)
    for id, events in groups.items():
        counted = usage.count(id, known.nodes[id], events)
        nodes[id] = counted[-1]
        _replace(known.nodes[id], counted, add, retire)
    for (source, kind, target_kind), edges in _by_slot(drafts.edges, usage.edges(groups)).items():
        old_edges = [
            edge
            for edge in known.edges.get(source, ())
            if edge.kind == kind and edge.target.startswith(f"{prefix(target_kind)}:")
        ]
        _replace(old_edges, fold_edges(old_edges, edges), add, retire)
    return Planned(Changes(add=tuple(add), retire=tuple(retire)), nodes)


def _by_id(drafts: Iterable[NodeDraft]) -> dict[str, list[NodeDraft]]:
    groups: dict[str, list[NodeDraft]] = {}
    for draft in drafts:
        groups.setdefault(draft.id, []).append(draft)
    return groups


def _by_slot(*drafts: Iterable[EdgeDraft]) -> dict[tuple[str, str, str], list[EdgeDraft]]:
    groups: dict[tuple[str, str, str], list[EdgeDraft]] = {}
    for some in drafts:
        for draft in some:
            groups.setdefault((draft.source, draft.kind, draft.target_kind), []).append(draft)
    return groups


def _replace(
    old: Sequence[FactT], new: Sequence[FactT], add: list[Fact], retire: list[Fact]
) -> None:
    """Add what is new and retire what is no longer so; equal versions stay as they are."""
    if not old:
        add += new
        return
    before = {_content(fact): fact for fact in old}
    after = {_content(fact): fact for fact in new}
    retire += [fact for key, fact in before.items() if key not in after]
    add += [fact for key, fact in after.items() if key not in before]


def _content(fact: Fact) -> bytes:
    """Return what a version says and when it held, without when it was recorded."""
    span = Span(fact.span.valid_from, fact.span.valid_to)
    return _encoder.encode(msgspec.structs.replace(fact, span=span))


_encoder = msgspec.msgpack.Encoder(order="deterministic")
