"""Laws of the Segment source."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnimemory import sources
from omnimemory.errors import RecordError
from omnimemory.model.records import Account, Contact, Record, UsageEvent

TRACK: dict[str, Any] = {
    "type": "track",
    "messageId": "m-1",
    "userId": "u-7",
    "anonymousId": "anon-7",
    "event": "Import Failed",
    "timestamp": "2026-03-02T09:00:00Z",
    "properties": {"error_code": "E42", "message": "bad column", "rows": 12},
    "context": {"traits": {"email": "dana@example.org"}, "ip": "10.0.0.1"},
}
IDENTIFY: dict[str, Any] = {
    "type": "identify",
    "messageId": "m-2",
    "userId": "u-7",
    "timestamp": "2026-03-02T09:00:00Z",
    "traits": {
        "firstName": "Dana",
        "lastName": "Ray",
        "email": "dana@example.org",
        "phone": "+4930123456",
        "title": "CTO",
        "createdAt": "2025-01-01T00:00:00Z",
        "address": {"city": "Berlin"},
        "company": {"id": "acc-1", "name": "Initech", "employees": 12},
        "beta": True,
    },
}


def records(payload: Any) -> list[Any]:
    return list(sources.segment(payload))


def test_a_track_call_is_a_usage_event_of_its_user() -> None:
    (event,) = records(TRACK)
    assert isinstance(event, UsageEvent)
    assert (event.id, event.name, event.error) == ("m-1", "Import Failed", "E42: bad column")
    assert (event.user.id, event.user.email) == ("u-7", "dana@example.org")
    (device,) = event.user.identifiers
    assert (device.type, device.value, device.verified) == ("device", "anon-7", False)
    assert event.extra["context"]["ip"] == "10.0.0.1"


@pytest.mark.parametrize(
    ("event", "properties", "error"),
    [
        ("Report Opened", {}, None),
        ("Report Opened", {"code": "x", "message": "y"}, None),
        ("Report Opened", {"error": "boom"}, "boom"),
        ("Report Opened", {"error": {"code": 5, "message": "boom"}}, "5: boom"),
        ("Report Opened", {"error": False}, None),
        ("Checkout Error", {}, "Checkout Error"),
        ("Payment failed", {"code": "declined"}, "declined"),
        ("import_failed", {}, "import_failed"),
        ("importFailed", {}, "importFailed"),
        ("Terror Alert Read", {}, None),
    ],
)
def test_a_failure_is_told_by_properties_or_by_name(
    event: str, properties: dict[str, Any], error: str | None
) -> None:
    (found,) = records(TRACK | {"event": event, "properties": properties})
    assert found.error == error


@pytest.mark.parametrize(
    ("times", "minute"),
    [
        ({"timestamp": "2026-03-02T09:01:00Z", "receivedAt": "2026-03-02T09:05:00Z"}, 1),
        (
            {
                "originalTimestamp": "2026-03-02T10:00:00Z",
                "sentAt": "2026-03-02T10:02:00Z",
                "receivedAt": "2026-03-02T09:05:00Z",
            },
            3,
        ),
        ({"originalTimestamp": "2026-03-02T09:07:00Z"}, 7),
        ({"sentAt": "2026-03-02T09:08:00Z"}, 8),
        ({"receivedAt": "2026-03-02T09:09:00"}, 9),
    ],
)
def test_the_time_is_corrected_for_the_devices_clock(times: dict[str, str], minute: int) -> None:
    (event,) = records({k: v for k, v in TRACK.items() if k != "timestamp"} | times)
    assert (event.occurred_at.hour, event.occurred_at.minute) == (9, minute)


def test_traits_are_a_contact_and_its_company_an_account() -> None:
    account, contact = records(IDENTIFY)
    assert isinstance(account, Account)
    assert (account.id, account.name, account.custom) == ("acc-1", "Initech", {"employees": 12})
    assert isinstance(contact, Contact)
    assert (contact.person.name, contact.person.phone) == ("Dana Ray", "+4930123456")
    assert contact.accounts[0].id == "acc-1"
    assert contact.custom == {"beta": True}
    assert contact.address == {"city": "Berlin"}


def test_a_group_call_is_an_account_and_a_membership() -> None:
    account, contact = records(
        {
            "type": "group",
            "userId": "u-7",
            "groupId": "acc-1",
            "timestamp": "2026-03-02T09:00:00Z",
            "traits": {"name": "Initech", "website": "https://initech.example/x", "plan": "pro"},
        }
    )
    assert (account.id, account.domains, account.tier) == ("acc-1", ("initech.example",), "pro")
    assert (contact.id, contact.accounts[0].id) == ("u-7", "acc-1")


def test_an_alias_merges_the_old_id_into_the_new_one() -> None:
    old, new = records(
        {"type": "alias", "previousId": "a", "userId": "b", "timestamp": "2026-03-02T09:00:00Z"}
    )
    assert (old.id, old.merged_into.id, new.id) == ("a", "b", "b")


@pytest.mark.parametrize("type", ["page", "screen"])
def test_a_view_is_usage(type: str) -> None:
    view = {"type": type, "userId": "u", "timestamp": "2026-03-02T09:00:00Z"}
    assert [one.name for one in records(view | {"name": "Pricing"})] == ["Viewed Pricing"]
    assert [one.name for one in records(view | {"properties": {"path": "/x"}})] == ["Viewed /x"]


def test_a_device_is_one_participant_in_events_and_traits() -> None:
    anonymous = {"userId": None, "anonymousId": "anon-7"}
    (event,) = records(TRACK | anonymous | {"context": {}})
    contact = records({k: v for k, v in (IDENTIFY | anonymous).items() if k != "traits"})[-1]
    assert event.user.id is None
    assert contact.id == "device:anon-7"


def test_a_call_without_an_id_gets_the_same_one_every_time() -> None:
    bare = {k: v for k, v in TRACK.items() if k != "messageId"}
    (first,), (again,) = records(bare), records(bare | {"sentAt": "2026-03-03T09:00:00Z"})
    assert first.id == again.id
    assert first.id != records(bare | {"userId": "u-8"})[0].id


def test_one_bad_call_stops_no_other_of_its_batch() -> None:
    batch = {"batch": [TRACK, {"type": "nope"}, 7, TRACK | {"messageId": "m-9"}]}
    for found in (records(batch), list(sources.segment.event(json.dumps(batch)))):
        assert [one.id for one in found if isinstance(one, UsageEvent)] == ["m-1", "m-9"]
        assert sum(isinstance(one, RecordError) for one in found) == 2


def test_real_batches_are_read_whole(payloads: Path) -> None:
    for file in sorted((payloads / "segment").glob("*.json")):
        batch = json.loads(file.read_text())
        found = list(sources.segment(file))
        assert not [one for one in found if isinstance(one, RecordError)], file.name
        text = " ".join(one.model_dump_json() for one in found if isinstance(one, Record))
        for call in batch["batch"]:
            for name in ("userId", "previousId", "groupId", "event", "name"):
                assert str(call.get(name, "")) in text
            for value in (call.get("properties") or {}).values():
                assert json.dumps(value).strip('"') in text


VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.lists(st.integers())


@given(
    st.sampled_from([TRACK, IDENTIFY]),
    st.dictionaries(
        st.sampled_from(
            [*TRACK, *IDENTIFY, "groupId", "previousId", "name", "sentAt", "originalTimestamp"]
        ),
        VALUES | st.just({"email": 7, "company": {"id": []}, "traits": 3}),
        max_size=4,
    ),
    st.sampled_from(["track", "identify", "group", "alias", "page", "screen"]),
)
def test_a_damaged_call_gives_records_or_errors_never_another_exception(
    payload: dict[str, Any], changes: dict[str, Any], type: str
) -> None:
    for one in sources.segment([payload | changes | {"type": type}]):
        assert isinstance(one, Record | RecordError)
