"""Half a year of ordinary support around the story, from a seed: the same at every call."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import format_datetime
from random import Random
from typing import Final

from omnimemory.testing.company.people import AGENTS, CUSTOMERS, Customer
from omnimemory.testing.company.phrases import (
    BOT_OPENINGS,
    FAILURES,
    GREETINGS,
    INTERNAL,
    PICK_UPS,
    TOPICS,
    USAGE,
    Topic,
)
from omnimemory.testing.company.shapes import (
    Case,
    Change,
    Chat,
    Comment,
    Day,
    Event,
    Handover,
    Line,
    Mail,
    PhoneCall,
    Target,
    at,
)

_SEED: Final = 4_012
_FIRST_DAY: Final = at("2025-09-01 00:00")
_DAYS: Final = 185
_CASES: Final = 58
_THREADS: Final = 16
_CHATS: Final = 11
_CALLS: Final = 12
_OPENS: Final = 7
_CLOSES: Final = 17
_FRIDAY: Final = 4
_STORY: Final = ("dana", "dana-k", "nordkrume-info")
_REPLY_MINUTES: Final = 1_200
_SOLVE_MINUTES: Final = 5_760


def background() -> Day:
    """Return the tickets, mails, chats, calls and product events of everybody else."""
    random = Random(_SEED)  # noqa: S311 - repeatable, nothing secret
    people = [one for key, one in CUSTOMERS.items() if key not in _STORY]
    return Day(
        tuple(_cases(random, people)),
        tuple(mail for place in range(_THREADS) for mail in _thread(random, people, place)),
        tuple(_chat(random, people, place) for place in range(_CHATS)),
        tuple(_call(random, people, place) for place in range(_CALLS)),
        tuple(_events(random, people)),
    )


def _working_time(random: Random, share: float) -> datetime:
    day = _FIRST_DAY + timedelta(days=round(share * _DAYS))
    day -= timedelta(days=max(0, day.weekday() - _FRIDAY))
    return day + timedelta(minutes=random.randrange(8 * 60, 16 * 60))


def _later(random: Random, when: datetime, low: int, high: int) -> datetime:
    return when + timedelta(minutes=random.randrange(low, high))


def _office(when: datetime) -> datetime:
    """Return the time, or the next morning on which somebody works."""
    if when.hour >= _CLOSES:
        when = when.replace(hour=_OPENS) + timedelta(days=1)
    elif when.hour < _OPENS:
        when = when.replace(hour=_OPENS)
    return when + timedelta(days=max(0, 7 - when.weekday()) if when.weekday() > _FRIDAY else 0)


def _somebody(random: Random, people: list[Customer]) -> Customer:
    return people[int(len(people) * random.random() ** 1.6)]


def _topic(random: Random, customer: Customer) -> tuple[Topic, int]:
    return random.choice(TOPICS[customer.language]), random.randrange(2_000, 2_999)


def _cases(random: Random, people: list[Customer]) -> Iterator[Case]:
    ids = sorted(random.sample([*range(34_700, 35_102), *range(35_103, 35_430)], _CASES))
    for place, id in enumerate(ids):
        yield _case(random, _somebody(random, people), id, place / _CASES)


def _case(random: Random, customer: Customer, id: int, share: float) -> Case:
    topic, number = _topic(random, customer)
    agent = random.choice(list(AGENTS))
    opened = _working_time(random, share)
    comments = _talk(random, customer.key, agent, topic, number, opened)
    is_open = share > 0.93
    changes = tuple(_changes(random, agent, comments, is_open=is_open))
    replied = _first_reply(comments)
    solved = next((one.at for one in changes if one.new == "solved"), None)
    return Case(
        id=id,
        subject=topic.subject.format(n=number),
        requester=customer.key,
        assignee=agent,
        channel=random.choice(("email", "email", "web", "phone")),
        part=topic.part,
        priority=random.choice(("low", "normal", "normal", "high")),
        tags=topic.tags,
        comments=comments,
        changes=changes,
        targets=(
            Target("first_reply_time", _REPLY_MINUTES, opened, replied),
            Target(
                "total_resolution_time",
                _SOLVE_MINUTES,
                opened,
                solved,
                paused=changes[-1].at if is_open and changes[-1].new == "pending" else None,
            ),
        ),
        score=None if is_open else random.choice((None, None, "good", "good", "bad")),
    )


def _talk(
    random: Random, customer: str, agent: str, topic: Topic, number: int, opened: datetime
) -> tuple[Comment, ...]:
    replied = _office(_later(random, opened, 20, 480))
    comments = [
        Comment(opened, customer, _spoken(topic.ask, number)),
        Comment(replied, agent, _spoken(topic.answer, number)),
    ]
    if random.random() < 0.25:
        comments.insert(1, Comment(_later(random, opened, 5, 19), agent, _note(random), False))
    if random.random() < 0.45:
        asked = _later(random, replied, 30, 500)
        told = _office(_later(random, asked, 15, 300))
        comments.append(Comment(asked, customer, topic.more))
        comments.append(Comment(told, agent, topic.also))
    if random.random() < 0.35:
        thanked = _later(random, comments[-1].at, 30, 500)
        comments.append(Comment(thanked, customer, topic.thanks))
    return tuple(comments)


def _first_reply(comments: tuple[Comment, ...]) -> datetime:
    return next(one.at for one in comments if one.public and one.by in AGENTS)


def _note(random: Random) -> str:
    return random.choice(INTERNAL)


def _changes(
    random: Random, agent: str, comments: tuple[Comment, ...], *, is_open: bool
) -> Iterator[Change]:
    replied = _first_reply(comments)
    yield Change(replied, agent, "status", "new", "open")
    if is_open:
        if random.random() < 0.5:
            waiting = comments[-1].at + timedelta(minutes=1)
            yield Change(waiting, agent, "status", "open", "pending")
        return
    solved = _office(_later(random, comments[-1].at, 10, 600))
    yield Change(solved, agent, "status", "open", "solved")
    if solved < at("2026-01-31 00:00"):
        yield Change(solved + timedelta(days=4), agent, "status", "solved", "closed")


def _thread(random: Random, people: list[Customer], place: int) -> Iterator[Mail]:
    customer, agent = _somebody(random, people), random.choice(list(AGENTS))
    topic, number = _topic(random, customer)
    hello, bye = GREETINGS[customer.language]
    asked = _working_time(random, place / _THREADS)
    answered = _office(_later(random, asked, 40, 500))
    first = f"{asked:%Y%m%d%H%M%S}.{place:04x}@{customer.email.split('@')[1]}"
    second = f"{answered:%Y%m%d%H%M%S}.{place:04x}@tillwright.example"
    subject = topic.subject.format(n=number)
    text = f"{hello}{topic.ask.format(n=number)}\n\n{bye}{customer.name}\n"
    yield Mail(first, asked, customer.key, subject, text)
    quoted = "".join(f"> {line}".rstrip() + "\n" for line in text.splitlines())
    moment = f"{format_datetime(asked)[:16]} at {asked:%H:%M}"
    reply = (
        f"{hello}{topic.answer.format(n=number)}\n\n{bye}{AGENTS[agent].name}\n\n"
        f"On {moment}, {customer.name} <{customer.email}> wrote:\n{quoted}"
    )
    subject = f"Re: {subject}"
    yield Mail(second, answered, agent, subject, reply, first, (first,), to=customer.key)
    if random.random() < 0.4:
        thanked = _later(random, answered, 30, 600)
        third = f"{thanked:%Y%m%d%H%M%S}.{place:04x}@{customer.email.split('@')[1]}"
        text = f"{topic.thanks}\n{customer.first}\n"
        yield Mail(third, thanked, customer.key, subject, text, second, (first, second))


def _spoken(text: str, number: int) -> str:
    words = text.format(n=number)
    return words[:1].upper() + words[1:]


def _chat(random: Random, people: list[Customer], place: int) -> Chat:
    customer, agent = _somebody(random, people), random.choice(list(AGENTS))
    topic, number = _topic(random, customer)
    start = _working_time(random, (place + 0.5) / _CHATS)
    minute = timedelta(minutes=1)
    lines: list[Line | Handover] = [
        Line(start, "bot", BOT_OPENINGS[customer.language]),
        Line(start + minute, "customer", _spoken(topic.ask, number)),
    ]
    if random.random() < 0.5:
        lines.append(Handover(start + 2 * minute, "bot", "agent", topic.part))
        lines.append(Line(start + 5 * minute, agent, _spoken(topic.answer, number)))
    else:
        answer = _spoken(topic.answer, number)
        lines.append(Line(start + 2 * minute, "ai_agent", answer))
    lines.append(Line(start + 8 * minute, "customer", topic.thanks))
    rating = (random.randrange(3, 6), "") if random.random() < 0.6 else None
    return Chat(f"C-{8_400 + place * 37}", customer.key, tuple(lines), rating=rating)


def _call(random: Random, people: list[Customer], place: int) -> PhoneCall:
    callers = [one for one in people if one.phone or one.mobile]
    customer, agent = _somebody(random, callers), random.choice(("luca", "sofia"))
    topic, number = _topic(random, customer)
    first = AGENTS[agent].name.split()[0]
    return PhoneCall(
        id=f"CALL-{7_300 + place * 23}",
        at=_working_time(random, (place + 0.3) / _CALLS),
        seconds=random.randrange(60, 600),
        number=customer.mobile or customer.phone,
        agent=agent,
        outcome=random.choice(("solved", "solved", "ticket_opened")),
        turns=(
            (first, 0, PICK_UPS[customer.language]),
            (customer.first, 4, _spoken(topic.ask, number)),
            (first, 15, _spoken(topic.answer, number)),
            (customer.first, 40, topic.thanks),
        ),
        outbound=place % 5 == 4,
    )


def _events(random: Random, people: list[Customer]) -> Iterator[Event]:
    users = [one for one in people if one.account and one.place % 3]
    for customer in users:
        for _ in range(random.randrange(6, 26)):
            yield _event(random, customer)


def _event(random: Random, customer: Customer) -> Event:
    when = _working_time(random, random.random())
    late = timedelta(hours=30) if random.random() < 0.03 else timedelta(seconds=2)
    sent = 2 if random.random() < 0.05 else 1
    if random.random() < 0.08:
        name, code, words = random.choice(FAILURES)
        properties = (("error_code", code), ("error", words))
        return Event(when, customer.key, name, properties, late, sent)
    return Event(when, customer.key, random.choice(USAGE), (), late, sent)
