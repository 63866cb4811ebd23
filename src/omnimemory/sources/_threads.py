"""Which mails belong together: a thread is all that Message-IDs tie to one another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple


class Letter(NamedTuple):
    """What a mail's headers say of its place among others.

    Attributes:
        id: Its own id.
        answers: Ids of the mails before it, oldest first.
        at: When it was sent, if it says so.
        topic: Its subject without "Re:" and the like.
        sender: Address that it is from.
        people: All addresses that it names, the sender's among them.
        to: Addresses that it is to.
    """

    id: str
    answers: tuple[str, ...]
    at: datetime | None
    topic: str
    sender: str
    people: frozenset[str]
    to: tuple[str, ...]


class Thread(NamedTuple):
    """One conversation by mail."""

    id: str
    title: str
    created_at: datetime | None


def thread_id(id: str, answers: Sequence[str]) -> str:
    """Return the id of a lone mail's thread: that of the oldest mail it refers to, or its own."""
    return answers[0] if answers else id


def threads(letters: Sequence[Letter]) -> dict[str, Thread]:
    """Return each mail's thread by the mail's id, whatever the order of the mails.

    Mails that share an id in their References, however partial, are one thread. It is named
    after the mail that refers to no other; where several do, after the one whose thread has
    the oldest mail.
    """
    union = _Union()
    has_parent: set[str] = set()
    for letter in letters:
        chain = (*letter.answers, letter.id)
        union.join(chain)
        has_parent.update(one for one in chain[1:] if one != chain[0])
    groups: dict[str, list[Letter]] = {}
    for letter in letters:
        groups.setdefault(union.root(letter.id), []).append(letter)
    found: dict[str, Thread] = {}
    for group in groups.values():
        thread = _thread(group, has_parent)
        found.update((letter.id, thread) for letter in group)
    return found


def _thread(group: Sequence[Letter], has_parent: set[str]) -> Thread:
    ordered = sorted(group, key=_age)
    roots = [thread_id(letter.id, letter.answers) for letter in ordered]
    id = next((root for root in roots if root not in has_parent), None) or min(roots)
    title = next((letter.topic for letter in ordered if letter.topic), "")
    return Thread(id, title, next((one.at for one in ordered if one.at), None))


def _age(letter: Letter) -> tuple[bool, float, str, tuple[str, ...]]:
    at = 0.0 if letter.at is None else letter.at.timestamp()
    return letter.at is None, at, letter.id, letter.answers


class _Union:
    """Sets of ids that are joined as mails name them together."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def root(self, id: str) -> str:
        """Return the id that stands for the set this one is in."""
        parent = self._parent.setdefault(id, id)
        while parent != id:
            self._parent[id] = self._parent[parent]
            id, parent = parent, self._parent[parent]
        return id

    def join(self, ids: Iterable[str]) -> None:
        """Make one set of the sets that these ids are in."""
        first, *others = [self.root(id) for id in ids]
        for other in others:
            self._parent[self.root(other)] = self.root(first)
