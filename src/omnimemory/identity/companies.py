"""Companies apart from people: which accounts an address belongs to, and which are one company."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from omnimemory.identity.classes import DISPOSABLE, FREE_MAIL, clue_of
from omnimemory.identity.policy import Policy
from omnimemory.model.facts import Edge, Node
from omnimemory.model.time import BEGINNING, FOREVER, Span

MEMBER_OF: Final = "MEMBER_OF"
SAME_COMPANY: Final = "SAME_COMPANY"
BY_DOMAIN: Final = "domain"
"""What a membership is by that no source told, and that follows from an address."""

_DOMAIN: Final = "domain:"
_NAME: Final = "name:"


def domains(keys: Iterable[str], policy: Policy) -> set[str]:
    """Return the domains of companies among an identity's addresses.

    A domain where anybody may have an address names none, nor does one that the policy
    blocks (``domain:agency.example``).
    """
    found = (clue_of(key, policy.region) for key in keys if key.startswith("email:"))
    return {clue.domain for clue in found if clue is not None and is_company(clue.domain, policy)}


def is_company(domain: str, policy: Policy) -> bool:
    """Return whether addresses at a domain tell that somebody belongs to a company."""
    return bool(domain) and not (
        domain in FREE_MAIL or domain in DISPOSABLE or f"{_DOMAIN}{domain}" in policy.blocked
    )


def account_domains(account: Node, policy: Policy) -> set[str]:
    """Return the domains that are an account's own in this version, none once it was deleted.

    Its keys are those of all times.
    """
    if account.span.valid_to != FOREVER:
        return set()
    found = (str(domain).lower() for domain in account.props.get("domains", ()))
    return {domain for domain in found if is_company(domain, policy)}


def mailbox_key(domain: str) -> str:
    """Return the key under which identities with an address at a domain are found."""
    return f"at:{domain}"


def sought(nodes: Iterable[tuple[str, Iterable[str]]], policy: Policy) -> set[str]:
    """Return the keys by which companies of identities, and people of accounts, may be known.

    Args:
        nodes: The kind and the keys of each node of a batch.
        policy: Says what is blocked.
    """
    out: set[str] = set()
    for kind, keys in nodes:
        if kind == "Identity":
            out |= {f"{_DOMAIN}{domain}" for domain in domains(keys, policy)}
        elif kind == "Account":
            out |= {key for key in keys if not key.startswith((_NAME, _DOMAIN))}
            own = (key[len(_DOMAIN) :] for key in keys if key.startswith(_DOMAIN))
            for domain in own:
                if is_company(domain, policy):
                    out |= {f"{_DOMAIN}{domain}", mailbox_key(domain)}
    return out


def memberships(
    people: Mapping[str, set[str]],
    accounts: Iterable[Node],
    since: Mapping[tuple[str, str], int],
    policy: Policy,
) -> dict[str, Edge]:
    """Return the memberships that follow from addresses, by edge id.

    Args:
        people: The domains of each identity.
        accounts: Accounts near them.
        since: When an account got a domain that it had not at first, by both.
        policy: Says what is blocked.
    """
    of: defaultdict[str, set[str]] = defaultdict(set)
    for account in accounts:
        for domain in account_domains(account, policy):
            of[domain].add(account.id)
    out: dict[str, Edge] = {}
    for id, theirs in people.items():
        for domain in sorted(theirs):
            for account in of.get(domain, ()):
                props = {"by": BY_DOMAIN, "domain": domain}
                edge = _edge(MEMBER_OF, id, account, props, since.get((account, domain), BEGINNING))
                out.setdefault(edge.id, edge)
    return out


def same_company(accounts: Iterable[Node], policy: Policy) -> dict[str, Edge]:
    """Return the links between accounts of one company, by edge id: a domain or an id is one.

    A name alone links nothing.
    """
    holders: defaultdict[str, set[str]] = defaultdict(set)
    for account in accounts:
        for key in _own_keys(account, policy):
            holders[key].add(account.id)
    out: dict[str, Edge] = {}
    for key in sorted(holders):
        first, *rest = sorted(holders[key])
        for other in rest:
            edge = _edge(SAME_COMPANY, first, other, {"shared": key})
            out.setdefault(edge.id, edge)
    return out


def _own_keys(account: Node, policy: Policy) -> Iterator[str]:
    for key in account.keys:
        if key.startswith(_DOMAIN):
            if key[len(_DOMAIN) :] in account_domains(account, policy):
                yield key
        elif not key.startswith(_NAME):
            yield key


def _edge(
    kind: str, source: str, target: str, props: Mapping[str, Any], since: int = BEGINNING
) -> Edge:
    return Edge(kind=kind, source=source, target=target, span=Span(since), props=props)


def rests_on(edge: Edge, domains: Mapping[str, set[str]]) -> bool:
    """Return whether an edge at an account follows from one of these domains of it."""
    if is_by_domain(edge):
        return edge.props["domain"] in domains.get(edge.target, ())
    lost = domains.get(edge.source, set()) | domains.get(edge.target, set())
    return edge.kind == SAME_COMPANY and edge.props["shared"].removeprefix(_DOMAIN) in lost


def is_by_domain(edge: Edge) -> bool:
    """Return whether a membership follows from an address."""
    return edge.kind == MEMBER_OF and edge.props.get("by") == BY_DOMAIN
