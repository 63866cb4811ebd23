"""What any reader of the sample company must find out about Dana Kovač."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

from omnimemory.testing.company import notes, story
from omnimemory.testing.company.github import BUGS
from omnimemory.testing.company.people import ACCOUNTS, CUSTOMERS
from omnimemory.testing.company.shapes import at


class Expected(NamedTuple):
    """The facts of one customer's story, by the ids that the sources give."""

    name: str
    email: str
    mobile: str
    account: str
    ticket: str
    earlier_ticket: str
    issue_id: str
    issue_number: str
    article: str
    chat: str
    call: str
    mails: tuple[str, ...]
    promise: str
    promise_due: datetime
    callback: str
    attempts: tuple[str, ...]
    error_event: str
    error_code: str
    error_day: str
    error_count: int
    first_reply_breached_at: datetime
    resolution_due_at: datetime


_ISSUE: Final = next(bug for bug in BUGS if bug.number == story.ISSUE_NUMBER)
_FAILED: Final = "checkout.payment_failed"

DANA: Final = Expected(
    name=CUSTOMERS["dana"].name,
    email=CUSTOMERS["dana"].email,
    mobile=story.MOBILE,
    account=ACCOUNTS["nordkrume"].name,
    ticket=str(story.TICKET),
    earlier_ticket=str(story.EARLIER_TICKET),
    issue_id=str(_ISSUE.id),
    issue_number=str(_ISSUE.number),
    article="4410001",
    chat=story.CHAT,
    call=story.CALL,
    mails=tuple(mail.id for mail in story.MAILS),
    promise=notes.REFUND_PROMISE,
    promise_due=at("2026-03-06 17:00"),
    callback=notes.CALLBACK_PROMISE,
    attempts=("attempt-35436-cache", "attempt-35436-browser", "attempt-35436-card"),
    error_event=_FAILED,
    error_code="E4012",
    error_day="2026-03-02",
    error_count=sum(event.name == _FAILED and event.customer == "dana" for event in story.EVENTS),
    first_reply_breached_at=story.CASE.targets[0].due,
    resolution_due_at=story.CASE.targets[1].due,
)
