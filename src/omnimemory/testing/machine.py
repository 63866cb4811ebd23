"""A state machine that writes the same to several stores and compares every read.

def test_stores_agree():
agree({"a": StoreA, "b": StoreB}, settings=settings(max_examples=100))
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from omnimemory.errors import ConflictError, InputError
from omnimemory.model.facts import Changes, Edge, Fact, Node, Passage
from omnimemory.model.time import FOREVER, AsOf
from omnimemory.store.base import GraphStore, GraphView
from omnimemory.store.walk import EdgeQuery, EdgeSide, Ends, TallyQuery
from omnimemory.testing import strategies
from omnimemory.testing.facts import TENANT, replay

MakeStore: TypeAlias = Callable[[], GraphStore]

_OTHER = "other"
_touching = st.lists(strategies.node_ids, max_size=3)
_some_kinds = st.none() | st.lists(strategies.edge_kinds, max_size=2)


class Agreement(RuleBasedStateMachine):
    """Stores that were told the same give the same, at every point in both times."""

    makers: Mapping[str, MakeStore]

    def __init__(self) -> None:
        super().__init__()
        self.stores = {name: make() for name, make in self.makers.items()}
        self.clock = 0
        self.revisions = {TENANT: [0], _OTHER: [0]}

    def teardown(self) -> None:
        for store in self.stores.values():
            store.close()

    @rule(
        changes=strategies.changes(),
        behind=st.sampled_from([0, 0, 0, 1, 2]),
        tenant=st.sampled_from([TENANT, TENANT, _OTHER]),
        step=st.sampled_from([1, 10]),
    )
    def commit(self, changes: Changes, behind: int, tenant: str, step: int) -> None:
        """Commit a random batch, planned from a recent revision; all take it or none does."""
        known = self.revisions[tenant]
        self._commit(tenant, changes, base=known[max(-len(known), -1 - behind)], step=step)

    @rule(changes=strategies.changes(), tenant=st.sampled_from([TENANT, TENANT, _OTHER]))
    def commit_whole(self, changes: Changes, tenant: str) -> None:
        """Commit a batch together with the nodes that it leans on, so that it goes through."""
        named = {id for fact in changes.add for id in _leans_on(fact)}
        view = next(iter(self.stores.values())).view(tenant)
        known = {fact.id for fact in view.versions(sorted(named))} - changes.erase
        given = {fact.id for fact in changes.add}
        stubs = tuple(strategies.stub(id) for id in sorted(named - known - given))
        whole = Changes(add=changes.add + stubs, retire=changes.retire, erase=changes.erase)
        self._commit(tenant, whole, base=self.revisions[tenant][-1], step=1)

    @precondition(lambda self: len(self.revisions[TENANT]) > 1)
    @rule(pick=st.integers(0, 10**6), count=st.integers(1, 3))
    def replace(self, pick: int, count: int) -> None:
        """Retire versions that stand, so that closing is not left to luck."""
        view = next(iter(self.stores.values())).view(TENANT)
        standing = [f for f in view.versions(sorted(strategies.KINDS)) if f.span.is_open]
        if standing:
            chosen = {pick % len(standing) * (n + 1) % len(standing) for n in range(count)}
            unique = {(f.id, f.span.valid_from): f for f in (standing[i] for i in sorted(chosen))}
            changes = Changes(retire=tuple(unique.values()))
            self._commit(TENANT, changes, base=self.revisions[TENANT][-1], step=1)

    @rule(
        valid=st.just(FOREVER - 1) | strategies.times,
        pick=st.integers(0, 10**6),
        offset=st.sampled_from([-1, 0, 1]),
        tenant=st.sampled_from([TENANT, _OTHER]),
        ask=st.data(),
    )
    def read(self, valid: int, pick: int, offset: int, tenant: str, ask: st.DataObject) -> None:
        """Read everything at a random point in both times."""
        known = self.revisions[tenant]
        at = AsOf(valid=valid, recorded=known[pick % len(known)] + offset)
        questions = list(_questions(ask, since=known[pick // 7 % len(known)]))
        answers = {name: store.view(tenant, at) for name, store in self.stores.items()}
        for name, question in questions:
            _same(name, {store: question(view) for store, view in answers.items()})

    @rule(ask=st.data())
    def read_newest(self, ask: st.DataObject) -> None:
        """Read everything as it is now."""
        views = {name: store.view(TENANT) for name, store in self.stores.items()}
        for name, question in _questions(ask, since=0):
            _same(name, {store: question(view) for store, view in views.items()})

    @rule()
    def copy(self) -> None:
        """Replay each store into a new one; the copy gives the same."""
        for make, store in zip(self.makers.values(), self.stores.values(), strict=True):
            with make() as replica:
                view = store.view(TENANT)
                replay(view, replica)
                assert list(replica.view(TENANT).scan()) == list(view.scan())

    def _commit(self, tenant: str, changes: Changes, *, base: int, step: int) -> None:
        self.clock += step
        outcomes: dict[str, object] = {}
        for name, store in self.stores.items():
            try:
                outcomes[name] = store.commit(tenant, changes, base=base, at=self.clock)
            except (ConflictError, InputError) as error:
                outcomes[name] = type(error)
        _same("commit", outcomes)
        if self.clock in outcomes.values():
            self.revisions[tenant].append(self.clock)


def agree(makers: Mapping[str, MakeStore], *, settings: settings) -> None:
    """Run the machine on stores made by ``makers``; raise on the first difference."""
    machine = type("Agreement", (Agreement,), {"makers": dict(makers)})
    run_state_machine_as_test(machine, settings=settings)


def _questions(
    ask: st.DataObject, *, since: int
) -> Iterator[tuple[str, Callable[[GraphView], object]]]:
    """Yield every read of a view, with arguments that were drawn."""
    ids, kinds = ask.draw(_touching), ask.draw(_some_kinds)
    before = ask.draw(st.none() | strategies.times)
    at: EdgeSide | None = ask.draw(st.sampled_from([None, "source", "target"]))
    newest, limit = ask.draw(st.integers(0, 4)), ask.draw(st.integers(0, 3))
    keys = ask.draw(st.none() | st.lists(strategies.keys, max_size=2))
    kind = ask.draw(st.none() | st.sampled_from(["Ticket", "Identity"]))
    after = ask.draw(st.none() | strategies.node_ids)
    everything = sorted(strategies.KINDS)
    yield "revision", lambda view: (view.revision, view.as_of)
    yield "nodes", lambda view: view.nodes(ids)
    yield "find", lambda view: view.find(kind=kind, keys=keys, after=after, limit=limit)
    yield "find all", lambda view: view.find(kind=kind, keys=keys)
    yield "keys", lambda view: view.keys("email:", limit=limit)
    yield "edges", lambda view: view.edges(ids, kinds=kinds, at=at, before=before)
    yield "newest", lambda view: view.edges(ids, kinds=kinds, at=at, before=before, newest=newest)
    yield "newest of all", lambda view: view.edges(everything, newest=newest)
    yield "tally", lambda view: view.tally(ids, kinds=strategies.EDGE_KINDS)
    ends = Ends((0,), at or "source", newest=newest)
    steps = [
        EdgeQuery(ids, kinds, at, before, keys=keys or ()),
        EdgeQuery(ids[:1], None, newest=newest, ends=(ends,)),
    ]
    tally = TallyQuery(ends, strategies.EDGE_KINDS)
    yield (
        "walk",
        lambda view: view.walk(steps, read=ids, known=everything[:2], tally=tally, texts=ids),
    )
    yield "passages", lambda view: list(view.passages())
    yield "passages about", lambda view: list(view.passages(ids))
    yield "versions", lambda view: view.versions(everything)
    yield "scan", lambda view: list(view.scan(since=since))
    yield "counts", lambda view: view.counts()
    yield "expand", lambda view: view.expand(ids, hops=limit, kinds=kinds, limit=newest + 1)


def _leans_on(fact: Fact) -> tuple[str, ...]:
    match fact:
        case Node():
            return ()
        case Edge():
            return fact.source, fact.target
        case Passage():
            return (fact.about,)


def _same(question: str, answers: Mapping[str, Any]) -> None:
    (first, wanted), *rest = answers.items()
    for name, answer in rest:
        assert answer == wanted, f"{question}: {name} gave {answer}, {first} gave {wanted}"
