"""Erasure of a customer, or of some of their identities: in every version, with the proof.

Theirs are their identities, what hangs on them, what was written about their tickets
and in their conversations, unless it hangs on somebody else. What concerns several
customers loses only its link. Where identities are left, what the erased ones held
together is decided again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Final

import msgspec

from omnimemory.errors import ConflictError, InputError
from omnimemory.identity.decide import Decision
from omnimemory.identity.facts import STATISTICS, blocks_id, counter_id
from omnimemory.identity.resolution import Resolution
from omnimemory.ingest.tombstones import ANCHORS, TENANT, tombstones
from omnimemory.keep.refold import refold
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
        left: The customers that the rest of their identities are now; none, if all went.
    """

    customer: str
    nodes: dict[str, int]
    passages: int
    unlinked: int
    searched: int
    found: int
    revision: int
    left: tuple[str, ...] = ()

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


class Whom(msgspec.Struct, frozen=True):
    """Whom an erasure is about.

    Attributes:
        customer: The customer.
        identities: Those of their identities that go.
        resolution: How what is left is decided again; by the cautious policy if left out.
    """

    customer: Customer
    identities: frozenset[str]
    resolution: Resolution | None = None


def whom(
    customer: Customer,
    identities: Collection[str] | None = None,
    resolution: Resolution | None = None,
) -> Whom:
    """Return a customer whole, or some of their identities.

    Raises:
        InputError: One of the identities is not theirs, or none is named.
    """
    if identities is None:
        return Whom(customer, frozenset(customer.identities), resolution)
    if isinstance(identities, str) or not identities:
        raise InputError(f"name the identities to erase as a collection, not {identities!r}")
    if others := set(identities) - set(customer.identities):
        raise InputError(
            f"{min(others)} is no identity of {customer.id}; theirs are "
            f"{', '.join(customer.identities)}"
        )
    return Whom(customer, frozenset(identities), resolution)


def erase(store: GraphStore, tenant: str, about: Whom, kinds: Kinds) -> Erased:
    """Remove everything that is theirs, and look for it in the store's files.

    Raises:
        StoreError: The store failed; nothing was erased, or all was.
    """
    who = about.resolution or Resolution()
    tries = 0
    while True:
        view = store.view(tenant)
        decision, customers = _rest(view, about, who)
        theirs = _theirs(view, customers, about.identities, ANCHORS | set(kinds.anchors().values()))
        theirs |= _counters(view, theirs)
        nodes = view.nodes(theirs)
        texts = list(view.passages(theirs))
        others = {edge.source for edge in view.edges(theirs) if edge.target in theirs} - theirs
        needles = _needles(view, theirs, nodes, texts)
        tries += 1
        try:
            changes = _changes(view, theirs, nodes, decision)
            revision = store.commit(tenant, changes, base=view.revision)
            break
        except ConflictError:
            if tries == _MOST_TRIES:
                raise
    store.scrub()
    who.tell(decision.events if decision else ())
    left = _unaccounted(store, store.contains_bytes(needles))
    counts: dict[str, int] = {}
    for node in nodes:
        counts[node.kind] = counts.get(node.kind, 0) + 1
    return Erased(
        customer=about.customer.id,
        nodes=counts,
        passages=len(texts),
        unlinked=len(others),
        searched=len(needles),
        found=len(left),
        revision=revision,
        left=_left(store.view(tenant), about),
    )


def _rest(view: GraphView, about: Whom, who: Resolution) -> tuple[Decision | None, set[str]]:
    """Return what becomes of the identities that stay, if any do, and the customer ids that go."""
    customer = about.customer
    if about.identities >= set(customer.identities):
        merged = {edge.source for edge in view.edges([customer.id], kinds=["MERGED_INTO"])}
        return None, {customer.id, *merged}
    (stored,) = view.nodes([STATISTICS]) or (None,)
    return refold(view, customer.id, about.identities, who.policy, who.begin(stored))


def _counters(view: GraphView, theirs: Collection[str]) -> set[str]:
    """Return the counters of keys that nobody else holds."""
    keys: dict[str, str] = {}
    for node in view.nodes(theirs):
        if node.kind in ("Identity", "Blocks"):
            keys |= {key: counter_id(key) for key in node.keys}
    there = {node.id for node in view.nodes(keys.values())} if keys else set[str]()
    wanted = [key for key, id in keys.items() if id in there]
    others = view.find(keys=wanted) if wanted else ()
    held = {key for node in others if node.id not in theirs for key in node.keys}
    return {keys[key] for key in wanted if key not in held}


def _left(view: GraphView, about: Whom) -> tuple[str, ...]:
    stay = set(about.customer.identities) - about.identities
    edges = view.edges(stay, kinds=["SAME_AS"], at="source") if stay else ()
    return tuple(sorted({edge.target for edge in edges}))


def _theirs(
    view: GraphView,
    customers: Collection[str],
    identities: Collection[str],
    anchors: Collection[str],
) -> set[str]:
    """Return the ids of everything that belongs to these identities alone."""
    theirs = {*customers, *identities, *map(blocks_id, identities)}
    own = {
        edge.source for edge in view.edges(identities, kinds=anchors) if edge.target in identities
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


def _changes(
    view: GraphView, theirs: Collection[str], nodes: Iterable[Node], decision: Decision | None
) -> Changes:
    (tenant,) = view.nodes([TENANT])
    counted = msgspec.structs.replace(
        tenant, props={**tenant.props, "erasures": tenant.props["erasures"] + 1}
    )
    keys = {key for node in nodes if node.kind == "Identity" for key in node.keys}
    if decision is not None:
        keys -= _held_by_the_rest(view, keys, theirs)
    marks = tombstones(tenant.props["salt"], {*theirs, *keys}, at=now())
    more = decision or Decision()
    return Changes(
        erase=frozenset(theirs),
        retire=(tenant, *more.retire),
        add=(counted, *marks, *more.add),
    )


def _held_by_the_rest(view: GraphView, keys: Collection[str], theirs: Collection[str]) -> set[str]:
    """Return the keys that identities which stay have too, so that their records still count."""
    found = view.find(kind="Identity", keys=keys) if keys else ()
    return {key for node in found if node.id not in theirs for key in node.keys}


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
