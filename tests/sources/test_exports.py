"""What every source of helpdesk and CRM exports promises, whatever the system."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import omnimemory
from omnimemory import sources
from omnimemory.errors import InputError, RecordError
from omnimemory.model.records import Record
from omnimemory.sources._exports import Payload, payloads
from omnimemory.sources._html import plain_text
from omnimemory.sources._reading import read_time
from omnimemory.sources._zendesk_export import LAYOUT as ZENDESK
from omnimemory.sources.hubspot import LAYOUT as HUBSPOT
from omnimemory.sources.intercom import LAYOUT as INTERCOM
from omnimemory.sources.salesforce import LAYOUT as SALESFORCE

FOLDERS = (
    "zendesk",
    "zendesk_csv",
    "intercom",
    "intercom_csv",
    "hubspot_csv",
    "salesforce",
    "salesforce_csv",
)
LAYOUTS = {"zendesk": ZENDESK, "intercom": INTERCOM, "hubspot": HUBSPOT, "salesforce": SALESFORCE}
NAMES = sorted(LAYOUTS)

PLACED_OTHERWISE = {
    "role": "an agent's or a customer's record",
    "type": "the kind of record",
    "part_type": "the kind of record",
    "html_body": "the same text as body",
    "body": "the same text as plain_body",
    "is_deleted": "deleted_at",
    "IsDeleted": "deleted_at",
    "_fivetran_deleted": "deleted_at",
    "deleted": "deleted_at",
    "shared_phone_number": "whether the phone is verified",
    "shared": "whether the phone is verified",
    "draft": "status and visibility",
    "public": "visibility",
    "is_public": "visibility",
    "voice_comment": "the kind of record",
    "verified": "whether an address is verified",
    "via_channel": "channel",
    "channel": "channel",
    "source_type": "channel",
    "open": "status",
    "priority": "left out where it says that there is none",
    "is_closed": "status_class",
    "closed": "status_class",
    "ticket_state": "status_class",
    "task_subtype": "the kind of record",
    "website": "the domain",
    "audit_id": "the audit is read where it stands",
    "ticket_audits.id": "an audit is told by its ticket and time",
    "assignee_type": "whether a person or a team is assigned",
    "author_type": "the kind of author",
    "end_time": "the duration",
    "duration_in_minutes": "the duration in seconds",
    "rel": "the kind of link",
}
"""Fields that need not be found by their value, and where they went."""

TABLES_OF_LINKS = (
    "organization_memberships",
    "group_memberships",
    "domain_names",
    "ticket_tags",
    "custom_statuses",
    "contact_companies",
    "conversation_contacts",
    "ticket_contact",
    "ticket_company",
    "contact_company",
    "ticket_engagement",
    "engagement_contact",
    "engagement_company",
    "pipelines",
    "stages",
    "contact_merge_audit",
    "ticket_metric_events",
)
"""Collections that say only what belongs to what; they have no records of their own."""


def leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from leaves(inner, str(key))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from leaves(inner, name)
    elif value not in (None, ""):
        yield name, value


def spellings(value: Any) -> set[str]:
    """Return how a record may write a value: as it is, as a time, as plain text."""
    found = {str(value), str(value).lower(), plain_text(str(value)), str(value).removeprefix("@")}
    found |= set(str(value).replace(";", ",").strip("[]").split(","))
    try:
        found.add(read_time(value, zone=UTC).astimezone(UTC).isoformat().replace("+00:00", "Z"))
        found.add(str(float(value)))
    except (InputError, ValueError, TypeError):
        pass
    return found


def read(source: str, given: Any) -> list[Record | RecordError]:
    return list(sources.named(source)(given))


@pytest.mark.parametrize("folder", FOLDERS)
def test_whatever_a_real_payload_says_is_in_its_records(folder: str, payloads: Path) -> None:
    """Placed or kept in `extra`: nothing a source sends is thrown away silently."""
    name = folder.removesuffix("_csv")
    items = read(name, payloads / folder)
    assert items
    assert [str(item) for item in items if isinstance(item, RecordError)] == []
    said = {
        text
        for item in items
        if isinstance(item, Record)
        for key, leaf in leaves(item.model_dump(mode="json"))
        for text in (str(leaf), key)
    }
    words = " ".join(said)
    lost = {
        (payload.where, field, leaf)
        for payload in found_in(payloads / folder, name)
        for field, leaf in leaves(payload.value)
        if not any(one in said or (len(one) > 3 and one in words) for one in spellings(leaf))
        and not {field, f"{payload.collection}.{field}"} & PLACED_OTHERWISE.keys()
    }
    assert lost == set()


def found_in(folder: Path, name: str) -> list[Payload]:
    found = [one for one in payloads(folder, LAYOUTS[name]) if isinstance(one, Payload)]
    return [one for one in found if one.collection not in TABLES_OF_LINKS]


@pytest.mark.parametrize("name", NAMES)
def test_records_ask_only_for_edges_that_the_model_allows(name: str) -> None:
    memory = omnimemory.connect("networkx://", tenant="t")
    items = [one for key, value in SAMPLES[name].items() for one in read(name, {key: [value]})]
    report = memory.ingest(items)
    assert report.changed
    assert report.errors == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_ingesting_a_real_payload_twice_changes_nothing(folder: str, payloads: Path) -> None:
    memory = omnimemory.connect("networkx://", tenant="t")
    name = folder.removesuffix("_csv")
    assert memory.ingest(read(name, payloads / folder)).errors == []
    assert not memory.ingest(read(name, payloads / folder)).changed


@pytest.mark.parametrize("folder", FOLDERS)
def test_reading_twice_says_the_same(folder: str, payloads: Path) -> None:
    name = folder.removesuffix("_csv")
    assert read(name, payloads / folder) == read(name, payloads / folder)


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_interaction_has_at_most_one_customer_it_is_filed_under(
    folder: str, payloads: Path
) -> None:
    for item in read(folder.removesuffix("_csv"), payloads / folder):
        if isinstance(item, Record) and item.kind == "Interaction":
            filed = [link for link in item.links() if link.kind in ("FROM", "TO")]
            customers = [link for link in filed if getattr(link.to, "kind", "") == "customer"]
            assert len(customers) <= 1


SAMPLES = json.loads((Path(__file__).parent / "samples.json").read_text(encoding="utf-8"))
"""One object of each collection, by source."""

JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=True, allow_infinity=True),
    st.text(max_size=8),
    st.sampled_from(["\x00", "\ud800", "😀", "a:b/c", "x" * 5_000, "2026-03-01T10:00:00"]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


@st.composite
def spoiled(draw: st.DrawFn) -> tuple[str, str, Any]:
    """Draw an object with one of its fields dropped or replaced, at any depth."""
    source = draw(st.sampled_from(NAMES))
    collection = draw(st.sampled_from(sorted(SAMPLES[source])))
    value = json.loads(json.dumps(SAMPLES[source][collection]))
    holder = value
    for _ in range(draw(st.integers(0, 3))):
        inner = [key for key, one in items_of(holder) if isinstance(one, dict | list) and one]
        if not inner:
            break
        holder = holder[draw(st.sampled_from(inner))]
    key = draw(st.sampled_from([key for key, _ in items_of(holder)]))
    if draw(st.booleans()):
        del holder[key]
    else:
        holder[key] = draw(JUNK)
    return source, collection, value


def items_of(holder: Any) -> list[tuple[Any, Any]]:
    return list(holder.items() if isinstance(holder, dict) else enumerate(holder))


@settings(max_examples=400, deadline=None)
@given(spoiled())
def test_a_spoiled_object_becomes_a_record_error_and_never_an_exception(
    drawn: tuple[str, str, Any],
) -> None:
    source, collection, value = drawn
    for item in read(source, {collection: [value]}):
        assert isinstance(item, Record | RecordError)


@pytest.mark.parametrize("name", NAMES)
def test_each_sample_becomes_records(name: str) -> None:
    for collection, value in SAMPLES[name].items():
        items = read(name, {collection: [value]})
        assert items, collection
        assert [str(one) for one in items if isinstance(one, RecordError)] == [], collection


@pytest.mark.parametrize("name", NAMES)
def test_a_bad_object_does_not_stop_the_good_ones(name: str) -> None:
    for collection, value in SAMPLES[name].items():
        items = read(name, {collection: ["not an object", value, {"id": {}}]})
        assert any(isinstance(one, Record) for one in items), collection
        wrong = [one for one in items if isinstance(one, RecordError)]
        assert any("[0]" in one.where for one in wrong), collection


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("long", ["x" * 10_000_000, "\x00\ud800😀"])
def test_texts_of_any_length_and_content_end_in_a_record_or_an_error(name: str, long: str) -> None:
    texts = {"body", "description", "Description", "_default_description_", "content", "Name"}
    for collection, value in SAMPLES[name].items():
        spoiled = json.loads(json.dumps(value), object_hook=lambda found: _with(found, texts, long))
        for item in read(name, {collection: [spoiled]}):
            assert isinstance(item, Record | RecordError)
            if isinstance(item, Record) and len(long) < 10:
                json.dumps(item.props(), ensure_ascii=False).encode()


def _with(found: dict[str, Any], names: set[str], text: str) -> dict[str, Any]:
    return {key: text if key in names else value for key, value in found.items()}


@pytest.mark.parametrize("name", NAMES)
def test_a_folder_with_nothing_of_it_names_what_is_looked_for(name: str, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(
        InputError, match=r"nothing of .* to read at .*; looked for .*contacts|users"
    ):
        sources.named(name)(tmp_path)
    with pytest.raises(InputError, match="nothing of"):
        sources.named(name)(tmp_path / "missing")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("text", "problem"),
    [("", "is empty"), ('{"users": [{"id": 1', "is not JSON"), ("[" * 100_000, "JSON|deep")],
)
def test_a_broken_file_is_one_error_that_names_it(
    name: str, text: str, problem: str, tmp_path: Path
) -> None:
    for file in ("contacts.json", "users.json"):
        (tmp_path / file).write_text(text)
    items = read(name, tmp_path)
    assert items
    for item in items:
        assert isinstance(item, RecordError)
        assert item.where in ("contacts.json", "users.json")
        assert any(word in str(item) for word in problem.split("|"))


@pytest.mark.parametrize("name", NAMES)
def test_a_broken_line_does_not_stop_the_others(name: str, tmp_path: Path) -> None:
    collection, value = next(iter(SAMPLES[name].items()))
    file = tmp_path / f"{collection}.jsonl"
    file.write_text(f"{json.dumps(value)}\n{{oops\n\n{json.dumps(value)}\n")
    items = read(name, file)
    wrong = [item for item in items if isinstance(item, RecordError)]
    assert [item.where for item in wrong] == [f"{collection}.jsonl:2"]
    assert len(items) > 1


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("body", [b"", "  ", "{", b"\xff\xfe{", "[" * 100_000])
def test_a_webhook_body_that_is_no_json_is_an_input_error(name: str, body: str | bytes) -> None:
    with pytest.raises(InputError, match=f"{name} webhook body"):
        sources.named(name).event(body)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("body", ["[]", "3", "null", '"text"', "{}", '{"type": 3, "topic": "x"}'])
def test_a_webhook_body_of_another_shape_yields_errors_only(name: str, body: str) -> None:
    try:
        items = list(sources.named(name).event(body))
    except InputError:
        return
    assert all(isinstance(item, RecordError) for item in items)


@pytest.mark.parametrize("name", NAMES)
def test_a_source_can_go_by_another_name(name: str) -> None:
    for collection, value in SAMPLES[name].items():
        for item in sources.named(name)({collection: [value]}, name="other"):
            assert isinstance(item, Record)
            assert item.source == "other"


def test_an_unknown_source_names_those_that_are_known() -> None:
    with pytest.raises(InputError, match=r"known: .*zendesk"):
        sources.named("zendex")


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Hi,</p><p>one<br>two</p>", "Hi,\n\none\ntwo"),
        ("plain < text", "plain < text"),
        ("a &amp; b", "a & b"),
        ("<script>x()</script>seen", "seen"),
        ("<img alt='a cat'>", "a cat"),
    ],
)
def test_html_becomes_what_a_reader_sees(html: str, text: str) -> None:
    assert plain_text(html) == text
