"""What agreement of names is worth: by their frequency, by what else is shared, or alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import product
from math import log2
from typing import Final

from omnimemory.identity import names
from omnimemory.identity.pair import FULL_NAME, GIVEN_NAME, INITIAL_NAME, Pair


def given_names(pair: Pair) -> None:
    """Compare given names, nicknames as names, the frequent ones worth less."""
    best = _best(pair.left.given, pair.right.given, names.compare_given)
    if best is None:
        return
    level, value = best
    if level == names.CONFLICT and _crossed(pair):
        return
    anchored = bool(pair.anchors)
    match level:
        case names.EXACT:
            frequency = pair.statistics.given_frequency(value) + 0.01 * anchored
            pair.found("given name", "same", log2(0.75 / frequency), value)
        case names.SIMILAR:
            pair.found("given name", "similar", log2(0.18 / (0.02 if anchored else 0.012)), value)
        case names.INITIAL:
            pair.found("given name", "initial", log2(0.12 / 0.08), value)
        case _ if pair.supports and _look_alike(pair):
            pair.found("given name", "alike", -1.0, value)
        case _:
            _differ(pair, value)
    pair.names = (0, INITIAL_NAME, GIVEN_NAME, GIVEN_NAME)[level]


def _differ(pair: Pair, value: str) -> None:
    """Note two given names: a conflict, which says less the more often a tenant errs."""
    bits = log2(pair.statistics.differing("given name") / 0.97)
    pair.found("given name", "different", bits, value)
    pair.conflict = True


def _look_alike(pair: Pair) -> bool:
    """Return whether two given names may be one, spelled by ear: enough beside an identifier."""
    both = product(pair.left.given, pair.right.given)
    return any(
        names.sound_alike(one, other) and not (names.is_known(one) and names.is_known(other))
        for one, other in both
    )


def _crossed(pair: Pair) -> bool:
    """Find names whose given name and surname stand the other way round, or of which one is left.

    A lone word may be either name. Where only one word stands in the other's place, as in
    "Alicia Heron" and "Heron Brooke", they are two given names with one surname.
    """
    left, right = pair.left, pair.right
    if not left.surnames.keys().isdisjoint(right.surnames):
        return False
    there = _agrees(left.given, right.surnames)
    back = _agrees(right.given, left.surnames)
    if there and back:
        pair.found("given name", "in place of the surname", 6.0)
        pair.found("surname", "in place of the given name", 5.0)
        pair.names = FULL_NAME
        return True
    if (there and not left.surnames) or (back and not right.surnames):
        pair.found("surname", "the only name of one", 4.0)
        return True
    if there or back:
        house = pair.household or pair.address
        _differ(pair, "")
        pair.found("surname", "in place of the given name", log2(0.88 / 0.6) if house else 5.0)
        return True
    return False


def _agrees(left: Iterable[str], right: Iterable[str]) -> bool:
    best = _best(left, right, names.compare_surname)
    return best is not None and best[0] >= names.SIMILAR


def surnames(pair: Pair) -> None:
    """Compare surnames; beside a household's anchor they say little."""
    best = _best(pair.left.surnames, pair.right.surnames, names.compare_surname)
    if best is None or (pair.findings and pair.findings[-1].feature == "surname"):
        return
    level, value = best
    if level == names.CONFLICT and _in_middle(pair):
        level = names.SIMILAR
    house = pair.household or pair.address
    match level:
        case names.EXACT:
            floor = 0.02 if pair.anchors else 0
            chance = 0.6 if house else max(pair.statistics.surname_frequency(value), floor)
            pair.found("surname", "same", log2(0.88 / chance), value)
        case names.SIMILAR:
            pair.found("surname", "similar", log2(0.08 / (0.03 if house else 0.006)), value)
        case names.INITIAL:
            pair.found("surname", "initial", log2(0.12 / 0.08), value)
        case _:
            pair.found("surname", "different", log2(0.04 / (0.4 if house else 0.98)), value)
    if level >= names.SIMILAR and pair.names == GIVEN_NAME:
        pair.names = FULL_NAME


def _in_middle(pair: Pair) -> bool:
    """Return whether the surname of one stands before the surname of the other."""
    left, right = pair.left, pair.right
    return bool(left.surnames.keys() & right.middle or right.surnames.keys() & left.middle)


def full_names(pair: Pair) -> None:
    """Weigh a full name by itself: without an identifier, or beside one that says little.

    The parts of a name are not independent, so that their bits are damped; slope and offset
    were measured on made-up customers with namesakes. What damps the names must not damp how
    many people there are, so that every further doubling of them costs a whole bit. A shared
    identifier, however common, never makes a full name say less than it does alone.
    """
    if pair.names < FULL_NAME:
        return
    said = pair.bits
    if not pair.anchors and not pair.address:
        alone = said
    elif pair.household or pair.address:
        alone = _alone(pair)
    else:
        return
    crowd = max(log2(pair.statistics.population / _MEASURED_AT), 0.0)
    damped = _NAMES_OFFSET + _NAMES_SLOPE * alone - (1 - _NAMES_SLOPE) * crowd
    if damped > said or not (pair.anchors or pair.address):
        pair.found("full name", "by itself", damped - said)


def _alone(pair: Pair) -> float:
    """Return what the names would say if nothing were shared."""
    bare = Pair(pair.left, pair.right, pair.statistics)
    given_names(bare)
    surnames(bare)
    return bare.bits - log2(pair.statistics.population)


_NAMES_SLOPE: Final = 0.6
_NAMES_OFFSET: Final = 2.6
_MEASURED_AT: Final = 6_000
"""How many customers there were where slope and offset were measured."""


def _best(
    left: Iterable[str], right: Iterable[str], compare: Callable[[str, str], int]
) -> tuple[int, str] | None:
    """Return the best agreement between any two words of one script, and the word.

    Letters of two scripts cannot disagree.
    """
    best = -1
    value = ""
    for one, other in product(left, right):
        comparable = one.isascii() == other.isascii()
        if comparable and (level := compare(one, other)) > best:
            best, value = level, (one if len(one) > 1 else other)
            if best == names.EXACT:
                break
    return None if best < 0 else (best, value)
