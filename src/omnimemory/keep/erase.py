"""Erasure of a customer: everything that is theirs, in every version, and the proof of it.

Theirs are their identities, what hangs on them, what was written about their tickets
and in their conversations, unless it hangs on somebody else. What concerns several
customers loses only its link.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Final

import msgspec

from omnimemory.errors import ConflictError
from omnimemory.identity.facts import blocks_id
from omnimemory.ingest.tombstones import ANCHORS, TENANT, tombstones
from omnimemory.model.facts import Changes, Edge, Fact, Node, Passage
from omnimemory.model.kinds import Kinds
from omnimemory.model.time import now
from omnimemory.reads.customers import Customer
from omnimemory.store.base import GraphStore, GraphView

_ABOUT: Final = ("ABOUT", "OF", "PART_OF", "STATED_IN")
"""Edges from what was said about something to the thing."""

_LEAST_NEEDLE: Final = 12
_NEEDLE_LENGTH: Final = 200
_MOST_TRIES: Final = 20


class Erased(msgspec.Struct, frozen=True):
    """What an erasure removed.

    Attributes:
        customer: The id that was erased.
        nodes: How many nodes went, by kind.
        passages: How many passages went.
        unlinked: How many nodes of others lost their link to them.
        searched: How many byte strings of theirs were looked for in the store's files.
        found: How many of those were still there though nobody else's facts hold them; 0 is
            the proof.
        revision: The revision that erased them.
    """

    customer: str
    nodes: dict[str, int]
    passages: int
    unlinked: int
    searched: int
    found: int
    revision: int

    @property
    def verified(self) -> bool:
        """Whether nothing of theirs is left in the store's files."""
        return self.found == 0

    def to_dict(self) -> dict[str, Any]:
        """Return the erasure as JSON."""
        return msgspec.structs.asdict(self) | {"verified": self.verified}

    def __str__(self) -> str:
        kinds = ", ".join(f"{n} {kind}" for kind, n in sorted(self.nodes.items()))
        proof = (
            f"none of {self.searched} byte strings found in the files"
            if self.verified
            else f"{self.found} of {self.searched} byte strings are STILL in the files"
        )
        return f"erased {kinds}, {self.passages} passages; {proof}"


def erase(store: GraphStore, tenant: str, customer: Customer, kinds: Kinds) -> Erased:
    """Remove everything that is a customer's, and look for it in the store's files.

    Raises:
        StoreError: The store failed; nothing was erased, or all was.
    """
    tries = 0
    while True:
        view = store.view(tenant)
        theirs = _theirs(view, customer, ANCHORS | set(kinds.anchors().values()))
        nodes = view.nodes(theirs)
        texts = list(view.passages(theirs))
        others = {edge.source for edge in view.edges(theirs) if edge.target in theirs} - theirs
        needles = _needles(view, theirs, nodes, texts)
        tries += 1
        try:
            revision = store.commit(tenant, _changes(view, theirs, nodes), base=view.revision)
            break
        except ConflictError:
            if tries == _MOST_TRIES:
                raise
    store.scrub()
    left = _unaccounted(store, store.contains_bytes(needles))
    counts: dict[str, int] = {}
    for node in nodes:
        counts[node.kind] = counts.get(node.kind, 0) + 1
    return Erased(
        customer=customer.id,
        nodes=counts,
        passages=len(texts),
        unlinked=len(others),
        searched=len(needles),
        found=len(left),
        revision=revision,
    )


def _theirs(view: GraphView, customer: Customer, anchors: Collection[str]) -> set[str]:
    """Return the ids of everything that is this customer's alone."""
    merged = {edge.source for edge in view.edges([customer.id], kinds=["MERGED_INTO"])}
    theirs = {customer.id, *customer.identities, *merged - {customer.id}}
    theirs |= {blocks_id(one) for one in customer.identities}
    own = {
        edge.source
        for edge in view.edges(customer.identities, kinds=anchors)
        if edge.target in customer.identities
    }
    while own - theirs:
        theirs |= own
        about = {edge.source for edge in view.edges(own, kinds=_ABOUT) if edge.target in own}
        threads = {
            edge.target
            for edge in view.edges(own, kinds=["PART_OF"])
            if edge.source in own and edge.kind == "PART_OF"
        }
        near = (about | threads) - theirs
        own = near - _held_by_others(view, near, theirs, anchors)
    return theirs


def _held_by_others(
    view: GraphView, ids: Collection[str], theirs: Collection[str], anchors: Collection[str]
) -> set[str]:
    """Return which of these hang on another customer, or hold something that does."""
    edges = view.edges(ids, kinds=[*anchors, "PART_OF"])
    held = {
        edge.source
        for edge in edges
        if edge.source in ids and edge.target.startswith("identity:") and edge.target not in theirs
    }
    inside = {edge.source: edge.target for edge in edges if edge.target in ids}
    of_others = {
        edge.source
        for edge in view.edges(list(inside), kinds=anchors)
        if edge.target.startswith("identity:") and edge.target not in theirs
    }
    return held | {inside[id] for id in of_others if id in inside}


def _changes(view: GraphView, theirs: Collection[str], nodes: Iterable[Node]) -> Changes:
    (tenant,) = view.nodes([TENANT])
    counted = msgspec.structs.replace(
        tenant, props={**tenant.props, "erasures": tenant.props["erasures"] + 1}
    )
    names = {*theirs, *(key for node in nodes if node.kind == "Identity" for key in node.keys)}
    marks = tombstones(tenant.props["salt"], names, at=now())
    return Changes(erase=frozenset(theirs), retire=(tenant,), add=(counted, *marks))


def _needles(
    view: GraphView, theirs: Collection[str], nodes: Iterable[Node], texts: Iterable[Passage]
) -> list[bytes]:
    """Return byte strings that nobody else's data holds: ids, keys and beginnings of texts."""
    keys = {key for node in nodes for key in node.keys}
    shared = {key for node in view.find(keys=keys) if node.id not in theirs for key in node.keys}
    words = {*theirs, *(keys - shared), *(text.text[:_NEEDLE_LENGTH] for text in texts)}
    return sorted(word.encode() for word in words if len(word) >= _LEAST_NEEDLE)


def _unaccounted(store: GraphStore, found: Collection[bytes]) -> set[bytes]:
    """Return which byte strings no fact of anybody else holds, such as a greeting to all."""
    left = set(found)
    for tenant in store.tenants() if left else ():
        for event in store.view(tenant).scan():
            held = _bytes(event.fact)
            left -= {needle for needle in left if needle in held}
            if not left:
                return left
    return left


def _bytes(fact: Fact) -> bytes:
    match fact:
        case Passage():
            return f"{fact.id}\n{fact.text}".encode()
        case Node():
            return "\n".join((fact.id, *fact.keys)).encode() + msgspec.json.encode(fact.props)
        case Edge():
            return fact.id.encode() + msgspec.json.encode(fact.props)
