"""Counters of keys that different people share: who holds them, and who met over them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from omnimemory.identity import facts
from omnimemory.identity.blocks import most_owners
from omnimemory.identity.evidence import Evidence
from omnimemory.identity.facts import Holders
from omnimemory.identity.ledger import Ledger
from omnimemory.model.facts import Node


def is_generic(counter: Node) -> bool:
    """Return whether so many hold a key that it leads to nobody."""
    return counter.props["customers"] > most_owners(counter.props["key"])


def counted(
    new: Iterable[Evidence], stored: Mapping[str, Node], ledger: Ledger
) -> Iterator[tuple[Node | None, Node]]:
    """Yield the counter of each key that is shared, before and after some identities came.

    A key gets one once too many hold it, or people of different names met over it.

    Args:
        new: Identities that came.
        stored: Counters that the store holds, by key.
        ledger: Who is who now.
    """
    came: dict[str, list[Evidence]] = {}
    for one in new:
        for key in ledger.keys_of(one.id):
            if key in stored or key in ledger.clashes or ledger.is_crowded(key):
                came.setdefault(key, []).append(one)
    for key, ones in came.items():
        old = stored.get(key)
        now = _held(key, ones, None if old is None else facts.read_counter(old), ledger)
        yield old, facts.counter(now)


def _held(key: str, ones: list[Evidence], old: Holders | None, ledger: Ledger) -> Holders:
    """Return who holds a key now; of one that too many hold, not all are in the ledger."""
    times = [one.at for one in ones]
    if old is not None and old.customers > most_owners(key):
        identities = old.identities + len(ones)
        customers = old.customers + len({ledger.customer_of[one.id] for one in ones})
    else:
        here = ledger.holders(key)
        members = [one for id in here for one in ledger.profiles[id].members.values()]
        held = [one for one in members if key in ledger.keys_of(one.id)]
        times += [one.at for one in held]
        identities, customers = len(held), len(here)
    return Holders(
        key=key,
        identities=identities,
        customers=customers,
        clashes=ledger.clashes[key] + (0 if old is None else old.clashes),
        first_seen=min([*times, *([] if old is None else [old.first_seen])]),
        last_seen=max([*times, *([] if old is None else [old.last_seen])]),
    )
