"""What sources share: reading files and JSON, and keeping what the model has no place for."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any, Final, TypeAlias, TypeVar, cast

from dateutil import parser as dateutil
from pydantic import ValidationError

from omnimemory.errors import InputError, RecordError
from omnimemory.model.records import Record

Json: TypeAlias = Any
Item: TypeAlias = Record | RecordError
"""What a source yields: a record, or why there is none. Errors are values, so that one bad
payload does not end the stream; `ingest` puts them in its report."""

T = TypeVar("T")

_FLAGS: Final = {"true": True, "false": False, "1": True, "0": False}

_EPOCH_DIGITS: Final = 10
"""A text of so many digits is a time since the epoch; shorter ones are dates."""

_MOST_SECONDS: Final = 100_000_000_000
"""Above this a number of seconds would be the year 5138, so it is milliseconds."""


def member(value: Json, name: str) -> Json:
    """Return a field of a JSON object; None where it is missing, or where this is no object."""
    return as_object(value).get(name)


class Fields:
    """A JSON object that remembers which of its fields were read; the rest is `rest`.

    Args:
        payload: The object.
        zone: Zone of times that name none, where the source documents one.

    Raises:
        InputError: The value is not a JSON object.
    """

    def __init__(self, payload: Json, *, zone: tzinfo | None = None) -> None:
        if not isinstance(payload, Mapping):
            raise InputError(f"expected a JSON object, found {type(payload).__name__}")
        self._payload: Mapping[str, Json] = payload
        self._zone = zone
        self._read: set[str] = set()
        self._inner: dict[str, Fields] = {}
        self._many: dict[str, list[Fields]] = {}

    def take(self, name: str, default: Json = None) -> Json:
        """Return a field, or ``default`` where it is missing or null."""
        self._read.add(name)
        value = self._payload.get(name)
        return default if value is None else value

    def peek(self, name: str) -> Json:
        """Return a field, or None, without marking it as read."""
        return self._payload.get(name)

    def need(self, name: str) -> Json:
        """Return a field that must be there.

        Raises:
            InputError: It is missing or null.
        """
        value = self.take(name)
        if value is None:
            raise InputError(f"the field {name!r} is missing")
        return value

    def text(self, name: str) -> str | None:
        """Return a field as text, or None where it is missing, null or empty.

        Raises:
            InputError: It is an object or a list.
        """
        value = self.take(name)
        if isinstance(value, Mapping | list):
            raise InputError(f"the field {name!r} is no text")
        return None if value is None or value == "" else str(value)

    def flag(self, name: str) -> bool | None:
        """Return a field as a truth value, whether JSON's or the word in a table; None if unsaid.

        Raises:
            InputError: It is something else.
        """
        value = self.take(name)
        if value is None or value == "":
            return None
        known = _FLAGS.get(str(value).casefold())
        if known is None:
            raise InputError(f"the field {name!r} is neither true nor false: {str(value)[:80]!r}")
        return known

    def number(self, name: str) -> float | None:
        """Return a field as a number, or None where it is missing, null or empty.

        Raises:
            InputError: It is something else.
        """
        value = self.take(name)
        if value is None or value == "":
            return None
        try:
            found = float(value)
        except (TypeError, ValueError, OverflowError):
            found = math.nan
        if not math.isfinite(found):
            raise InputError(f"the field {name!r} is no number: {str(value)[:80]!r}")
        return found

    def first(self, *names: str) -> str | None:
        """Return the first of these fields that says something, as text; the others stay unread."""
        return next((found for name in names if (found := self.text(name)) is not None), None)

    def time(self, name: str) -> datetime | None:
        """Return a field as an aware time, or None where it is missing, null or empty."""
        value = self.take(name)
        return None if value is None or value == "" else read_time(value, zone=self._zone)

    def items(self, name: str) -> list[Json]:
        """Return a field as a list; missing or null is an empty one.

        Raises:
            InputError: It is something else.
        """
        value = self.take(name, [])
        if not isinstance(value, list):
            raise InputError(f"the field {name!r} is no list")
        return value  # pyright: ignore[reportUnknownVariableType]

    def object(self, name: str) -> Fields:
        """Return a field as an object; missing or null is an empty one.

        What is not read of it is in `rest`, under the field's name.
        """
        if name not in self._inner:
            self._inner[name] = Fields(self.take(name, {}), zone=self._zone)
        return self._inner[name]

    def objects(self, name: str) -> list[Fields]:
        """Return a field as a list of objects; missing or null is an empty one.

        What is not read of them is in `rest`, under the field's name.

        Raises:
            InputError: It is something else.
        """
        if name not in self._many:
            self._many[name] = [Fields(one, zone=self._zone) for one in self.items(name)]
        return self._many[name]

    def skip(self, *names: str) -> None:
        """Mark fields as read that only repeat others."""
        self._read.update(names)

    def like(self, payload: Json) -> Fields:
        """Return another object whose times are read as this one's."""
        return Fields(payload, zone=self._zone)

    def repeats(self, name: str, value: Json) -> None:
        """Mark a field as read if it only says again what another one said."""
        if str(self._payload.get(name)) == str(value):
            self._read.add(name)

    def put_back(self, *names: str) -> None:
        """Mark fields as not read, since what was made of them does not say it all."""
        self._read.difference_update(names)

    def rest(self) -> dict[str, Json]:
        """Return the fields that were not read and say something."""
        inner: dict[str, Json] = {name: one.rest() for name, one in self._inner.items()}
        for name, many in self._many.items():
            inner[name] = [rest for one in many if (rest := one.rest())]
        unread = {name: value for name, value in self._payload.items() if name not in self._read}
        return {
            name: value
            for name, value in (unread | inner).items()
            if value not in (None, "", [], {})
        }

    def drain(self) -> dict[str, Json]:
        """Return the fields that were not read, and mark them as read.

        For an object that becomes a record of its own, inside one that becomes another.
        """
        found = self.rest()
        self._read.update(self._payload)
        self._inner.clear()
        self._many.clear()
        return found

    def __contains__(self, name: str) -> bool:
        return self._payload.get(name) is not None


def as_object(value: Json) -> dict[str, Json]:
    """Return a JSON object with its names; anything else is an empty one."""
    return dict(cast("Mapping[str, Json]", value)) if isinstance(value, Mapping) else {}


def read_time(value: str | float, *, zone: tzinfo | None = None) -> datetime:
    """Return a source's time as an aware datetime: ISO 8601 and its kin, or epoch seconds or ms.

    Args:
        value: Text, or a number of seconds or milliseconds since the epoch.
        zone: Zone of texts that name none, where the source documents one.

    Raises:
        InputError: It cannot be read, or names no zone and ``zone`` is None.
    """
    if isinstance(value, int | float):
        seconds = value / 1_000 if abs(value) > _MOST_SECONDS else value
        try:
            return datetime.fromtimestamp(seconds, UTC)
        except (OverflowError, ValueError, OSError):
            raise InputError(f"{value!r} is not a time") from None
    if str(value).isdigit() and len(value) >= _EPOCH_DIGITS:
        return read_time(int(value))
    try:
        when = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        try:
            when = dateutil.parse(value)
        except (TypeError, ValueError, OverflowError):
            raise InputError(f"{str(value)[:80]!r} is not a time") from None
    if when.tzinfo is None:
        if zone is None:
            raise InputError(f"the time {value!r} has no zone")
        return when.replace(tzinfo=zone)
    return when


def each(
    items: Iterable[T], to_records: Callable[[T], Iterable[Record]], *, source: str, where: str
) -> Iterator[Item]:
    """Yield the records of each item, or one `RecordError` for an item that has none.

    Args:
        items: Payloads of one kind.
        to_records: Maps one payload; what it raises over bad input becomes the error.
        source: Name of the source.
        where: What the items are, such as ``tickets.json``; the position is added.
    """
    for position, item in enumerate(items):
        yield from one(item, to_records, source=source, where=f"{where}[{position}]")


def one(
    item: T, to_records: Callable[[T], Iterable[Record]], *, source: str, where: str
) -> list[Item]:
    """Return the records of one payload, or the `RecordError`s that say why there are none."""
    try:
        return list(to_records(item))
    except ValidationError as error:
        return [*from_validation(error, source=source, where=where)]
    except (InputError, KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        problem = f"missing {error}" if isinstance(error, KeyError) else str(error)
        return [RecordError(problem, source=source, where=where)]


def from_validation(error: ValidationError, *, source: str, where: str) -> list[RecordError]:
    """Return one `RecordError` for each field that pydantic refused."""
    return [
        RecordError(one["msg"], source=source, where=where, path=one["loc"])
        for one in error.errors(include_url=False, include_context=False, include_input=False)
    ]


def read_text(path: Path) -> str:
    """Return a file as text; bytes that are not UTF-8 become U+FFFD.

    Raises:
        InputError: The file is missing or cannot be read.
    """
    try:
        return path.read_bytes().decode("utf-8-sig", errors="replace")
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error


def read_json(path: Path) -> Json:
    """Return a JSON file, or JSON Lines as a list.

    Raises:
        InputError: The file cannot be read, is empty, or is not JSON.
    """
    text = read_text(path)
    if not text.strip():
        raise InputError(f"{path} is empty")
    try:
        return json.loads(text)
    except json.JSONDecodeError as whole:
        try:
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        except json.JSONDecodeError:
            raise InputError(
                f"{path} is not JSON: {whole.msg} at line {whole.lineno}, column {whole.colno}"
            ) from whole
    except RecursionError as error:
        raise InputError(f"{path} is nested too deep") from error


def files(path: str | Path, *patterns: str) -> list[Path]:
    """Return the file, or the files in the folder that fit a pattern, by name.

    Raises:
        InputError: Nothing is there.
    """
    root = Path(path)
    if root.is_file():
        return [root]
    found = sorted({file for pattern in patterns for file in root.glob(pattern) if file.is_file()})
    if not found:
        raise InputError(f"nothing to read at {root}; looked for {', '.join(patterns)}")
    return found
