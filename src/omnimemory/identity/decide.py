"""Who is who among the identities of a batch: from facts to decisions, and back to facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import msgspec

from omnimemory.identity import facts
from omnimemory.identity.cache import StandingCache
from omnimemory.identity.counters import counted, is_generic
from omnimemory.identity.evidence import Evidence
from omnimemory.identity.ledger import Ledger, customer_id
from omnimemory.identity.neighbours import Neighbourhood, redirect, together
from omnimemory.identity.policy import Policy
from omnimemory.identity.resolver import Resolver
from omnimemory.identity.standing import Member
from omnimemory.identity.statistics import Statistics
from omnimemory.model.facts import Edge, Fact, Node
from omnimemory.model.time import FOREVER
from omnimemory.store.base import GraphView


class Event(msgspec.Struct, frozen=True):
    """Something that happened to customers.

    Attributes:
        kind: ``attached``, ``merged`` or ``split``.
        customer: The customer that it happened to: who got an identity, who stayed.
        other: The customer that was merged away or split off.
        identities: Those that came or went.
        by: Who or which policy decided.
    """

    kind: str
    customer: str
    other: str | None
    identities: tuple[str, ...]
    by: str


class Decision(msgspec.Struct, frozen=True):
    """What to write, what happened, and what identities say once that is written."""

    add: tuple[Fact, ...] = ()
    retire: tuple[Fact, ...] = ()
    counts: Mapping[str, int] = {}
    events: tuple[Event, ...] = ()
    members: Mapping[str, Member] = {}


class Said(msgspec.Struct, frozen=True):
    """What one draft says of an identity, before it is known what else is said of it.

    Attributes:
        node: The draft as a node.
        evidence: What it says, without memberships.
        blocks: Its blocking keys.
    """

    node: Node
    evidence: Evidence
    blocks: tuple[str, ...]


class Batch(msgspec.Struct, frozen=True):
    """What a batch says of identities, and what the store holds of them.

    Attributes:
        now: The newest version of each identity that the batch speaks of.
        before: The newest version that the store holds of these.
        near: Other identities, which share a key with them.
        edges: Open edges of the batch's identities, the batch's own among them.
        old_edges: Those that the store holds.
        blocks: Nodes with blocking keys that the store holds, by id.
        counters: Nodes that count keys which different people share, by key.
        said: What single drafts say, by identity; it spares reading them again.
        reborn: Whether somebody of the tenant was erased, and may come again.
    """

    now: Mapping[str, Node]
    before: Mapping[str, Node]
    near: Collection[str]
    edges: Sequence[Edge]
    old_edges: Sequence[Edge]
    blocks: Mapping[str, Node]
    counters: Mapping[str, Node]
    said: Mapping[str, Said] = {}
    reborn: bool = False


def decide(
    view: GraphView, batch: Batch, policy: Policy, statistics: Statistics, cache: StandingCache
) -> Decision:
    """Return who is who among a batch's identities.

    Nothing is read, and nothing decided, where no identity is new or says anything new.

    Args:
        view: Where to read what surrounds them.
        batch: The identities.
        policy: What decides.
        statistics: What the tenant's data taught; it learns from what is decided here.
        cache: Customers that were read before.
    """
    said, fresh, blocks = _fresh(batch, policy)
    if not fresh:
        return Decision()
    near = _around(view, batch, said, policy, cache)
    for key, node in batch.counters.items():
        if is_generic(node):
            near.ledger.known_elsewhere(key, node.props["customers"])
    near.ledger.know_blocks(blocks)
    resolver = Resolver(policy, near.ledger, statistics)
    for one in sorted(fresh, key=lambda one: one.id):
        if one.id in near.links:
            resolver.touched.add(near.ledger.customer_of[one.id])
        else:
            resolver.add(one)
    resolver.settle()
    outcome = written(near, by=f"policy:{policy.name}")
    came = [one for one in fresh if one.id not in batch.before]
    keys = [*_blocks(fresh, batch, near.ledger), *counted(came, batch.counters, near.ledger)]
    return msgspec.structs.replace(
        outcome,
        add=(*outcome.add, *(new for _, new in keys if new is not None)),
        retire=(*outcome.retire, *(old for old, _ in keys if old is not None)),
        members=_members(batch, said, near),
    )


def _members(batch: Batch, said: Mapping[str, Evidence], near: Neighbourhood) -> dict[str, Member]:
    """Return the batch's identities as they are read from now on, where the batch tells all.

    It does not of one that has ended, of one that left a company, and of one that comes anew
    to a customer that it began before.
    """
    ended = {id for id, node in batch.now.items() if node.span.valid_to != FOREVER}
    ended |= {edge.source for edge in batch.edges if edge.span.valid_to != FOREVER}
    moved = (e for e in near.around if e.kind == facts.MERGED_INTO)
    begun = near.customers.union(near.ledger.taken, *((e.source, e.target) for e in moved))
    return {
        id: Member(one, near.ledger.blocks_of(one))
        for id, one in said.items()
        if id not in ended and (id in near.links or customer_id(id) not in begun)
    }


def _around(
    view: GraphView,
    batch: Batch,
    said: Mapping[str, Evidence],
    policy: Policy,
    cache: StandingCache,
) -> Neighbourhood:
    """Return the customers around a batch, as its identities are about to make them."""
    links = {e.source: e.target for e in batch.old_edges if e.kind == facts.SAME_AS}
    standings = cache.read(view, set(links.values()), policy, of=batch.near)
    near = together(standings, view.revision, said)
    starts = {customer_id(id) for id in batch.now.keys() - links.keys()} - near.customers
    if not batch.reborn or not starts:
        return near
    edges = view.edges(starts, kinds=(facts.SAME_AS, facts.MERGED_INTO))
    near.ledger.taken |= {e.target for e in edges if e.kind == facts.SAME_AS}
    moved = [e for e in edges if e.kind == facts.MERGED_INTO]
    redirect(near.ledger, moved)
    around = {edge.id: edge for edge in (*near.around, *moved)}
    return msgspec.structs.replace(near, around=tuple(around.values()))


def _fresh(
    batch: Batch, policy: Policy
) -> tuple[dict[str, Evidence], list[Evidence], dict[str, tuple[str, ...]]]:
    """Return what all identities say, those that say something new, and blocks known already."""
    held = {edge.source for edge in batch.old_edges if edge.kind == facts.SAME_AS}
    member_of = _member_of(batch.edges)
    was_member_of = _member_of(batch.old_edges)
    all_say: dict[str, Evidence] = {}
    out: list[Evidence] = []
    blocks: dict[str, tuple[str, ...]] = {}
    for id, node in batch.now.items():
        said = batch.said.get(id)
        if said is not None and id not in member_of and facts.says_the_same(said.node, node):
            one = msgspec.structs.replace(said.evidence, at=node.span.valid_from)
            if id not in held:
                blocks[id] = said.blocks
        else:
            one = facts.evidence_of(node, member_of.get(id, ()), policy)
        all_say[id] = one
        if id in held and id in batch.before:
            old = facts.evidence_of(batch.before[id], was_member_of.get(id, ()), policy)
            if msgspec.structs.replace(old, at=one.at) == one:
                continue
        out.append(one)
    return all_say, out, blocks


def _member_of(edges: Iterable[Edge]) -> dict[str, list[Edge]]:
    out: dict[str, list[Edge]] = {}
    for edge in edges:
        if edge.kind == "MEMBER_OF":
            out.setdefault(edge.source, []).append(edge)
    return out


def written(near: Neighbourhood, *, by: str, reason: str = "") -> Decision:
    """Return the facts that lead from a neighbourhood as it was to its ledger as it is now."""
    ledger = near.ledger
    add: list[Fact] = []
    retire: list[Fact] = []
    moves = _moves(near)
    for id, old, customer in moves:
        why = ledger.why[id]
        before = None if old is None else old.target
        add.append(
            facts.same_as(
                id, customer, why.decision, why.score, by=by, reason=reason, came_from=before
            )
        )
        if old is not None:
            retire.append(old)
    begun = ledger.profiles.keys() - near.customers
    restored = [e for e in near.around if e.kind == facts.MERGED_INTO and e.source in begun]
    there = {edge.source for edge in restored}
    gone = sorted(near.customers - ledger.profiles.keys() - near_empty(near))
    add += [facts.customer(id, by=by) for id in sorted(begun - there)]
    add += [facts.merged_into(id, final(ledger, id), by=by, reason=reason) for id in gone]
    retire += restored
    asked, answered = _questions(near, by)
    new_relations = _relations(near)
    events = tuple(_events(near, moves, by))
    counts = Counter(event.kind for event in events)
    counts["attached"] = sum(len(e.identities) for e in events if e.kind == "attached")
    counts["new"] = len(begun - there) - counts["split"]
    counts["review"] = len(asked)
    return Decision(
        (*add, *asked, *new_relations),
        (*retire, *answered),
        {name: n for name, n in counts.items() if n > 0},
        events,
    )


def near_empty(near: Neighbourhood) -> set[str]:
    """Return the customers that had no identities to begin with."""
    return set(near.customers) - {edge.target for edge in near.links.values()}


def final(ledger: Ledger, customer: str) -> str:
    """Return the customer that one went into, at the end of the chain."""
    while customer not in ledger.profiles and customer in ledger.merged:
        customer = ledger.merged[customer]
    return customer


def _questions(near: Neighbourhood, by: str) -> tuple[list[Edge], list[Edge]]:
    """Return the questions to open and those to close; one at a customer that is gone moves."""
    ledger = near.ledger
    was = {edge.id: edge for edge in near.around if edge.kind == facts.POSSIBLE}
    now: dict[str, Edge] = {}
    for left, others in ledger.questions.items():
        for right, score in others.items():
            if left < right and {left, right} <= ledger.profiles.keys():
                edge = facts.question(left, right, score, by=by)
                now[edge.id] = edge
    for edge in was.values():
        ends = {end for end in (edge.source, edge.target) if end not in near.customers}
        if ends:
            left, right = sorted((final(ledger, edge.source), final(ledger, edge.target)))
            moved = msgspec.structs.replace(edge, source=left, target=right)
            if left != right:
                now[moved.id] = moved
    closed = [edge for id, edge in was.items() if id not in now]
    return [edge for id, edge in sorted(now.items()) if id not in was], closed


def _relations(near: Neighbourhood) -> list[Edge]:
    ledger = near.ledger
    was = {edge.id for edge in near.around if edge.kind == facts.RELATED}
    out: dict[str, Edge] = {}
    for (left, right), found in sorted(ledger.related.items()):
        one, other = final(ledger, left), final(ledger, right)
        if one != other and {one, other} <= ledger.profiles.keys():
            edge = facts.related(one, other, found.kind, found.key)
            if edge.id not in was:
                out[edge.id] = edge
    return list(out.values())


def _moves(near: Neighbourhood) -> list[tuple[str, Edge | None, str]]:
    """Return the identities that came or moved, by id, with the old link and the new customer."""
    links = near.links
    found = ((id, links.get(id), to) for id, to in near.ledger.customer_of.items())
    return sorted(one for one in found if one[1] is None or one[1].target != one[2])


def _events(
    near: Neighbourhood, moves: Iterable[tuple[str, Edge | None, str]], by: str
) -> Iterator[Event]:
    ledger = near.ledger
    moved: dict[tuple[str, str | None, str], list[str]] = {}
    for id, old, customer in moves:
        if old is None and ledger.why[id].decision != "new":
            moved.setdefault(("attached", None, customer), []).append(id)
        elif old is not None:
            kind = "split" if old.target in ledger.profiles else "merged"
            moved.setdefault((kind, old.target, customer), []).append(id)
    for (kind, old, customer), ids in moved.items():
        if kind == "split":
            yield Event(kind, old or "", customer, tuple(ids), by)
        else:
            yield Event(kind, customer, old, tuple(ids), by)


def _blocks(
    fresh: Iterable[Evidence], batch: Batch, ledger: Ledger
) -> Iterator[tuple[Node | None, Node | None]]:
    """Yield old and new nodes of blocking keys where they differ."""
    for one in fresh:
        new = facts.blocks_of(one, ledger.blocks_of(one))
        old = batch.blocks.get(facts.blocks_id(one.id))
        if (new.keys if new else None) != (old.keys if old else None):
            yield old, new
