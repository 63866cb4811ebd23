"""Two clocks: when a fact held in the world, and when the store knew it."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from typing import Final

import msgspec

from omnimemory.errors import InputError

BEGINNING: Final = 0
"""Start of a fact whose start nobody knows, in microseconds since the epoch."""

FOREVER: Final = 2**63 - 1
"""End of an interval that has not ended, in microseconds since the epoch."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class Span(msgspec.Struct, frozen=True, gc=False):
    """When a fact held (valid) and when the store knew it (recorded): half-open, UTC µs."""

    valid_from: int
    valid_to: int = FOREVER
    recorded_from: int = 0
    recorded_to: int = FOREVER

    @property
    def is_open(self) -> bool:
        """Whether the store still holds this version to be true."""
        return self.recorded_to == FOREVER


class AsOf(msgspec.Struct, frozen=True, gc=False):
    """A point in both times, in UTC microseconds; a view shows what holds there.

    ``valid`` asks how the world was; ``recorded`` asks by what the store knew then.
    Left out, each means the newest.
    """

    valid: int = FOREVER - 1
    recorded: int = FOREVER - 1

    def sees(self, span: Span) -> bool:
        """Return whether a fact with this span holds at this point."""
        return (
            span.valid_from <= self.valid < span.valid_to
            and span.recorded_from <= self.recorded < span.recorded_to
        )


NOW: Final = AsOf()


def now() -> int:
    """Return the time in UTC microseconds."""
    return time.time_ns() // 1_000


def micros(when: datetime) -> int:
    """Return an aware datetime as UTC microseconds since the epoch.

    Raises:
        InputError: The datetime has no zone.
    """
    if when.tzinfo is None:
        raise InputError(f"the time {when.isoformat()} has no zone; add one, such as '+00:00'")
    return (when - _EPOCH) // _MICROSECOND


def to_datetime(at: int) -> datetime:
    """Return UTC microseconds as an aware datetime; `FOREVER` and beyond is `datetime.max`."""
    try:
        return _EPOCH + timedelta(microseconds=at)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC) if at > 0 else datetime.min.replace(tzinfo=UTC)


def parse_time(value: str | date | datetime) -> int:
    """Return a time as UTC microseconds; a date without a time is its first moment in UTC.

    Raises:
        InputError: The text is not ISO 8601, or it has a time of day but no zone.
    """
    if isinstance(value, datetime):
        return micros(value)
    if isinstance(value, date):
        return micros(datetime(value.year, value.month, value.day, tzinfo=UTC))
    try:
        return parse_time(date.fromisoformat(value))
    except (TypeError, ValueError):
        pass
    try:
        return micros(datetime.fromisoformat(value))
    except InputError:
        raise
    except (TypeError, ValueError):
        raise InputError(
            f"{value!r} is not a time; write '2026-03-01' or '2026-03-01T09:30:00+00:00'"
        ) from None


def as_of(value: AsOf | str | date | datetime | None) -> AsOf:
    """Return the point in time that a caller means; a plain time moves the valid clock only.

    Raises:
        InputError: The time cannot be read, has no zone, or has not come yet.
    """
    if value is None:
        return NOW
    if isinstance(value, AsOf):
        return value
    at = parse_time(value)
    if at > now():
        raise InputError(f"as_of {value!s} has not come yet; leave it out to see the newest")
    return AsOf(valid=at)
