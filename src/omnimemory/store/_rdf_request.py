"""What is sent to an engine that speaks SPARQL, and how its answers are read."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Final

import msgspec

from omnimemory.store._rdf_engine import PREFIX, Question, Row, Update, columns, text_of
from omnimemory.store._rdf_terms import OM, XSD_INTEGER, Iri, Triple, Value, short, term

ALIKE: Final = 8
"""Subjects of which the same is said, from which on a request says it once."""

_NAMED: Final = re.compile(r"\$(\w+)")


def bound(question: Question) -> str:
    """Return a question as SPARQL, without its prefixes, every value written by `term`."""
    graph = _graph(question)

    def written(found: re.Match[str]) -> str:
        value = question.values[found.group(1)]
        if isinstance(value, str | int):
            return term(value, graph)
        return " ".join(term(one, graph) for one in value)

    return _NAMED.sub(written, text_of(question.template))


def _graph(question: Question) -> Iri | None:
    graph = question.values.get("graph")
    return graph if isinstance(graph, Iri) else None


def prefixes(graph: Iri | None) -> str:
    """Return the prefixes that requests about a graph begin with."""
    return PREFIX if graph is None else f"{PREFIX}PREFIX g: <{graph}:>\n"


def union(questions: Sequence[Question]) -> str:
    """Return one query for several questions, all about one graph or about all of them.

    Its rows say in ``?question`` which they answer.
    """
    head = prefixes(_graph(questions[0]))
    if len(questions) == 1:
        return head + bound(questions[0])
    parts = (f"{{ {{ {bound(one)} }} BIND({n} AS ?question) }}" for n, one in enumerate(questions))
    return f"{head}SELECT * WHERE {{ {' UNION '.join(parts)} }}"


def request(update: Update, *, staged: bool) -> str:
    """Return an update as one SPARQL request, whose operations take effect together.

    Args:
        update: The commit.
        staged: Whether ``ahead`` was written before.
    """
    graph = term(update.graph)
    marked = [update.mark] if staged and update.mark else []
    guard = (
        f"GRAPH {graph} {{ {graph} om:revision {update.head} }}"
        if update.head
        else f"FILTER NOT EXISTS {{ GRAPH {graph} {{ {graph} om:revision ?head }} }}"
    ) + "".join(f" GRAPH {graph} {{ {_statements([one], update.graph)} }}" for one in marked)
    parts: list[str] = [prefixes(update.graph)]
    if update.drop:
        parts.append(_drop(update.graph, guard, update.drop))
    alike: defaultdict[tuple[str, Value], list[Iri]] = defaultdict(list)
    for subject, name, value in (*update.insert, *update.reveal):
        alike[name, value].append(subject)
    insert = [] if staged else list(update.ahead)
    for (name, value), subjects in alike.items():
        if len(subjects) < ALIKE:
            insert += (Triple(subject, name, value) for subject in subjects)
            continue
        said = f"?s {short(name)} {term(value, update.graph)}"
        parts.append(
            f"INSERT {{ GRAPH {graph} {{ {said} }} }} "
            f"WHERE {{ {guard} VALUES ?s {{ {_names(subjects, update.graph)} }} }} ;\n"
        )
    delete = [*update.delete, *marked]
    if delete:
        parts.append(f"DELETE {{ GRAPH {graph} {{\n{_statements(delete, update.graph)} }} }}\n")
    parts.append(f"INSERT {{ GRAPH {graph} {{\n{_statements(insert, update.graph)} }} }}\n")
    parts.append(f"WHERE {{ {guard} }}")
    return "".join(parts)


def forgetting(graph: Iri, mark: Iri, subjects: Sequence[Iri]) -> str:
    """Return the request that deletes subjects of a graph if a mark still stands."""
    guard = f"GRAPH {term(graph)} {{ {term(mark, graph)} om:staged ?count }}"
    return prefixes(graph) + _drop(graph, guard, subjects)


def _drop(graph: Iri, guard: str, subjects: Sequence[Iri]) -> str:
    where = f"GRAPH {term(graph)} {{ ?s ?p ?o }}"
    return (
        f"DELETE {{ {where} }} "
        f"WHERE {{ {guard} VALUES ?s {{ {_names(subjects, graph)} }} {where} }} ;\n"
    )


def lines(triples: Iterable[Triple]) -> bytes:
    """Return triples as N-Triples."""
    return "".join(
        f"{subject} {_property(one.name)} {term(one.value)} .\n"
        for name, said in groupby(triples, key=itemgetter(0))
        for subject in (term(name),)
        for one in said
    ).encode()


@cache
def _property(name: str) -> str:
    return term(Iri(OM + name))


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


def _statements(triples: Iterable[Triple], graph: Iri) -> str:
    return " .\n".join(
        f"{term(subject, graph)} "
        + " ; ".join(f"{short(one.name)} {term(one.value, graph)}" for one in said)
        for subject, said in groupby(triples, key=itemgetter(0))
    )


def _names(subjects: Iterable[Iri], graph: Iri) -> str:
    return " ".join(term(subject, graph) for subject in subjects)
