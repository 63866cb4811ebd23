"""A generated company: heavy-tailed activity, in as many interactions as asked for.

Two customers are always there: `MEDIUM` with about 180 records of every kind, and `HEAVY`
with a tenth of all interactions, 100,000 of a million.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from omnimemory.model.records import (
    Issue,
    Message,
    Person,
    Record,
    Ref,
    Statement,
    StatusClass,
    Ticket,
    UsageEvent,
)

MEDIUM: Final = "medium@example.org"
HEAVY: Final = "heavy@example.org"
MEDIUM_INTERACTIONS: Final = 120
QUERY: Final = "card declined after the update"

_START: Final = datetime(2024, 1, 1, tzinfo=UTC)
_SPAN: Final = timedelta(days=730)
END: Final = _START + _SPAN
_AGENTS: Final = tuple(Person(kind="agent", id=f"a{n}", name=f"Agent {n}") for n in range(20))
_OPENERS: Final = (
    "My card was declined after the update",
    "The export stops at half of the rows",
    "I cannot sign in on my new phone",
    "The invoice shows the wrong address",
    "My parcel has not arrived yet",
    "The app closes when I open the report",
)
_MIDDLES: Final = (
    "I have tried another browser and cleared the cache.",
    "It worked until last week.",
    "My colleague sees the same.",
    "The message says E4012.",
    "We need it before the end of the month.",
    "I have sent a screenshot already.",
)
_ANSWERS: Final = (
    "Thank you for the details, I am looking into it.",
    "Engineering has found the cause; a fix is on its way.",
    "Could you tell me which version you use?",
    "I have issued the refund, it takes three days.",
    "Please try again now.",
)


def records(interactions: int, *, seed: int = 1) -> Iterator[Record]:
    """Yield the records of a company with this many interactions, oldest first for each customer.

    How many each customer has follows a Pareto law with shape 1.2.
    """
    dice = random.Random(seed)
    yield from _issues()
    yield from _medium(MEDIUM, dice)
    heavy = interactions // 10
    yield from _customer(HEAVY, heavy, dice, tickets=60, days=200, statements=40)
    left = interactions - heavy - MEDIUM_INTERACTIONS
    number = 0
    while left > 0:
        count = min(left, int(dice.paretovariate(1.2) * 3), 2_000)
        tickets, days = max(1, count // 12), count // 6
        yield from _customer(f"c{number}@example.org", count, dice, tickets=tickets, days=days)
        left -= count
        number += 1


def customer(email: str, *, seed: int = 1) -> Iterator[Record]:
    """Yield the records of one more customer like `MEDIUM`, with about 180 of every kind."""
    yield from _medium(email, random.Random(seed))


def _medium(email: str, dice: random.Random) -> Iterator[Record]:
    yield from _customer(email, MEDIUM_INTERACTIONS, dice, tickets=12, days=40, statements=12)


def _issues() -> Iterator[Record]:
    for n in range(50):
        yield Issue(
            source="jira",
            id=str(n),
            number=f"ENG-{n}",
            subject=_OPENERS[n % len(_OPENERS)],
            status="open",
            status_class=StatusClass.IN_PROGRESS,
            created_at=_START,
        )


def _customer(
    email: str,
    count: int,
    dice: random.Random,
    *,
    tickets: int,
    days: int,
    statements: int = 0,
) -> Iterator[Record]:
    """Yield one customer's tickets, mails, usage and statements."""
    who = Person(email=email, name=email.partition("@")[0].title())
    name = email.partition("@")[0]
    step = _SPAN / max(count, 1)
    begin = _START + _SPAN * dice.random() * 0.2
    for n in range(tickets):
        yield _ticket(f"{name}-{n}", who, begin + step * (n * count // tickets), n, dice)
    for n in range(count):
        yield _message(f"{name}-{n}", who, begin + step * n, n, f"{name}-{n * tickets // count}")
    for n in range(days):
        error = "E4012" if n % 5 == 0 else None
        at = begin + timedelta(days=n % 700, hours=n // 700)
        yield UsageEvent(
            source="segment",
            id=f"{name}-{n}",
            name="checkout",
            occurred_at=at,
            user=who,
            error=error,
        )
    for n in range(statements):
        yield Statement(
            source="desk",
            id=f"{name}-{n}",
            form="commitment" if n % 2 else "attempt",
            text=_ANSWERS[n % len(_ANSWERS)],
            occurred_at=begin + step * (n * count // statements),
            customer=who,
            author=_AGENTS[n % len(_AGENTS)],
        )


def _ticket(id: str, who: Person, at: datetime, n: int, dice: random.Random) -> Ticket:
    is_open = dice.random() < 0.2
    return Ticket(
        source="zendesk",
        id=id,
        subject=_OPENERS[n % len(_OPENERS)],
        description=f"{_OPENERS[n % len(_OPENERS)]}. {_MIDDLES[n % len(_MIDDLES)]}",
        status="open" if is_open else "solved",
        status_class=StatusClass.IN_PROGRESS if is_open else StatusClass.RESOLVED,
        priority="normal",
        priority_scheme="zendesk",
        requester=who,
        assignee=_AGENTS[n % len(_AGENTS)],
        depends_on=(Ref(kind="Issue", source="jira", id=str(n % 50)),) if n % 4 == 0 else (),
        created_at=at,
        updated_at=at + timedelta(hours=5),
    )


def _message(id: str, who: Person, at: datetime, n: int, ticket: str) -> Message:
    agent = _AGENTS[n % len(_AGENTS)]
    inbound = n % 2 == 0
    words = (_OPENERS, _MIDDLES) if inbound else (_ANSWERS, _ANSWERS)
    text = " ".join(words[k % 2][(n + k) % len(words[k % 2])] for k in range(3 + n % 4))
    return Message(
        source="mail",
        id=id,
        occurred_at=at,
        author=who if inbound else agent,
        to=(agent if inbound else who,),
        channel=("email", "chat", "phone")[n % 3],
        conversation=ticket,
        about=(Ref(kind="Ticket", source="zendesk", id=ticket),) if n % 3 == 0 else (),
        subject=_OPENERS[n % len(_OPENERS)],
        text=text,
    )
