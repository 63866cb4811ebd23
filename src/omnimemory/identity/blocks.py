"""Blocking keys: under which words two records meet that share no identifier.

They name what makes a pair worth a look (Christen 2012, ch. 4), never a decision.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from omnimemory.identity.classes import HOUSEHOLD, is_document
from omnimemory.identity.evidence import Evidence
from omnimemory.identity.names import Name, full_names

MOST_OWNERS: Final = 40
"""Owners above which a key finds nobody by itself."""

_MOST_NAMESAKES: Final = {"i:": 8, "n:": 16}
"""The same for keys made of names: one of k namesakes is k times less likely the right one,
so that of more than these no name by itself reaches a question, whatever their frequency."""

_LEAST_LOCAL: Final = 6


def most_owners(key: str) -> int:
    """Return how many owners an identifier or blocking key may have and still find somebody."""
    return _MOST_NAMESAKES.get(key[:2], MOST_OWNERS)


def blocks(one: Evidence) -> tuple[str, ...]:
    """Return the blocking keys of one identity, each once.

    ``n:`` and ``i:`` are a whole name and its initial, ``l:`` a local part or handle,
    ``c:`` and ``g:`` a surname or given name in a company, ``z:`` one in a postcode, ``b:`` one
    with a day of birth, ``a:`` an initial at an address,
    ``h:`` an address and a day of birth, ``k:`` a given name beside an
    identifier that households share; a phone's are its last digits.
    """
    return tuple(dict.fromkeys(_blocks(one)))


def _blocks(one: Evidence) -> Iterator[str]:
    for clue in one.clues:
        if clue.kind.startswith("phone") or is_document(clue.kind):
            yield clue.key
        if len(clue.local) >= _LEAST_LOCAL:
            yield f"l:{clue.local}"
    if one.name is not None:
        yield from _of_name(one.name, one)
    if one.born:
        day = _either_order(one.born)
        yield from (f"h:{place}:{day}" for place in (one.house, one.postcode) if place)


def _of_name(name: Name, one: Evidence) -> Iterator[str]:
    if name.given and name.surname:
        yield from _full(name)
    if name.given:
        yield from _of_given(name.given, one)
    if name.surname:
        yield from _of_surname(name.surname, one)
    if one.born:
        day = _either_order(one.born)
        yield from (f"b:{part}:{day}" for part in (name.given, name.surname) if len(part) > 1)
    if one.house:
        yield from (f"a:{part[0]}:{one.house}" for part in (name.given, name.surname) if part)


def _of_given(given: str, one: Evidence) -> Iterator[str]:
    yield from (f"g:{given}:{company}" for company in sorted(one.companies))
    yield from (f"k:{given}:{clue.key}" for clue in one.clues if clue.kind in HOUSEHOLD)


def _of_surname(surname: str, one: Evidence) -> Iterator[str]:
    yield from (f"c:{surname}:{company}" for company in sorted(one.companies))
    if one.postcode:
        yield f"z:{surname[:3]}:{one.postcode}"


def _full(name: Name) -> Iterator[str]:
    """Yield keys of a whole name, in either order of its words, nicknames as the full names."""
    if len(name.given) > 1:
        for full in full_names(name.given):
            yield f"n:{'|'.join(sorted((full, name.surname)))}"
    yield f"i:{name.given[0]}:{name.surname}"


def _either_order(born: str) -> str:
    """Return a date with day and month sorted, since people swap them."""
    year, month, day = born.split("-")
    return "-".join((year, *sorted((month, day))))
