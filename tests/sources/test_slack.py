"""Laws of the Slack source."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnimemory import sources
from omnimemory.errors import InputError, RecordError
from omnimemory.model.records import AgentRecord, Contact, Conversation, Message, Record
from omnimemory.sources._slack_messages import read_markup
from omnimemory.sources._slack_people import People

USERS: list[dict[str, Any]] = [
    {
        "id": "U1",
        "team_id": "T1",
        "name": "kim",
        "profile": {"real_name": "Kim", "email": "k@acme.com"},
    },
    {"id": "U2", "team_id": "T1", "name": "lee", "profile": {"real_name": "Lee"}},
    {
        "id": "U7",
        "team_id": "T9",
        "name": "dana",
        "tz": "Europe/Berlin",
        "profile": {"real_name": "Dana", "email": "dana@example.org", "title": "CTO"},
    },
    {"id": "U8", "team_id": "T1", "name": "guest", "is_restricted": True, "profile": {}},
    {"id": "B1", "team_id": "T1", "name": "deploy", "is_bot": True, "profile": {}},
]
CHANNELS = [
    {"id": "C1", "name": "initech", "members": ["U1", "U2", "U7"], "topic": {"value": "help"}},
    {"id": "C2", "name": "internal", "members": ["U1", "U2"]},
]
HELP = [
    {
        "type": "message",
        "user": "U7",
        "text": "<@U1> it &lt;fails&gt;",
        "ts": "1772442000.000100",
        "thread_ts": "1772442000.000100",
        "reactions": [{"name": "eyes", "users": ["U1"], "count": 1}],
    },
    {
        "type": "message",
        "user": "U1",
        "text": "Looking",
        "ts": "1772442060.000200",
        "thread_ts": "1772442000.000100",
        "edited": {"user": "U1", "ts": "1772442090.000000"},
        "files": [
            {
                "name": "log.txt",
                "mimetype": "text/plain",
                "size": 7,
                "url_private": "https://f.example/1",
            }
        ],
    },
    {
        "type": "message",
        "subtype": "channel_join",
        "user": "U2",
        "text": "<@U2> has joined",
        "ts": "1772442070.000300",
    },
    {
        "type": "message",
        "subtype": "bot_message",
        "bot_id": "B9",
        "username": "Pager",
        "text": "",
        "attachments": [{"title": "Down", "text": "API is down"}],
        "ts": "1772442080.000400",
    },
]
CHATTER = [{"type": "message", "user": "U1", "text": "lunch?", "ts": "1772442000.000900"}]


@pytest.fixture
def export(tmp_path: Path) -> Path:
    root = tmp_path / "export"
    for channel, values in (("initech", HELP), ("internal", CHATTER)):
        (root / channel).mkdir(parents=True)
        (root / channel / "2026-03-02.json").write_text(json.dumps(values))
    (root / "users.json").write_text(json.dumps(USERS))
    (root / "channels.json").write_text(json.dumps(CHANNELS))
    return root


def messages(found: Any) -> list[Message]:
    return [one for one in found if isinstance(one, Message)]


def test_a_thread_is_one_conversation_of_customer_and_agent(export: Path) -> None:
    found = list(sources.slack(export))
    assert not [one for one in found if isinstance(one, RecordError)]
    ask, answer, *_ = messages(found)
    assert ask.author.kind == "customer"
    assert answer.author.kind == "agent"
    assert answer.to == (ask.author,)
    assert ask.conversation == answer.conversation == "C1/1772442000.000100"
    assert answer.in_reply_to == ask.id
    titles = {one.id: one.title for one in found if isinstance(one, Conversation)}
    assert titles["C1/1772442000.000100"] == "@Kim it <fails>"


def test_members_of_other_teams_and_guests_are_customers(export: Path) -> None:
    found = list(sources.slack(export))
    assert {one.id for one in found if isinstance(one, Contact)} == {"U7", "U8"}
    assert {one.id for one in found if isinstance(one, AgentRecord)} == {"U1", "U2", "B1"}
    chosen = list(sources.slack(export, customers=lambda user: user["name"] == "lee"))
    assert {one.id for one in chosen if isinstance(one, Contact)} == {"U2"}


def test_what_no_customer_sees_is_internal(export: Path) -> None:
    by_text = {one.text: one for one in messages(sources.slack(export))}
    assert by_text["lunch?"].visibility == "internal"
    assert by_text["Looking"].visibility == "external"


def test_edits_files_reactions_bots_and_joins_are_kept(export: Path) -> None:
    ask, answer, join, bot, _ = messages(sources.slack(export))
    assert answer.updated_at is not None
    assert answer.updated_at.second == 30
    assert answer.attachments[0].name == "log.txt"
    assert ask.extra["reactions"][0]["name"] == "eyes"
    assert (join.form, join.author.kind, join.conversation) == ("event", "system", None)
    assert (bot.author.kind, bot.author.name, bot.text) == ("bot", "Pager", "Down\nAPI is down")


def test_an_export_reads_the_same_from_its_zip(export: Path, tmp_path: Path) -> None:
    packed = tmp_path / "export.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for file in export.rglob("*.json"):
            archive.write(file, file.relative_to(export).as_posix())
    assert list(sources.slack(packed)) == list(sources.slack(export))


def body(**fields: Any) -> dict[str, Any]:
    inner = {
        "type": "message",
        "channel": "C1",
        "user": "U7",
        "text": "Hi",
        "ts": "1772442000.000100",
    }
    return {"type": "event_callback", "team_id": "T1", "event": inner | fields}


def test_a_webhooks_message_is_the_exports_message(export: Path) -> None:
    (_, live) = sources.slack.event(body(**HELP[0]), users=USERS)
    told = messages(sources.slack(export))[0]
    assert isinstance(live, Message)
    assert (live.id, live.text, live.author, live.conversation) == (
        told.id,
        told.text,
        told.author,
        told.conversation,
    )


def test_an_edit_is_a_later_version_and_a_deletion_an_end() -> None:
    old = body()["event"]
    edit = {"subtype": "message_changed", "message": old | {"text": "Hello"}, "ts": "1772442050.1"}
    (_, edited) = sources.slack.event(body(**edit))
    assert isinstance(edited, Message)
    assert (edited.id, edited.text) == ("C1/1772442000.000100", "Hello")
    assert edited.updated_at is not None
    assert edited.updated_at > edited.occurred_at
    gone = {"subtype": "message_deleted", "previous_message": old, "ts": "1772442060.1"}
    (deleted,) = sources.slack.event(body(**gone))
    assert isinstance(deleted, Message)
    assert deleted.id == edited.id
    assert deleted.deleted_at is not None


def test_an_author_from_another_team_is_a_customer_in_a_webhook() -> None:
    (_, theirs) = sources.slack.event(body(user_team="T9"))
    (_, ours) = sources.slack.event(body(user_team="T1"))
    assert isinstance(theirs, Message)
    assert isinstance(ours, Message)
    assert (theirs.author.kind, ours.author.kind) == ("customer", "agent")


def test_a_direct_channel_is_one_conversation() -> None:
    ids = {
        one.conversation
        for ts in ("1.1", "2.2")
        for one in messages(sources.slack.event(body(channel_type="im", ts=ts)))
    }
    assert ids == {"C1"}


@pytest.mark.parametrize(
    ("marked", "plain"),
    [
        ("<@U7> &amp; <@U99>", "@Dana & @U99"),
        ("<#C1|initech>", "#initech"),
        ("<!here> <!subteam^S1|@team>", "@here @team"),
        ("<https://x.example|this>", "this <https://x.example>"),
        ("<https://x.example>", "https://x.example"),
        ("1 < 2", "1 < 2"),
    ],
)
def test_markup_reads_as_people_see_it(marked: str, plain: str) -> None:
    assert read_markup(marked, People(USERS)) == plain


def test_a_real_export_is_read_whole(payloads: Path) -> None:
    found = list(sources.slack(payloads / "slack" / "testarchive.zip"))
    assert not [one for one in found if isinstance(one, RecordError)]
    assert len(messages(found)) == 158


@pytest.mark.parametrize("given_", ["no/such/folder", 7, [3], None])
def test_what_is_no_export_is_one_clear_error(given_: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        sources.slack(tmp_path)
    try:
        found = list(sources.slack(given_))
    except InputError:
        return
    assert all(isinstance(one, RecordError) for one in found)


def test_a_truncated_day_stops_no_other(export: Path) -> None:
    (export / "initech" / "2026-03-01.json").write_text('[{"type": "mess')
    found = list(sources.slack(export))
    (error,) = [one for one in found if isinstance(one, RecordError)]
    assert error.where == "initech/2026-03-01.json"
    assert len(messages(found)) == 5


VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.lists(st.integers(), max_size=2)
    | st.just({"ts": "x"})
)


@given(
    st.sampled_from([body()["event"], *HELP]),
    st.dictionaries(
        st.sampled_from(
            "type subtype channel user text ts thread_ts edited files file attachments bot_id "
            "bot_profile username message previous_message event_ts user_team user_profile comment "
            "channel_type parent_user_id".split()
        ),
        VALUES
        | st.sampled_from(["message_changed", "message_deleted", "tombstone", "bot_message"]),
        max_size=4,
    ),
)
def test_a_damaged_event_gives_records_or_errors_never_another_exception(
    payload: dict[str, Any], changes: dict[str, Any]
) -> None:
    for one in sources.slack.event(
        body(**payload) | {"event": {**body()["event"], **payload, **changes}}
    ):
        assert isinstance(one, Record | RecordError)
