"""What is known of one participant, or of all that are one customer, ready to compare."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from omnimemory.identity.classes import Clue, clue_of
from omnimemory.identity.names import Name, fold, parse_name
from omnimemory.model.time import BEGINNING

_MOST_CLUES: Final = 60
"""Identifiers of one identity that count; who has more is no person."""

_LEAST_LOCAL: Final = 6


class Evidence(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What one identity says of a person.

    Attributes:
        id: The identity.
        name: Its name, in parts.
        clues: Its identifiers that count, by key.
        own: The namespace of the source's own ids, which tell nothing of each other.
        born: The day of birth, ``YYYY-MM-DD``.
        postcode: Letters and digits.
        street: The words and numbers of the first line of an address.
        house: A house's number and the word of its street beside it.
        companies: Names or ids of companies, folded.
        at: When it was seen, in microseconds.
    """

    id: str
    name: Name | None = None
    clues: tuple[Clue, ...] = ()
    own: str = ""
    born: str | None = None
    postcode: str | None = None
    street: frozenset[str] = frozenset()
    house: str = ""
    companies: frozenset[str] = frozenset()
    at: int = BEGINNING


def evidence(
    id: str,
    *,
    name: str | None = None,
    keys: Iterable[str] = (),
    own: str = "",
    born: str | None = None,
    address: Mapping[str, Any] | None = None,
    companies: Iterable[str] = (),
    at: int = BEGINNING,
    region: str | None = None,
    blocked: frozenset[str] = frozenset(),
) -> Evidence:
    """Return what an identity's properties say, in comparable form.

    Args:
        id: The identity.
        name: As it was written.
        keys: Verified identifiers in normal form.
        own: The namespace of the source's own ids.
        born: The day of birth in ISO 8601.
        address: With ``postcode`` and ``street``, or whatever a source calls them.
        companies: Names or ids.
        at: When it was seen.
        region: The country of phone numbers that name none.
        blocked: Keys that count as placeholders.
    """
    found = (clue_of(key, region) for key in keys if key not in blocked)
    clues = {clue.key: clue for clue in found if clue is not None}
    place = address or {}
    street = _street(place)
    return Evidence(
        id=id,
        name=parse_name(name) if name else None,
        clues=tuple(clues.values())[:_MOST_CLUES],
        own=own,
        born=born,
        postcode=_postcode(place),
        street=frozenset(street),
        house=_house(street),
        companies=frozenset(bare for one in companies if (bare := company_name(one))),
        at=at,
    )


_NONE: Final[frozenset[str]] = frozenset()


class Profile:
    """All that is known of one customer: the sum of its identities' evidence.

    Attributes:
        id: The customer.
        members: The evidence, by identity.
        clues: Identifiers, by key.
        emails: Those that are addresses of a person.
        seen: When each identifier was last seen.
        names: How often each name was given.
    """

    __slots__ = (
        "born", "clues", "companies", "emails", "given", "id", "locals", "members", "middle",
        "own", "postcodes", "seen", "streets", "suffixes", "surnames",
    )  # fmt: skip

    def __init__(self, id: str, members: Iterable[Evidence] = ()) -> None:
        self.id = id
        self.members: dict[str, Evidence] = {}
        self.clues: dict[str, Clue] = {}
        self.emails: tuple[Clue, ...] = ()
        self.seen: dict[str, int] = {}
        self.given: dict[str, int] = {}
        self.surnames: dict[str, int] = {}
        self.middle = self.own = self.suffixes = self.locals = _NONE
        self.born = self.postcodes = self.companies = _NONE
        self.streets: frozenset[frozenset[str]] = frozenset()
        for one in members:
            self.add(one)

    def add(self, one: Evidence) -> None:
        """Count one identity in."""
        self.members[one.id] = one
        if one.own not in self.own:
            self.own |= {one.own}
        for clue in one.clues:
            if clue.local and clue.key not in self.clues and clue.kind.startswith("email"):
                self.emails += (clue,)
            self.clues[clue.key] = clue
            self.seen[clue.key] = max(self.seen.get(clue.key, 0), one.at)
            if len(clue.local) >= _LEAST_LOCAL:
                self.locals |= {clue.local}
        if one.name is not None:
            self._name(one.name)
        if one.born:
            self.born |= {one.born}
        if one.postcode:
            self.postcodes |= {one.postcode}
        if one.street:
            self.streets |= {one.street}
        if one.companies:
            self.companies |= one.companies

    @property
    def known_as(self) -> str:
        """The given name that was given most often; empty where none is known."""
        return max(self.given, key=lambda name: (len(name) > 1, self.given[name], name), default="")

    def _name(self, name: Name) -> None:
        if name.given:
            self.given[name.given] = self.given.get(name.given, 0) + 1
        if name.surname:
            self.surnames[name.surname] = self.surnames.get(name.surname, 0) + 1
        if name.suffix:
            self.suffixes |= {name.suffix}
        if name.middle:
            self.middle |= {*name.middle}


def company_name(text: str) -> str:
    """Return a company's name without its legal form."""
    return " ".join(_LEGAL.sub("", fold(text)).split()).strip(" .,")


def _postcode(address: Mapping[str, Any]) -> str | None:
    for name in ("postcode", "postal_code", "zip", "zip_code"):
        if value := address.get(name):
            return re.sub(r"[^a-z0-9]", "", fold(str(value)))[:_MOST_POSTCODE] or None
    return None


def _street(address: Mapping[str, Any]) -> list[str]:
    for name in ("street", "street_address", "line1", "address1", "formatted"):
        if value := address.get(name):
            return street_words(str(value))
    return []


def street_words(text: str) -> list[str]:
    """Return the words and numbers of an address that tell it from others, in order."""
    words = re.findall(r"[^\W_]+", fold(text[:200]))
    return [word for word in words if word not in _STREETS]


def _house(words: Sequence[str]) -> str:
    """Return the first number and the word after it, or before it where none comes after."""
    place = next((n for n, word in enumerate(words) if word.isdigit()), None)
    if place is None:
        return ""
    beside = [word for word in words[place + 1 : place + 3] if len(word) > 1]
    before = words[:place][-1:]
    found = [word for word in (*beside, *before) if not word.isdigit()]
    return f"{words[place]}:{found[0]}" if found else ""


_LEGAL: Final = re.compile(
    r"\b(ag|b\.?v|co|company|corp|corporation|gmbh|inc|limited|llc|llp|ltd|plc|pte|pty|s\.?a|sarl|"
    r"s\.?r\.?l)\b\.?"
)
_STREETS: Final = frozenset(
    "apartment apt av ave avenue blvd boulevard circuit close court crescent cres ct dr drive "
    "highway hwy lane ln no number parade pde pl place rd road square st str strasse street suite "
    "terrace unit way".split()
)
_MOST_POSTCODE: Final = 10
