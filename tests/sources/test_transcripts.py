"""Laws of the transcripts of chats and calls."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnimemory import sources
from omnimemory.errors import InputError, RecordError
from omnimemory.model.records import (
    Call,
    Conversation,
    Feedback,
    Handoff,
    Message,
    Note,
    Person,
    Record,
    Ref,
)

CHAT: dict[str, Any] = {
    "id": "c-1",
    "started_at": "2026-03-02T09:00:00Z",
    "ended_at": "2026-03-02T09:20:00Z",
    "channel": "chat",
    "subject": "Refund",
    "ticket": "35436",
    "tags": ["billing"],
    "customer": {"id": "u-7", "name": "Dana", "email": "dana@example.org"},
    "messages": [
        {"id": "m-1", "at": "2026-03-02T09:00:00Z", "from": "customer", "text": "Where is it?"},
        {"at": "2026-03-02T09:01:00Z", "from": "bot", "name": "Till", "text": "A person will help"},
        {
            "at": "2026-03-02T09:02:00Z",
            "handoff": {"from": "bot", "to": "agent", "reason": "asked"},
        },
        {"at": "2026-03-02T09:03:00Z", "from": "agent", "name": "Kim", "text": "I look", "x": 1},
        {
            "at": "2026-03-02T09:04:00Z",
            "from": "agent",
            "name": "Kim",
            "text": "VIP",
            "internal": True,
        },
    ],
    "rating": {"score": 4, "worst": 1, "best": 5, "comment": "Quick"},
    "browser": "Firefox",
}

CALL: dict[str, Any] = {
    "id": "call-1",
    "started_at": "2026-03-02T09:00:00Z",
    "duration_seconds": 312,
    "from": "+4930123456",
    "to": "+4930987654",
    "direction": "inbound",
    "agent": {"id": "kim", "name": "Kim", "email": "kim@acme.com"},
    "outcome": "resolved",
    "ticket": "zendesk:35436",
    "transcript": [
        {"speaker": "Dana", "text": "Hello", "offset_seconds": 1.5},
        "Kim: Hello Dana",
    ],
    "recording": {"url": "https://calls.example/1"},
    "queue": "billing",
}


def leaves(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [leaf for one in value.values() for leaf in leaves(one)]
    if isinstance(value, list):
        return [leaf for one in value for leaf in leaves(one)]
    return [] if value is None or value == "" else [str(value)]


def said(records: list[Any]) -> str:
    return " ".join(one.model_dump_json() for one in records if isinstance(one, Record))


@pytest.mark.parametrize(("source", "payload"), [("chat", CHAT), ("calls", CALL)])
def test_every_leaf_of_a_payload_is_in_its_records(source: str, payload: Any) -> None:
    text = said(list(sources.named(source)(payload)))
    allowed = {
        "True": "internal makes a note of the message",
        "2026-03-02T09:20:00Z": "ended_at is kept as +00:00",
        "Kim: Hello Dana": "a spoken line is split into speaker and text",
        "zendesk:35436": "split into source and id",
    }
    assert [leaf for leaf in leaves(payload) if leaf not in text and leaf not in allowed] == []


def test_a_chat_is_a_conversation_messages_handoffs_and_feedback_in_order() -> None:
    records = list(sources.chat(CHAT, tickets="zendesk"))
    assert [type(one) for one in records] == [
        Conversation,
        Message,
        Message,
        Handoff,
        Message,
        Note,
        Feedback,
    ]
    conversation, first, bot, handoff, agent, _, feedback = records
    assert isinstance(conversation, Conversation)
    assert conversation.about == (Ref(kind="Ticket", id="35436", source="zendesk"),)
    assert isinstance(first, Message)
    assert isinstance(bot, Message)
    assert isinstance(agent, Message)
    assert [one.author.kind for one in (first, bot, agent)] == ["customer", "bot", "agent"]
    assert [one.sequence for one in (first, bot, agent)] == [1, 2, 4]
    assert bot.to == (first.author,)
    assert isinstance(handoff, Handoff)
    assert handoff.author == Person(kind="bot", name="Till")
    assert handoff.to == Person(kind="agent", name="Kim")
    assert isinstance(feedback, Feedback)
    assert (feedback.score, feedback.comment, feedback.occurred_at.minute) == (4, "Quick", 20)


@pytest.mark.parametrize(
    ("fields", "direction", "author", "to"),
    [
        ({}, "inbound", "customer", "agent"),
        ({"direction": "outbound"}, "outbound", "agent", "customer"),
        ({"direction": None}, "inbound", "customer", "agent"),
        ({"direction": None, "from": "+49 30 987654"}, "outbound", "agent", "customer"),
        ({"agent": None}, "inbound", "customer", "system"),
    ],
)
def test_a_call_runs_between_a_customer_and_us(
    fields: dict[str, Any], direction: str, author: str, to: str
) -> None:
    (call,) = sources.calls(CALL | fields, ours=["+4930987654"])
    assert isinstance(call, Call)
    assert (call.direction, call.author.kind, call.to[0].kind) == (direction, author, to)


def test_two_agents_on_one_line_do_not_share_its_number() -> None:
    (call,) = sources.calls(CALL)
    assert isinstance(call, Call)
    assert call.to[0].phone is None
    assert call.extra["to"] == "+4930987654"


@pytest.mark.parametrize(
    "transcript", ["Dana: Hello\nKim: Hello Dana", ["Dana: Hello", "Kim: Hello Dana"]]
)
def test_a_transcript_may_be_text(transcript: Any) -> None:
    (call,) = sources.calls(CALL | {"transcript": transcript})
    assert isinstance(call, Call)
    assert [(turn.speaker, turn.text) for turn in call.transcript] == [
        ("Dana", "Hello"),
        ("Kim", "Hello Dana"),
    ]


def test_a_bad_line_stops_no_good_one(tmp_path: Path) -> None:
    file = tmp_path / "chats.jsonl"
    file.write_text(f"{json.dumps(CHAT)}\n{{broken\n[1]\n{json.dumps(CHAT | {'id': 'c-2'})}\n")
    found = list(sources.chat(file))
    assert [one.where for one in found if isinstance(one, RecordError)] == [
        "chats.jsonl:2",
        "chats.jsonl:3",
    ]
    assert [one.id for one in found if isinstance(one, Conversation)] == ["c-1", "c-2"]


@pytest.mark.parametrize("source", ["chat", "calls", "segment"])
def test_nothing_to_read_is_one_clear_error(source: str, tmp_path: Path) -> None:
    for given_ in (tmp_path / "missing.jsonl", tmp_path, 7):
        with pytest.raises(InputError):
            sources.named(source)(given_)  # pyright: ignore[reportArgumentType]
    (tmp_path / "empty.jsonl").write_text("")
    (error,) = sources.named(source)(tmp_path / "empty.jsonl")
    assert isinstance(error, RecordError)


@pytest.mark.parametrize("at", ["2026-03-02T09:00:00", "yesterday", "", None, 10**30, {}])
def test_a_time_that_says_nothing_is_an_error_of_its_record(at: Any) -> None:
    (error,) = sources.calls(CALL | {"started_at": at})
    assert isinstance(error, RecordError)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


def mutated(payload: Any, path: list[int], value: Any) -> Any:
    """Return the payload with what lies at a path replaced; the path wraps around."""
    if not path or not payload or not isinstance(payload, dict | list):
        return value
    if isinstance(payload, list):
        n = path[0] % len(payload)
        return [*payload[:n], mutated(payload[n], path[1:], value), *payload[n + 1 :]]
    key = sorted(payload)[path[0] % len(payload)]
    return payload | {key: mutated(payload[key], path[1:], value)}


@given(
    st.sampled_from([("chat", CHAT), ("calls", CALL)]),
    st.lists(st.integers(0, 20), min_size=1, max_size=4),
    JSON,
)
def test_a_damaged_payload_gives_records_or_errors_never_another_exception(
    case: tuple[str, Any], path: list[int], value: Any
) -> None:
    source, payload = case
    for one in sources.named(source)([mutated(payload, path, value)]):
        assert isinstance(one, Record | RecordError)
