"""Customers that were read already, kept between batches while nothing is written to them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

import msgspec

from omnimemory.identity.ledger import customer_id
from omnimemory.identity.policy import Policy
from omnimemory.identity.standing import Standing, read_standings
from omnimemory.model.facts import Changes, Edge
from omnimemory.model.time import AsOf
from omnimemory.store.base import GraphStore, GraphView

MOST_IDENTITIES: Final = 25_000
"""Identities that a cache holds; the customers used least lately go first."""

_LEAST: Final = 50
_LINK_PROPS: Final = ("since", "came_from", "grounds")
"""What is read of a ``SAME_AS`` edge; the evidence that it carries stays in the store."""


class StandingCache:
    """Customers as they stand at one revision of one tenant, safe to share between threads.

    It follows the commits that it is told of; where anybody else wrote in between, it forgets
    everything.

    Args:
        most: How many identities to hold.
        least: From how many identities on that a batch asks about it is used; fewer are read
            as fast as they are looked up and kept right.
    """

    def __init__(self, most: int = MOST_IDENTITIES, least: int = _LEAST) -> None:
        self._most = most
        self._least = least
        self._revision = 0
        self._standings: OrderedDict[str, Standing] = OrderedDict()
        self._home: dict[str, str] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """Return how many identities are held."""
        return len(self._home)

    def __iter__(self) -> Iterator[Standing]:
        """Return the customers that are held, those used least lately first."""
        with self._lock:
            return iter(list(self._standings.values()))

    def read(
        self, view: GraphView, customers: Collection[str], policy: Policy, *, of: Collection[str]
    ) -> dict[str, Standing]:
        """Return what `read_standings` does, and read only those that are not held."""
        if len(of) < self._least:
            return read_standings(view, customers, policy, of=of)
        found, missing, unread = self._find(view.revision, of, customers)
        read = read_standings(view, unread, policy, of=missing)
        self._keep(view.revision, read)
        return found | read

    def _find(
        self, revision: int, identities: Collection[str], customers: Collection[str]
    ) -> tuple[dict[str, Standing], set[str], set[str]]:
        """Return the customers that are held, and which identities and customers are not."""
        with self._lock:
            if revision != self._revision:
                self._clear()
                self._revision = revision
            homes = {id: self._home.get(_own(id)) for id in identities}
            wanted = {*customers, *filter(None, homes.values())}
            found = {id: self._standings[id] for id in wanted if id in self._standings}
            for id in found:
                self._standings.move_to_end(id)
        return found, {id for id, home in homes.items() if home is None}, wanted - found.keys()

    def _keep(self, revision: int, standings: Mapping[str, Standing]) -> None:
        with self._lock:
            if revision != self._revision:
                return
            for id, standing in standings.items():
                self._forget(id)
                self._standings[id] = _slim(standing)
                self._home |= {_own(link.source): id for link in standing.links}
            while len(self._home) > self._most:
                self._forget(next(iter(self._standings)))

    def wrote(
        self, store: GraphStore, tenant: str, changes: Changes, *, base: int, revision: int
    ) -> None:
        """Forget whom a commit touched, and everything if another one came before it.

        Args:
            store: Where it was written.
            tenant: Whose.
            changes: What was written.
            base: The revision that it was planned from.
            revision: The one that it made.
        """
        with self._lock:
            if not self._standings or base != self._revision:
                return
            if store.view(tenant, AsOf(recorded=revision - 1)).revision != base:
                self._clear()
                return
            facts = (*changes.add, *changes.retire)
            ends = {fact.target for fact in facts if isinstance(fact, Edge)}
            for id in changes.owners | ends:
                own = _own(id)
                for customer in (self._home.get(own), customer_id(id)):
                    if customer is not None:
                        self._forget(customer)
            self._revision = revision

    def clear(self) -> None:
        """Forget everything, such as when somebody is erased."""
        with self._lock:
            self._clear()

    def _clear(self) -> None:
        self._standings.clear()
        self._home.clear()

    def _forget(self, customer: str) -> None:
        standing = self._standings.pop(customer, None)
        if standing is not None:
            for link in standing.links:
                self._home.pop(_own(link.source), None)


def _own(id: str) -> str:
    """Return what an identity shares with the customer that began with it."""
    return id.partition(":")[2]


def _slim(standing: Standing) -> Standing:
    return msgspec.structs.replace(standing, links=tuple(_slim_links(standing.links)))


def _slim_links(links: Iterable[Edge]) -> Iterable[Edge]:
    for link in links:
        props = {name: link.props[name] for name in _LINK_PROPS if name in link.props}
        yield msgspec.structs.replace(link, props=props)
