"""A Salesforce object in either of its spellings, the API's and a table's row, as one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from omnimemory.errors import InputError
from omnimemory.model.records import Person, Ref
from omnimemory.sources._reading import Fields, Json

_SHORT: Final = 15
_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_OWN: Final = re.compile(r"(__c|_c)$")


class Sobject:
    """One object: its fields are asked for by their API names, ``AccountId`` for ``account_id``.

    Args:
        fields: The object.
        source: Name of the source.

    Raises:
        InputError: It has neither an id nor a reference.
    """

    def __init__(self, fields: Fields, *, source: str) -> None:
        self.source = source
        self.given = Fields(fields.rest(), zone=UTC)
        about = self.given.object("attributes")
        about.skip("type")
        id = self.id_of("Id") or about.text("referenceId")
        if id is None:
            raise InputError("the field 'Id' is missing")
        self.id = id
        self.created = self.time("CreatedDate")
        self.updated = self.time("LastModifiedDate") or self.time("SystemModstamp") or self.created
        self.given.repeats(
            self._named("SystemModstamp"), self.given.peek(self._named("LastModifiedDate"))
        )
        gone = self.flag("IsDeleted") or self.given.flag("_fivetran_deleted")
        self.deleted = self.updated if gone else None

    def _named(self, name: str) -> str:
        return name if name in self.given else snake(name)

    def text(self, name: str) -> str | None:
        """Return a field as text."""
        return self.given.text(self._named(name))

    def flag(self, name: str) -> bool | None:
        """Return a field as a truth value."""
        return self.given.flag(self._named(name))

    def number(self, name: str) -> float | None:
        """Return a field as a number."""
        return self.given.number(self._named(name))

    def time(self, name: str) -> datetime | None:
        """Return a field as a time; a date is its first moment in UTC."""
        return self.given.time(self._named(name))

    def keep(self, *names: str) -> None:
        """Keep fields among what was not read."""
        self.given.put_back(*(self._named(name) for name in names))

    def id_of(self, name: str) -> str | None:
        """Return a field as an id: of 18 characters, or a reference without its ``@``."""
        found = self.text(name)
        return None if found is None else long_id(found.removeprefix("@"))

    def common(self) -> dict[str, Json]:
        """Return the fields that all records have."""
        return {
            "source": self.source,
            "id": self.id,
            "created_at": self.created,
            "updated_at": self.updated,
            "deleted_at": self.deleted,
            "url": self.given.object("attributes").text("url"),
        }

    def owner(self) -> tuple[Person | None, Ref | None]:
        """Return who has it: a user, or a queue."""
        return holder(self.id_of("OwnerId"))

    def address(self, prefix: str) -> dict[str, str]:
        """Return an address that is spread over fields, such as ``BillingCity``."""
        parts = ("Street", "City", "State", "PostalCode", "Country")
        found = {snake(part): self.text(f"{prefix}{part}") for part in parts}
        return {part: value for part, value in found.items() if value is not None}

    def own_fields(self) -> dict[str, Json]:
        """Return the fields that this organisation added."""
        names = [name for name in self.given.rest() if _OWN.search(name)]
        return {name: self.given.take(name) for name in names}


def holder(id: str | None) -> tuple[Person | None, Ref | None]:
    """Return an owner: ids of queues begin with ``00G``."""
    if id is None:
        return None, None
    if id.startswith("00G"):
        return None, Ref(kind="Team", id=id)
    return Person(id=id, kind="agent"), None


def snake(name: str) -> str:
    """Return an API name as loaders write it in tables."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def long_id(id: str) -> str:
    """Return an id of 15 characters with the three that make it safe to compare without case."""
    if len(id) != _SHORT or not (id.isascii() and id.isalnum()):
        return id
    groups = (id[start : start + 5] for start in range(0, _SHORT, 5))
    bits = (sum(one.isupper() << place for place, one in enumerate(group)) for group in groups)
    return id + "".join(_ALPHABET[bit] for bit in bits)


def domain(site: str | None) -> str | None:
    """Return the domain of a website, or None where there is none."""
    if site is None:
        return None
    try:
        host = urlsplit(site if "//" in site else f"//{site}").hostname
    except ValueError:
        return None
    return None if host is None or "." not in host else host.removeprefix("www.")


def type_of(value: Mapping[str, Json]) -> str | None:
    """Return an object's type, which the API writes into its attributes."""
    about = value.get("attributes")
    found = Fields(about).take("type") if isinstance(about, Mapping) else None
    return found if isinstance(found, str) else None
