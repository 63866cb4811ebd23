"""The one place where a score becomes a decision; whatever joins anything asks here."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Literal, TypeAlias

import msgspec

from omnimemory.errors import InputError
from omnimemory.identity.pair import FULL_NAME
from omnimemory.identity.scoring import Score

PolicyName: TypeAlias = Literal["cautious", "balanced", "strict"]


class Verdict(StrEnum):
    """What a score comes to."""

    SAME = "same"
    ASK = "ask"
    DIFFERENT = "different"


class Limit(msgspec.Struct, frozen=True):
    """How many identifiers of one type a customer may have before a person is asked.

    Attributes:
        most: The largest number.
        days: Within so many days, by when each was seen last; ever, if left out.
    """

    most: int
    days: float | None = None


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """How sure is sure enough, and which identifiers to trust.

    Attributes:
        name: What decisions name as their reason.
        attach: Posterior from which an identity joins a customer.
        merge: Posterior from which two customers become one.
        review: Posterior from which a person is asked.
        name_alone: Posterior from which a full name suffices without anything else that
            agrees; never, if left out.
        region: Country of phone numbers that name none, such as ``DE``.
        blocked: Keys that are placeholders of this tenant, such as ``email:shop@acme.com``.
        unique: Namespaces in which a person has one id, such as ``app``.
        limits: By type (``email``, ``phone``, ``device``, ``handle``) or namespace, how many
            identifiers a customer may have: nothing joins by itself that would exceed it.
    """

    name: str = "custom"
    attach: float = 0.75
    merge: float = 0.85
    review: float = 0.5
    name_alone: float | None = None
    region: str | None = None
    blocked: frozenset[str] = frozenset()
    unique: frozenset[str] = frozenset()
    limits: Mapping[str, Limit] = {}

    def on_identity(self, posterior: float, score: Score) -> Verdict:
        """Return whether an identity joins its best customer.

        Args:
            posterior: That it is this customer and no other candidate.
            score: Against this customer alone.
        """
        sure = posterior >= self.attach and (not score.conflict or outweighs(score))
        if sure and self._is_grounded(score, posterior):
            return Verdict.SAME
        return Verdict.ASK if score.posterior >= self.review else Verdict.DIFFERENT

    def on_customers(self, score: Score, *, single: bool = False) -> Verdict:
        """Return whether two customers become one.

        Args:
            score: How they agree.
            single: Whether one of them is one identity, which then joins as it would have
                if it had come later.
        """
        least = self.attach if single else self.merge
        sure = score.posterior >= least and (not score.conflict or outweighs(score))
        if sure and self._is_grounded(score, score.posterior):
            return Verdict.SAME
        return Verdict.ASK if score.posterior >= self.review else Verdict.DIFFERENT

    def _is_grounded(self, score: Score, posterior: float) -> bool:
        if score.supports:
            return True
        return (
            score.names == FULL_NAME
            and self.name_alone is not None
            and posterior >= self.name_alone
        )


def outweighs(score: Score) -> bool:
    """Return whether so much else agrees that one conflict must be an error in the data."""
    return score.bits >= _OVERWHELMING and score.supports >= _SEVERAL


_OVERWHELMING: Final = 7
_SEVERAL: Final = 2

CAUTIOUS: Final = Policy(name="cautious", name_alone=0.98)
BALANCED: Final = Policy(name="balanced", attach=0.6, merge=0.8, name_alone=0.8)
STRICT: Final = Policy(name="strict", attach=0.95, merge=0.98, review=0.6)
_NAMED: Final = {one.name: one for one in (CAUTIOUS, BALANCED, STRICT)}


def policy_of(policy: Policy | str) -> Policy:
    """Return the policy with this name, or the policy itself.

    Raises:
        InputError: There is no such policy, or its thresholds are out of order.
    """
    if isinstance(policy, str):
        if policy not in _NAMED:
            raise InputError(f"no policy {policy!r}; known: {', '.join(sorted(_NAMED))}")
        return _NAMED[policy]
    if not 0 < policy.review <= policy.attach <= policy.merge <= 1:
        raise InputError(
            f"a policy needs 0 < review <= attach <= merge <= 1, not review={policy.review}, "
            f"attach={policy.attach}, merge={policy.merge}"
        )
    for type, limit in policy.limits.items():
        if limit.most < 1 or (limit.days is not None and limit.days <= 0):
            raise InputError(
                f"the limit of {type!r} must be at least 1 within more than 0 days, not {limit}"
            )
    return policy
