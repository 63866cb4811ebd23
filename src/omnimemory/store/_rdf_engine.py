"""What the store asks of an RDF engine: rows for questions, and one guarded update."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

from omnimemory.errors import ClosedError, StoreError
from omnimemory.store._rdf_sparql import Star
from omnimemory.store._rdf_terms import OM, Iri, Triple, Value, is_name

BATCH: Final = 4_000
"""Values of a list that one question carries."""

LARGE: Final = 2_000
"""Triples of a commit that are worth a way of their own."""

Row: TypeAlias = tuple[Any, ...]
Values: TypeAlias = Mapping[str, Value | Sequence[Value]]

PREFIX: Final = f"PREFIX om: <{OM}>\n"
LISTS: Final = re.compile(r"VALUES \?(\w+) \{ \$(\w+) \}")
"""A list in a template: the variable, and the name of its values."""

_HEAD: Final = re.compile(r"SELECT (?:DISTINCT )?(.*?) WHERE", re.DOTALL)
_COLUMN: Final = re.compile(r"AS \?(\w+)\)|\?(\w+)(?![\w)]*\))")


class Question(NamedTuple):
    """A query of ours and its values: ``$name`` in the template, ``VALUES ?x { $list }``."""

    template: str | Star
    values: Values


class Update(NamedTuple):
    """One commit: all of it if the graph still is at revision ``head``, else nothing.

    Attributes:
        graph: The tenant's graph.
        head: Its revision before.
        drop: Subjects of which nothing stays.
        delete: What goes.
        insert: What comes.
        ahead: What comes too, and does not count without ``reveal``. So an engine may write
            it before the rest, by a way that is faster.
        reveal: What comes with it at last.
        mark: Says that ``ahead`` was written before, and goes with the commit.
    """

    graph: Iri
    head: int
    drop: Sequence[Iri]
    delete: Sequence[Triple]
    insert: Sequence[Triple]
    ahead: Sequence[Triple] = ()
    reveal: Sequence[Triple] = ()
    mark: Triple | None = None

    @property
    def is_large(self) -> bool:
        """Whether it is worth writing ``ahead`` before."""
        return len(self.ahead) >= LARGE


class Engine(ABC):
    """One dataset of named graphs, safe to share between threads.

    Attributes:
        name: What error messages call it.
        is_alone: Whether no other process has the dataset open.
    """

    name: str
    is_alone = True
    _closed = False

    def ask(self, *questions: Question) -> list[list[Row]]:
        """Return the rows of each question, a column for each variable that it selects.

        All are answered from one state of the dataset where the engine can do so.
        A list without values has no rows.
        """
        self.check_open()
        asked = [(n, part) for n, question in enumerate(questions) for part in _parts(question)]
        found: list[list[Row]] = [[] for _ in questions]
        if asked:
            answers = self._answer([part for _, part in asked])
            for (n, _), rows in zip(asked, answers, strict=True):
                found[n] += rows
        return found

    def rows(self, template: str | Star, **values: Value | Sequence[Value]) -> list[Row]:
        """Return the rows of one question."""
        return self.ask(Question(template, values))[0]

    @abstractmethod
    def _answer(self, questions: Sequence[Question]) -> list[list[Row]]:
        """Return the rows of questions whose lists are short and not empty."""

    @abstractmethod
    def update(self, update: Update) -> bool:
        """Apply an update; return False if it was not, or if nobody knows whether it was.

        Raises:
            StoreError: The engine failed and nothing was applied.
        """

    def forget(self, graph: Iri, mark: Iri, subjects: Sequence[Iri]) -> None:  # noqa: B027
        """Delete what was written ahead of a commit that did not come, unless it has come."""

    @abstractmethod
    def close(self) -> None:
        """Release files and connections. Calling it again does nothing."""

    def scrub(self) -> None:  # noqa: B027 - an engine without files has nothing to do
        """Rewrite the engine's files, so that nothing erased is left in them."""

    def contains_bytes(self, needles: Collection[bytes]) -> list[bytes]:
        """Return which of these byte strings stand in the engine's files."""
        del needles
        return []

    def backup(self, path: Path) -> None:
        """Copy the dataset to a path."""
        raise StoreError(f"{self.name} has no file to copy to {path}; export the tenants instead")

    def check_open(self) -> None:
        """Raise `ClosedError` after `close`."""
        if self._closed:
            raise ClosedError(f"{self.name} was closed; open it again with omnimemory.connect")


def text_of(template: str | Star) -> str:
    """Return a template as text."""
    return _query(template) if isinstance(template, Star) else template


@cache
def _query(star: Star) -> str:
    return star.query()


@cache
def columns(template: str | Star) -> tuple[str, ...]:
    """Return the variables that a template selects."""
    head = _HEAD.search(text_of(template))
    found = _COLUMN.findall(head.group(1)) if head else []
    return tuple(one or other for one, other in found)


def _parts(question: Question) -> list[Question]:
    """Return a question once for each batch of its list."""
    lists = {name for _, name in LISTS.findall(text_of(question.template))}
    if not lists:
        return [question]
    (name,) = lists
    values = question.values[name]
    if not is_name(name) or isinstance(values, str | int):
        raise TypeError(f"{name} is no list")
    return [
        Question(question.template, {**question.values, name: values[start : start + BATCH]})
        for start in range(0, len(values), BATCH)
    ]
