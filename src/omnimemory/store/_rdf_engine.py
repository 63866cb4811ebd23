"""What the store asks of an RDF engine: rows for questions, and one guarded update."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

import msgspec

from omnimemory.errors import ClosedError, StoreError
from omnimemory.store._rdf_terms import OM, XSD_INTEGER, Iri, Triple, Value, is_name, term

BATCH: Final = 4_000
"""Values of a list that one question carries."""

Row: TypeAlias = tuple[Any, ...]
Values: TypeAlias = Mapping[str, Value | Sequence[Value]]

PREFIX: Final = f"PREFIX om: <{OM}>\n"
LISTS: Final = re.compile(r"VALUES \?(\w+) \{ \$(\w+) \}")
"""A list in a template: the variable, and the name of its values."""

_NAMED: Final = re.compile(r"\$(\w+)")
_HEAD: Final = re.compile(r"SELECT (?:DISTINCT )?(.*?) WHERE", re.DOTALL)
_COLUMN: Final = re.compile(r"AS \?(\w+)\)|\?(\w+)(?![\w)]*\))")


class Question(NamedTuple):
    """A query of ours and its values: ``$name`` in the template, ``VALUES ?x { $list }``."""

    template: str
    values: Values


class Update(NamedTuple):
    """One commit: all of it if the graph still is at revision ``head``, else nothing."""

    graph: Iri
    head: int
    drop: Sequence[Iri]
    delete: Sequence[Triple]
    insert: Sequence[Triple]


class Engine(ABC):
    """One dataset of named graphs, safe to share between threads.

    Attributes:
        name: What error messages call it.
        narrows: Whether it is worth asking for a part of the rows by a second query inside.
    """

    name: str
    narrows = True
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

    def rows(self, template: str, **values: Value | Sequence[Value]) -> list[Row]:
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


def bound(question: Question) -> str:
    """Return a question as SPARQL, without its prefix, every value written by `term`."""

    def written(found: re.Match[str]) -> str:
        value = question.values[found.group(1)]
        return term(value) if isinstance(value, str | int) else " ".join(map(term, value))

    return _NAMED.sub(written, question.template)


def union(questions: Sequence[Question]) -> str:
    """Return one query for several questions; its rows say in ``?question`` which they answer."""
    if len(questions) == 1:
        return PREFIX + bound(questions[0])
    parts = (f"{{ {{ {bound(one)} }} BIND({n} AS ?question) }}" for n, one in enumerate(questions))
    return f"{PREFIX}SELECT * WHERE {{ {' UNION '.join(parts)} }}"


def request(update: Update) -> str:
    """Return an update as one SPARQL request, whose operations take effect together."""
    graph = term(update.graph)
    guard = (
        f"GRAPH {graph} {{ {graph} om:revision {term(update.head)} }}"
        if update.head
        else f"FILTER NOT EXISTS {{ GRAPH {graph} {{ {graph} om:revision ?head }} }}"
    )
    drop = (
        f"DELETE {{ GRAPH {graph} {{ ?s ?p ?o }} }} WHERE {{ {guard} "
        f"VALUES ?s {{ {' '.join(map(term, update.drop))} }} GRAPH {graph} {{ ?s ?p ?o }} }} ;\n"
    )
    delete = f"DELETE {{ GRAPH {graph} {{\n{_statements(update.delete)} }} }}\n"
    insert = f"INSERT {{ GRAPH {graph} {{\n{_statements(update.insert)} }} }}\n"
    return "".join(
        (
            PREFIX,
            drop if update.drop else "",
            delete if update.delete else "",
            insert,
            f"WHERE {{ {guard} }}",
        )
    )


@cache
def columns(template: str) -> tuple[str, ...]:
    """Return the variables that a template selects."""
    head = _HEAD.search(template)
    found = _COLUMN.findall(head.group(1)) if head else []
    return tuple(one or other for one, other in found)


class _Term(msgspec.Struct):
    type: str
    value: str
    datatype: str = ""


class _Bindings(msgspec.Struct):
    bindings: list[dict[str, _Term]]


class _Results(msgspec.Struct):
    results: _Bindings


_decoder: Final = msgspec.json.Decoder(_Results)


def read_results(text: bytes, questions: Sequence[Question]) -> list[list[Row]]:
    """Return the rows of each question from SPARQL 1.1 Query Results JSON of their `union`.

    Raises:
        msgspec.MsgspecError: The text is no such results.
    """
    found: list[list[Row]] = [[] for _ in questions]
    names = [columns(question.template) for question in questions]
    only = len(questions) == 1
    for binding in _decoder.decode(text).results.bindings:
        which = 0 if only else int(binding["question"].value)
        found[which].append(tuple(_value(binding.get(name)) for name in names[which]))
    return found


def _value(found: _Term | None) -> Value | None:
    if found is None:
        return None
    if found.type == "uri":
        return Iri(found.value)
    return int(found.value) if found.datatype == XSD_INTEGER else found.value


def _statements(triples: Sequence[Triple]) -> str:
    return " .\n".join(triple.text() for triple in triples)


def _parts(question: Question) -> list[Question]:
    """Return a question once for each batch of its list."""
    lists = {name for _, name in LISTS.findall(question.template)}
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
