"""Who is who so far, in memory: customers, who holds which key, what is open or forbidden."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from itertools import count

import msgspec

from omnimemory.identity.blocks import MOST_OWNERS, blocks, most_owners
from omnimemory.identity.evidence import Evidence, Profile
from omnimemory.identity.scoring import Score
from omnimemory.model.ids import prefix

_NEW = 1 << 62
_IDENTIFIER = 3
_BLOCK = 1


class Why(msgspec.Struct, frozen=True):
    """How an identity came to its customer: ``new``, ``attached``, ``merged`` or ``split``."""

    decision: str
    score: Score | None = None


class Related(msgspec.Struct, frozen=True):
    """What two different people share: ``household`` or ``colleagues``, and the key."""

    kind: str
    key: str


class Ledger:
    """Customers and the keys that lead to them.

    Attributes:
        profiles: What is known of each customer.
        customer_of: The customer of each identity.
        questions: Open questions between customers, with their scores, both ways.
        apart: Identities that must never be of one customer, both ways.
        loose: Customers of which a part is held to the rest by a name alone.
        merged: Which customer each one that is gone went into.
        why: For each identity that was placed here, how and on what score.
        related: Different people who share something, both ids in order.
        age: What tells the older of two customers: the lower is the older.
        taken: Ids of customers that are not here but live.
        clashes: How often people of different names met over an identifier here.
        came_from: The customer that an identity was moved from last.
        serial: What tells ids that are made now from those made earlier.
    """

    def __init__(self) -> None:
        self.profiles: dict[str, Profile] = {}
        self.customer_of: dict[str, str] = {}
        self.questions: defaultdict[str, dict[str, Score]] = defaultdict(dict)
        self.apart: defaultdict[str, set[str]] = defaultdict(set)
        self._owners: defaultdict[str, set[str]] = defaultdict(set)
        self._blocks: defaultdict[str, set[str]] = defaultdict(set)
        self._blocks_of: dict[str, tuple[str, ...]] = {}
        self._unseen: dict[str, int] = {}
        self.loose: set[str] = set()
        self.merged: dict[str, str] = {}
        self.why: dict[str, Why] = {}
        self.related: dict[tuple[str, str], Related] = {}
        self.age: dict[str, int] = {}
        self.taken: set[str] = set()
        self.clashes: Counter[str] = Counter()
        self.came_from: dict[str, str] = {}
        self.serial = 0

    def owners(self, key: str) -> int:
        """Return how many people seem to hold an identifier: those of different given names.

        Customers without a name may be any of the others, so they do not count beside one.
        """
        found = self._owners.get(key, ())
        if len(found) > MOST_OWNERS:
            return len(found)
        names = {self.profiles[customer].known_as for customer in found} - {""}
        if len(names) > 1:
            full = {name[0] for name in names if len(name) > 1}
            names = {name for name in names if len(name) > 1 or name not in full}
        return max(len(names), self._unseen.get(key, 0), 1)

    def put(self, customer: str, one: Evidence) -> None:
        """Count an identity among a customer's."""
        profile = self.profiles.get(customer)
        if profile is None:
            profile = self.profiles[customer] = Profile(customer)
            self.age.setdefault(customer, _NEW + len(self.age))
        profile.add(one)
        self.customer_of[one.id] = customer
        self._index(customer, one)

    def _index(self, customer: str, one: Evidence) -> None:
        for clue in one.clues:
            self._owners[clue.key].add(customer)
        for block in self.blocks_of(one):
            self._blocks[block].add(customer)

    def blocks_of(self, one: Evidence) -> tuple[str, ...]:
        """Return the blocking keys of an identity, made once."""
        found = self._blocks_of.get(one.id)
        if found is None:
            found = self._blocks_of[one.id] = blocks(one)
        return found

    def ids_before(self, customer: str, identities: Collection[str]) -> list[str]:
        """Return the ids that some of a customer's identities had before they were merged in."""
        if not customer:
            return []
        begun = {customer_id(id) for id in identities}
        came = {self.came_from[id] for id in identities if id in self.came_from}
        gone = sorted(id for id, into in self.merged.items() if into == customer)
        return [id for id in gone if id in came] + [
            id for id in gone if id not in came and id.split("~")[0] in begun
        ]

    def fresh_id(self, customer: str, identities: Collection[str]) -> str:
        """Return the id of the customer that identities make once they are split off.

        It is the id that one of them began under, so that a merge taken back restores it.
        """
        ids = [customer_id(id) for id in sorted(identities)]
        before = self.ids_before(customer, identities)
        free = (id for id in (*before, *ids) if id not in self.profiles and id not in self.taken)
        late = (f"{ids[0]}~{n:x}" for n in count(self.serial))
        unused = (id for id in late if id not in self.profiles and id not in self.merged)
        return next(free, None) or next(unused)

    def drop(self, customer: str) -> Profile:
        """Forget a customer and return what was known of it."""
        profile = self.profiles.pop(customer)
        for one in profile.members.values():
            for clue in one.clues:
                self._owners[clue.key].discard(customer)
            for block in self._blocks_of[one.id]:
                self._blocks[block].discard(customer)
        return profile

    def candidates(self, profile: Profile, *, most: int = MOST_OWNERS) -> list[str]:
        """Return the customers that share a key with a profile, most shared first.

        A key that too many hold leads to nobody; with a given name it is a block of its own.
        """
        votes: dict[str, int] = {}
        for key in profile.clues:
            self._vote(votes, self._owners.get(key, ()), _IDENTIFIER, MOST_OWNERS)
        for one in profile.members.values():
            for block in self.blocks_of(one):
                self._vote(votes, self._blocks.get(block, ()), _BLOCK, most_owners(block))
        votes.pop(profile.id, None)
        ordered = sorted(votes.items(), key=lambda vote: (-vote[1], vote[0]))
        return [customer for customer, _ in ordered[:most]]

    @staticmethod
    def _vote(votes: dict[str, int], found: Collection[str], weight: int, most: int) -> None:
        if len(found) <= most:
            for customer in found:
                votes[customer] = votes.get(customer, 0) + weight

    def forbidden(self, left: Profile, right: Profile) -> bool:
        """Return whether somebody said that two of theirs are different people."""
        if not self.apart:
            return False
        return any(
            not self.apart[id].isdisjoint(right.members) for id in left.members if id in self.apart
        )

    def keep_apart(self, left: str, right: str) -> None:
        """Forbid that two identities are ever of one customer."""
        self.apart[left].add(right)
        self.apart[right].add(left)

    def ask(self, left: str, right: str, score: Score) -> None:
        """Open a question between two customers."""
        self.questions[left][right] = score
        self.questions[right][left] = score

    def settle(self, left: str, right: str) -> None:
        """Close the question between two customers."""
        if right in self.questions.get(left, ()):
            del self.questions[left][right], self.questions[right][left]

    def merge(self, gone: str, kept: str) -> None:
        """Count all of one customer among another's."""
        for one in self.drop(gone).members.values():
            self.put(kept, one)
        self.merged[gone] = kept
        if gone in self.loose:
            self.loose.discard(gone)
            self.loose.add(kept)
        for other, score in self.questions.pop(gone, {}).items():
            self.questions[other].pop(gone, None)
            if other != kept:
                self.ask(kept, other, score)

    def parts(self, customer: str) -> list[list[str]]:
        """Return the identities of a customer that hang together by identifiers, most first.

        What hangs on nothing, or on an identifier of many, is a part of its own.
        """
        members = self.profiles[customer].members
        root = {id: id for id in members}

        def find(id: str) -> str:
            while root[id] != id:
                root[id] = root[root[id]]
                id = root[id]
            return id

        holder: dict[str, str] = {}
        for id, one in members.items():
            for clue in one.clues:
                if clue.kind != "email role" and len(self._owners[clue.key]) <= MOST_OWNERS:
                    root[find(id)] = find(holder.setdefault(clue.key, id))
        groups: dict[str, list[str]] = {}
        for id in sorted(members):
            groups.setdefault(find(id), []).append(id)
        return sorted(groups.values(), key=lambda group: (-len(group), group))

    def split(self, customer: str, part: str, identities: Iterable[str]) -> None:
        """Make these identities of one customer another one."""
        gone = set(identities)
        profile = self.drop(customer)
        self.merged.pop(part, None)
        for id, one in profile.members.items():
            self.put(part if id in gone else customer, one)

    def namesakes(self, left: Profile, right: Profile) -> int:
        """Return how many other customers go by the full name of two that share nothing."""
        keys = self._full_names(left) & self._full_names(right)
        ours = len({self.customer_of.get(id) for one in (left, right) for id in one.members})
        most = max(
            (max(len(self._blocks[key]), self._unseen.get(key, 0)) for key in keys), default=0
        )
        return max(most - ours, 0)

    def _full_names(self, profile: Profile) -> set[str]:
        return {
            key for id in profile.members for key in self._blocks_of[id] if key.startswith("n:")
        }

    def keys_of(self, identity: str) -> set[str]:
        """Return the keys under which an identity is found: identifiers and blocks."""
        one = self.profiles[self.customer_of[identity]].members[identity]
        return {clue.key for clue in one.clues} | set(self._blocks_of[identity])

    def holders(self, key: str) -> set[str]:
        """Return the customers here that are found under a key."""
        return self._owners.get(key, set()) | self._blocks.get(key, set())

    def know_blocks(self, blocks: Mapping[str, tuple[str, ...]]) -> None:
        """Note blocking keys of identities that are about to come."""
        self._blocks_of |= blocks

    def is_crowded(self, key: str) -> bool:
        """Return whether so many here hold a key that it leads to nobody."""
        most = max(len(self._owners.get(key, ())), len(self._blocks.get(key, ())))
        return most > most_owners(key)

    def known_elsewhere(self, key: str, customers: int) -> None:
        """Note how many customers hold a key, of whom not all are here."""
        self._unseen[key] = customers


def customer_id(identity: str) -> str:
    """Return the id of the customer that begins with this identity."""
    return f"{prefix('Customer')}:{identity.partition(':')[2]}"
