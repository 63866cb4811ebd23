"""``memory.identity``: who is who, why, and how to put it right."""

from __future__ import annotations

from collections.abc import Callable, Collection

from omnimemory.identity import facts
from omnimemory.identity.decide import Decision
from omnimemory.identity.facts import Holders
from omnimemory.identity.policy import Policy, PolicyName, policy_of
from omnimemory.identity.resolution import Listener, Resolution
from omnimemory.identity.scoring import Score
from omnimemory.identity.statistics import Statistics
from omnimemory.model.time import AsOf
from omnimemory.reads.customers import Customer
from omnimemory.store.base import GraphStore, GraphView
from omnimemory.who import actions, explain, provenance, questions
from omnimemory.who.actions import Outcome
from omnimemory.who.explain import Why
from omnimemory.who.provenance import Provenance
from omnimemory.who.questions import Answer, Question
from omnimemory.who.replay import Replay, replay
from omnimemory.who.shared import shared_keys


class Identities:
    """The identities of one memory.

    Args:
        store: Where they are kept.
        tenant: Whose.
        resolution: The policy, what was learned, and who listens.
    """

    def __init__(self, store: GraphStore, tenant: str, resolution: Resolution) -> None:
        self._store = store
        self._tenant = tenant
        self._resolution = resolution

    @property
    def policy(self) -> Policy:
        """The policy by which identities become customers."""
        return self._resolution.policy

    def why(self, left: Customer | str, right: Customer | str) -> Why:
        """Return what speaks for and against that two are one person.

        Args:
            left: An identity, by its id, or a customer by any of their names.
            right: The other.

        Raises:
            NotFoundError: One of them is nobody here.
        """
        view = self._view()
        return explain.why(view, left, right, self.policy, self._learned(view))

    def how(self, customer: Customer | str) -> Provenance:
        """Return how a customer was put together, every decision, oldest first.

        Raises:
            NotFoundError: There is no such customer.
        """
        return provenance.how(self._view(), customer)

    def review(self, *, limit: int = 20) -> list[Question]:
        """Return open questions, the most valuable first; answer them with `Question.answer`."""
        return questions.review(self._view(), limit, self._answered)

    def shared_keys(self, *, limit: int = 20) -> list[Holders]:
        """Return identifiers that different people share, the most contested first.

        What stands here is worth blocking or limiting in the policy, if it names no person.
        """
        return shared_keys(self._view(), limit)

    def merge(
        self, left: Customer | str, right: Customer | str, *, by: str, reason: str
    ) -> Outcome:
        """Make two customers one because somebody says so; the younger id leads to the older.

        Raises:
            InputError: They are one already, or are kept apart.
            NotFoundError: One of them is nobody here.
        """

        def plan(view: GraphView) -> Decision:
            learned = self._learned(view)
            return actions.merge(view, left, right, self.policy, learned, by=by, reason=reason)

        return self._write(plan)

    def unmerge(self, identities: Collection[str], *, by: str, reason: str) -> Outcome:
        """Make identities of a customer another one, for good: nothing joins them by itself.

        They get the id back that they had before a merge, where they had one.

        Raises:
            InputError: They are of several customers, or are all that one has.
            NotFoundError: One of them is no identity here.
        """
        return self._write(
            lambda view: actions.unmerge(view, identities, self.policy, by=by, reason=reason)
        )

    def allow(self, left: Customer | str, right: Customer | str) -> int:
        """Take back that two customers are kept apart; return the revision.

        Raises:
            InputError: Nobody keeps them apart.
        """
        _, revision = actions.commit(
            self._store,
            self._tenant,
            lambda view: actions.allow(view, left, right, self.policy),
        )
        return revision

    def replay(self, policy: Policy | PolicyName | None = None) -> Replay:
        """Return what a policy would merge and split, without writing; `Replay.apply` writes it.

        Cannot-links and merges that a person decided hold under every policy.

        Args:
            policy: Another policy; this memory's own if left out.
        """
        chosen = self.policy if policy is None else policy_of(policy)
        decision, count = replay(self._view(), chosen)
        return _replay(decision, count, chosen, None, lambda: self._apply(chosen))

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call a function with each event (``attached``, ``merged``, ``split``) once committed.

        Returns:
            What ends the subscription.
        """
        return self._resolution.subscribe(listener)

    def _apply(self, policy: Policy) -> Replay:
        count = 0

        def plan(view: GraphView) -> Decision:
            nonlocal count
            decision, count = replay(view, policy)
            return decision

        decision, revision = actions.commit(self._store, self._tenant, plan)
        self._resolution.tell(decision.events)
        return _replay(decision, count, policy, revision, None)

    def _answered(self, question: Question, answer: Answer, by: str, reason: str) -> Outcome:
        left, right = question.left.id, question.right.id
        actions.check_said(by, reason)

        def plan(view: GraphView) -> Decision:
            questions.check_open(view, question)
            if answer == "same":
                learned = self._learned(view)
                return actions.merge(view, left, right, self.policy, learned, by=by, reason=reason)
            return actions.keep_apart(view, left, right, self.policy, by=by, reason=reason)

        decision, revision = actions.commit(self._store, self._tenant, plan)
        learned = self._resolution.begin(None)
        bits = sum(one.bits for one in question.findings)
        actions.learn(learned, Score(bits, question.findings), same=answer == "same")
        self._resolution.end(learned, None, decision.events)
        if decision.events:
            return actions.outcome(decision, revision)
        return Outcome(left, right, (), revision)

    def _write(self, plan: Callable[[GraphView], Decision]) -> Outcome:
        decision, revision = actions.commit(self._store, self._tenant, plan)
        self._resolution.tell(decision.events)
        return actions.outcome(decision, revision)

    def _view(self) -> GraphView:
        return self._store.view(self._tenant, AsOf())

    def _learned(self, view: GraphView) -> Statistics:
        (stored,) = view.nodes([facts.STATISTICS]) or (None,)
        return self._resolution.begin(stored)

    def __repr__(self) -> str:
        return f"<Identities of {self._tenant}, {self.policy.name} policy>"


def _replay(
    decision: Decision,
    count: int,
    policy: Policy,
    applied: int | None,
    apply: Callable[[], Replay] | None,
) -> Replay:
    events = decision.events
    merges = {(one.other or "", one.customer) for one in events if one.kind == "merged"}
    splits = [
        (one.customer, one.other or "", one.identities) for one in events if one.kind == "split"
    ]
    return Replay(policy.name, count, tuple(sorted(merges)), tuple(sorted(splits)), applied, apply)
