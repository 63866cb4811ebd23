"""The features that two sides are compared by, and what each agreement is worth in bits.

The weights are logarithms of likelihood ratios, m / u in Fellegi & Sunter's terms, estimated on
made-up customers and rounded; what varies between tenants is learned instead.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from math import log2
from typing import Final

from omnimemory.identity.classes import Clue, is_document
from omnimemory.identity.evidence import Profile
from omnimemory.identity.name_features import full_names, given_names, surnames
from omnimemory.identity.pair import FULL_NAME, GIVEN_NAME, INITIAL_NAME, Pair

_DIFFERENT_ANCHORED: Final = log2(0.3 / 0.97)


def emails(pair: Pair) -> None:
    """Compare addresses where none is shared: a slip of the keyboard, or two addresses."""
    left, right = pair.left.emails, pair.right.emails
    if not left or not right or any(one.key in pair.right.clues for one in left):
        if not pair.anchors:
            _local_names(pair)
        return
    level = max(_same_mailbox(one, other) for one, other in product(left, right))
    if level == 2 and any(_is_own_name(pair, one.local) for one in left):
        level = 0
    match level:
        case 3 | 2:
            bits = log2(0.04 / 0.00004) if level == 3 else log2(0.06 / 0.0004)
            if not pair.anchors:
                bits = min(bits, log2(pair.statistics.population) + 2)
            pair.found("email", "typo" if level == 3 else "similar", bits)
            pair.supports += 1
        case _:
            pair.found("email", "different", _DIFFERENT_ANCHORED if pair.anchors else -3.5)


def _same_mailbox(one: Clue, other: Clue) -> int:
    """Return 3 for a typo in the domain, 2 for one in the name or another domain, else 0."""
    from rapidfuzz.distance import OSA  # noqa: PLC0415 - native code, at the first comparison

    if one.local == other.local and len(one.local) > 4:
        return 3 if OSA.distance(one.domain, other.domain) <= 2 else 2
    if one.domain == other.domain and len(one.local) > 6:
        return 2 if _is_slip(one.local, other.local) else 0
    return 0


def _local_names(pair: Pair) -> None:
    """Compare a local part with a handle: people keep a name across services."""
    shared = pair.left.locals & pair.right.locals
    if not shared:
        return
    if all(_is_own_name(pair, local) for local in shared):
        pair.found("user name", "same, made of the name", 2.5, min(shared))
    else:
        pair.found("user name", "same", log2(pair.statistics.population) + 1, min(shared))
        pair.supports += 1


def _is_own_name(pair: Pair, local: str) -> bool:
    """Return whether a local part is made of the person's name, and says little more."""
    words = (*pair.left.given, *pair.left.surnames, *pair.right.given, *pair.right.surnames)
    return any(len(word) > 2 and word in local for word in words)


def phones(pair: Pair) -> None:
    """Compare mobile numbers where none is shared: most people have one."""
    left, right = _mobiles(pair.left), _mobiles(pair.right)
    if left and right and not left & right:
        pair.found("phone mobile", "different", _DIFFERENT_ANCHORED if pair.anchors else -3.0)


def handles(pair: Pair) -> None:
    """Compare handles of one platform where none is shared."""
    left, right = _handles(pair.left), _handles(pair.right)
    if left and right and not left & right and not pair.anchors:
        pair.found("handle", "different", -2.0)


def _handles(profile: Profile) -> set[str]:
    return {clue.key for clue in profile.clues.values() if clue.kind == "handle"}


def _mobiles(profile: Profile) -> set[str]:
    return {clue.key for clue in profile.clues.values() if clue.kind == "phone mobile"}


def ids(pair: Pair) -> None:
    """Compare ids of one namespace: two different ones speak for two people.

    Two numbers of a document are a conflict where no name could tell the one from a mistake.
    """
    left, right = by_namespace(pair.left), by_namespace(pair.right)
    for namespace in sorted(left.keys() & right.keys()):
        if left[namespace] & right[namespace]:
            continue
        slip = _slip_bits(left[namespace], right[namespace]) if is_document(namespace) else 0
        if slip:
            pair.found(namespace, "one digit apart", slip)
            pair.supports += 1
            pair.document |= slip > _ISSUED_TOGETHER
            continue
        is_unique = namespace[len("id ") :] in pair.unique
        chance = 0.01 if is_unique else pair.statistics.differing(namespace)
        pair.found(namespace, "different", log2(chance))
        is_nameless = not (pair.left.given and pair.right.given)
        pair.conflict |= chance < _HARDLY_EVER or (is_document(namespace) and is_nameless)


def _slip_bits(left: Iterable[str], right: Iterable[str]) -> float:
    """Return what two numbers of a document say that are a slip of the hand apart, else 0.

    Of two numbers of n digits that were given at random, some 10 n in 10 ** n are. Numbers that
    differ in the last two places may have been issued one after the other, as to siblings.
    """
    from rapidfuzz.distance import OSA  # noqa: PLC0415 - native code, at the first comparison

    best = 0.0
    for one, other in product(left, right):
        if OSA.distance(one, other, score_cutoff=1) != 1:
            continue
        digits = len(one.partition(":")[2])
        by_chance = 10 * digits / 10**digits
        is_last = len(one) == len(other) and one[:-2] == other[:-2]
        bits = _ISSUED_TOGETHER if is_last else min(log2(_SLIPS / by_chance), _MOST_SLIP)
        best = max(best, bits)
    return best


_SLIPS: Final = 0.05
"""How many numbers are mistyped."""

_MOST_SLIP: Final = 14
_ISSUED_TOGETHER: Final = 3.0


def by_namespace(profile: Profile) -> dict[str, set[str]]:
    """Return the ids of a profile by namespace, without those of its own sources."""
    out: dict[str, set[str]] = {}
    for clue in profile.clues.values():
        if clue.kind.startswith("id ") and clue.kind[3:] not in profile.own:
            out.setdefault(clue.kind, set()).add(clue.key)
    return out


def born(pair: Pair) -> None:
    """Compare days of birth; day and month are easily swapped, a digit easily wrong."""
    left, right = pair.left.born, pair.right.born
    if not left or not right:
        return
    level = max(_same_day(one, other) for one, other in product(left, right))
    match level:
        case 3:
            bits = log2(0.95 / (0.02 if pair.household or pair.address else 5e-5))
            has_id = pair.document or _has_id(pair)
            may_be_twins = pair.conflict and not pair.names and not has_id
            most = _TWINS if may_be_twins else _WITH_DOCUMENT if pair.document else _MOST_BORN
            pair.found("born", "same", min(bits, most))
            pair.supports += 1
        case 2:
            pair.found("born", "day and month swapped", 6.0)
            pair.supports += 1
        case 1:
            pair.found("born", "a slip apart", 2.0)
        case _:
            pair.found("born", "different", log2(pair.statistics.differing("born") / 0.98))
            pair.conflict |= not (pair.document and pair.names >= GIVEN_NAME)


def _has_id(pair: Pair) -> bool:
    return any(clue.kind.startswith("id ") and bits > 0 for bits, clue in pair.anchors)


def _same_day(one: str, other: str) -> int:
    if one == other:
        return 3
    if one[:4] == other[:4] and one[5:7] == other[8:] and one[8:] == other[5:7]:
        return 2
    return int(_is_slip(one.replace("-", ""), other.replace("-", "")))


def _is_slip(one: str, other: str) -> bool:
    """Return whether two texts differ by one character, or two that stand side by side."""
    from rapidfuzz.distance import OSA  # noqa: PLC0415 - native code, at the first comparison

    return OSA.distance(one, other, score_cutoff=1) <= 1


def places(pair: Pair) -> None:
    """Compare postcodes and streets.

    Who shares a mailbox, number or device with somebody shares a home with them as well, so an
    address says much only where an id is shared, which happens by mistake alone.
    """
    house = pair.household or pair.address
    if pair.left.postcodes and pair.right.postcodes:
        if pair.left.postcodes & pair.right.postcodes:
            pair.found("postcode", "same", log2(0.9 / (0.6 if house else 0.004)))
            pair.supports += not house
        elif any(_is_slip(*both) for both in product(pair.left.postcodes, pair.right.postcodes)):
            pair.found("postcode", "a slip apart", 0.0)
        else:
            pair.found("postcode", "different", log2(0.15 / 0.99))
    if pair.address:
        if pair.anchors:
            pair.found("street", "same", log2(0.8 / (0.02 if _has_id(pair) else 0.6)))
        pair.supports += not pair.household


_HARDLY_EVER: Final = 0.03
_TWINS: Final = 3
_MOST_BORN: Final = 10
_WITH_DOCUMENT: Final = 14
"""Most bits of a shared day of birth: where names differ, else, and beside a document's number."""


def suffixes(pair: Pair) -> None:
    """Compare Jr and Sr: what tells a father from a son where all else agrees."""
    left, right = pair.left.suffixes, pair.right.suffixes
    if left & right:
        pair.found("suffix", "same", 2.0)
    elif left and right:
        pair.found("suffix", "different", -8.0)
        pair.conflict = True
    elif left or right:
        pair.found("suffix", "only one", -1.0)


def doubts(pair: Pair) -> None:
    """Take off what names alone are worth less while few were counted, if all rests on them."""
    doubt = pair.statistics.doubt_of_names
    is_bare = not pair.supports and all(clue.kind == "email role" for _, clue in pair.anchors)
    if doubt and pair.names == FULL_NAME and is_bare:
        pair.found("full name", "few names known yet", doubt)


def companies(pair: Pair) -> None:
    """Compare companies."""
    if pair.left.companies and pair.right.companies:
        if pair.left.companies & pair.right.companies:
            pair.found("company", "same", log2(0.8 / (0.3 if pair.anchors else 0.02)))
            pair.supports += not pair.anchors
        elif not any(one.startswith("account:") for one in pair.left.companies):
            pair.found("company", "different", log2(0.3 / 0.97))


def backed(pair: Pair) -> int:
    """Return 1 where an agreeing name backs an identifier that has other owners too."""
    if not pair.names or pair.conflict:
        return 0
    least = _BACKED_BY_INITIAL if pair.names == INITIAL_NAME else _BACKED_BY_NAME
    return int(any(bits > least and clue.kind != "email role" for bits, clue in pair.anchors))


_BACKED_BY_NAME: Final = -9
_BACKED_BY_INITIAL: Final = -2
FIRST: Final = (given_names, surnames, full_names, emails)
REST: Final = (phones, handles, ids, born, places, companies, suffixes, doubts)


def is_hopeless(pair: Pair) -> bool:
    """Return whether two are surely not one, by what `FIRST` found.

    They share no identifier, their names say so, and nothing else of theirs could agree.
    """
    if pair.anchors or pair.address or pair.names == FULL_NAME:
        return False
    if pair.bits >= _HOPELESS:
        return False
    left, right = pair.left, pair.right
    return not (
        (left.born and right.born)
        or (left.postcodes and right.postcodes)
        or (left.companies and right.companies)
        or (left.suffixes and right.suffixes)
        or (_has_document(left) and _has_document(right))
    )


def _has_document(profile: Profile) -> bool:
    return any(is_document(clue.kind) for clue in profile.clues.values())


_HOPELESS: Final = -8.0
