"""What is new to an index: passages that the store has recorded since, commit by commit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Final

import msgspec

from omnimemory.index._names import mark
from omnimemory.model.facts import Node, Passage, Recorded

BATCH_PASSAGES: Final = 4_096
"""After about so many new passages what was made of them is kept."""


class News(msgspec.Struct):
    """Passages to take in by id and mark, up to a revision, and whether anything was erased."""

    revision: int
    texts: dict[tuple[str, int], str]
    erased: bool = False


def batches(events: Iterator[Recorded], known: Callable[[Passage], bool | None]) -> Iterator[News]:
    """Yield what is new in batches that end where a commit ends."""
    news = News(0, {})
    for revision, commit in groupby(events, key=lambda event: event.revision):
        news.revision = revision
        closed: set[str] = set()
        for event in commit:
            match event.fact:
                case Node(kind="Tombstone"):
                    news.erased = True
                case Passage() as passage if event.closed:
                    closed.add(passage.id)
                case Passage() as passage:
                    there = known(passage)
                    news.erased |= there is None and passage.id not in closed
                    if not there:
                        news.texts[passage.id, mark(passage.id, passage.text)] = passage.text
                case _:
                    pass
        if len(news.texts) >= BATCH_PASSAGES:
            yield news
            news = News(revision, {})
    if news.texts or news.erased:
        yield news
