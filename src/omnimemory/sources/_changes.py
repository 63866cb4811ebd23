"""What sources share about changes: properties before and after, and times as JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from omnimemory.errors import InputError
from omnimemory.model.records import FieldChange
from omnimemory.sources._reading import Fields, Json


class Delta:
    """Properties before and after one change; members of nested ones are put together."""

    def __init__(self) -> None:
        self._old: dict[str, Json] = {}
        self._new: dict[str, Json] = {}

    def set(self, field: str, old: Json, new: Json) -> None:
        """Say that a property changed."""
        self._old[field] = old
        self._new[field] = new

    def nest(self, field: str, name: str, old: Json, new: Json) -> None:
        """Say that a member of ``custom``, ``extra`` or ``clocks`` changed."""
        self._old.setdefault(field, {})[name] = old
        self._new.setdefault(field, {})[name] = new

    def changes(self) -> tuple[FieldChange, ...]:
        """Return the changes."""
        return tuple(
            FieldChange(field=field, old=self._old[field], new=new)
            for field, new in self._new.items()
        )

    def __bool__(self) -> bool:
        return bool(self._new)


def stamp(when: datetime | None) -> str | None:
    """Return a time as records write it in JSON."""
    return None if when is None else when.astimezone(UTC).isoformat().replace("+00:00", "Z")


def ids(fields: Fields, name: str) -> list[str]:
    """Return a field as ids, whether a list or, in a table, a JSON text or a list with commas.

    Raises:
        InputError: It is something else.
    """
    value = fields.take(name, [])
    if isinstance(value, str):
        value = _listed(value)
    if not isinstance(value, list):
        raise InputError(f"the field {name!r} is no list of ids")
    return [str(one) for one in value if isinstance(one, str | int)]  # pyright: ignore[reportUnknownVariableType]


def _listed(text: str) -> Json:
    if text.startswith("["):
        try:
            return json.loads(text)
        except json.JSONDecodeError:
            text = text.strip("[]")
    return [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]
