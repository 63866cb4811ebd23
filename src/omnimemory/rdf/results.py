"""What a SPARQL query found, as values of Python and as the W3C's JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from html import escape
from typing import Any, Final, Literal, TypeAlias, cast

from omnimemory.rdf.names import PREFIXES, node_id

QueryForm: TypeAlias = Literal["select", "ask", "graph"]

_XSD: Final = PREFIXES["xsd"]
_JSON: Final = PREFIXES["rdf"] + "JSON"
_SHOWN_ROWS: Final = 20


class Iri(str):
    """An IRI; `node_id` is the id of the node that it names, where it names one of ours."""

    __slots__ = ()

    @property
    def node_id(self) -> str | None:
        """The id to pass to `Memory.item`; None for the IRIs of others."""
        return node_id(self)


class SparqlResult(Sequence[dict[str, Any]]):
    """Rows of a query; each is a dict of Python values by variable, None where unbound.

    Attributes:
        form: ``select``, ``ask``, or ``graph`` for CONSTRUCT and DESCRIBE, whose rows have
            ``subject``, ``predicate`` and ``object``.
        variables: Names of the columns, in their order.
        rows: The rows; for ``ask`` there are none.
        answer: What ``ask`` found; for the others, whether there is any row.
        truncated: Whether there were more rows than the limit.
    """

    def __init__(
        self,
        form: QueryForm,
        variables: Sequence[str],
        terms: Sequence[Mapping[str, Any]],
        *,
        answer: bool | None = None,
        truncated: bool = False,
    ) -> None:
        self.form = form
        self.variables = tuple(variables)
        self.rows: list[dict[str, Any]] = [
            {name: value(row.get(name)) for name in self.variables} for row in terms
        ]
        self.answer = bool(terms) if answer is None else answer
        self.truncated = truncated
        self._terms = terms

    def __getitem__(self, position: Any) -> Any:
        return cast("Any", self.rows)[position]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.rows)

    def __bool__(self) -> bool:
        return self.answer

    def to_dict(self) -> dict[str, Any]:
        """Return the answer in the form of SPARQL 1.1 Query Results JSON."""
        if self.form == "ask":
            return {"head": {}, "boolean": self.answer}
        bindings = [
            {name: _term(term) for name, term in row.items() if term is not None}
            for row in self._terms
        ]
        return {"head": {"vars": list(self.variables)}, "results": {"bindings": bindings}}

    def to_json(self) -> str:
        """Return the answer as SPARQL 1.1 Query Results JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False)

    def __repr__(self) -> str:
        if self.form == "ask":
            return f"<SparqlResult: {'yes' if self.answer else 'no'}>"
        cells = [self.variables, *(self._cells(row) for row in self.rows[:_SHOWN_ROWS])]
        widths = [max(len(row[i]) for row in cells) for i in range(len(self.variables))]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in cells
        ]
        return "\n".join([*lines, self._foot()])

    def _repr_html_(self) -> str:
        if self.form == "ask":
            return f"<p>{'yes' if self.answer else 'no'}</p>"
        head = "".join(f"<th>{escape(name)}</th>" for name in self.variables)
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in self._cells(row)) + "</tr>"
            for row in self.rows[:_SHOWN_ROWS]
        )
        return f"<table><tr>{head}</tr>{body}</table><p>{escape(self._foot())}</p>"

    def _cells(self, row: Mapping[str, Any]) -> list[str]:
        return [_cell(row[name]) for name in self.variables]

    def _foot(self) -> str:
        more = ", more were left out" if self.truncated else ""
        shown = f", {_SHOWN_ROWS} shown" if len(self) > _SHOWN_ROWS else ""
        return f"({len(self)} row{'' if len(self) == 1 else 's'}{shown}{more})"


def value(term: Any) -> Any:
    """Return an RDF term as a value of Python; a literal of an unknown type as its text."""
    datatype = getattr(term, "datatype", None)
    if datatype is not None:
        return _literal(term.value, datatype.value)
    if term is None:
        return None
    return Iri(term.value) if type(term).__name__ == "NamedNode" else str(term)


def _literal(text: str, datatype: str) -> Any:
    read = _READERS.get(datatype)
    if read is not None:
        with suppress(ValueError, ArithmeticError):
            return read(text)
    return text


_READERS: Final[Mapping[str, Any]] = {
    f"{_XSD}integer": int,
    f"{_XSD}decimal": Decimal,
    f"{_XSD}double": float,
    f"{_XSD}float": float,
    f"{_XSD}boolean": ("true", "1").__contains__,
    f"{_XSD}dateTime": datetime.fromisoformat,
    f"{_XSD}dateTimeStamp": datetime.fromisoformat,
    f"{_XSD}date": date.fromisoformat,
    _JSON: json.loads,
}


def _term(term: Any) -> dict[str, str]:
    datatype = getattr(term, "datatype", None)
    if datatype is None:
        kind = "uri" if type(term).__name__ == "NamedNode" else "bnode"
        return {"type": kind, "value": str(term.value)}
    out = {"type": "literal", "value": str(term.value)}
    if term.language:
        return {**out, "xml:lang": term.language}
    return out if datatype.value == f"{_XSD}string" else {**out, "datatype": datatype.value}


def _cell(value: Any) -> str:
    if isinstance(value, Iri):
        return value.node_id or _compact(value)
    return "" if value is None else " ".join(str(value).split())[:80]


def _compact(iri: str) -> str:
    for prefix, start in PREFIXES.items():
        if iri.startswith(start):
            return f"{prefix}:{iri.removeprefix(start)}"
    return iri
