"""The sample company: the same bytes every time, real formats, nothing real inside."""

from __future__ import annotations

import csv
import email.policy
import json
import mailbox
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from omnimemory import sources
from omnimemory.errors import RecordError
from omnimemory.memory import connect
from omnimemory.model.records import BUILT_IN, Record
from omnimemory.testing import company
from omnimemory.testing.company import people
from omnimemory.testing.company.reading import EXPORTS, Export
from omnimemory.testing.company.reading import sources as read_exports

JSON_FILES = [
    "zendesk/organizations.json",
    "zendesk/users.json",
    "zendesk/tickets.json",
    "zendesk/ticket_comments.json",
    "zendesk/ticket_audits.json",
    "zendesk/ticket_metric_events.json",
    "zendesk/articles.json",
    "github/issues.json",
    "github/comments.json",
    "github/events.json",
]
JSON_LINES = ["chats.jsonl", "calls.jsonl", "segment.jsonl", "records.jsonl"]
FICTIONAL_NUMBERS = re.compile(
    r"\+49 (30 23125|40 66969|89 99998) \d{3}|\+49 171 39200\d\d"
    r"|\+44 (20 7946|117 496) 0\d{3}|\+44 7700 900\d{3}|\+1 503 555 01\d\d"
)


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return company.write_exports(tmp_path_factory.mktemp("company"))


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_every_call_writes_the_same_bytes(exports: dict[str, Path], tmp_path: Path) -> None:
    again = company.write_exports(tmp_path)
    assert again.keys() == exports.keys()
    assert all(again[name].read_bytes() == exports[name].read_bytes() for name in again)


def test_the_files_named_are_all_that_is_written(exports: dict[str, Path], tmp_path: Path) -> None:
    written = company.write_exports(tmp_path)
    assert {file for file in tmp_path.rglob("*") if file.is_file()} == set(written.values())


@pytest.mark.parametrize("name", JSON_FILES)
def test_json_exports_hold_lists_with_distinct_ids(exports: dict[str, Path], name: str) -> None:
    content = json.loads(exports[name].read_text())
    items = content if isinstance(content, list) else next(iter(content.values()))
    ids = [item["id"] for item in items]
    assert items
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("name", JSON_LINES)
def test_json_lines_hold_an_object_a_line(exports: dict[str, Path], name: str) -> None:
    found = lines(exports[name])
    assert found
    assert all(isinstance(line, dict) for line in found)


def test_the_mailbox_is_an_mbox_whose_replies_name_mails_that_are_there(
    exports: dict[str, Path],
) -> None:
    policy = email.policy.default
    box = mailbox.mbox(exports["support.mbox"], create=False)
    mails = [email.message_from_bytes(bytes(mail), policy=policy) for mail in box]
    box.close()
    ids = [mail["Message-ID"] for mail in mails]
    replies = [mail["In-Reply-To"] for mail in mails if mail["In-Reply-To"]]
    assert len(mails) == len(company.history().mails) == len(set(ids))
    assert replies
    assert set(replies) <= set(ids)
    assert not [mail.defects for mail in mails if mail.defects]
    assert [mail for mail in mails if mail.get_content_type() == "text/html"]
    assert [part.get_filename() for mail in mails for part in mail.iter_attachments()]


@pytest.mark.parametrize("name", ["crm/contacts.csv", "crm/companies.csv"])
def test_tables_have_a_value_for_every_column(exports: dict[str, Path], name: str) -> None:
    with exports[name].open(newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    assert rows
    assert all(None not in row and None not in row.values() for row in rows)


def test_nothing_happens_after_the_telephone_rings(exports: dict[str, Path]) -> None:
    text = exports["zendesk/ticket_audits.json"].read_text()
    now = company.NOW.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert max(re.findall(r'"created_at": "([^"]+)"', text)) < now
    day = company.history()
    assert max(one.at for one in (*day.mails, *day.calls, *day.events)) < company.NOW


def test_every_domain_is_reserved_for_examples(exports: dict[str, Path]) -> None:
    found: set[str] = set()
    for path in exports.values():
        text = path.read_text().replace("=\n", "")
        found |= set(re.findall(r"@([\w.-]+\.\w+)", text))
        found |= set(re.findall(r"https?://([\w.-]+)", text))
    assert {name for name in found if not re.search(r"(\.|^)example(\.org)?$", name)} == set()


def test_every_telephone_number_is_set_aside_for_fiction(exports: dict[str, Path]) -> None:
    numbers = [
        number
        for path in exports.values()
        for number in re.findall(r"\+\d{1,2} [\d ]{8,}\d", path.read_text())
    ]
    assert numbers
    assert [number for number in numbers if not FICTIONAL_NUMBERS.fullmatch(number)] == []


def test_usage_holds_events_sent_twice_and_events_that_came_late(
    exports: dict[str, Path],
) -> None:
    events = [line for line in lines(exports["segment.jsonl"]) if line["type"] == "track"]
    ids = Counter(event["messageId"] for event in events)
    late = [event for event in events if event["timestamp"][:10] != event["receivedAt"][:10]]
    assert max(ids.values()) > 1
    assert late


def test_every_ticket_that_an_issue_names_is_in_the_export(exports: dict[str, Path]) -> None:
    tickets = json.loads(exports["zendesk/tickets.json"].read_text())["tickets"]
    named = re.findall(r"#(3\d{4})", exports["github/issues.json"].read_text())
    assert named
    assert set(named) <= {str(one["id"]) for one in tickets}


def test_an_issue_carries_the_labels_that_its_events_gave_it(exports: dict[str, Path]) -> None:
    given: dict[int, list[str]] = {}
    for event in json.loads(exports["github/events.json"].read_text()):
        if event["event"] == "labeled":
            given.setdefault(event["issue"]["number"], []).append(event["label"]["name"])
    for issue in json.loads(exports["github/issues.json"].read_text()):
        assert [label["name"] for label in issue["labels"]] == given[issue["number"]]


def test_the_story_stands_in_the_exports(exports: dict[str, Path]) -> None:
    dana = company.DANA
    ticket = next(
        one
        for one in json.loads(exports["zendesk/tickets.json"].read_text())["tickets"]
        if str(one["id"]) == dana.ticket
    )
    failures = {
        line["messageId"]
        for line in lines(exports["segment.jsonl"])
        if line.get("event") == dana.error_event and line["userId"] == "usr_1001"
    }
    assert ticket["status"] == "open"
    assert {one["stage"] for one in ticket["slas"]["policy_metrics"]} == {"achieved", "active"}
    assert len(failures) == dana.error_count == 7
    assert dana.promise in exports["records.jsonl"].read_text()
    assert all(id in exports["support.mbox"].read_text() for id in dana.mails)
    assert dana.first_reply_breached_at < company.NOW < dana.resolution_due_at


def test_own_records_are_valid_and_none_has_a_field_without_a_place(
    exports: dict[str, Path],
) -> None:
    kinds = {kind.model_fields["type"].default: kind for kind in BUILT_IN}
    records: list[Record] = [
        TypeAdapter(kinds[line["type"]]).validate_python(line)
        for line in lines(exports["records.jsonl"])
    ]
    assert records
    assert [record for record in records if record.unplaced()] == []


def test_the_people_who_are_easily_confused_are_there() -> None:
    names = Counter(one.name for one in people.CUSTOMERS.values())
    numbers = Counter(one.phone for one in people.CUSTOMERS.values() if one.phone)
    assert [name for name, count in names.items() if count > 1] == ["Jonas Weber"]
    assert [number for number, count in numbers.items() if count > 1] == ["+49 40 66969 220"]


def test_the_company_has_the_size_that_its_description_promises() -> None:
    counts = company.counts()
    said = sum(counts[what] for what in ("comments", "mails", "chat messages", "calls"))
    assert (counts["accounts"], counts["customers"], counts["agents"]) == (8, 40, 6)
    assert counts["tickets"] == 60
    assert 250 <= said <= 350


@pytest.mark.parametrize("export", EXPORTS, ids=lambda export: export.source)
def test_every_source_reads_its_export_without_errors(
    exports: dict[str, Path], export: Export
) -> None:
    folder = exports["support.mbox"].parent
    items = list(sources.named(export.source)(folder / export.path, **export.options))
    assert items
    assert [item for item in items if isinstance(item, RecordError)] == []


def test_reading_the_folder_yields_every_record_kind_that_the_story_needs(
    exports: dict[str, Path],
) -> None:
    folder = exports["support.mbox"].parent
    kinds = {
        record.type  # pyright: ignore[reportAttributeAccessIssue]
        for _, items in read_exports(folder)
        for record in items
        if isinstance(record, Record)
    }
    needed = "account contact agent message call note ticket ticket_change usage_event issue"
    assert {*needed.split(), "article", "statement", "action", "handoff", "feedback"} <= kinds


@pytest.mark.parametrize("batch_records", [7, 2_000])
def test_taking_the_exports_in_again_changes_nothing(
    exports: dict[str, Path], batch_records: int
) -> None:
    folder = exports["support.mbox"].parent
    with connect("networkx://", tenant=company.TENANT) as memory:
        for _, items in read_exports(folder):
            report = memory.ingest(items, batch_records=batch_records)
            assert report.failed == 0
        again = [
            memory.ingest(items, batch_records=batch_records) for _, items in read_exports(folder)
        ]
        assert [dict(report.added) for report in again if report.commits] == []


def test_the_caller_is_known_by_the_number_that_only_the_crm_has(
    exports: dict[str, Path],
) -> None:
    dana = company.DANA
    with connect("networkx://", tenant=company.TENANT) as memory:
        for _, items in read_exports(exports["support.mbox"].parent):
            memory.ingest(items)
        caller = memory.customer(f"tel:{dana.mobile}")
        assert caller.id == memory.customer(dana.email).id
        assert caller.id != memory.customer("dana.kovacs@example.org").id
