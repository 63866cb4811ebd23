"""Customers kept between batches, packed, and brought up to date with what is written."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping
from typing import Final

import msgspec

from omnimemory.identity.ledger import customer_id
from omnimemory.identity.policy import Policy
from omnimemory.identity.standing import Member, Standing, read_standings
from omnimemory.identity.upkeep import Upkeep, slim
from omnimemory.model.facts import Changes
from omnimemory.model.time import AsOf
from omnimemory.store.base import GraphStore, GraphView

MOST_IDENTITIES: Final = 100_000
"""Identities that a cache holds, the customers used least lately go first."""

_LEAST: Final = 50
_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(Standing)


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
        self._standings: OrderedDict[str, bytes] = OrderedDict()
        self._home: dict[str, str] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """Return how many identities are held."""
        return len(self._home)

    def __iter__(self) -> Iterator[Standing]:
        """Return the customers that are held, those used least lately first."""
        with self._lock:
            return iter([_decoder.decode(packed) for packed in self._standings.values()])

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
            found = {id: standing for id in wanted if (standing := self._get(id)) is not None}
            for id in found:
                self._standings.move_to_end(id)
        return found, {id for id, home in homes.items() if home is None}, wanted - found.keys()

    def _keep(self, revision: int, standings: Mapping[str, Standing]) -> None:
        with self._lock:
            if revision == self._revision:
                for id, standing in standings.items():
                    self._put(id, slim(standing))
                self._make_room()

    def wrote(
        self,
        store: GraphStore,
        tenant: str,
        changes: Changes,
        members: Mapping[str, Member],
        *,
        base: int,
        revision: int,
    ) -> None:
        """Follow a commit, or forget everything if another one came before it.

        Args:
            store: Where it was written.
            tenant: Whose.
            changes: What was written.
            members: What identities say from now on, where that is known.
            base: The revision that it was planned from.
            revision: The one that it made.
        """
        with self._lock:
            if not self._standings or base != self._revision:
                return
            others_wrote = store.view(tenant, AsOf(recorded=revision - 1)).revision != base
            if others_wrote or changes.erase:
                self._clear()
                return
            upkeep = Upkeep(changes, members, revision)
            for id in upkeep.unclear:
                self._forget(self._home.get(_own(id)))
                self._forget(customer_id(id))
            for id in upkeep.said:
                if (home := self._home.get(_own(id))) is not None:
                    upkeep.says_anew(home, id)
            for id, news in upkeep.news.items():
                standing = Standing() if id in upkeep.begun else self._get(id)
                if standing is not None:
                    self._put(id, news.applied_to(standing))
            self._make_room()
            self._revision = revision

    def clear(self) -> None:
        """Forget everything, such as when somebody is erased."""
        with self._lock:
            self._clear()

    def _clear(self) -> None:
        self._standings.clear()
        self._home.clear()

    def _get(self, customer: str) -> Standing | None:
        packed = self._standings.get(customer)
        return None if packed is None else _decoder.decode(packed)

    def _put(self, customer: str, standing: Standing) -> None:
        self._standings[customer] = _encoder.encode(standing)
        self._home.update((_own(link.source), customer) for link in standing.links)

    def _make_room(self) -> None:
        while len(self._home) > self._most:
            self._forget(next(iter(self._standings)))

    def _forget(self, customer: str | None) -> None:
        packed = None if customer is None else self._standings.pop(customer, None)
        if packed is not None:
            for link in _decoder.decode(packed).links:
                self._home.pop(_own(link.source), None)


def _own(id: str) -> str:
    """Return what an identity shares with the customer that began with it."""
    return id.partition(":")[2]
