"""Which identity or customer a caller means, and what is known of it."""

from __future__ import annotations

from collections.abc import Collection

from omnimemory.errors import NotFoundError
from omnimemory.identity.evidence import Profile
from omnimemory.identity.neighbours import Neighbourhood, gather
from omnimemory.identity.policy import Policy
from omnimemory.model.ids import is_node_id
from omnimemory.reads.customers import Customer, find_customer_id, read_customers
from omnimemory.store.base import GraphView


def around(view: GraphView, customers: Collection[str], policy: Policy) -> Neighbourhood:
    """Return these customers whole, with what is open and forbidden among them.

    Raises:
        NotFoundError: One of them is no customer here.
    """
    near = gather(view, customers, policy)
    for id in customers:
        if id not in near.ledger.profiles:
            raise NotFoundError("customer", id)
    return near


def customer_of(view: GraphView, name: Customer | str) -> str:
    """Return the id of the customer that a name leads to, through merges.

    Raises:
        NotFoundError: Nobody has that name here.
        AmbiguousError: Several have it.
    """
    if isinstance(name, Customer):
        name = name.id
    id = find_customer_id(view, name)
    if not read_customers(view, [id]):
        raise NotFoundError("customer", name)
    return id


def side(view: GraphView, name: Customer | str, policy: Policy) -> tuple[Profile, Neighbourhood]:
    """Return an identity by itself, or a customer whole, as a profile, and where it stands."""
    near = around(view, [customer_of(view, name)], policy)
    (profile,) = near.ledger.profiles.values()
    if isinstance(name, str) and is_node_id(name, "Identity"):
        return Profile(name, [profile.members[name]]), near
    return profile, near
