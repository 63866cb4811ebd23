"""Lists of what hangs on a customer, an account or the whole tenant: tickets, issues and so on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from omnimemory.model.audience import Audience, may_see
from omnimemory.model.facts import Node
from omnimemory.model.kinds import Kinds
from omnimemory.model.records import StatusClass
from omnimemory.reads.customers import Customer
from omnimemory.reads.items import Item
from omnimemory.reads.page import Page, check_limit
from omnimemory.store.base import GraphView

HANGS_BY: Final = {
    "Ticket": "REQUESTED_BY",
    "Usage": "USED_BY",
    "Statement": "OF",
    "Action": "OF",
    "Feedback": "OF",
    "Handoff": "OF",
}
"""The edge kind by which a node kind hangs on an identity."""


def list_items(
    view: GraphView,
    kind: str,
    *,
    customer: Customer | None,
    kinds: Kinds,
    is_open: bool | None = None,
    form: str | None = None,
    audience: Audience = "internal",
    after: str | None = None,
    limit: int = 100,
) -> Page[Item]:
    """Return the nodes of a kind, a page at a time.

    A customer's come newest first, the tenant's by id.

    Args:
        view: Where to look.
        kind: Node kind.
        customer: Only what hangs on this customer.
        kinds: The kinds that the memory knows.
        is_open: Only those that somebody still owes something, or only the others.
        form: Only statements of this form.
        audience: Who reads.
        after: The cursor of the page before.
        limit: Largest number of items.
    """
    check_limit(limit)

    def fits(node: Node) -> bool:
        return (
            bool(node.props)
            and may_see(audience, node)
            and (is_open is None or _is_open(node) is is_open)
            and (form is None or node.props.get("form") == form)
        )

    if customer is not None:
        own = [node for node in _of_customer(view, kind, customer, kinds) if fits(node)]
        return _page(view, own, kinds, after, limit)
    out: list[Node] = []
    while len(out) <= limit:
        nodes = view.find(kind=kind, after=after, limit=2 * limit)
        out += filter(fits, nodes)
        if len(nodes) < 2 * limit:
            break
        after = nodes[-1].id
    return _page(view, out, kinds, None, limit)


def _of_customer(view: GraphView, kind: str, customer: Customer, kinds: Kinds) -> list[Node]:
    """Return what hangs on a customer, newest first; issues by the tickets that wait for them."""
    if kind == "Issue":
        tickets = [node.id for node in _of_customer(view, "Ticket", customer, kinds)]
        edges = view.edges(tickets, kinds=["DEPENDS_ON"])
        edges += view.edges(customer.identities, kinds=["REQUESTED_BY"])
        ids = [end for edge in edges for end in (edge.source, edge.target)]
    else:
        by = HANGS_BY.get(kind) or kinds.anchors().get(kind)
        edges = view.edges(customer.identities, kinds=[by]) if by else []
        ids = [edge.source for edge in edges]
    place = {id: position for position, id in reversed(list(enumerate(ids)))}
    found = [node for node in view.nodes(list(place)) if node.kind == kind]
    return sorted(found, key=lambda node: place[node.id])


def _is_open(node: Node) -> bool:
    status = node.props.get("status_class")
    if status is not None:
        return StatusClass(status).is_open
    return node.props.get("status", "open") == "open"


def _page(
    view: GraphView, nodes: Iterable[Node], kinds: Kinds, after: str | None, limit: int
) -> Page[Item]:
    rest = list(nodes)
    if after is not None:
        ids = [node.id for node in rest]
        rest = rest[ids.index(after) + 1 :] if after in ids else []
    items = [Item(node, view, kinds.title_fields.get(node.kind)) for node in rest[:limit]]
    return Page(items, rest[limit - 1].id if len(rest) > limit else None)
