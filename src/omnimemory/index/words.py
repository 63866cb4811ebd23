"""A tenant's words beside the store: the same search by words on every store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Final

from omnimemory.index import _file as file
from omnimemory.index._near import Near
from omnimemory.index._postings import PARTS, Postings
from omnimemory.index.analyzer import NAME, terms
from omnimemory.index.lexical import query_terms
from omnimemory.index.passages import PassageIndex, Progress
from omnimemory.model.facts import Hit
from omnimemory.store.base import GraphView

SUFFIX: Final = ".words"


class WordIndex(PassageIndex):
    """The words of a tenant's passages, of every version that any view may show.

    How rare a word is, is told by all of them.
    """

    types: ClassVar[Mapping[str, str]] = PARTS

    def search(self, view: GraphView, query: str, *, limit: int) -> list[Hit]:
        """Return the passages that answer the words of ``query`` best (BM25), ties by id.

        Where more tie than are wanted, which of them are found is told by their marks.
        What the view shows and the index has not seen is taken in first.

        Args:
            view: Where to look.
            query: Any text; punctuation and query syntax are no more than separators.
            limit: Largest number of hits.
        """
        wanted = query_terms(query)
        if limit < 1 or not wanted:
            return []
        self.catch_up(view)
        return self._hits(view, limit, partial(self._best, wanted))

    def propose(
        self, view: GraphView, query: str, *, limit: int, of: tuple[str, ...] = ()
    ) -> list[Near]:
        """Return what `search` would look up in the view, at most so many, best first.

        Args:
            view: Where to look.
            query: Any text.
            limit: Largest number of passages.
            of: Only passages about nodes whose ids begin so; any if empty.
        """
        wanted = query_terms(query)
        if limit < 1 or not wanted:
            return []
        self.catch_up(view)
        return self._proposed(limit, partial(self._best, wanted, of=of))[0][:limit]

    def _best(
        self, wanted: Sequence[str], most: int, *, of: tuple[str, ...] = ()
    ) -> tuple[Any, Any]:
        part = self._postings.part(of, self._names.beginning(of)) if of else None
        return self._postings.best(wanted, most, part)

    def _make(self, texts: Sequence[str], on_progress: Progress | None) -> list[list[str]]:
        made = [terms(text) for text in texts]
        if on_progress is not None:
            on_progress(len(made))
        return made

    def _put(self, made: list[list[str]]) -> None:
        self._postings.add(made)

    def _drop(self, numbers: Sequence[int]) -> None:
        self._postings.forget(numbers)

    def _compact(self, kept: Sequence[int]) -> None:
        self._postings.compact(kept)

    def _reset(self) -> None:
        self._postings = Postings()

    def _header(self) -> file.Header:
        return file.Header(store="", model=NAME, revision=0)

    def _made_by_us(self, header: file.Header) -> bool:
        return header.model == NAME

    def _parts(self) -> Mapping[str, Any]:
        return self._postings.parts()

    def _restore(self, saved: file.Saved) -> None:
        self._postings.restore(saved.parts)
        if len(self._postings) != self._names.used:
            raise ValueError


def open_words(folder: Path | None, tenant: str) -> WordIndex:
    """Return a tenant's index; what was saved in the folder is read when it is first needed."""
    return WordIndex(None if folder is None else file.file_of(folder, tenant, SUFFIX))
