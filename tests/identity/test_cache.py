"""What is kept of customers between batches changes no decision, and nothing erased is in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import given, settings

from omnimemory.errors import InputError
from omnimemory.identity.cache import StandingCache
from omnimemory.memory import Memory
from omnimemory.model.facts import Recorded
from omnimemory.model.records import Contact, Person
from omnimemory.store.base import GraphStore
from omnimemory.store.networkx import NetworkXStore
from omnimemory.store.sqlite import SqliteStore

NAMES = ("Dana Kovac", "D. Kovac", "Robert Hale", "Bob Hale", "Mia Silva", None)
EMAILS = ("dana@x.org", "rob.hale@x.org", "mia.silva@gmail.com", "info@x.org", None)
PHONES = ("+4915123125123", "+4915123125124", "+493023125123", None)
LATER = datetime(2099, 1, 1, tzinfo=UTC)
MARKS = ("Tombstone", "Tenant")
"""Nodes that hold a random salt."""

PEOPLE = st.tuples(
    st.integers(0, 12), st.sampled_from(NAMES), st.sampled_from(EMAILS), st.sampled_from(PHONES)
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


def contact(n: int, name: str | None, email: str | None, phone: str | None) -> Contact:
    person = Person(name=name, email=email, phone=phone)
    return Contact(source="crm", id=f"{n}", person=person, created_at=LATER)


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


def test_a_commit_of_somebody_else_empties_it(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "one.db") as store, SqliteStore(tmp_path / "one.db") as again:
        memory, other = Memory(store, tenant="acme"), Memory(again, tenant="acme")
        cache = kept(memory)
        memory.ingest(contact(1, "Dana Kovac", "dana@x.org", None))
        memory.ingest(contact(2, "Dana Kovac", "dana@x.org", None))
        memory.ingest(contact(3, "Robert Hale", "hale@x.org", None))
        assert len(cache) == 0
        memory.ingest(contact(4, "Bob Hale", "hale@x.org", None))
        other.identity.merge("crm:1", "crm:3", by="agent:kim", reason="so")
        memory.ingest(contact(5, "Mia Silva", "hale@x.org", None))
        assert {"identity:crm:1", "identity:crm:3"} <= {
            link.source for one in cache for link in one.links
        }
