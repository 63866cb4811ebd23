"""What was erased stays erased: marks that know a name again without holding it.

A tombstone is an ordinary node whose id is a keyed hash (BLAKE2b, RFC 7693) of an erased
id or key. The key of the hash stands in the tenant's own node, so copies keep it.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable
from hashlib import blake2b
from typing import Final

from omnimemory.ingest.drafts import OURS, Drafts
from omnimemory.ingest.usage import usage_id
from omnimemory.model.facts import Node
from omnimemory.model.ids import node_id
from omnimemory.model.time import BEGINNING, Span
from omnimemory.store.base import GraphView

TENANT: Final = node_id("Tenant", OURS, "self")
"""The node that holds what is true of the whole tenant."""

_DIGEST_BYTES: Final = 16
ANCHORS: Final = frozenset({"FROM", "TO", "REQUESTED_BY", "USED_BY", "OF"})
"""Edges to an identity that make their source this customer's own."""


def new_tenant() -> Node:
    """Return the node of a tenant that is written to for the first time."""
    props = {"salt": secrets.token_hex(_DIGEST_BYTES), "erasures": 0}
    return Node(id=TENANT, kind="Tenant", span=Span(BEGINNING), props=props)


def tombstone_id(salt: str, name: str) -> str:
    """Return the id of the tombstone of an id or key."""
    digest = blake2b(name.encode(), digest_size=_DIGEST_BYTES, key=bytes.fromhex(salt))
    return node_id("Tombstone", OURS, digest.hexdigest())


def tombstones(salt: str, names: Iterable[str], *, at: int) -> list[Node]:
    """Return the marks of ids and keys that are erased at a time."""
    return [
        Node(id=tombstone_id(salt, name), kind="Tombstone", span=Span(at), props={"at": at})
        for name in sorted(names)
    ]


def find(view: GraphView, salt: str, names: Collection[str]) -> dict[str, int]:
    """Return which of these ids and keys were erased, and when."""
    by_mark = {tombstone_id(salt, name): name for name in names}
    return {by_mark[node.id]: node.props["at"] for node in view.nodes(list(by_mark))}


def names(drafts: Drafts) -> set[str]:
    """Return the ids and keys by which drafts may belong to somebody erased."""
    named = {name for one in drafts.nodes for name in (one.id, *one.keys)}
    return named | {usage_id(event) for event in drafts.usage}


def without(drafts: Drafts, erased: dict[str, int], anchors: Collection[str]) -> Drafts:
    """Return the drafts but for what belongs to somebody erased before it happened.

    What only mentions them, such as a mail with a copy to them, loses the link.
    """
    gone = {
        draft.id
        for draft in drafts.nodes
        if any(draft.start < erased.get(name, 0) for name in (draft.id, *draft.keys))
    }
    gone |= {edge.source for edge in drafts.edges if edge.target in gone and edge.kind in anchors}
    return Drafts(
        [draft for draft in drafts.nodes if draft.id not in gone],
        [e for e in drafts.edges if e.source not in gone and e.target not in gone],
        [
            event
            for event in drafts.usage
            if event.user not in gone and event.at >= erased.get(usage_id(event), 0)
        ],
    )
