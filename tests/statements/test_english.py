"""What the rules find in sentences, and what they leave alone: cases written by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnimemory.model.records import StatementForm
from omnimemory.statements.base import Extracted, Utterance
from omnimemory.statements.dates import due
from omnimemory.statements.english import extract

MONDAY = datetime(2026, 3, 2, 12, tzinfo=UTC)


def thread(*lines: str) -> list[Utterance]:
    """Return messages from ``customer: …`` and ``agent: …``, a minute apart."""
    out: list[Utterance] = []
    for n, line in enumerate(lines):
        by, _, text = line.partition(": ")
        assert by in ("customer", "agent", "bot", "system")
        out.append(Utterance(f"m{n}", by, MONDAY + timedelta(minutes=n), text))
    return out


def found(*lines: str) -> list[Extracted]:
    return list(extract(thread(*lines)))


SAYS = [
    ("customer", "I already restarted the router.", "attempt"),
    ("customer", "I've cleared my browser cache and it still fails.", "attempt"),
    ("customer", "We have tried three different cards.", "attempt"),
    ("customer", "I just reinstalled the app, no change.", "attempt"),
    ("customer", "I have also changed my password twice.", "attempt"),
    ("customer", "Yesterday I unplugged it for ten minutes.", "attempt"),
    ("customer", "I even logged out and in again.", "attempt"),
    ("agent", "I have reset your password on our side.", "attempt"),
    ("agent", "We've restarted the sync job for you.", "attempt"),
    ("agent", "I will refund the second payment today.", "commitment"),
    ("agent", "We'll get back to you by Friday.", "commitment"),
    ("agent", "You will receive the replacement within 3 business days.", "commitment"),
    ("agent", "Your refund will be processed by tomorrow.", "commitment"),
    ("agent", "I'm going to escalate this to engineering now.", "commitment"),
    ("agent", "Our courier will contact you, I promise.", "commitment"),
    ("bot", "I'll open a ticket for that.", "commitment"),
    ("agent", "We shall send you a new cable on Wednesday.", "commitment"),
    ("customer", "When will the refund arrive?", "question"),
    ("customer", "Why was I charged twice this month?", "question"),
    ("customer", "Can you send me the invoice for February?", "question"),
    ("customer", "Is the export bug fixed in 2.4.1?", "question"),
    ("agent", "Which invoice do you mean?", "question"),
    ("agent", "What is the serial number of the device?", "question"),
    ("agent", "Could I get your order number, please?", "question"),
    ("customer", "I already told the chatbot all of this.", "fact"),
    ("customer", "As I said, the card was charged twice.", "fact"),
    ("customer", "This is the third agent; for the third time, it is INV-1.", "fact"),
    ("customer", "Do I have to explain everything again to a human.", "fact"),
    ("customer", "I explained this to your colleague yesterday.", "fact"),
    ("customer", "Like I mentioned, it fails on export.", "fact"),
]
"""Who says it, the sentence, and the one statement that it makes."""

SAYS_NOTHING = [
    ("agent", "How can I help you today?"),
    ("agent", "Is there anything else I can do for you?"),
    ("agent", "Would you like me to book it?"),
    ("agent", "Shall I cancel the order?"),
    ("agent", "Could you tell me your PIN, please?"),
    ("agent", "What was your mother's maiden name?"),
    ("agent", "I'll be happy to help you with that."),
    ("agent", "I will need your order number."),
    ("agent", "If you send the photo, we'll replace it."),
    ("agent", "We'll not refund used items."),
    ("agent", "Let me check that for you."),
    ("agent", "I'm sorry about that."),
    ("agent", "You can restart the router."),
    ("agent", "Please clear your cache."),
    ("customer", "Hello, is anybody there?"),
    ("customer", "Are you listening?"),
    ("customer", "Really?"),
    ("customer", "I changed my mind."),
    ("customer", "I have not tried that."),
    ("customer", "If I restarted it, would it lose my data."),
    ("customer", "I will wait for your answer."),
    ("customer", "I was told it is free."),
    ("customer", "My account was charged twice."),
    ("customer", "Thanks, that works!"),
    ("customer", "> I already restarted the router."),
    ("system", "Ticket 7 was assigned. When will it be done?"),
]
"""What must not be taken for a statement."""


OWED = [
    "Where is my replacement card?",
    "Can you check why the export stopped?",
    "What about my refund?",
    "How about our second licence, is it still valid?",
    "Any news on the ticket from Tuesday?",
    "Still no invoice?",
    "Is it covered by the warranty?",
    "Isn't delivery free above 50 EUR?",
    "Why do you keep charging the old card?",
    "If I send it back, do I get the full price?",
    "How difficult is it to move to the new plan?",
    "Did you book the technician?",
    "Could we change the address to the office?",
    "Do you think it will be fixed by Monday?",
    "What are the opening hours of the shop in Graz?",
    "Is there a cheaper plan with the same storage?",
    "What's going on with my parcel?",
    "Who is my account manager now?",
    "I moved last week, can you send it to the new address?",
    "What about the deposit that I paid in January?",
    "Are you able to ship to Malta?",
    "Has the price gone up since March?",
    "You don't ship to Malta?",
    "When can a technician come?",
    "Which cable fits the old modem?",
]
"""Customers' questions that somebody owes an answer to."""

OWED_NOTHING = [
    "You charge for that?!",
    "Are you kidding me?",
    "Isn't that ridiculous?",
    "What am I supposed to do now?",
    "What to do now then?",
    "How stupid can a machine be?",
    "So you are just going to keep my money?",
    "Why do you need my birthday?",
    "Why are you asking me all that?",
    "What do you need my name for?",
    "Who are you again?",
    "Are you a real person?",
    "Have you ever flown there?",
    "Did you know that I was first in line?",
    "I thought returns were free?",
    "Oh, I hope it is not the loud one?",
    "How about Thursday morning?",
    "What about 4 pm?",
    "What about the other one?",
    "Can we try the later date?",
    "In the second drawer?",
    "The blue one then?",
    "For both of us?",
    "I would not ask if I did not want it, would I?",
    "What's going on here?",
]
"""What ends in a question mark, and needs no answer, or is understood only where it was said."""

MISREAD = [
    "Do you also hate Mondays?",
    "Is she pretty, your colleague?",
    "What is wrong with people today?",
    "Maybe the small room would do?",
]
"""The same, which the rules take for questions."""


def test_what_is_read_as_a_customers_question_is_mostly_one() -> None:
    """By hand-labelled sentences that are nobody's data; docs/agents.md tells of real ones."""
    read = [
        sentence
        for sentence in (*OWED, *OWED_NOTHING, *MISREAD)
        if any(one.form == "question" for one in found(f"customer: {sentence}"))
    ]
    assert read == [*OWED, *MISREAD]
    assert len(OWED) / len(read) > 0.85


@pytest.mark.parametrize("sentence", OWED_NOTHING)
def test_what_nobody_owes_an_answer_to_is_no_question(sentence: str) -> None:
    assert found(f"customer: {sentence}") == []


@pytest.mark.parametrize(("by", "sentence", "form"), SAYS)
def test_a_sentence_makes_its_statement(by: str, sentence: str, form: str) -> None:
    (one,) = found(f"{by}: {sentence}")
    assert (one.form, one.source, one.text) == (form, "m0", sentence)
    assert (one.signal == "already_told") is (form == "fact")


@pytest.mark.parametrize(("by", "sentence"), SAYS_NOTHING)
def test_a_sentence_that_states_nothing_is_left_alone(by: str, sentence: str) -> None:
    assert found(f"{by}: {sentence}") == []


def test_a_customers_question_is_open_until_it_is_answered() -> None:
    asked = "customer: When will the refund arrive?"
    assert [one.answer for one in found(asked)] == [None]
    waiting = (asked, "agent: Thank you for your patience.", "agent: Let me check.")
    assert [one.answer for one in found(*waiting)] == [None]
    (one,) = found(*waiting, "agent: It arrives within two days.")
    assert one.answer == "It arrives within two days."
    assert one.answered_at == MONDAY + timedelta(minutes=3)


def test_an_agents_question_is_answered_by_the_customer() -> None:
    (one,) = found("agent: Which invoice do you mean?", "customer: INV-1, the one of March.")
    assert one.answer == "INV-1, the one of March."
    (one,) = found("agent: Which invoice do you mean?", "customer: I don't know.")
    assert one.answer is None


def test_a_message_may_make_several() -> None:
    said = found(
        "customer: Hi! I already told the bot: I paid twice.\nI restarted the app, too. "
        "When do I get the money back?"
    )
    assert [one.form for one in said] == ["fact", "attempt", "question"]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("by Friday", "2026-03-06T23:59:59"),
        ("by next Friday", "2026-03-06T23:59:59"),
        ("on Monday", "2026-03-09T23:59:59"),
        ("this Wednesday", "2026-03-04T23:59:59"),
        ("tomorrow", "2026-03-03T23:59:59"),
        ("the day after tomorrow", "2026-03-04T23:59:59"),
        ("today", "2026-03-02T23:59:59"),
        ("by EOD", "2026-03-02T23:59:59"),
        ("within 24 hours", "2026-03-03T12:00:00"),
        ("in thirty seconds", None),
        ("in 30 minutes", "2026-03-02T12:30:00"),
        ("in an hour", "2026-03-02T13:00:00"),
        ("within two weeks", "2026-03-16T23:59:59"),
        ("in a couple of days", "2026-03-04T23:59:59"),
        ("within 3-5 business days", "2026-03-09T23:59:59"),
        ("within 3 to 5 working days", "2026-03-09T23:59:59"),
        ("in the next 2 days", "2026-03-04T23:59:59"),
        ("by March 5th", "2026-03-05T23:59:59"),
        ("on 5 March 2027", "2027-03-05T23:59:59"),
        ("by Jan. 15", "2027-01-15T23:59:59"),
        ("on 31 February", None),
        ("by 2026-03-20", "2026-03-20T23:59:59"),
        ("by 2026-99-99", None),
        ("by the end of the week", "2026-03-06T23:59:59"),
        ("by the end of the month", "2026-03-31T23:59:59"),
        ("next week", "2026-03-13T23:59:59"),
        ("in 999 months", None),
        ("soon", None),
        ("I have 3 days off", None),
    ],
)
def test_a_due_date_is_resolved_from_when_it_was_said(text: str, day: str | None) -> None:
    when = due(f"We will send it {text}.", MONDAY)
    assert (None if when is None else when.isoformat()) == (day and f"{day}+00:00")


@given(st.lists(st.tuples(st.sampled_from(["customer", "agent", "bot"]), st.text()), max_size=5))
def test_any_text_is_read_without_an_error_the_same_way_twice(lines: list[tuple[str, str]]) -> None:
    """Statements come from messages of the thread, in their order."""
    said = thread(*(f"{by}: {text}" for by, text in lines))
    first = list(extract(said))
    assert list(extract(said)) == first
    places = [int(one.source[1:]) for one in first]
    assert places == sorted(places)
    assert all(one.form in get_args(StatementForm) for one in first)


@given(st.text(), st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2200, 1, 1)))  # noqa: DTZ001
def test_any_text_has_a_due_date_or_none(text: str, at: datetime) -> None:
    due(f"by {text} Friday in 3 {text} days", at.replace(tzinfo=UTC))
