"""Any table → records of one type, by a mapping from columns to fields.

```python
sources.csv("people.csv", record="contact", columns={
    "Kunde": "person.name", "E-Mail": "person.email", "Firma-Nr": "accounts", "Nr": "id"})
```

A field is named as the record names it, with dots into participants and objects
(``person.email``, ``author.kind``, ``address.city``, ``custom.plan``). A field that points at
another record takes its id. Where a field holds many, a cell may hold several, separated by
``;`` or ``,``. Columns that the mapping leaves out are kept in ``extra``.

A table is a file, rows, or a data frame of pandas, polars, pyarrow, DuckDB and others.

A row without an id of its own gets one from its content: the same row is the same record.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, tzinfo
from hashlib import sha256
from types import UnionType
from typing import Annotated, Any, Final, Union, cast, get_args, get_origin
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ValidationError

from omnimemory.errors import InputError, RecordError
from omnimemory.model.kinds import Kinds
from omnimemory.model.records import BUILT_IN, Person, Record, Ref
from omnimemory.sources._reading import Item, read_time
from omnimemory.sources._source import Given, Source
from omnimemory.sources._table import Row, Table, tables

_OBJECTS: Final = frozenset({"custom", "extra", "address", "refs", "properties", "arguments"})
_TARGETS: Final = {
    "accounts": "Account",
    "about": "Ticket",
    "parts": "Part",
    "depends_on": "Issue",
    "dependents": "Ticket",
    "team": "Team",
    "to_team": "Team",
    "teams": "Team",
    "cites": "Article",
    "stated_in": "Interaction",
}
"""Kinds that fields point at, where they point at another kind than their record's own."""


def read(
    given: Given,
    *,
    columns: Mapping[str, str],
    record: str = "contact",
    fixed: Mapping[str, Any] | None = None,
    zone: tzinfo | str | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    kinds: Kinds | None = None,
    name: str = "csv",
) -> Iterator[Item]:
    """Yield a record for each row, or one error for each cell that does not fit its field.

    Args:
        given: A file, a folder of them, rows as mappings from column to cell, or a data frame.
        columns: Field of the record by column.
        record: Type of the records, such as ``contact``, ``message``, ``ticket``.
        fixed: Values by field that are the same in every row, such as ``{"channel": "phone"}``.
        zone: Zone of times that name none: its name, or the zone itself.
        delimiter: What stands between cells; found in the header if left out.
        encoding: How the files are encoded; found at their beginning if left out.
        kinds: Kinds beside the built-in ones that ``record`` may name.
        name: What the records call this source.

    Raises:
        InputError: Nothing is there, a mapped column is missing, or the record has no such field.
    """
    shape = _shape(record, kinds)
    for field in (*columns.values(), *(fixed or {})):
        _check(field, shape)
    found = tables(given, delimiter=delimiter, encoding=encoding)
    for table in found:
        if missing := [column for column in columns if column not in table.columns]:
            raise InputError(
                f"{table.where} has no column {', '.join(map(repr, missing))}; "
                f"found: {', '.join(map(repr, table.columns))}"
            )
    mapping = _Mapping(shape, columns, fixed or {}, _zone(zone), name)
    return (item for table in found for item in mapping.read(table))


def _shape(record: str, kinds: Kinds | None) -> type[Record]:
    custom = () if kinds is None else tuple(kinds.custom.values())
    known = {get_args(one.model_fields["type"].annotation)[0]: one for one in (*BUILT_IN, *custom)}
    if record not in known:
        raise InputError(f"no record type {record!r}; known: {', '.join(sorted(known))}")
    return known[record]


def _check(field: str, shape: type[Record]) -> None:
    """Raise `InputError` unless a record has this field."""
    root, _, inner = field.partition(".")
    known = [one for one in shape.model_fields if one not in ("type", "source")]
    if root not in known:
        raise InputError(f"a record has no field {root!r}; known: {', '.join(known)}")
    if inner and _holds(shape, root, Person) and inner not in Person.model_fields:
        raise InputError(f"a participant has no {inner!r}: {', '.join(Person.model_fields)}")


def _zone(zone: tzinfo | str | None) -> tzinfo | None:
    if not isinstance(zone, str):
        return zone
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InputError(f"no time zone {zone!r}; write one such as 'Europe/Berlin'") from None


def _parts(annotation: Any) -> Iterator[Any]:
    """Yield the types that an annotation is made of."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _parts(get_args(annotation)[0])
    elif origin in (Union, UnionType, tuple):
        yield origin
        for one in get_args(annotation):
            yield from _parts(one)
    else:
        yield annotation


def _holds(shape: type[Record], root: str, wanted: object) -> bool:
    return any(one is wanted for one in _parts(shape.model_fields[root].annotation))


class _Mapping:
    """How the rows of one reading become records."""

    def __init__(
        self,
        shape: type[Record],
        columns: Mapping[str, str],
        fixed: Mapping[str, Any],
        zone: tzinfo | None,
        name: str,
    ) -> None:
        self._shape = shape
        self._columns = columns
        self._fixed = fixed
        self._zone = zone
        self._name = name
        roots = {field.partition(".")[0] for field in columns.values() if "." in field}
        self._named = [root for root in roots if shape.model_fields[root].is_required()]
        self._readers = {field: self._reader(field.partition(".")[0]) for field in columns.values()}

    def read(self, table: Table) -> Iterator[Item]:
        """Yield the records of a table."""
        for where, row in table.rows:
            yield from self._row(row, where)

    def _row(self, row: Row, where: str) -> list[Item]:
        fields: dict[str, Any] = {root: {} for root in self._named}
        wrong: list[Item] = []
        for field, value in self._fixed.items():
            _put(fields, field, value)
        for column, field in self._columns.items():
            cell = row.get(column)
            if cell is None or (isinstance(cell, str) and not cell.strip()):
                continue
            try:
                _put(fields, field, self._readers[field](cell))
            except InputError as error:
                wrong.append(self._error(f"{error} (column {column!r})", where, field.split(".")))
        return wrong or self._record(row, fields, where)

    def _record(self, row: Row, fields: dict[str, Any], where: str) -> list[Item]:
        for root, value in fields.items():
            if _holds(self._shape, root, tuple) and not isinstance(value, list | tuple):
                fields[root] = [value]
        rest = {
            str(column): cell
            for column, cell in row.items()
            if column not in self._columns and cell not in (None, "")
        }
        fields["extra"] = rest | dict(fields.get("extra", {}))
        fields.setdefault("id", _digest(row))
        try:
            return [self._shape.model_validate({**fields, "source": self._name})]
        except ValidationError as error:
            found = error.errors(include_url=False, include_context=False, include_input=False)
            return [self._refused(str(one["msg"]), where, one["loc"]) for one in found]

    def _refused(self, problem: str, where: str, path: tuple[int | str, ...]) -> RecordError:
        """Return why pydantic refused a field, with the column that it came from."""
        names = [str(one) for one in path if not isinstance(one, int)]
        columns = {field: column for column, field in self._columns.items()}
        column = columns.get(".".join(names)) or (columns.get(names[0]) if names else None)
        hint = f" (column {column!r})" if column else ""
        if not column and problem == "Field required":
            hint = "; map a column to it, or give it in fixed"
        return self._error(f"{problem}{hint}", where, path)

    def _error(self, problem: str, where: str, path: Any) -> RecordError:
        return RecordError(problem, source=self._name, where=where, path=path)

    def _reader(self, root: str) -> Callable[[Any], Any]:
        """Return what makes a cell a value of a field."""
        if root in _OBJECTS or _holds(self._shape, root, Person):
            return lambda cell: cell
        if _holds(self._shape, root, datetime) or root.endswith("_at"):
            return lambda cell: read_time(cell, zone=self._zone)
        is_many = _holds(self._shape, root, tuple)
        if _holds(self._shape, root, Ref):
            kind = _TARGETS.get(root, self._shape.kind)
            return lambda cell: _many(cell, is_many, lambda word: {"kind": kind, "id": word})
        return lambda cell: _many(cell, is_many, lambda word: word)


def _many(cell: Any, is_many: bool, to_value: Callable[[Any], Any]) -> Any:  # noqa: FBT001 - private
    if not is_many:
        return to_value(cell.strip() if isinstance(cell, str) else cell)
    words = cell.replace(";", ",").split(",") if isinstance(cell, str) else [cell]
    found = [word.strip() if isinstance(word, str) else word for word in words]
    return [to_value(word) for word in found if word != ""]


def _put(fields: dict[str, Any], path: str, value: Any) -> None:
    """Set a field; dots lead into objects."""
    *outer, last = path.split(".")
    for name in outer:
        inner = fields.setdefault(name, {})
        if not isinstance(inner, dict):
            raise InputError(f"{path!r} leads into {name!r}, which another column sets whole")
        fields = cast("dict[str, Any]", inner)
    fields[last] = value


def _digest(row: Row) -> str:
    text = json.dumps(dict(row), sort_keys=True, default=str)
    return f"sha256-{sha256(text.encode(errors='replace')).hexdigest()[:32]}"


csv = Source("csv", read)
