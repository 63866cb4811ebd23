"""Made-up people: the same seed makes the same, and people share what people share."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from random import Random
from typing import Any

import pytest

from benchmarks import identity
from benchmarks.identity_channels import made
from benchmarks.identity_people import People
from benchmarks.identity_sets import febrl_fields, omni
from benchmarks.identity_splink import is_installed
from omnimemory.identity.classes import FREE_MAIL

HEAD = (
    "rec_id, given_name, surname, street_number, address_1, address_2, suburb, postcode, state, "
    "date_of_birth, soc_sec_id"
)
NAMES = ("ava marsh", "liam okafor", "noah petrov", "mia lindgren", "zoe castro", "hugo nguyen")


@pytest.fixture
def febrl(tmp_path: Path) -> Path:
    lines = [HEAD]
    for n, name in enumerate(NAMES):
        given, surname = name.split()
        lines.append(f"rec-{n}-org, {given}, {surname}, {n}, elm street, , town, 200{n}, nsw, "
                     f"1970010{n + 1}, 123456{n}")  # fmt: skip
    (tmp_path / "dataset4a.csv").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path


def holders(rows: list[dict[str, Any]], field: str) -> list[int]:
    found: defaultdict[str, set[int]] = defaultdict(set)
    for row in rows:
        if field in row:
            found[row[field]].add(row["truth"])
    return sorted(map(len, found.values()))


def test_the_same_seed_makes_the_same_records(febrl: Path) -> None:
    assert made(febrl, 50, 3) == made(febrl, 50, 3)
    assert made(febrl, 50, 3) != made(febrl, 50, 4)


def test_people_share_addresses_devices_and_numbers(febrl: Path) -> None:
    rows = made(febrl, 400, 3)
    assert {row["truth"] for row in rows} == set(range(400))
    for field in ("email", "phone", "device_id"):
        counts = holders(rows, field)
        assert counts[0] == 1
        assert counts[-1] > 1
    assert [row["at"] for row in rows] == sorted(row["at"] for row in rows)


@pytest.mark.skipif(is_installed(), reason="Splink is here, so it would run")
def test_without_splink_the_benchmark_says_how_to_get_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ('{"id": "1", "at": "2026-01-01T00:00:00+00:00", "name": "Ava Marsh", "truth": 1}',)
    (tmp_path / "one.jsonl").write_text("\n".join(lines), encoding="utf-8")
    assert len(omni(tmp_path / "one.jsonl")) == 1
    rows = identity.main(["--data", str(tmp_path / "one.jsonl"), "--splink", "--no-shuffles"])
    assert "pip install splink" in capsys.readouterr().err
    assert not any("Splink" in row["what"] for row in rows)


def test_a_provider_gives_no_address_or_name_to_two_people(febrl: Path) -> None:
    """However few names people have; what a home or an office shares is its own."""
    people = People(Random(3), list(febrl_fields(febrl / "dataset4a.csv"))).people(2_000)
    own = [email for one in people for email in one.emails if email.partition("@")[2] in FREE_MAIL]
    handles = [one.handle for one in people if one.handle]
    for names in (own, handles):
        assert len(names) > 500
        assert len({name.replace(".", "") for name in names}) == len(names)
