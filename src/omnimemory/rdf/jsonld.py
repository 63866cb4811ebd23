"""JSON-LD with the prefixes in the file: nothing is fetched to read it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Any, BinaryIO, cast

if TYPE_CHECKING:
    from pyoxigraph import Triple


def write_json_ld(file: BinaryIO, rows: Iterator[Triple], prefixes: Mapping[str, str]) -> None:
    """Write triples as one JSON-LD object, a line for each run of one subject."""
    shorten = _Shortener(prefixes)
    file.write(b'{"@context": ' + _line(prefixes) + b', "@graph": [')
    for position, (subject, said) in enumerate(groupby(rows, key=lambda row: row.subject)):
        file.write(b",\n" if position else b"\n")
        file.write(_line(_object(str(getattr(subject, "value", "")), said, shorten)))
    file.write(b"\n]}\n")


class _Shortener:
    """IRIs as compact names, where what is left is a plain name."""

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        self._prefixes = prefixes
        self._known: dict[str, str] = {}

    def __call__(self, iri: str) -> str:
        if iri not in self._known:
            self._known[iri] = next(
                (
                    f"{prefix}:{iri.removeprefix(start)}"
                    for prefix, start in self._prefixes.items()
                    if iri.startswith(start)
                ),
                iri,
            )
        return self._known[iri]


def _object(subject: str, said: Iterator[Triple], shorten: _Shortener) -> dict[str, Any]:
    out: dict[str, Any] = {"@id": subject}
    for row in said:
        name = shorten(row.predicate.value)
        if name == "rdf:type":
            out.setdefault("@type", []).append(shorten(cast("Any", row.object).value))
        else:
            out.setdefault(name, []).append(_value(row.object, shorten))
    return out


def _value(value: Any, shorten: _Shortener) -> Any:
    datatype = getattr(value, "datatype", None)
    if datatype is None:
        return {"@id": value.value}
    name = shorten(datatype.value)
    if name == "xsd:string":
        return value.value
    if name == "rdf:JSON":
        return {"@type": "@json", "@value": json.loads(value.value)}
    return {"@type": name, "@value": value.value}


def _line(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
