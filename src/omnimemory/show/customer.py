"""A customer's identity card: every identifier, where it is known, and why it belongs."""

from __future__ import annotations

from typing import Final

from omnimemory.reads.belonging import Belonging
from omnimemory.reads.customers import Customer
from omnimemory.show.sheets import Cell, Facts, Mark, Sheet, Table
from omnimemory.show.words import NOTHING, clip, count, left_out, listed

_MOST_IDENTITIES: Final = 60
_MOST_IDENTIFIERS: Final = 12
_SURE: Final = 0.95
_LIKELY: Final = 0.8


def sheet(customer: Customer) -> Sheet:
    """Return the identity card of a customer."""
    companies = listed(dict.fromkeys(clip(name, 60) for _, name in customer.accounts), 3)
    held = (
        f"{count(len(customer.identities), 'identity', 'identities')}, "
        f"{count(len(customer.identifiers), 'identifier')}"
    )
    return Sheet(
        "Customer",
        clip(customer.name, 120),
        f"{companies}, {held}" if companies else held,
        (_ids(customer), _identities(customer)),
    )


def _ids(customer: Customer) -> Facts:
    rows: list[tuple[str, Cell]] = [("id", clip(customer.id))]
    by_type: dict[str, list[str]] = {}
    for key in customer.identifiers:
        kind, _, value = key.partition(":")
        by_type.setdefault(kind, []).append(clip(value, 80))
    rows += [
        (clip(kind, 40), listed(values, _MOST_IDENTIFIERS))
        for kind, values in list(by_type.items())[:20]
    ]
    rows += [
        ("account", clip(f"{name} ({listed(ids, 5)})", 200))
        for name, ids in list(_accounts(customer).items())[:5]
    ]
    return Facts(rows)


def _accounts(customer: Customer) -> dict[str, list[str]]:
    """Return where each company is known, by its name."""
    out: dict[str, list[str]] = {}
    for id, name in customer.accounts:
        out.setdefault(name, []).append(id.partition(":")[2])
    return out


def _identities(customer: Customer) -> Table:
    rows = [_identity(one) for one in customer.belongs[:_MOST_IDENTITIES]]
    total = len(customer.belongs)
    return Table(
        "Why each identity is this customer's",
        ("known in", "as", "identifiers", "why it belongs", "sure"),
        rows,
        left_out(total, len(rows), "identity", "identities", how="customer.belongs has them all"),
    )


def _identity(one: Belonging) -> tuple[Cell, ...]:
    keys = listed((clip(key, 60) for key in one.identifiers), 4)
    return clip(one.source, 40), clip(one.name, 60) or NOTHING, keys, clip(one.why), _sure(one)


def _sure(one: Belonging) -> Cell:
    if one.posterior is None:
        return Mark("not said", "quiet")
    tone = "good" if one.posterior >= _SURE else "warn" if one.posterior >= _LIKELY else "bad"
    return Mark(f"{one.posterior:.0%}", tone)
