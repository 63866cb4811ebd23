"""Labelled sets of participants: made-up channels, Senzing's truth set, FEBRL."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
from dateutil import parser as dates

from omnimemory.identity.evidence import Evidence, evidence
from omnimemory.identity.normal import key_of
from omnimemory.model.records import Contact, Identifier, IdentifierType, Person
from omnimemory.model.time import micros

_START = datetime(2026, 1, 1, tzinfo=UTC)


class Row(msgspec.Struct, frozen=True):
    """One participant, whoever it is in truth."""

    id: str
    truth: str
    at: datetime
    name: str | None = None
    identifiers: tuple[tuple[IdentifierType, str, str | None], ...] = ()
    born: str | None = None
    address: dict[str, str] = {}
    company: str | None = None

    @property
    def identity(self) -> str:
        """The id of the identity that the row becomes."""
        return f"identity:bench:{self.id}"

    def evidence(self, region: str | None) -> Evidence:
        """Return the row as the resolver takes it."""
        keys = [key for one in self._identifiers() if (key := key_of(one)) is not None]
        return evidence(
            self.identity,
            name=self.name,
            keys=keys,
            own="bench",
            born=self.born,
            address=self.address,
            companies=[self.company] if self.company else [],
            at=micros(self.at),
            region=region,
        )

    def record(self) -> Contact:
        """Return the row as ingest takes it."""
        return Contact(
            source="bench",
            id=self.id,
            created_at=self.at,
            person=Person(name=self.name, identifiers=tuple(self._identifiers())),
            birth_date=_existing(self.born),
            address=self.address,
            custom={"company": self.company} if self.company else {},
        )

    def _identifiers(self) -> Iterator[Identifier]:
        for type, value, namespace in self.identifiers:
            yield Identifier(type=type, value=value, namespace=namespace)


def _existing(text: str | None) -> date | None:
    """Return a day; None where there is no such day, which no record may tell of."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def omni(path: Path) -> list[Row]:
    """Return the rows of a file of the form of ``omni_dev.jsonl``."""
    with path.open(encoding="utf-8") as lines:
        return [_omni(json.loads(line)) for line in lines]


def _omni(given: dict[str, Any]) -> Row:
    found: list[tuple[IdentifierType, str, str | None]] = []
    for field, type in (("email", "email"), ("phone", "phone"), ("device_id", "device")):
        if given.get(field):
            found.append((type, given[field], None))  # pyright: ignore[reportArgumentType]
    for field, type in (("handle", "handle"), ("external_id", "external")):
        if given.get(field):
            namespace, _, value = given[field].partition(":")
            found.append((type, value or namespace, namespace if value else "id"))  # pyright: ignore[reportArgumentType]
    day = given.get("dob")
    place = {"postcode": given.get("postcode"), "street": given.get("address")}
    return Row(
        id=given["id"],
        truth=str(given["truth"]),
        at=datetime.fromisoformat(given["at"]),
        name=given.get("name"),
        identifiers=tuple(found),
        born=f"{day[:4]}-{day[4:6]}-{day[6:]}" if day else None,
        address={name: value for name, value in place.items() if value},
        company=given.get("company"),
    )


def people(rows: list[Row], count: int, seed: int) -> list[Row]:
    """Return the rows of so many people, drawn at random."""
    names = sorted({row.truth for row in rows})
    drawn = set(random.Random(seed).sample(names, min(count, len(names))))
    return [row for row in rows if row.truth in drawn]


_SENZING_IDS = {
    "SSN_NUMBER": "ssn",
    "DRIVERS_LICENSE_NUMBER": "license",
    "PASSPORT_NUMBER": "passport",
    "NATIONAL_ID_NUMBER": "national",
    "TAX_ID_NUMBER": "tax",
}


def senzing(folder: Path) -> list[Row]:
    """Return the persons of Senzing's demo truth set, organizations left out."""
    with (folder / "actual_truthset_key.csv").open(encoding="utf-8") as file:
        truth = {(r["DATA_SOURCE"], r["RECORD_ID"]): r["CLUSTER_ID"] for r in csv.DictReader(file)}
    out: list[Row] = []
    for name in ("customers", "reference", "watchlist"):
        for line in (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            given = json.loads(line)
            key = (given["DATA_SOURCE"], given["RECORD_ID"])
            if key in truth and (row := _senzing(given, truth[key])) is not None:
                out.append(row)
    return out


def _senzing(given: dict[str, Any], truth: str) -> Row | None:
    fields: dict[str, list[str]] = {}
    for feature in given["FEATURES"]:
        for name, value in feature.items():
            fields.setdefault(name, []).append(str(value))
    first = {name: values[0] for name, values in fields.items()}
    if first.get("RECORD_TYPE") == "ORGANIZATION":
        return None
    parts = [first[n] for n in ("NAME_FIRST", "NAME_MIDDLE", "NAME_LAST") if n in first]
    found: list[tuple[IdentifierType, str, str | None]] = []
    for value in fields.get("EMAIL_ADDRESS", ()):
        found.append(("email", _address_of(value), None))  # noqa: PERF401 - typed as it is
    for value in fields.get("PHONE_NUMBER", ()):
        found.append(("phone", value, None))  # noqa: PERF401
    for name, namespace in _SENZING_IDS.items():
        for value in fields.get(name, ()):
            found.append(("external", value, namespace))  # noqa: PERF401
    street = first.get("ADDR_LINE1") or first.get("ADDR_FULL")
    place = {"street": street, "postcode": first.get("ADDR_POSTAL_CODE", "")[:5]}
    return Row(
        id=f"{given['DATA_SOURCE'].lower()}-{given['RECORD_ID']}",
        truth=truth,
        at=_START,
        name=first.get("NAME_FULL") or " ".join(parts) or None,
        identifiers=tuple(found),
        born=_day(first.get("DATE_OF_BIRTH")),
        address={name: value for name, value in place.items() if value},
    )


def _address_of(text: str) -> str:
    return text.rpartition("<")[2].rstrip(">")


def _day(text: str | None) -> str | None:
    """Return a date in any spelling as ISO; two digits of a year are never in the future."""
    if not text:
        return None
    found = dates.parse(text, default=datetime(1900, 1, 1))  # noqa: DTZ001 - a day has no zone
    year = found.year - 100 if found.year > _START.year else found.year
    return f"{year:04}-{found.month:02}-{found.day:02}"


def febrl(*paths: Path) -> list[Row]:
    """Return the rows of FEBRL files; the number in ``rec_id`` is the person."""
    return [_febrl(given) for path in paths for given in febrl_fields(path)]


def febrl_fields(path: Path) -> Iterator[dict[str, str]]:
    """Yield the fields of each row of a FEBRL file, without the blanks around them."""
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file, skipinitialspace=True):
            yield {name.strip(): (value or "").strip() for name, value in row.items()}


def _febrl(given: dict[str, str]) -> Row:
    day = given["date_of_birth"]
    street = f"{given['street_number']} {given['address_1']}".strip()
    ssn = given["soc_sec_id"]
    is_day = len(day) == len("19560409") and day.isdigit()
    return Row(
        id=given["rec_id"],
        truth=given["rec_id"].split("-")[1],
        at=_START,
        name=f"{given['surname']}, {given['given_name']}".strip(", ") or None,
        identifiers=(("external", ssn, "ssn"),) if ssn else (),
        born=f"{day[:4]}-{day[4:6]}-{day[6:]}" if is_day else None,
        address={k: v for k, v in (("street", street), ("postcode", given["postcode"])) if v},
    )
