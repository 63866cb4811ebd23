"""Laws of the mail source."""

from __future__ import annotations

import json
import mailbox
import random
import re
from contextlib import closing
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnimemory import sources
from omnimemory.errors import InputError, RecordError
from omnimemory.model.records import Conversation, Message
from omnimemory.sources._mail_headers import topic
from omnimemory.sources._threads import Letter, threads
from tests.sources.mails import OURS, box, errors, mail, one


def test_a_mail_to_us_is_a_customers_message_in_its_thread() -> None:
    message = one(mail(references="<0@acme.com> <00@example.org>", in_reply_to="<00@example.org>"))
    assert message.author.kind == "customer"
    assert (message.author.name, message.author.email) == ("Dana", "dana@example.org")
    assert [person.kind for person in message.to] == ["agent"]
    assert message.conversation == "0@acme.com"
    assert message.in_reply_to == "00@example.org"
    assert message.occurred_at.isoformat() == "2026-03-02T09:00:00+00:00"


def test_a_whole_domain_can_be_ours() -> None:
    assert one(mail(**{"from": "kim@acme.com", "to": "dana@example.org"})).author.kind == "agent"
    assert one(mail(**{"from": "kim@notacme.com"})).author.kind == "customer"


def test_mail_among_agents_is_internal() -> None:
    message = one(mail(**{"from": "kim@acme.com", "to": "lee@acme.com"}))
    assert (message.direction, message.visibility) == ("internal", "internal")


def test_a_form_on_our_site_writes_for_the_customer_in_reply_to() -> None:
    message = one(mail(**{"from": "support@acme.com", "reply_to": "Dana <dana@example.org>"}))
    assert (message.author.kind, message.author.email) == ("customer", "dana@example.org")


@pytest.mark.parametrize(
    ("sender", "fields", "kind"),
    [
        ("mailer-daemon@example.org", {}, "system"),
        ("no-reply@shop.example", {}, "bot"),
        ("support@acme.com", {"auto_submitted": "auto-replied"}, "bot"),
        ("support@acme.com", {"auto_submitted": "no"}, "agent"),
        ("dana@example.org", {"auto_submitted": "auto-replied"}, "customer"),
    ],
)
def test_machines_are_told_from_people_but_an_absence_note_is_its_customers(
    sender: str, fields: dict[str, str], kind: str
) -> None:
    assert one(mail(**{"from": sender} | fields)).author.kind == kind


def test_left_out_ours_are_the_role_addresses_of_most_threads() -> None:
    mails = [
        mail(message_id=f"<{n}@x>", **{"from": f"c{n}@example.org", "to": "help@acme.com"})
        for n in range(4)
    ]
    mails.append(mail(message_id="<9@x>", **{"from": "kim@acme.com", "to": "c1@example.org"}))
    found = [r for r in sources.mbox(box(*mails)) if isinstance(r, Message)]
    assert [message.author.kind for message in found] == ["customer"] * 4 + ["agent"]


LETTERS = st.lists(
    st.tuples(st.integers(0, 12), st.lists(st.integers(0, 12), max_size=4)),
    min_size=1,
    max_size=12,
    unique_by=lambda one: one[0],
)


@given(LETTERS, st.randoms(use_true_random=False))
def test_the_order_of_mails_does_not_change_their_threads(
    drawn: list[tuple[int, list[int]]], chance: random.Random
) -> None:
    letters = [
        Letter(str(id), tuple(map(str, refs)), None, "", "", frozenset(), ()) for id, refs in drawn
    ]
    shuffled = list(letters)
    chance.shuffle(shuffled)
    assert threads(letters) == threads(shuffled)
    for letter in letters:
        named = [one for one in letter.answers if one in threads(letters)]
        assert all(threads(letters)[one] == threads(letters)[letter.id] for one in named)


def test_shuffling_a_real_file_does_not_change_its_conversations(payloads: Path) -> None:
    whole = (payloads / "mbox" / "2001-November.txt").read_bytes()
    mails = [b"From " + part for part in whole.removeprefix(b"From ").split(b"\n\nFrom ")]

    def placed(parts: list[bytes]) -> dict[str, str | None]:
        records = sources.mbox(b"\n\n".join(parts))
        return {r.id: r.conversation for r in records if isinstance(r, Message)}

    expected = placed(mails)
    shuffled = list(mails)
    random.Random(7).shuffle(shuffled)
    assert placed(shuffled) == expected
    assert len(expected) == 82  # each mail stands in the file twice


def test_a_lone_reply_lands_in_the_thread_of_its_mailbox() -> None:
    first = mail(message_id="<a@x>")
    second = mail(message_id="<b@x>", references="<a@x>", in_reply_to="<a@x>")
    third = mail(message_id="<c@x>", in_reply_to="<b@x>")
    whole = {
        r.id: r.conversation
        for r in sources.mbox(box(third, second, first))
        if isinstance(r, Message)
    }
    assert set(whole.values()) == {"a@x"}
    assert one(second).conversation == "a@x"


def test_each_thread_is_one_conversation_with_a_plain_title() -> None:
    mails = [mail(), mail(message_id="<2@x>", subject="Re: Refund", in_reply_to="<1@example.org>")]
    found = [r for r in sources.mbox(box(*reversed(mails))) if isinstance(r, Conversation)]
    assert [(c.id, c.title) for c in found] == [("1@example.org", "Refund")]


@pytest.mark.parametrize("subject", ["Re: Re: Refund", "AW: WG: Refund", "Fwd: RE[2]: Refund"])
def test_a_topic_is_the_subject_without_reply_marks(subject: str) -> None:
    assert topic(subject) == "Refund"


def test_attachments_are_kept_by_reference() -> None:
    made = EmailMessage()
    made["From"], made["To"], made["Date"] = "d@x.org", "support@acme.com", "2 Mar 2026 10:00 +0000"
    made.set_content("See attached")
    made.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="Rechnung ü.pdf")
    inner = EmailMessage()
    inner["Subject"] = "Old"
    inner.set_content("inner")
    made.add_attachment(inner)
    message = one(made.as_bytes())
    assert message.text == "See attached"
    assert [(a.name, a.media_type) for a in message.attachments] == [
        ("Rechnung ü.pdf", "application/pdf"),
        ("Old.eml", "message/rfc822"),
    ]
    assert message.attachments[0].size_bytes == 4


@pytest.mark.parametrize(
    ("charset", "raw"),
    [
        ("iso-8859-1", b"gr\xfc\xdfe"),
        ("utf-8", b"gr\xc3\xbc\xc3\x9fe"),
        ("x-nonsense", b"gr\xc3\xbc\xc3\x9fe"),
        ("us-ascii", b"gr\xfc\xdfe"),
        ("base64", b"gr\xfc\xdfe"),
    ],
)
def test_bodies_are_read_whatever_charset_they_claim(charset: str, raw: bytes) -> None:
    head = mail(content_type=f"text/plain; charset={charset}", body="")
    assert one(head + raw).text == "grüße"


def test_encoded_words_and_raw_bytes_in_headers_are_read() -> None:
    message = one(mail(subject="=?iso-8859-1?Q?Gr=FC=DFe?= =?utf-8?B?8J+Yhw==?="))
    assert message.subject == "Grüße😇"
    assert one(mail(subject="Grüße")).subject == "Grüße"
    assert one(mail(subject="=?utf-8?B?broken!?=")).subject


def test_a_mail_without_an_id_gets_the_same_one_every_time() -> None:
    raw = mail(message_id="")
    assert one(raw).id == one(b"Received: by x; Mon, 2 Mar 2026 10:00:00 +0100\n" + raw).id
    assert one(raw).id != one(mail(message_id="", body="Other")).id


def test_a_date_comes_from_the_mail_else_from_its_first_server() -> None:
    received = "from a by b; Tue, 3 Mar 2026 08:00:00 +0000"
    assert one(mail(date="", received=received)).occurred_at.day == 3
    assert one(mail(date="nonsense", received=received)).occurred_at.day == 3
    zoneless = one(mail(date="Mon, 2 Mar 2026 10:00:00")).occurred_at
    assert zoneless == one(mail(date="Mon, 2 Mar 2026 10:00:00 -0000")).occurred_at
    assert zoneless.hour == 10


def test_a_mail_without_any_date_is_one_error_and_stops_no_other() -> None:
    raw = box(mail(date=""), mail(message_id="<2@x>"))
    found = list(sources.mbox(raw, ours=OURS))
    assert [str(e) for e in found if isinstance(e, RecordError)] == [
        "mbox mail[0]: neither Date nor Received says when this mail was sent"
    ]
    assert sum(isinstance(r, Message) for r in found) == 1


def test_a_sentence_that_begins_with_from_does_not_split_a_mail() -> None:
    raw = box(mail(body="Hello\n\nFrom my point of view it fails.\n>From here too\n\nFrom 2024"))
    messages = [r for r in sources.mbox(raw, ours=OURS) if isinstance(r, Message)]
    assert [m.text for m in messages] == [
        "Hello\n\nFrom my point of view it fails.\nFrom here too\n\nFrom 2024"
    ]


def test_nul_and_lone_surrogates_are_repaired() -> None:
    message = one(
        mail(subject="a\0b", body="x\0y \ud800".encode("utf-8", "surrogatepass").decode("latin-1"))
    )
    for value in (message.subject, message.text):
        assert value is not None
        assert "\0" not in value
        value.encode()


def test_a_text_beyond_the_limit_is_one_error_with_its_field() -> None:
    (error,) = errors(mail(body="word " * 2_000_000))
    assert error.path == ("text",)


@pytest.mark.parametrize("length", [900, 5_000])
def test_ids_of_any_length_and_sign_are_kept_apart(length: int) -> None:
    long = one(mail(message_id=f"<{'a/b:c' * (length // 5)}@x>"))
    other = one(mail(message_id=f"<{'a/b:c' * (length // 5)}@y>"))
    assert long.id != other.id


def test_unmapped_headers_are_kept() -> None:
    assert one(mail(x_mailer="Pine", x_priority="1")).extra["headers"] == {
        "x-mailer": "Pine",
        "x-priority": "1",
    }


@pytest.mark.parametrize(
    "raw", [b"", b"\n\n", b"{}", b"\x00\x01\xff", b"From here I go\n", b"[1, 2]"]
)
def test_what_is_no_mail_is_one_clear_error(raw: bytes) -> None:
    with pytest.raises(InputError):
        list(sources.mbox(raw))


@pytest.mark.parametrize("given", [7, {"a": 1}, ["text"], None, "no/such/file.mbox"])
def test_what_is_no_mailbox_is_one_clear_error(given: Any) -> None:
    with pytest.raises(InputError):
        sources.mbox(given)


@pytest.mark.parametrize("ours", ["acme", [7], ["@"]])
def test_ours_must_be_addresses_or_domains(ours: Any) -> None:
    with pytest.raises(InputError, match="ours"):
        sources.mbox(mail(), ours=ours)


def test_a_folder_of_mails_and_a_maildir_read_like_one_mailbox(tmp_path: Path) -> None:
    second = mail(message_id="<2@x>", in_reply_to="<1@example.org>")
    (tmp_path / "eml").mkdir()
    (tmp_path / "eml" / "b.eml").write_bytes(mail())
    (tmp_path / "eml" / "a.eml").write_bytes(second)
    (tmp_path / "eml" / "c.eml").write_bytes(b"")
    (tmp_path / "dir" / "cur").mkdir(parents=True)
    (tmp_path / "dir" / "cur" / "1:2,S").write_bytes(mail())
    (tmp_path / "dir" / "cur" / "2:2,S").write_bytes(second)
    for folder, bad in (("eml", 1), ("dir", 0)):
        found = list(sources.mbox(tmp_path / folder, ours=OURS))
        assert {r.conversation for r in found if isinstance(r, Message)} == {"1@example.org"}
        assert sum(isinstance(r, RecordError) for r in found) == bad


def test_real_mailboxes_read_without_error(payloads: Path) -> None:
    for file, count in (
        ("2001-November.txt", 164),
        ("3GPP_TSG_SA_WG4_EVS.mbox", 50),
        ("users_ponymail_apache_org_2019-09.mbox", 4),
    ):
        found = list(sources.mbox(payloads / "mbox" / file))
        assert sum(isinstance(r, Message) for r in found) == count
        assert not [r for r in found if isinstance(r, RecordError)]


TRACE = {
    "received": "the way of the mail",
    "return-path": "the way of the mail",
    "delivered-to": "the way of the mail",
    "x-original-to": "the way of the mail",
    "x-spam": "a filter's opinion",
    "dkim": "a signature for servers",
    "received-spf": "a check between servers",
    "authentication": "a check between servers",
    "mime-version": "said by the parts",
    "content-": "said by the parts",
    "date": "kept as a time",
    "references": "kept as the conversation",
    "x-google": "a mark of its server",
    "x-gm": "a mark of its server",
    "x-received": "the way of the mail",
    "arc-": "a signature for servers",
    "domainkey": "a signature for servers",
    "x-asf": "a filter's opinion",
    "x-virus": "a filter's opinion",
}


@pytest.mark.parametrize("name", ["3GPP_TSG_SA_WG4_EVS", "users_ponymail_apache_org_2019-09"])
def test_every_word_and_header_of_real_mail_is_in_its_message(payloads: Path, name: str) -> None:
    file = payloads / "mbox" / f"{name}.mbox"
    messages = {r.id: r for r in sources.mbox(file) if isinstance(r, Message)}
    with closing(mailbox.mbox(file, create=False)) as kept:
        mails = [message_from_bytes(kept.get_bytes(key), policy=default) for key in kept.keys()]  # noqa: SIM118
    for raw in mails:
        message = messages[str(raw["message-id"]).strip("<> ")]
        text = json.dumps(message.model_dump(mode="json"), ensure_ascii=False)
        for field, value in raw.items():
            if not field.lower().startswith(tuple(TRACE)):
                words = re.findall(r"[\w.@-]{2,}", str(value))
                assert [word for word in words if word not in text] == [], field
        body = raw.get_body(("plain",))
        assert body is not None
        written = f"{message.text} {message.quoted or ''} {message.signature or ''}".split()
        assert sorted(written) == sorted(
            re.sub(r"(?m)^>From ", "From ", body.get_content()).split()
        )


@given(st.binary(max_size=300), st.integers(0, 400), st.integers(0, 100))
def test_damaged_mails_give_records_or_errors_never_another_exception(
    noise: bytes, at: int, dropped: int
) -> None:
    whole = box(
        mail(
            references="<0@x>",
            content_type='multipart/mixed; boundary="b"',
            body="--b\nContent-Type: text/html\n\n<p>Hi</p>\n--b\nContent-Type: x/y; name=a\n\nzz\n--b--",
        )
    )
    damaged = whole[:at] + noise + whole[at + dropped :]
    try:
        found = list(sources.mbox(damaged))
    except InputError:
        return
    assert all(isinstance(r, Message | Conversation | RecordError) for r in found)
