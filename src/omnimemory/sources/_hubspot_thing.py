"""A HubSpot object in either of its shapes, the API's and a table's row, as one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

from omnimemory.errors import InputError
from omnimemory.sources._reading import Fields, Json

_IDS: Final = ("id", "hs_object_id", "engagement_id", "ticket_id", "contact_id", "company_id")
_CREATED: Final = ("createdate", "hs_createdate", "created_at")
_UPDATED: Final = ("hs_lastmodifieddate", "lastmodifieddate", "updated_at")


class Links:
    """Associations by object, gathered from tables of their own."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], list[str]] = {}

    def add(self, kind: str, id: str, other: str, other_id: str) -> None:
        """Note that two objects belong together."""
        self._known.setdefault((f"{kind} {id}", other), []).append(other_id)
        self._known.setdefault((f"{other} {other_id}", kind), []).append(id)

    def of(self, kind: str, id: str, other: str) -> list[str]:
        """Return the ids of what an object belongs together with."""
        return self._known.get((f"{kind} {id}", other), [])


class Thing:
    """One object: its id, times and properties, and what it is associated with.

    Args:
        fields: The object.
        kind: What it is one of, such as ``contacts``.
        source: Name of the source.
        links: Associations that came in tables of their own.

    Raises:
        InputError: It has no id.
    """

    def __init__(self, fields: Fields, *, kind: str, source: str, links: Links) -> None:
        self.source = source
        self.kind = kind
        self._fields = fields
        self._links = links
        self.given = _properties(fields)
        id = fields.first(*_IDS) or self.given.text("hs_object_id")
        if id is None:
            raise InputError("the field 'id' is missing")
        self.id = id
        for name in _IDS:
            self.given.repeats(name, id)
        self.created = self._time("createdAt", _CREATED)
        self.updated = self._time("updatedAt", _UPDATED) or self.created
        gone = [fields.flag(name) for name in ("archived", "is_deleted", "_fivetran_deleted")]
        self.deleted = (fields.time("archivedAt") or self.updated) if any(gone) else None

    def _time(self, name: str, names: Iterable[str]) -> datetime | None:
        """Return a time; the API repeats it among the properties."""
        found = self._fields.time(name)
        for one in names:
            again = self.given.time(one)
            found = found or again
            if again != found:
                self.given.put_back(one)
        return found

    def common(self) -> dict[str, Json]:
        """Return the fields that all records have."""
        return {
            "source": self.source,
            "id": self.id,
            "created_at": self.created,
            "updated_at": self.updated,
            "deleted_at": self.deleted,
            "url": self._fields.text("url"),
        }

    def linked(self, other: str) -> list[str]:
        """Return the ids of associated objects of a kind, first those that came with it."""
        joined = self._fields.object("associations").object(other)
        joined.skip("paging")
        own = [one.text("id") for one in joined.objects("results")]
        for one in joined.objects("results"):
            one.skip("type")
        found = [*own, *self._links.of(self.kind, self.id, other)]
        return list(dict.fromkeys(one for one in found if one))

    def histories(self) -> Mapping[str, list[Fields]]:
        """Return the values that each property had, newest first, where they were asked for."""
        past = self._fields.object("propertiesWithHistory")
        names = list(past.rest())
        return {name: past.objects(name) for name in names}

    def rest(self) -> dict[str, Json]:
        """Return what was not read, the properties by their own names."""
        outside = self._fields.rest()
        outside.pop("properties", None)
        return {**self.given.rest(), **outside}


def _properties(fields: Fields) -> Fields:
    """Return the properties: the API nests them, a table prefixes them or writes them plainly."""
    if "properties" in fields:
        return Fields(fields.take("properties"), zone=UTC)
    row = fields.rest()
    kept = ("id", "is_deleted", "archived", "_fivetran_deleted", "associations")
    own = {name: value for name, value in row.items() if name not in kept}
    fields.skip(*(name for name in own if name not in _IDS))
    return Fields({name.removeprefix("property_"): v for name, v in own.items()}, zone=UTC)
