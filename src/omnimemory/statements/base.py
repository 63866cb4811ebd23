"""What an extractor is given and gives back: a thread, and what must not be forgotten of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal, Protocol

import msgspec

from omnimemory.model.records import AuthorKind, StatementForm

Signal = Literal["already_told"]


class Utterance(msgspec.Struct, frozen=True):
    """One message of a thread.

    Attributes:
        id: The interaction's id.
        by: Who spoke.
        at: When, in UTC.
        text: What they said, without what they quoted.
        name: The speaker's name, where it is known.
    """

    id: str
    by: AuthorKind
    at: datetime
    text: str
    name: str | None = None


class Extracted(msgspec.Struct, frozen=True):
    """One statement that a message makes.

    Attributes:
        form: What it is.
        text: The sentence, or what it comes to.
        source: The id of the utterance that makes it.
        due_at: By when, for a commitment.
        answer: The answer, for a question that has one.
        answered_at: When it was answered.
        signal: What else it tells, such as that the customer has said it before.
    """

    form: StatementForm
    text: str
    source: str
    due_at: datetime | None = None
    answer: str | None = None
    answered_at: datetime | None = None
    signal: Signal | None = None


class Extractor(Protocol):
    """Finds statements in a thread; any callable of this form will do.

    It may be called with the same thread again, longer by some messages, and should then find
    the same statements again.
    """

    def __call__(self, thread: Sequence[Utterance], /) -> Iterable[Extracted]:
        """Return the statements of a thread, its messages oldest first."""
        ...
