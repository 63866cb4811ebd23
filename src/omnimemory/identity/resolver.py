"""The way of a record: candidates, scores, one decision, and a look again at what it touched."""

from __future__ import annotations

from collections.abc import Iterable
from math import log2

import msgspec

from omnimemory.identity.classes import HOUSEHOLD
from omnimemory.identity.evidence import Evidence, Profile
from omnimemory.identity.learning import learn
from omnimemory.identity.ledger import Ledger, Related, Why
from omnimemory.identity.limits import fits
from omnimemory.identity.pair import FULL_NAME, Finding
from omnimemory.identity.policy import Policy, Verdict, outweighs
from omnimemory.identity.scoring import Score, score
from omnimemory.identity.statistics import Statistics

_MOST_RIVALS = 5
_MOST_QUESTIONS = 3
_MOST_OPEN = 8


class Resolver:
    """Decides who is who, one identity after another.

    Args:
        policy: What decides.
        ledger: Who is who so far.
        statistics: What the tenant's data taught so far.
    """

    def __init__(self, policy: Policy, ledger: Ledger, statistics: Statistics) -> None:
        self.policy = policy
        self.ledger = ledger
        self.statistics = statistics
        self.touched: set[str] = set()

    def add(self, one: Evidence) -> str:
        """Decide whose an identity is and return the customer."""
        profile = Profile("", (one,))
        found = self._scores(profile)
        learn(self.statistics, self.ledger, profile, found)
        self.statistics.saw(one)
        relatives = relations(found)
        target = self._target(profile, found)
        if target is None:
            fresh = self.ledger.fresh_id("", (one.id,))
            self.ledger.put(fresh, one)
            self.ledger.why[one.id] = Why("new")
            self._relate(fresh, relatives)
            self.touched.add(fresh)
            self.statistics.came(1)
            for result, other in found[:_MOST_QUESTIONS]:
                if result.posterior >= self.policy.review and other in self.ledger.profiles:
                    self.ledger.ask(fresh, other, result)
            return fresh
        self.ledger.put(target, one)
        self.ledger.why[one.id] = Why("attached", found[0][0])
        self.touched.add(target)
        if not found[0][0].supports:
            self.ledger.loose.add(target)
        for result, other in found[1 : _MOST_RIVALS + 1]:
            if result.posterior >= self.policy.review:
                self._try(self.ledger.customer_of[one.id], other)
        self._again(self.ledger.customer_of[one.id])
        self._relate(self.ledger.customer_of[one.id], relatives)
        return self.ledger.customer_of[one.id]

    def _relate(self, customer: str, relatives: Iterable[tuple[str, Related]]) -> None:
        for other, related in relatives:
            if other != customer:
                self.ledger.related[customer, other] = related

    def _scores(self, profile: Profile) -> list[tuple[Score, str]]:
        """Return the scores against each candidate, best first."""
        ledger = self.ledger
        found = [
            (self._score(profile, other), id)
            for id in ledger.candidates(profile)
            if not ledger.forbidden(profile, other := ledger.profiles[id])
        ]
        found.sort(key=lambda one: (-one[0].bits, one[1]))
        return found

    def _score(self, one: Profile, other: Profile) -> Score:
        return score(one, other, self.statistics, self.ledger.owners, self.policy.unique)

    def _target(self, profile: Profile, found: list[tuple[Score, str]]) -> str | None:
        """Return the customer that a record belongs to, once rivals that are one were merged."""
        if not found:
            return None
        best, target = found[0]
        if best.posterior >= self.policy.attach:
            for result, rival in found[1 : _MOST_RIVALS + 1]:
                if (
                    result.posterior >= self.policy.review
                    and _share(best, found) < self.policy.attach
                ):
                    target = self._try(target, rival) or target
            found = [one for one in found if one[1] in self.ledger.profiles or one[0] is best]
        verdict = self.policy.on_identity(_share(best, found), best)
        fit = fits(profile, self.ledger.profiles[target], self.policy.limits)
        return target if verdict is Verdict.SAME and fit else None

    def _try(self, left: str, right: str) -> str | None:
        """Merge two customers if they are one, or ask; return who is left if they were merged."""
        ledger = self.ledger
        if left == right or left not in ledger.profiles or right not in ledger.profiles:
            return None
        one, other = ledger.profiles[left], ledger.profiles[right]
        if ledger.forbidden(one, other):
            return None
        result = self._between(one, other)
        match self._verdict(one, other, result):
            case Verdict.SAME:
                return self._merge(left, right, result)
            case Verdict.ASK:
                ledger.ask(left, right, result)
            case Verdict.DIFFERENT:
                ledger.settle(left, right)
        return None

    def _between(self, one: Profile, other: Profile) -> Score:
        """Return how two customers agree; by a name alone the less, the more have it."""
        result = self._score(one, other)
        if result.supports or result.names < FULL_NAME:
            return result
        doubt = log2(1 + self.ledger.namesakes(one, other))
        return msgspec.structs.replace(
            result,
            bits=result.bits - doubt,
            findings=(*result.findings, Finding("namesakes", "others of that name", -doubt)),
        )

    def _merge(self, left: str, right: str, result: Score) -> str:
        kept, gone = sorted((left, right), key=lambda one: (self.ledger.age[one], one))
        moved = list(self.ledger.profiles[gone].members)
        self.ledger.merge(gone, kept)
        self.ledger.why.update(dict.fromkeys(moved, Why("merged", result)))
        if not result.supports:
            self.ledger.loose.add(kept)
        self.statistics.came(-1)
        self.touched.discard(gone)
        self.touched.add(kept)
        return kept

    def settle(self) -> None:
        """Look again at all that was touched: what a name alone held, and who may be one."""
        touched, self.touched = sorted(self.touched), set()
        for customer in touched:
            if customer in self.ledger.loose:
                self._recheck(customer)
        for customer in sorted({*touched, *self.touched}):
            if customer in self.ledger.profiles:
                self._try_all(customer)
        self.touched = set()

    def _try_all(self, customer: str) -> None:
        """Merge a customer with whom it is one, the likeliest first, and ask about the others."""
        ledger = self.ledger
        one = ledger.profiles[customer]
        found = [
            (self._between(one, other), id)
            for id in ledger.candidates(one)
            if not ledger.forbidden(one, other := ledger.profiles[id])
        ]
        found.sort(key=lambda each: (-each[0].bits, each[1]))
        for result, id in found:
            match self._verdict(one, ledger.profiles[id], result):
                case Verdict.SAME if self._is_clear(result, id, found):
                    self._try_all(self._merge(customer, id, result))
                    return
                case Verdict.DIFFERENT:
                    ledger.settle(customer, id)
                case _:
                    ledger.ask(customer, id, result)

    def _verdict(self, one: Profile, other: Profile, result: Score) -> Verdict:
        single = min(len(one.members), len(other.members)) == 1
        verdict = self.policy.on_customers(result, single=single)
        if verdict is Verdict.SAME and not fits(one, other, self.policy.limits):
            return Verdict.ASK
        return verdict

    def _is_two(self, one: Profile, other: Profile) -> bool:
        result = self._between(one, other)
        return result.conflict and not outweighs(result)

    def _is_clear(self, result: Score, id: str, found: Iterable[tuple[Score, str]]) -> bool:
        """Return whether a customer is the likeliest by far, of those who are not one with it."""
        one = self.ledger.profiles[id]
        rivals = [
            (score, None)
            for score, other in found
            if other != id
            and score.posterior >= self.policy.review
            and self._is_two(one, self.ledger.profiles[other])
        ]
        return not rivals or _share(result, [(result, None), *rivals]) >= self.policy.merge

    def _recheck(self, customer: str) -> None:
        """Split off the parts of a customer that no longer fit the rest."""
        members = self.ledger.profiles[customer].members
        parts = self.ledger.parts(customer)
        core = Profile(customer, [members[id] for id in parts[0]])
        is_loose = False
        for part in parts[1:]:
            inner = Profile("", [members[id] for id in part])
            result = self._between(inner, core)
            if result.conflict or self._verdict(inner, core, result) is not Verdict.SAME:
                fresh = self.ledger.fresh_id(customer, part)
                self.ledger.split(customer, fresh, part)
                self.ledger.why.update(dict.fromkeys(part, Why("split", result)))
                self.statistics.came(1)
                self.touched |= {customer, fresh}
                continue
            is_loose |= not result.supports
            for id in part:
                core.add(members[id])
        if not is_loose:
            self.ledger.loose.discard(customer)

    def _again(self, customer: str) -> None:
        """Look again at the open questions of a customer."""
        for other in list(self.ledger.questions.get(customer, ()))[:_MOST_OPEN]:
            self._try(customer, other)


def relations(found: Iterable[tuple[Score, str]]) -> list[tuple[str, Related]]:
    """Return who lives or works with an identity: different people who share what a home shares.

    One surname makes a household, a role address or one company colleagues.
    """
    out: list[tuple[str, Related]] = []
    for result, id in found:
        shared = [one for one in result.findings if one.level == "same"]
        keys = [one for one in shared if one.feature in HOUSEHOLD]
        if not result.conflict or not keys:
            continue
        features = {one.feature for one in shared}
        if features & {"email role", "company"}:
            out.append((id, Related("colleagues", keys[0].value)))
        elif "surname" in features:
            out.append((id, Related("household", keys[0].value)))
    return out[:_MOST_RIVALS]


def _share(best: Score, found: Iterable[tuple[Score, str | None]]) -> float:
    """Return the posterior of the best candidate given that at most one is right."""
    return 2.0**best.bits / (1 + sum(2.0**one.bits for one, _ in found))
