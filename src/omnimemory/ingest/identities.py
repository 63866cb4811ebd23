"""The identities of a batch: by which keys they may be known, and who they turn out to be."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import msgspec

from omnimemory.identity import facts
from omnimemory.identity.blocks import blocks
from omnimemory.identity.cache import StandingCache
from omnimemory.identity.decide import Batch, Decision, Said, decide
from omnimemory.identity.policy import Policy
from omnimemory.identity.statistics import Statistics
from omnimemory.ingest.drafts import Drafts
from omnimemory.ingest.plan import Known, Planned
from omnimemory.model.facts import Edge, Node, of_kind
from omnimemory.model.time import Span
from omnimemory.store.base import GraphView

_SPAN = Span(0)


class Sought(msgspec.Struct, frozen=True):
    """What the identities in drafts say.

    Attributes:
        keys: By which they may be known already.
        said: Each as its last draft alone tells of it.
    """

    keys: set[str]
    said: Mapping[str, Said]


def sought(drafts: Drafts, policy: Policy) -> Sought:
    """Return the keys by which the identities in the drafts may be known already."""
    keys: set[str] = set()
    told: dict[str, Said] = {}
    for draft in drafts.nodes:
        if draft.kind == "Identity":
            node = Node(
                id=draft.id, kind=draft.kind, span=_SPAN, keys=draft.keys, props=draft.fields
            )
            one = facts.evidence_of(node, (), policy)
            said = told[draft.id] = Said(node, one, blocks(one))
            keys.update(clue.key for clue in one.clues)
            keys.update(said.blocks)
    return Sought(keys, told)


def near_identities(found: Iterable[Node], sought: set[str]) -> set[str]:
    """Return the identities that were found by a key that was sought, theirs or a blocking one."""
    nodes = [node for node in found if not node.keys.isdisjoint(sought)]
    by_block = {facts.identity_of(node.id) for node in of_kind(nodes, "Blocks")}
    return by_block | {node.id for node in of_kind(nodes, "Identity")}


def resolve(
    view: GraphView,
    planned: Planned,
    known: Known,
    told: Mapping[str, Said],
    near: Collection[str],
    counters: Iterable[Node],
    policy: Policy,
    statistics: Statistics,
    cache: StandingCache,
    *,
    reborn: bool,
) -> Decision:
    """Return who is who among the identities of a batch and those near them."""
    now = {id: node for id, node in planned.nodes.items() if node.kind == "Identity"}
    before = {id: known.nodes[id][-1] for id in now if known.nodes.get(id)}
    held = [edge for id in now for edge in known.edges.get(id, ())]
    said = [
        edge
        for edge in planned.changes.add
        if isinstance(edge, Edge) and edge.kind == "MEMBER_OF" and edge.source in now
    ]
    batch = Batch(
        now=now,
        before=before,
        near=set(near) - now.keys(),
        edges=(*held, *said),
        old_edges=held,
        blocks={id: nodes[-1] for id, nodes in known.nodes.items()
                if nodes and nodes[-1].kind == "Blocks"},
        counters={node.props["key"]: node for node in counters},
        said=told,
        reborn=reborn,
    )  # fmt: skip
    return decide(view, batch, policy, statistics, cache)
