"""What channels know of made-up people, in the form of ``omni_dev.jsonl``, whose rates it has.

python -m benchmarks.identity_channels --febrl DIR --people 40000 --seed 7 > FILE.jsonl
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from nicknames import NickNamer

from benchmarks.identity_dice import Dice
from benchmarks.identity_people import People, Somebody
from benchmarks.identity_sets import febrl_fields

Row = dict[str, Any]

_BEGIN = datetime(2024, 9, 1, tzinfo=UTC)
_DAYS = 730
_MOST_RECORDS = 26
_LAST = 0.222
"""The chance that a person's record is their last."""

_NOBODY = ("Anonymous", "Customer", "Guest", "Website Visitor", "unknown")
_NO_EMAIL = ("anonymous@anonymous.com", "n/a", "none@none.com", "test@test.com")
_NO_PHONE = ("0000000000", "0400000000", "1234567890", "unknown")
_NO_DEVICE = "00000000-0000-0000-0000-000000000000"
_SHARES = {"email": 0.34, "chat": 0.27, "phone": 0.22, "inapp": 0.2, "social": 0.14, "crm": 0.24}
_FILL: Mapping[str, Mapping[str, float]] = {
    "phone": {"name": 0.7, "email": 0.05, "phone": 0.97},
    "chat": {"name": 0.6, "email": 0.44, "phone": 0.1, "device_id": 0.85, "external_id": 0.3},
    "email": {"name": 0.85, "email": 1, "phone": 0.3},
    "social": {"name": 0.82, "email": 0.12, "phone": 0.08, "handle": 1},
    "inapp": {"name": 0.59, "email": 0.69, "phone": 0.26, "device_id": 0.8, "external_id": 1},
    "crm": {"name": 1, "email": 0.75, "phone": 0.71, "external_id": 1},
}  # fmt: skip
"""How often a channel tells a field, of those who have it."""


class Channels(Dice):
    """Draws what channels see of people."""

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.nicknames = NickNamer()

    def records(self, people: Sequence[Somebody]) -> list[Row]:
        """Return what the channels saw of people, oldest first."""
        out = [row for one in people for row in self._records(one, people)]
        out.sort(key=lambda row: row["at"])
        return [{"id": f"r{place}", **row} for place, row in enumerate(out)]

    def _records(self, one: Somebody, people: Sequence[Somebody]) -> Iterator[Row]:
        has = {"inapp": one.app, "social": one.handle, "crm": one.crm}
        shares = {kind: share for kind, share in _SHARES.items() if has.get(kind, True)}
        count = 1
        while count < _MOST_RECORDS and not self.chance(_LAST):
            count += 1
        for day in sorted(self.random.random() for _ in range(count)):
            channel = self.random.choices(*zip(*shares.items(), strict=True))[0]
            if channel == "crm":
                shares["crm"] *= 0.2
            other = self.random.choice(people) if self.chance(0.009) else None
            at = _BEGIN + timedelta(days=day * _DAYS)
            row = self._row(one, channel, is_late=day > 0.5)
            if other is not None:
                row |= self._poison(other, row)
            yield {"at": at.isoformat(timespec="seconds"), "channel": channel, **row,
                   "truth": one.number}  # fmt: skip

    def _row(self, one: Somebody, channel: str, *, is_late: bool) -> Row:
        fill = _FILL[channel]
        tell: dict[str, Callable[[], str | None]] = {
            "name": lambda: self._name(one, channel, is_late=is_late),
            "email": lambda: self._written_email(one),
            "phone": lambda: self._written_phone(one, is_late=is_late),
            "device_id": lambda: (
                _NO_DEVICE if self.chance(0.01) else self.random.choice(one.devices)
            ),
            "handle": lambda: one.handle,
            "external_id": lambda: self._external(one, channel),
        }
        row = {name: value for name, share in fill.items()
               if self.chance(share) and (value := tell[name]())}  # fmt: skip
        if one.company and channel in ("phone", "email", "crm") and self.chance(0.45):
            row["company"] = one.company
        if channel == "crm" and self.chance(0.59):
            row |= {"address": one.street, "postcode": one.postcode}
        if channel == "crm" and self.chance(0.37):
            row["dob"] = one.born
        return row

    def _poison(self, other: Somebody, row: Mapping[str, str]) -> Row:
        """Return an identifier of somebody else in place of one's own."""
        if "email" in row:
            return {"email": other.emails[0]}
        return {"phone": self._format(other.mobiles[0])} if "phone" in row else {}

    def _external(self, one: Somebody, channel: str) -> str | None:
        if channel == "crm":
            return one.crm
        if one.app is None:
            return None
        return (
            self.random.choice(("app:0", "app:undefined", "null"))
            if self.chance(0.007)
            else one.app
        )

    def _name(self, one: Somebody, channel: str, *, is_late: bool) -> str:
        given, surname = one.given, one.surname
        if one.new_surname and is_late:
            surname = one.new_surname
        if self.chance(0.012):
            return self.random.choice(_NOBODY)
        if channel == "social" and self.chance(0.35):
            return (one.handle or "").partition("@")[2]
        if self.chance(0.05):
            short = sorted(self.nicknames.nicknames_of(given))
            given = self.random.choice(short) if short else given
        if self.chance(0.03):
            given = self.slip(given)
        if self.chance(0.015):
            surname = self.slip(surname)
        given, surname = given.title(), surname.title()
        name = self.random.choices(
            (f"{given} {surname}", f"{surname}, {given}", f"{given[0]}. {surname}", given,
             f"{self.random.choice(('Mr', 'Ms', 'Mrs', 'Dr'))} {given} {surname}"),
            (0.72, 0.07, 0.06, 0.1, 0.027),
        )[0]  # fmt: skip
        if one.company and self.chance(0.02):
            name = f"{name} ({one.company})"
        return self._case(name)

    def _case(self, name: str) -> str:
        return self.random.choices((name, name.upper(), name.lower()), (0.88, 0.06, 0.06))[0]

    def _written_email(self, one: Somebody) -> str:
        if self.chance(0.01):
            return self.random.choice(_NO_EMAIL)
        if one.shared_emails and self.chance(0.3):
            return self.random.choice(one.shared_emails)
        email = self.often(one.emails)
        local, _, domain = email.partition("@")
        if self.chance(0.02):
            email = f"{local}+{self.random.choice(('news', 'shop', 'support'))}@{domain}"
        if self.chance(0.02):
            email = (
                f"{self.slip(local)}@{domain}"
                if self.chance(0.5)
                else f"{local}@{self.slip(domain)}"
            )
        return self.random.choices(
            (email, email.capitalize(), email.upper(), f"{email} "), (0.9, 0.05, 0.03, 0.02)
        )[0]

    def _written_phone(self, one: Somebody, *, is_late: bool) -> str:
        if self.chance(0.012):
            return self.random.choice(_NO_PHONE)
        if one.desks and self.chance(0.45):
            return self._format(self.random.choice(one.desks))
        return self._format(one.mobiles[-1 if is_late else 0])

    def _format(self, digits: str) -> str:
        bare = digits[1:]
        if digits[:2] != "04":
            return self.random.choice(
                (f"({digits[:2]}) {digits[2:6]}-{digits[6:]}", digits, f"+61{bare}",
                 f"{digits[:4]} {digits[4:7]} {digits[7:]}")
            )  # fmt: skip
        four, three, last = digits[:4], digits[4:7], digits[7:]
        return self.random.choices(
            (f"+61{bare}", digits, f"{four} {three} {last}", f"+61 {bare[:3]} {three} {last}",
             f"0061{bare}", f"{four}-{three}-{last}", f"61{bare}"),
            (26, 22, 18, 10, 9, 8, 5),
        )[0]  # fmt: skip


def made(febrl: Path, people: int, seed: int) -> list[Row]:
    """Return the records of so many made-up people.

    Args:
        febrl: The folder that has FEBRL's ``dataset4a.csv``, of which names are drawn.
        people: How many.
        seed: What makes them others.
    """
    random = Random(seed)
    somebody = People(random, list(febrl_fields(febrl / "dataset4a.csv"))).people(people)
    return Channels(random).records(somebody)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the records of so many people, a line of JSON each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--febrl", type=Path, required=True)
    parser.add_argument("--people", type=int, default=4_000)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args(arguments)
    for row in made(options.febrl, options.people, options.seed):
        sys.stdout.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
