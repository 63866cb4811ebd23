"""What a meeting of a record with customers teaches: how often things are shared, or told wrong.

Everything is counted where something else says who is who, since features are independent
given that (Fellegi & Sunter 1969); nobody has to label anything.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from omnimemory.identity.classes import Clue
from omnimemory.identity.evidence import Profile
from omnimemory.identity.features import by_namespace
from omnimemory.identity.ledger import Ledger
from omnimemory.identity.pair import FULL_NAME, GIVEN_NAME, INITIAL_NAME
from omnimemory.identity.policy import outweighs
from omnimemory.identity.scoring import Score
from omnimemory.identity.statistics import Statistics


def learn(
    statistics: Statistics,
    ledger: Ledger,
    profile: Profile,
    found: Collection[tuple[Score, str]],
) -> None:
    """Count what a record's meetings with customers teach.

    Args:
        statistics: What counts it.
        ledger: The customers; it counts the identifiers that people of two names share.
        profile: The record.
        found: The customers that it met, and how well they agree.
    """
    for result, id in found:
        _errors(statistics, result)
        if result.names == FULL_NAME and result.supports:
            _ids(statistics, profile, ledger.profiles[id])
    if not profile.given:
        return
    for result, id in found:
        other = ledger.profiles[id]
        if other.given and result.names != INITIAL_NAME:
            shared = [clue for key, clue in profile.clues.items() if key in other.clues]
            _sharing(statistics, ledger, shared, result)


def _sharing(statistics: Statistics, ledger: Ledger, shared: Iterable[Clue], result: Score) -> None:
    """Count whether two named parties who share something seem to be one person."""
    compatible = result.names >= GIVEN_NAME or outweighs(result)
    for clue in shared:
        statistics.met(clue.kind, compatible=compatible)
        if not compatible:
            ledger.clashes[clue.key] += 1
    if any(one.feature == "street" for one in result.findings):
        statistics.met("address", compatible=compatible)


def _errors(statistics: Statistics, result: Score) -> None:
    """Count how often one person has two given names, or two days of birth.

    Who has one id and one full name is one person whatever the day of birth, and so is who
    has one id and one day of birth whatever the name.
    """
    levels = {one.feature: one.level for one in result.findings}
    if not any(feature[:3] == "id " and level == "same" for feature, level in levels.items()):
        return
    if result.names == FULL_NAME and "born" in levels:
        statistics.compared("born", different=levels["born"] == "different")
    if levels.get("born") == "same" and "given name" in levels:
        statistics.compared("given name", different=levels["given name"] == "different")


def _ids(statistics: Statistics, left: Profile, right: Profile) -> None:
    """Count how often one person has two ids in a namespace."""
    theirs = by_namespace(right)
    for namespace, keys in by_namespace(left).items():
        if namespace in theirs:
            statistics.compared(namespace, different=keys.isdisjoint(theirs[namespace]))
