"""Listing: the single things of one tenant, by id, by number, and by kind."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import date, datetime
from typing import Any, TypeAlias

from omnimemory.model.audience import Audience
from omnimemory.model.kinds import Kinds
from omnimemory.model.records import StatementForm
from omnimemory.model.time import AsOf
from omnimemory.reads import items, lists
from omnimemory.reads.customers import Customer, find_account, find_customer
from omnimemory.reads.page import Page
from omnimemory.store.base import GraphView

When: TypeAlias = AsOf | str | date | datetime | None
"""A point in time: None is now; a plain time asks how things were then, by all we know
today; an `AsOf` also says what was known."""


class Listing(ABC):
    """What can be asked of a memory about single things."""

    kinds: Kinds

    @abstractmethod
    def view(self, as_of: When = None) -> GraphView:
        """Return the graph at a point in time, for reads that have no method of their own."""

    def counts(self, *, as_of: When = None) -> dict[str, int]:
        """Return how many nodes of each kind, and passages, there are."""
        return self.view(as_of).counts()

    def item(self, id: str, *, as_of: When = None) -> items.Item:
        """Return the node with this id.

        Raises:
            NotFoundError: There is none.
        """
        return items.by_id(self.view(as_of), id, self.kinds.title_fields)

    def ticket(self, name: str, *, as_of: When = None) -> items.Item:
        """Return the ticket with this id or number, such as ``zendesk:35436``.

        Raises:
            NotFoundError: There is none; the error names numbers that look alike.
        """
        return items.find_item(self.view(as_of), name, "Ticket", self.kinds.title_fields)

    def issue(self, name: str, *, as_of: When = None) -> items.Item:
        """Return the engineering issue with this id or key, such as ``jira:PAY-17``.

        Raises:
            NotFoundError: There is none; the error names keys that look alike.
        """
        return items.find_item(self.view(as_of), name, "Issue", self.kinds.title_fields)

    def account(self, name: str, *, as_of: When = None) -> items.Item:
        """Return the account with this id, key, domain or name.

        Raises:
            NotFoundError: There is none; the error names accounts that look alike.
        """
        view = self.view(as_of)
        return items.Item(find_account(view, name), view, self.kinds.title_fields.get("Account"))

    def history(self, id: str) -> list[items.Version]:
        """Return every version of a node and of its edges, with both times, oldest first.

        Raises:
            NotFoundError: Nothing was ever known under this id.
        """
        return items.history(self.view(), id)

    def list(
        self,
        kind: str,
        *,
        customer: Customer | str | None = None,
        is_open: bool | None = None,
        form: StatementForm | None = None,
        audience: Audience = "internal",
        after: str | None = None,
        limit: int = 100,
        as_of: When = None,
    ) -> Page[items.Item]:
        """Return the nodes of a kind: a customer's newest first, the tenant's by id.

        Args:
            kind: Node kind, built in or registered.
            customer: Only this customer's.
            is_open: Only those that somebody still owes something, or only the others.
            form: Only statements of this form.
            audience: Who reads.
            after: The cursor of the page before.
            limit: Largest number of items.
            as_of: A point in time.
        """
        view = self.view(as_of)
        return lists.list_items(
            view,
            kind,
            customer=None if customer is None else find_by_name(view, customer),
            kinds=self.kinds,
            is_open=is_open,
            form=form,
            audience=audience,
            after=after,
            limit=limit,
        )

    def tickets(self, **filters: Any) -> Page[items.Item]:
        """Return tickets; the filters are those of `list`."""
        return self.list("Ticket", **filters)

    def issues(self, **filters: Any) -> Page[items.Item]:
        """Return engineering issues; the filters are those of `list`."""
        return self.list("Issue", **filters)

    def usage(self, **filters: Any) -> Page[items.Item]:
        """Return daily usage counts; the filters are those of `list`."""
        return self.list("Usage", **filters)

    def statements(self, **filters: Any) -> Page[items.Item]:
        """Return statements; the filters are those of `list`."""
        return self.list("Statement", **filters)


def find_by_name(view: GraphView, customer: Customer | str) -> Customer:
    """Return the customer as this view sees them, given one or any identifier."""
    return find_customer(view, customer.id if isinstance(customer, Customer) else customer)
