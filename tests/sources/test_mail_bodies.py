"""Laws of mail bodies: text, quotation and signature, plain and as HTML."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnimemory import sources
from omnimemory.model.records import Message
from omnimemory.sources._html import _well_formed, plain_text
from omnimemory.sources._replies import split_reply
from tests.sources.mails import OURS, mail, one

WORDS = st.lists(
    st.sampled_from(
        [
            "Hello",
            "> Hi",
            "On Mon, Apr 2, 2012 at 6:26 PM, Megan wrote:",
            "Am 02.04.2012 schrieb Kim:",
            "-----Original Message-----",
            "From: bob@example.com",
            "Sent: Monday",
            "To: kim",
            "Subject: x",
            "-- ",
            "--",
            "Best regards,",
            "Sent from my iPhone",
            "_" * 30,
            "",
            "  indented",
        ]
    )
    | st.text(max_size=40),
    max_size=25,
)


@given(WORDS)
def test_text_quotation_and_signature_together_are_the_body(lines: list[str]) -> None:
    body = "\n".join(lines)
    parts = split_reply(body)
    assert sorted(" ".join(parts).split()) == sorted(body.split())


def test_real_replies_are_split_where_their_programs_quote(payloads: Path) -> None:
    folder = payloads / "email_eml"
    for file in folder.glob("*.eml"):
        if "attachment" in file.name or file.stem in ("outlook", "reply-quotations-share-block"):
            continue
        (message,) = [r for r in sources.mbox(file) if isinstance(r, Message)]
        assert message.text.strip() == "Hello", file.name
        assert message.quoted, file.name


def test_a_dash_list_is_no_signature() -> None:
    body = "Hi,\n\nI need:\n- one thing\n- two things\n\nPlease help."
    assert split_reply(body).text == body


def test_a_shipment_from_here_to_there_is_no_earlier_mail() -> None:
    body = "Please ship\n\nFrom: Berlin\nTo: Munich\nDate: 3 May\n\nThanks a lot to you all"
    assert split_reply(body).text == body


def test_a_forwarded_mail_without_a_word_is_what_its_sender_says() -> None:
    body = "---------- Forwarded message ---------\nFrom: a@x.org\nSubject: Bill\nTo: b\n\nPay!"
    assert split_reply(body).text == body
    assert split_reply(f"See below\n\n{body}") == ("See below", body, "")


def test_reply_below_a_quotation_is_text() -> None:
    parts = split_reply("On 1 May, Kim wrote:\n> Which order?\n\nNumber 7.\n\n-- \nDana")
    assert parts == ("Number 7.", "On 1 May, Kim wrote:\n> Which order?", "-- \nDana")


@pytest.mark.parametrize(
    "markup", ["<a ", "<a<", "<!", "<!--", "</", "<?", '<a href="', "<![CDATA[", "<script>", "&#x"]
)
def test_reading_of_markup_ends_whatever_is_left_open(markup: str) -> None:
    html = _well_formed(markup * 30_000)
    assert all(">" in tag for tag in html.split("<")[1:])
    assert "seen" in plain_text(f"{markup * 30_000} seen")


def test_a_mail_right_below_another_and_one_without_a_date_line_are_told_apart() -> None:
    first, second = mail(body="One"), mail(message_id="<2@x>", body="Two")
    raw = b"From dana\n" + first + b"\nFrom dana Mon Mar  2 10:00:00 2026\n" + second
    assert [r.text for r in sources.mbox(raw, ours=OURS) if isinstance(r, Message)] == [
        "One",
        "Two",
    ]


def test_html_alone_becomes_readable_text() -> None:
    html = (
        "<html><head><title>t</title><style>p{}</style></head><body><p>Hi <b>Kim</b>,</p>"
        "<p>see <a href='https://x.example/1'>this</a></p><script>alert(1)</script>"
        "<blockquote>Earlier</blockquote></body></html>"
    )
    message = one(mail(content_type="text/html; charset=utf-8", body=html))
    assert message.text == "Hi Kim,\n\nsee this <https://x.example/1>"
    assert message.quoted == "> Earlier"
