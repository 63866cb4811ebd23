"""Customers: the identities that are one person, and how any identifier leads to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import msgspec

from omnimemory.errors import AmbiguousError, NotFoundError
from omnimemory.identity.normal import parse_key
from omnimemory.model.facts import Edge, Node
from omnimemory.model.ids import is_node_id, name_key
from omnimemory.pictured import Pictured
from omnimemory.reads.belonging import Belonging, belonging
from omnimemory.reads.items import nearest
from omnimemory.reads.page import Page, check_limit
from omnimemory.store.base import GraphView
from omnimemory.store.walk import EdgeQuery, Ends


class Customer(msgspec.Struct, Pictured, frozen=True):
    """A person: the identities that are them, and what those say together.

    Attributes:
        id: Stable; after a merge the old id still leads here.
        name: The best name that any identity gives.
        identifiers: Every identifier in normal form.
        identities: Ids of the identities.
        accounts: The companies they belong to, as (id, name).
        belongs: Why each identity is theirs.
    """

    id: str
    name: str
    identifiers: tuple[str, ...]
    identities: tuple[str, ...]
    accounts: tuple[tuple[str, str], ...] = ()
    belongs: tuple[Belonging, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the customer as JSON."""
        return {
            "id": self.id,
            "name": self.name,
            "identifiers": list(self.identifiers),
            "identities": list(self.identities),
            "accounts": [{"id": id, "name": name} for id, name in self.accounts],
            "belongs": [one.to_dict() for one in self.belongs],
        }

    def __str__(self) -> str:
        companies = ", ".join(dict.fromkeys(name for _, name in self.accounts))
        at = f" at {companies}" if companies else ""
        return f"{self.name}{at} ({', '.join(self.identifiers) or 'no identifiers'})"

    def __repr__(self) -> str:
        return f"<Customer {self.id}: {self}>"


def find_customer(view: GraphView, name: str) -> Customer:
    """Return the customer with this id, identity or identifier, in any spelling.

    Raises:
        InputError: The text is no identifier.
        AmbiguousError: Several customers share it, as they do a role address.
        NotFoundError: Nobody has it; the error names identifiers that look alike.
    """
    found = read_customers(view, [find_customer_id(view, name)])
    if not found:
        raise _not_found(view, name)
    return found[0]


def find_customer_id(view: GraphView, name: str) -> str:
    """Return the id of the customer with this id, identity or identifier.

    Raises:
        InputError: The text is no identifier.
        AmbiguousError: Several customers share it, as they do a role address.
        NotFoundError: Nobody has it; the error names identifiers that look alike.
    """
    id = _customer_id(view, name)
    if id is None:
        raise _not_found(view, name)
    return id


def _not_found(view: GraphView, name: str) -> NotFoundError:
    return NotFoundError("customer", name, nearest(view, name, "Identity"))


def _customer_id(view: GraphView, name: str) -> str | None:
    """Return the id of the customer that a name leads to, through merges."""
    if is_node_id(name, "Customer"):
        return _survivor(view, name)
    ids, keys = ([name], []) if is_node_id(name, "Identity") else ([], [parse_key(name)])
    (links,) = view.edges_for([EdgeQuery(ids, ["SAME_AS"], "source", keys=keys)])
    found = {edge.target for edge in links}
    if len(found) > 1:
        raise AmbiguousError("customer", name, sorted(found))
    return next(iter(found), None)


def _survivor(view: GraphView, id: str) -> str:
    """Return the customer that this one was merged into, at the end of the chain."""
    seen = {id}
    while merged := view.edges([id], kinds=["MERGED_INTO"], at="source"):
        id = merged[0].target
        if id in seen:
            break
        seen.add(id)
    return id


def read_customers(view: GraphView, ids: Collection[str]) -> list[Customer]:
    """Return these customers, by id; one without identities is left out."""
    walked = view.walk(
        [
            EdgeQuery(ids, ["SAME_AS"], "target"),
            EdgeQuery((), ["MEMBER_OF"], "source", ends=(Ends((0,), "source"),)),
        ],
        known=ids,
    )
    same_as, member_of = walked.edges
    links = _by_target(same_as)
    nodes = {node.id: node for node in walked.nodes}
    accounts: defaultdict[str, set[str]] = defaultdict(set)
    for edge in member_of:
        accounts[edge.source].add(edge.target)
    return [
        _customer(id, sorted(links[id], key=lambda edge: edge.source), nodes, accounts)
        for id in sorted(links)
    ]


def _by_target(edges: Iterable[Edge]) -> dict[str, list[Edge]]:
    groups: dict[str, list[Edge]] = {}
    for edge in edges:
        groups.setdefault(edge.target, []).append(edge)
    return groups


def _customer(
    id: str, links: Sequence[Edge], nodes: dict[str, Node], accounts: dict[str, set[str]]
) -> Customer:
    identities = [edge.source for edge in links]
    known = [nodes[one] for one in identities if one in nodes]
    keys = sorted({key for node in known for key in node.keys})
    companies = sorted({account for one in identities for account in accounts.get(one, ())})
    return Customer(
        id=id,
        name=best_name(known) or (keys[0] if keys else id),
        identifiers=tuple(keys),
        identities=tuple(identities),
        accounts=tuple(
            (one, str(nodes[one].props.get("name", one)) if one in nodes else one)
            for one in companies
        ),
        belongs=tuple(belonging(edge, nodes.get(edge.source)) for edge in links),
    )


def best_name(identities: Iterable[Node]) -> str | None:
    """Return the longest name of the most words, the first by spelling among equals."""
    names = {str(node.props["name"]) for node in identities if node.props.get("name")}
    return min(names, key=lambda name: (-len(name.split()), -len(name), name), default=None)


def list_customers(
    view: GraphView, *, account: str | None, after: str | None, limit: int
) -> Page[Customer]:
    """Return customers by id, a page at a time.

    Args:
        view: Where to look.
        account: Only those who belong to it: its id, a key, a domain or its name.
        after: The cursor of the page before.
        limit: Largest number of customers.

    Raises:
        NotFoundError: There is no such account.
    """
    check_limit(limit)
    if account is not None:
        found = read_customers(view, _of_account(view, account))
        rest = [one for one in found if after is None or one.id > after]
        cursor = rest[limit - 1].id if len(rest) > limit else None
        return Page(rest[:limit], cursor)
    out: list[Customer] = []
    while True:
        nodes = view.find(kind="Customer", after=after, limit=limit)
        out += read_customers(view, [node.id for node in nodes])
        if len(nodes) < limit:
            return Page(out[:limit], out[limit - 1].id if len(out) > limit else None)
        after = nodes[-1].id
        if len(out) >= limit:
            return Page(out[:limit], out[limit - 1].id)


def _of_account(view: GraphView, account: str) -> set[str]:
    """Return the ids of the customers of an account, in whatever source's account they stand."""
    ids = {find_account(view, account).id}
    fresh = set(ids)
    while fresh:
        edges = view.edges(fresh, kinds=["SAME_COMPANY"])
        fresh = {end for edge in edges for end in (edge.source, edge.target)} - ids
        ids |= fresh
    members = [edge.source for edge in view.edges(ids, kinds=["MEMBER_OF"])]
    return {edge.target for edge in view.edges(members, kinds=["SAME_AS"])}


def find_account(view: GraphView, name: str) -> Node:
    """Return the account with this id, key, domain or name.

    Raises:
        NotFoundError: There is none; the error names keys that look alike.
    """
    folded = name.casefold().strip()
    keys = [name, name_key(name), f"domain:{folded}"]
    nodes = view.nodes([name]) if is_node_id(name, "Account") else []
    nodes = nodes or view.find(kind="Account", keys=keys)
    if not nodes:
        raise NotFoundError("account", name, nearest(view, name_key(name), "Account"))
    return nodes[0]
