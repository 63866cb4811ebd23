"""Decisions as facts: the nodes and edges by which a store knows who is who."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from omnimemory.identity.companies import is_by_domain
from omnimemory.identity.evidence import Evidence, evidence
from omnimemory.identity.pair import Finding
from omnimemory.identity.policy import Policy
from omnimemory.identity.scoring import MODEL, Score
from omnimemory.model.facts import Edge, Node
from omnimemory.model.ids import node_id, split_id
from omnimemory.model.time import BEGINNING, Span

STATISTICS: Final = node_id("Statistics", "omnimemory", "identity")
"""The node that holds what a tenant's data taught."""

SAME_AS: Final = "SAME_AS"
POSSIBLE: Final = "POSSIBLE_SAME_AS"
CANNOT_LINK: Final = "CANNOT_LINK"
MERGED_INTO: Final = "MERGED_INTO"
RELATED: Final = "RELATED"

_EVIDENCE: Final = ("name", "identifiers", "birth_date", "address", "extra", "custom")
"""Properties of an identity that `evidence_of` reads."""

_COMPANY: Final = ("company", "organization", "organisation")


def evidence_of(node: Node, memberships: Iterable[Edge], policy: Policy) -> Evidence:
    """Return what an identity says, its unverified identifiers left out.

    Args:
        node: The identity.
        memberships: Its ``MEMBER_OF`` edges.
        policy: Names the country of phone numbers, and what is blocked.
    """
    props = node.props
    known: Mapping[str, Mapping[str, Any]] = props.get("identifiers", {})
    own = {**props.get("extra", {}), **props.get("custom", {})}
    named = (str(own[field]) for field in _COMPANY if own.get(field))
    return evidence(
        node.id,
        name=props.get("name"),
        keys=[key for key in sorted(node.keys) if known.get(key, {}).get("verified", True)],
        own=split_id(node.id)[0],
        born=props.get("birth_date"),
        address=props.get("address"),
        companies=[*named, *(edge.target for edge in memberships if not is_by_domain(edge))],
        at=node.span.valid_from,
        region=policy.region,
        blocked=policy.blocked,
    )


def says_the_same(one: Node, other: Node) -> bool:
    """Return whether two versions of an identity are the same evidence, but for when."""
    return one.keys == other.keys and all(
        one.props.get(field) == other.props.get(field) for field in _EVIDENCE
    )


def same_as(
    identity: str,
    customer: str,
    decision: str,
    score: Score | None,
    *,
    by: str,
    reason: str = "",
    came_from: str | None = None,
) -> Edge:
    """Return the edge that says whose an identity is, with all that it rests on."""
    props: dict[str, Any] = {"decision": decision, "model": MODEL, "by": by}
    if reason:
        props["reason"] = reason
    if came_from is not None:
        props["came_from"] = came_from
    if score is not None:
        props |= {
            "posterior": round(score.posterior, 4),
            "grounds": "evidence" if score.supports else "name",
            "bits": [_finding(one.feature, one.level, one.bits, one.value)
                     for one in score.findings],
        }  # fmt: skip
    return Edge(kind=SAME_AS, source=identity, target=customer, span=Span(BEGINNING), props=props)


def question(left: str, right: str, score: Score, *, by: str) -> Edge:
    """Return the edge of an open question between two customers."""
    source, target = sorted((left, right))
    props = {
        "posterior": round(score.posterior, 4),
        "model": MODEL,
        "by": by,
        "bits": [_finding(one.feature, one.level, one.bits, one.value) for one in score.findings],
    }
    return Edge(kind=POSSIBLE, source=source, target=target, span=Span(BEGINNING), props=props)


def _finding(feature: str, level: str, bits: float, value: str) -> dict[str, Any]:
    out: dict[str, Any] = {"feature": feature, "level": level, "bits": round(bits, 2)}
    return {**out, "value": value} if value else out


def merged_into(gone: str, kept: str, *, by: str, reason: str = "") -> Edge:
    """Return the edge by which an old customer id leads on."""
    props = {"by": by, **({"reason": reason} if reason else {})}
    return Edge(kind=MERGED_INTO, source=gone, target=kept, span=Span(BEGINNING), props=props)


def cannot_link(left: str, right: str, *, by: str, reason: str) -> Edge:
    """Return the edge that keeps two identities apart under every replay."""
    source, target = sorted((left, right))
    props = {"by": by, "reason": reason}
    return Edge(kind=CANNOT_LINK, source=source, target=target, span=Span(BEGINNING), props=props)


def related(left: str, right: str, kind: str, key: str) -> Edge:
    """Return the edge between two people of one household or company."""
    source, target = sorted((left, right))
    props = {"relation": kind, "shared": key}
    return Edge(kind=RELATED, source=source, target=target, span=Span(BEGINNING), props=props)


def read_findings(edge: Edge) -> tuple[Finding, ...]:
    """Return the findings that an edge carries."""
    return tuple(
        Finding(one["feature"], one["level"], one["bits"], one.get("value", ""))
        for one in edge.props.get("bits", ())
    )


def customer(id: str, *, by: str) -> Node:
    """Return the node of a customer that begins."""
    return Node(id=id, kind="Customer", span=Span(BEGINNING), props={"resolver": MODEL, "by": by})


def blocks_id(identity: str) -> str:
    """Return the id of the node that carries an identity's blocking keys."""
    return f"blocks:{identity.partition(':')[2]}"


def identity_of(blocks: str) -> str:
    """Return the identity whose blocking keys a node carries."""
    return f"identity:{blocks.partition(':')[2]}"


def blocks_of(one: Evidence, blocks: Iterable[str]) -> Node | None:
    """Return the node by which an identity is found under its blocking keys, if it has any.

    It is found under the domains of its addresses too, by accounts that have them.
    """
    at = {f"at:{clue.domain}" for clue in one.clues if clue.kind in ("email work", "email role")}
    keys = frozenset(blocks) | at
    if not keys:
        return None
    return Node(id=blocks_id(one.id), kind="Blocks", span=Span(BEGINNING), keys=keys)


def counter_id(key: str) -> str:
    """Return the id of the node that counts who holds a key that too many hold."""
    return node_id("Key", "omnimemory", key)


class Holders(msgspec.Struct, frozen=True):
    """Who holds a key that different people share.

    Attributes:
        key: The key.
        identities: How many identities hold it.
        customers: How many customers.
        clashes: How often people of different names met over it.
        first_seen: When it was first seen, in microseconds.
        last_seen: When it was last seen.
    """

    key: str
    identities: int
    customers: int
    clashes: int
    first_seen: int
    last_seen: int


def counter(held: Holders) -> Node:
    """Return the node that counts who holds a key."""
    props = msgspec.structs.asdict(held)
    return Node(id=counter_id(held.key), kind="Key", span=Span(BEGINNING), props=props)


def read_counter(node: Node) -> Holders:
    """Return what a node counts."""
    return msgspec.convert(node.props, Holders)
