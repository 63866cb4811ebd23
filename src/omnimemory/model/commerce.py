"""Orders and subscriptions: custom kinds that ship, and the pattern for a team's own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Literal

from omnimemory.model.records.base import Json, Label, Link, Person, Record, Ref, Time


class Order(Record):
    """Something a customer bought; register with `Memory.register`."""

    type: Literal["order"] = "order"
    kind = "Order"
    title_field = "number"
    text_fields = ("number", "items")
    state = frozenset({"status", "delivered_at"})
    not_props = frozenset({"customer"})
    edges: ClassVar = {"PLACED_BY": "Identity"}

    customer: Person
    number: Label
    status: Label | None = None
    total: float | None = None
    currency: str | None = None
    items: tuple[Json, ...] = ()
    placed_at: Time | None = None
    delivered_at: Time | None = None

    def keys(self) -> Iterable[str]:
        yield from super().keys()
        yield f"order:{self.number}"

    def links(self) -> Iterable[Link]:
        return (Link("PLACED_BY", self.customer),)


class Subscription(Record):
    """A plan that a customer or their account pays for; register with `Memory.register`."""

    type: Literal["subscription"] = "subscription"
    kind = "Subscription"
    title_field = "plan"
    text_fields = ("plan",)
    state = frozenset({"status", "plan", "seats", "renews_at"})
    not_props = frozenset({"customer", "account"})
    edges: ClassVar = {"HELD_BY": "Identity", "PAID_BY": "Account"}

    customer: Person
    account: Ref | None = None
    plan: Label
    status: Label | None = None
    seats: int | None = None
    amount: float | None = None
    currency: str | None = None
    renews_at: Time | None = None

    def links(self) -> Iterable[Link]:
        yield Link("HELD_BY", self.customer)
        if self.account is not None:
            yield Link("PAID_BY", self.account)
