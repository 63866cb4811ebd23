"""What is kept of customers between batches changes no decision, and nothing erased is in it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import given, settings

from omnimemory.errors import InputError
from omnimemory.identity.cache import StandingCache
from omnimemory.identity.standing import read_standings
from omnimemory.identity.upkeep import slim
from omnimemory.memory import Memory
from omnimemory.model.facts import Recorded
from omnimemory.model.records import Contact, Person, Ref
from omnimemory.store.base import GraphStore
from omnimemory.store.networkx import NetworkXStore
from omnimemory.store.sqlite import SqliteStore

NAMES = ("Dana Kovac", "D. Kovac", "Robert Hale", "Bob Hale", "Mia Silva", None)
EMAILS = ("dana@x.org", "rob.hale@x.org", "mia.silva@gmail.com", "info@x.org", None)
PHONES = ("+4915123125123", "+4915123125124", "+493023125123", None)
GIVEN = "Ava Liam Noah Mia Zoe Ethan Ruby Oscar".split()
FAMILY = "Marsh Okafor Petrov Lindgren Castro Nguyen".split()
LATER = datetime(2099, 1, 1, tzinfo=UTC)
MARKS = ("Tombstone", "Tenant")
"""Nodes that hold a random salt."""

COMPANIES = ("initech", "hooli")
PEOPLE = st.tuples(
    st.integers(0, 12), *map(st.sampled_from, (NAMES, EMAILS, PHONES, (*COMPANIES, None)))
)
STEPS = st.one_of(
    st.tuples(st.just("ingest"), st.lists(PEOPLE, min_size=1, max_size=6)),
    st.tuples(st.sampled_from(["merge", "unmerge", "erase", "replay"]), st.integers(0, 12),
              st.integers(0, 12)),
)  # fmt: skip


def ticking() -> Callable[[], int]:
    """Return a clock of its own, so that two stores stamp the same times."""
    ticks: Iterator[int] = count(1_900_000_000_000_000, 1_000)
    return lambda: next(ticks)


class Side:
    """Two memories on one store, with a cache that is used, or with none."""

    def __init__(self, store: GraphStore, *, least: int) -> None:
        self.memories = [Memory(store, tenant="acme", identity="balanced") for _ in range(2)]
        for memory in self.memories:
            memory._resolution.cache = StandingCache(most=9, least=least)  # pyright: ignore[reportPrivateUsage]

    def take(self, who: int, step: tuple[Any, ...]) -> str:
        """Do one thing and return how it went."""
        try:
            self._do(self.memories[who], *step)
        except (InputError, LookupError) as error:
            return str(error)
        return ""

    def _do(self, memory: Memory, what: str, *rest: Any) -> None:
        if what == "ingest":
            memory.ingest([contact(*one) for one in rest[0]])
        elif what == "replay":
            memory.identity.replay("cautious" if rest[0] % 2 else "balanced").apply()
        elif what == "erase":
            memory.erase(f"crm:{rest[0]}", identities=[f"identity:crm:{rest[0]}"])
        elif what == "unmerge":
            memory.identity.unmerge([f"identity:crm:{rest[0]}"], by="agent:kim", reason="no")
        else:
            memory.identity.merge(f"crm:{rest[0]}", f"crm:{rest[1]}", by="agent:kim", reason="so")

    def written(self) -> list[Recorded]:
        """Return everything that was ever written, but for random salts."""
        facts = self.memories[0].view().scan()
        return [one for one in facts if getattr(one.fact, "kind", "") not in MARKS]


def contact(
    n: int, name: str | None, email: str | None, phone: str | None, company: str | None = None
) -> Contact:
    person = Person(name=name, email=email, phone=phone)
    accounts = () if company is None else (Ref(kind="Account", id=company),)
    return Contact(source="crm", id=f"{n}", person=person, accounts=accounts, created_at=LATER)


@pytest.mark.parametrize("kind", [NetworkXStore, SqliteStore])
@settings(max_examples=40, deadline=None)
@given(steps=st.lists(st.tuples(st.integers(0, 1), STEPS), min_size=3, max_size=14))
def test_decisions_are_those_of_no_cache(
    kind: Callable[..., GraphStore], steps: list[tuple[int, tuple[Any, ...]]]
) -> None:
    """Two memories that write in turn decide the same with a cache as without one."""
    with kind(clock=ticking()) as one, kind(clock=ticking()) as other:
        cached, fresh = Side(one, least=0), Side(other, least=1_000_000)
        for who, step in steps:
            assert cached.take(who, step) == fresh.take(who, step)
        assert cached.written() == fresh.written()


class Crowd:
    """Contacts drawn at random: some share a name, a number or a house, come again or go."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def batch(self) -> list[Contact]:
        return [self._contact() for _ in range(30)]

    def erased(self) -> list[str]:
        return [f"identity:crm:{n}" for n in self._random.sample(range(300), 3)]

    def _contact(self) -> Contact:
        who = random.Random(self._random.randrange(150))
        given, family = who.choice(GIVEN), who.choice(FAMILY)
        born = date(1980 + who.randrange(8), 1, 1 + who.randrange(20))
        email, phone = f"{given}.{family}@x.org", f"+491512312{who.randrange(50):04}"
        return Contact(
            source="crm",
            id=str(self._random.randrange(300)),
            person=Person(
                name=f"{self._random.choice((given, given[0]))} {family}",
                email=email if self._is_so(0.3) else None,
                phone=phone if self._is_so(0.3) else None,
            ),
            birth_date=born if self._is_so(0.4) else None,
            accounts=(Ref(kind="Account", id=who.choice(COMPANIES)),) if self._is_so(0.2) else (),
            created_at=LATER,
            updated_at=LATER + timedelta(self._random.randrange(9)),
            deleted_at=LATER + timedelta(9) if self._is_so(0.03) else None,
        )

    def _is_so(self, chance: float) -> bool:
        return self._random.random() < chance


@pytest.mark.parametrize("seed", range(6))
def test_what_is_kept_is_what_is_read(seed: int) -> None:
    """After each commit a customer that is held is as it would be read."""
    crowd = Crowd(seed)
    with NetworkXStore(clock=ticking()) as store:
        memory = Memory(store, tenant="acme", identity="balanced")
        cache = kept(memory)
        for _ in range(12):
            memory.ingest(crowd.batch(), revive=True)
            held = {one.links[0].target: one for one in cache}
            read = read_standings(memory.view(), held, memory.identity.policy)
            assert held == {id: slim(one) for id, one in read.items()}
            for id in crowd.erased():
                with suppress(InputError, LookupError):
                    memory.erase(id, identities=[id])


def kept(memory: Memory) -> StandingCache:
    cache = memory._resolution.cache = StandingCache(least=0)  # pyright: ignore[reportPrivateUsage]
    return cache


def test_nothing_of_somebody_who_was_erased_is_kept(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "one.db") as store:
        memory = Memory(store, tenant="acme")
        cache = kept(memory)
        memory.ingest(contact(1, "Dana Kovac", "dana@x.org", None))
        memory.ingest(contact(2, "Dana Kovac", "dana@x.org", PHONES[0]))
        memory.ingest(contact(3, "Mia Silva", "dana@x.org", None))
        assert b"dana@x.org" in msgspec.msgpack.encode(list(cache))
        memory.erase("crm:1")
        assert len(cache) == 0
        assert list(cache) == []


def test_it_holds_no_more_identities_than_it_may() -> None:
    with SqliteStore() as store:
        memory = Memory(store, tenant="acme")
        memory.ingest([contact(n, None, f"d{n}@x.org", None) for n in range(20)])
        cache = StandingCache(most=5, least=0)
        identities = [f"identity:crm:{n}" for n in range(20)]
        read = cache.read(memory.view(), (), memory.identity.policy, of=identities)
        assert (len(read), len(cache)) == (20, 5)


def test_what_was_written_is_not_read_again() -> None:
    with SqliteStore() as store:
        memory = Memory(store, tenant="acme")
        cache = kept(memory)
        memory.ingest(contact(1, "Dana Kovac", "dana@x.org", None))
        memory.ingest(contact(2, "Dana Kovac", "dana@x.org", None))
        memory.ingest([contact(3, "Dana Kovac", None, None), contact(4, None, None, PHONES[0])])
        assert sorted(len(one.links) for one in cache) == [1, 1, 2]


def test_a_commit_of_somebody_else_empties_it(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "one.db") as store, SqliteStore(tmp_path / "one.db") as again:
        memory, other = Memory(store, tenant="acme"), Memory(again, tenant="acme")
        cache = kept(memory)
        for n, name in enumerate(("Dana Kovac", "Dana Kovac", "Robert Hale")):
            memory.ingest(contact(n, name, f"{name[:4]}@x.org", None))
        assert len(cache) == 3
        other.identity.merge("crm:1", "crm:2", by="agent:kim", reason="so")
        memory.ingest(contact(4, "Mia Silva", "Robe@x.org", None))
        (merged,) = (one for one in cache if len(one.links) > 1)
        assert {link.source for link in merged.links} == {
            "identity:crm:0", "identity:crm:1", "identity:crm:2",
        }  # fmt: skip
