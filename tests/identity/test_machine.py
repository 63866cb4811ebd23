"""Laws that hold whatever happens, in any order: ingest, merge, un-merge, erase, replay."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import uuid4

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

import omnimemory
from omnimemory.errors import InputError
from omnimemory.memory import Memory
from omnimemory.model.records import Contact, Person
from omnimemory.store.base import GraphStore
from tests.identity.stores import opened
from tests.stores import STORES

NAMES = ("Dana Kovac", "D. Kovac", "Robert Hale", "Bob Hale", "Mia Silva", None)
EMAILS = ("dana@x.org", "rob.hale@x.org", "mia.silva@gmail.com", "info@x.org", None)
LATER = datetime(2099, 1, 1, tzinfo=UTC)
"""After any erasure, so that whoever was erased may come again."""

PHONES = ("+4915123125123", "+4915123125124", "+493023125123", None)


def members(memory: Memory) -> dict[str, str]:
    view = memory.view()
    ids = [node.id for node in view.find(kind="Identity")]
    edges = view.edges(ids, kinds=["SAME_AS"], at="source")
    assert len({edge.source for edge in edges}) == len(edges)
    return {edge.source: edge.target for edge in edges}


class Identity(RuleBasedStateMachine):
    """Random decisions by the policy and by people on a handful of participants."""

    store: ClassVar[GraphStore]

    def __init__(self) -> None:
        super().__init__()
        self.memory = Memory(self.store, tenant=f"t-{uuid4().hex}", identity="balanced")
        self.apart: set[frozenset[str]] = set()
        self.sent: dict[str, Contact] = {}
        self.erased: set[str] = set()

    @initialize(names=st.lists(st.sampled_from(NAMES), min_size=6, max_size=6))
    def begin(self, names: list[Any]) -> None:
        for n, name in enumerate(names):
            self.ingest(n, name, EMAILS[n % 5], PHONES[n % 4])

    @rule(n=st.integers(0, 9), name=st.sampled_from(NAMES), email=st.sampled_from(EMAILS),
          phone=st.sampled_from(PHONES))  # fmt: skip
    def ingest(self, n: int, name: Any, email: Any, phone: Any) -> None:
        person = Person(name=name, email=email, phone=phone)
        self.sent[f"{n}"] = Contact(source="crm", id=f"{n}", person=person, created_at=LATER)
        self.memory.ingest(self.sent[f"{n}"])

    @precondition(lambda self: self.sent)
    @rule()
    def ingest_again(self) -> None:
        """Re-sending is idempotent."""
        before, revision = members(self.memory), self.memory.view().revision
        self.memory.ingest(list(self.sent.values()))
        assert (members(self.memory), self.memory.view().revision) == (before, revision)

    @rule(data=st.data())
    def merge_and_take_back(self, data: st.DataObject) -> None:
        """A merge that is taken back restores membership, ids and all."""
        before = members(self.memory)
        customers = sorted(set(before.values()))
        if len(customers) < 2:
            return
        one, other = data.draw(st.permutations(customers))[:2]
        try:
            done = self.memory.identity.merge(one, other, by="agent:kim", reason="test")
        except InputError:
            return
        assert self.memory.customer(done.other).id == done.customer
        self.memory.identity.unmerge(done.moved, by="agent:kim", reason="test")
        assert members(self.memory) == before
        rest = [id for id, customer in before.items() if customer == done.customer]
        self.apart |= {frozenset({a, b}) for a in done.moved for b in rest}

    @rule(policy=st.sampled_from(["cautious", "balanced", "strict"]))
    def replay(self, policy: Any) -> None:
        """A replay by the same policy twice changes nothing the second time."""
        self.memory.identity.replay(policy).apply()
        again = self.memory.identity.replay(policy)
        assert (again.merges, again.splits) == ((), ())

    @rule(data=st.data())
    def answer(self, data: st.DataObject) -> None:
        questions = self.memory.identity.review()
        if questions:
            chosen = data.draw(st.sampled_from(questions))
            chosen.answer("different", by="agent:kim")
            now = members(self.memory)
            sides = [
                [i for i, c in now.items() if c == side.id] for side in (chosen.left, chosen.right)
            ]
            self.apart |= {frozenset({a, b}) for a in sides[0] for b in sides[1]}

    @rule(data=st.data())
    def erase(self, data: st.DataObject) -> None:
        now = members(self.memory)
        if now:
            gone = data.draw(st.sampled_from(sorted(set(now.values()))))
            self.memory.erase(gone)
            left = {id for id, customer in now.items() if customer != gone}
            self.apart = {pair for pair in self.apart if pair <= left}
            self.sent = {n: one for n, one in self.sent.items() if f"identity:crm:{n}" in left}

    @rule(data=st.data())
    def erase_one(self, data: st.DataObject) -> None:
        """An identity is erased, and nobody else is."""
        now = members(self.memory)
        if now:
            gone = data.draw(st.sampled_from(sorted(now)))
            self.memory.erase(gone, identities=[gone])
            assert members(self.memory).keys() == now.keys() - {gone}
            self.apart = {pair for pair in self.apart if gone not in pair}
            self.sent = {n: one for n, one in self.sent.items() if f"identity:crm:{n}" != gone}

    @invariant()
    def what_is_kept_apart_is_apart(self) -> None:
        now = members(self.memory)
        for pair in self.apart:
            customers = {now[id] for id in pair if id in now}
            assert len(customers) == len(pair & now.keys())

    @invariant()
    def every_customer_leads_to_one_that_lives(self) -> None:
        view = self.memory.view()
        alive = set(members(self.memory).values())
        for edge in view.edges(
            [n.id for n in view.find(kind="Customer")], kinds=["MERGED_INTO"], at="source"
        ):
            assert edge.source not in alive


_LENGTH = {"networkx": (15, 15), "sqlite": (15, 15), "rdf": (6, 12), "oxigraph": (6, 12)}
"""How many runs, of how many steps; servers get the shortest."""


@pytest.mark.parametrize("name", STORES)
def test_the_laws_hold_on_every_store(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    runs, steps = _LENGTH.get(name, (2, 8))
    with opened(name, tmp_path_factory) as store:
        machine = type("Machine", (Identity,), {"store": store})
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=runs,
                stateful_step_count=steps,
                derandomize=True,
                phases=(Phase.explicit, Phase.generate),
                deadline=None,
                suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
            ),
        )


def test_a_family_and_colleagues_are_related_and_not_merged() -> None:
    with omnimemory.connect("networkx://", tenant="acme") as memory:
        people = (
            ("1", "Ava Marsh", "+493023125123", None),
            ("2", "Liam Marsh", "+493023125123", None),
            ("3", "Hugo Weiss", None, "info@acme.org"),
            ("4", "Ruby Frost", None, "info@acme.org"),
        )
        for id, name, phone, email in people:
            person = Person(name=name, phone=phone, email=email)
            memory.ingest(Contact(source="crm", id=id, person=person))
        now = members(memory)
        edges = memory.view().edges(sorted(now.values()), kinds=["RELATED"])
        assert len(set(now.values())) == 4
        assert sorted((e.source, e.target, e.props["relation"]) for e in edges) == [
            ("customer:crm:1", "customer:crm:2", "household"),
            ("customer:crm:3", "customer:crm:4", "colleagues"),
        ]
