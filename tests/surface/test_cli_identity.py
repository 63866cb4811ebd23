"""The command line on who is who: each word, for people and with --json, and its errors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import omnimemory
from omnimemory.model.records import Contact, Person
from tests.surface.commands import as_json, ran

DESK = "+493023125123"
SAID = ["--by", "agent:kim", "--reason", "two voices"]


@pytest.fixture
def store(tmp_path: Path) -> list[str]:
    """The options that lead to a store with five contacts and an open question."""
    url = f"sqlite:///{tmp_path}/memory.db"
    people: list[tuple[str, Any]] = [
        ("1", {"name": "Ada Byron", "email": "ada@example.org"}),
        ("2", {"name": "Ada Byron", "email": "ada@example.org"}),
        ("7", {"name": "Grace Hopper"}),
        ("8", {"name": "Robin Hale", "phone": DESK}),
        ("9", {"name": "R. Hale", "phone": DESK}),
    ]
    with omnimemory.connect(url, tenant="acme") as memory:
        for id, person in people:
            memory.ingest(Contact(source="crm", id=id, person=Person(**person)))
    return ["--store", url, "--tenant", "acme"]


def test_how_and_why_draw_and_tell(store: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    how = ["identity", "how", "ada@example.org", *store]
    assert "└─ Ada Byron  identity:crm:2" in ran(how, capsys)
    told = as_json(how, capsys)
    assert [step["decision"] for step in told["steps"]] == ["new", "attached"]
    why = ["identity", "why", "identity:crm:8", "identity:crm:9", *store]
    assert "two customers" in ran(why, capsys)
    assert as_json(why, capsys)["together"] is False


def test_a_question_is_shown_and_answered(
    store: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert "Robin Hale" in ran(["identity", "review", *store], capsys)
    (question,) = as_json(["identity", "review", *store], capsys)
    sides = [question["left"]["id"], question["right"]["id"]]
    ran(["identity", "review", *sides, "--answer", "different", *SAID, *store], capsys)
    assert as_json(["identity", "review", *store], capsys) == []
    again = ["identity", "review", *sides, "--answer", "different", *SAID, *store]
    assert "no open question" in ran(again, capsys, code=2)


def test_a_merge_is_made_and_taken_back(
    store: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    merge = ["identity", "merge", "crm:1", "crm:7", *store]
    assert "who decides" in ran(merge, capsys, code=2)
    done = as_json([*merge, *SAID], capsys)
    assert done["moved"] == ["identity:crm:7"]
    ran(["identity", "unmerge", "identity:crm:7", *SAID, *store], capsys)
    assert "kept apart" in ran([*merge, *SAID], capsys, code=2)


def test_a_replay_is_a_dry_run_until_it_is_applied(
    store: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    replay = ["identity", "replay", "--policy", "strict", *store]
    assert "a dry run" in ran(replay, capsys)
    assert as_json(replay, capsys)["applied"] is None
    assert as_json([*replay, "--apply"], capsys)["applied"]


def test_shared_identifiers_are_listed(
    store: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert "no shared identifiers" in ran(["identity", "shared", *store], capsys)
    url = store[1]
    with omnimemory.connect(url, tenant="acme") as memory:
        person = Person(name="Zoe Castro", phone=DESK)
        memory.ingest(Contact(source="crm", id="10", person=person))
    (held,) = as_json(["identity", "shared", *store], capsys)
    assert held["customers"] == 3


def test_one_identity_is_erased(store: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    erase = ["erase", "ada@example.org", "--identity", "identity:crm:2", *store]
    assert "identity:crm:2 of Ada Byron" in ran(erase, capsys, code=2)
    assert as_json([*erase, "--yes"], capsys)["left"] == ["customer:crm:1"]
    customer = as_json(["customer", "ada@example.org", *store], capsys)
    assert customer["identities"] == ["identity:crm:1"]


def test_a_wrong_number_of_names_is_one_clear_error(
    store: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert "takes 2 names, not 1" in ran(["identity", "why", "crm:1", *store], capsys, code=2)
    assert "unmerge takes" in ran(["identity", "unmerge", *SAID, *store], capsys, code=2)
