"""A property's value → literals and concepts, by the form that its field has."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from omnimemory.model.time import to_datetime
from omnimemory.rdf._fields import CONCEPTS, INDIVIDUAL_PREDICATES, INDIVIDUALS, Field
from omnimemory.rdf.names import term

if TYPE_CHECKING:
    from pyoxigraph import Literal, NamedNode

    Said: TypeAlias = "list[tuple[str, NamedNode | Literal]]"

_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_LARGEST_PLAIN: Final = 1e21
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def objects(field: Field, value: Any) -> Said | None:
    """Return the terms and values that say a property; None where its value has another form."""
    if field.form in CONCEPTS or field.form in INDIVIDUALS:
        return _concepts(field, value)
    if field.form == "texts":
        return _texts(field.predicate, value)
    found = _literal(field.form, value)
    return None if found is None else [(field.predicate, found)]


def text(value: str) -> Literal:
    """Return a plain literal."""
    from pyoxigraph import Literal  # noqa: PLC0415 - an extra

    return Literal(value)


def as_json(value: Any) -> Literal:
    """Return JSON as a literal; what is a text, number or truth value alone is that."""
    if isinstance(value, bool):
        return _typed(json.dumps(value), "xsd:boolean")
    if isinstance(value, str):
        return text(value)
    if isinstance(value, int | float):
        return _number(value)
    plain = _whole(value)
    compact = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return _typed(compact, "rdf:JSON")


def moment(at: int, *, stamp: bool = False) -> Literal:
    """Return a time in microseconds as a literal."""
    iso = to_datetime(at).isoformat().replace("+00:00", "Z")
    return _typed(iso, "xsd:dateTimeStamp" if stamp else "xsd:dateTime")


def concept(form: str, value: str) -> NamedNode:
    """Return the concept of ours that a value of a closed set is."""
    return term(f"om:{form}-{value.replace('_', '-')}")


def _concepts(field: Field, value: Any) -> Said | None:
    if not isinstance(value, str):
        return None
    out: Said = []
    if field.form in CONCEPTS:
        if value not in CONCEPTS[field.form]:
            return None
        out.append((field.predicate, concept(field.form, value)))
    elif field.form != "outcome":
        out.append((field.predicate, text(value)))
    individual = INDIVIDUALS.get(field.form, {}).get(value.casefold())
    if individual is not None:
        out.append((INDIVIDUAL_PREDICATES[field.form], term(individual)))
    return out or None


def _texts(predicate: str, value: Any) -> Said | None:
    if not isinstance(value, Sequence) or isinstance(value, str):
        return None
    each = cast("Sequence[object]", value)
    return [(predicate, text(one)) for one in each if isinstance(one, str)]


def _literal(form: str, value: Any) -> Literal | None:  # noqa: PLR0911 - a case a form
    match form, value:
        case "json", _:
            return as_json(value)
        case "number", int() | float() if not isinstance(value, bool):
            return _number(value)
        case "text", str():
            return text(value)
        case "link", str():
            return _typed(value, "xsd:anyURI")
        case "time", str() if _TIME.fullmatch(value):
            return _typed(value, "xsd:dateTime")
        case "date", str() if _DATE.fullmatch(value):
            return _typed(value, "xsd:date")
        case _:
            return None


def _whole(value: Any) -> Any:
    """Return JSON with whole floats as integers, as RFC 8785 writes them."""
    if isinstance(value, Mapping):
        return {name: _whole(one) for name, one in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [_whole(one) for one in cast("Sequence[Any]", value)]
    if isinstance(value, float) and value.is_integer() and abs(value) < _LARGEST_PLAIN:
        return int(value)
    return value


def _number(value: float) -> Literal:
    return _typed(repr(value), "xsd:integer" if isinstance(value, int) else "xsd:double")


def _typed(value: str, datatype: str) -> Literal:
    from pyoxigraph import Literal  # noqa: PLC0415 - an extra

    return Literal(value, datatype=term(datatype))
