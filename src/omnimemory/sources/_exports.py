"""What exports of helpdesks and CRMs share: files that hold named collections of objects."""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

from omnimemory.errors import InputError, RecordError
from omnimemory.model.records import Record
from omnimemory.sources._reading import Fields, Item, Json, one, read_json
from omnimemory.sources._source import Given, is_path, objects


class Payload(NamedTuple):
    """One object of an export.

    Attributes:
        collection: What it is one of, such as ``tickets``.
        value: The object.
        where: Its file and place, for errors.
        zone: Zone of its times that name none.
    """

    collection: str
    value: Json
    where: str
    zone: tzinfo | None = None


class Layout(NamedTuple):
    """How a system's exports are laid out.

    Attributes:
        source: Name of the system.
        collections: Other names of each collection, in the order in which they must be read.
        ignored: Names of what says nothing about customers, such as settings and paging.
        guess: Tells the collection of an object that nothing else names.
    """

    source: str
    collections: Mapping[str, Sequence[str]]
    ignored: frozenset[str]
    guess: Callable[[Mapping[str, Json]], str | None]

    def named(self, name: str) -> str | None:
        """Return the collection of this name, or None."""
        for collection, others in self.collections.items():
            if name == collection or name in others:
                return collection
        return None

    def rank(self, collection: str | None) -> int:
        """Return where a collection stands in reading order."""
        order = list(self.collections)
        return order.index(collection) if collection in order else len(order)

    def of_file(self, stem: str) -> str | None:
        """Return the collection that a file's name speaks of, by the longest name in it."""
        words = "_".join(re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", stem).lower()))
        known = {name: key for key, names in self.collections.items() for name in (key, *names)}
        fits = [
            name
            for name in (*known, *self.ignored)
            if f"_{name.lower()}_" in f"_{words}_" and not name.isupper()
        ]
        return known.get(max(fits, key=len)) if fits else None


Mapper: TypeAlias = Callable[[Fields], Iterable[Record]]

_LOADERS: Final = frozenset(
    {"_fivetran_synced", "_fivetran_start", "_fivetran_end", "_fivetran_active"}
)
"""Columns that a loader wrote about its own work."""

_SUFFIXES: Final = (".csv", ".json", ".jsonl", ".ndjson")
_WRAPS: Final = ("results", "records", "data", "items", "objects")


def payloads(given: Given, layout: Layout) -> Iterator[Payload | RecordError]:
    """Return the objects of an export in reading order, and an error for what is none.

    Raises:
        InputError: The path holds no file that the layout knows.
    """
    if is_path(given):
        return _of_files(_files(Path(given), layout), layout)  # pyright: ignore[reportArgumentType]
    return iter(_sorted(_unwrap(objects(given), None, "input", layout), layout))


def mapped(
    found: Iterable[Payload | RecordError], mappers: Mapping[str, Mapper], *, source: str
) -> Iterator[Item]:
    """Yield the records of each payload, or why it has none."""
    for payload in found:
        if isinstance(payload, RecordError):
            yield payload
            continue
        mapper = mappers[payload.collection]
        zone = payload.zone
        yield from one(
            payload.value,
            lambda value, mapper=mapper, zone=zone: mapper(Fields(value, zone=zone)),
            source=source,
            where=payload.where,
        )


def _files(root: Path, layout: Layout) -> list[tuple[Path, str | None]]:
    """Return the files to read, in reading order, with the collection that each is named for."""
    if root.is_file():
        return [(root, layout.of_file(root.stem))]
    found: list[tuple[Path, str | None]] = []
    for file in sorted(root.glob("*")) if root.is_dir() else ():
        if file.is_dir() and (inside := layout.named(file.name)):
            found += [(one, inside) for one in sorted(file.glob("*")) if _readable(one)]
        elif _readable(file) and (named := layout.of_file(file.stem)):
            found.append((file, named))
    if not found:
        wanted = ", ".join(f"{name}.json" for name in layout.collections)
        raise InputError(
            f"nothing of {layout.source} to read at {root}; looked for {wanted}, "
            f"also as {', '.join(_SUFFIXES)}"
        )
    return sorted(found, key=lambda pair: layout.rank(pair[1]))


def _readable(file: Path) -> bool:
    return file.is_file() and file.suffix.lower() in _SUFFIXES


def _of_files(
    found: Sequence[tuple[Path, str | None]], layout: Layout
) -> Iterator[Payload | RecordError]:
    for file, collection in found:
        try:
            yield from _of_file(file, collection, layout)
        except InputError as error:
            yield RecordError(str(error), source=layout.source, where=file.name)


def _of_file(file: Path, collection: str | None, layout: Layout) -> Iterator[Payload | RecordError]:
    match file.suffix.lower():
        case ".csv":
            if collection is None:
                raise InputError(f"no table of {layout.source} has the name {file.stem!r}")
            for line, row in read_rows(file):
                yield Payload(collection, row, f"{file.name}:{line}", UTC)
        case ".jsonl" | ".ndjson":
            for where, value in read_lines(file, source=layout.source):
                if isinstance(value, RecordError):
                    yield value
                else:
                    yield from _unwrap([value], collection, where, layout)
        case _:
            yield from _sorted(_unwrap(read_json(file), collection, file.name, layout), layout)


def read_rows(file: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows of a CSV file with their line numbers, without empty cells.

    Raises:
        InputError: It cannot be read, is empty, or is not CSV.
    """
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    try:
        with file.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
            rows = csv.DictReader(lines)
            if not rows.fieldnames:
                raise InputError(f"{file} is empty")
            for row in rows:
                yield (
                    rows.line_num,
                    {
                        key: cell
                        for key, cell in row.items()
                        if key and cell and key not in _LOADERS
                    },
                )
    except (OSError, csv.Error) as error:
        raise InputError(f"cannot read {file}: {error}") from error


def read_lines(file: Path, *, source: str) -> Iterator[tuple[str, Any]]:
    """Yield the objects of a JSON Lines file with their places; a bad line is a `RecordError`.

    Raises:
        InputError: It cannot be read, or is empty.
    """
    empty = True
    try:
        with file.open(encoding="utf-8-sig", errors="replace") as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                empty = False
                where = f"{file.name}:{number}"
                try:
                    yield where, json.loads(line)
                except (json.JSONDecodeError, RecursionError) as error:
                    yield where, RecordError(f"not JSON: {error}", source=source, where=where)
    except OSError as error:
        raise InputError(f"cannot read {file}: {error.strerror or error}") from error
    if empty:
        raise InputError(f"{file} is empty")


def _sorted(found: Iterable[Payload | RecordError], layout: Layout) -> list[Payload | RecordError]:
    return sorted(
        found, key=lambda one: layout.rank(one.collection) if isinstance(one, Payload) else -1
    )


def _unwrap(
    value: Json, collection: str | None, where: str, layout: Layout
) -> Iterator[Payload | RecordError]:
    """Yield the objects in a response: a list, a single object, or collections by name."""
    if isinstance(value, list):
        for position, item in enumerate(value):  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
            yield from _unwrap(item, collection, f"{where}[{position}]", layout)
    elif isinstance(value, Mapping):
        yield from _object(value, collection, where, layout)  # pyright: ignore[reportUnknownArgumentType]
    else:
        problem = f"expected a JSON object, found {type(value).__name__}"
        yield RecordError(problem, source=layout.source, where=where)


def _object(
    value: Mapping[str, Json], collection: str | None, where: str, layout: Layout
) -> Iterator[Payload | RecordError]:
    kind = collection if "id" in value and collection is not None else layout.guess(value)
    if kind is not None:
        yield Payload(kind, value, where)
        return
    wrapped: dict[str, Json] = {
        name: inner for name, inner in value.items() if isinstance(inner, list | Mapping)
    }
    known = [name for name in wrapped if layout.named(name) or name in (*layout.ignored, *_WRAPS)]
    if not known and collection is not None:
        yield Payload(collection, value, where)
        return
    for name, inner in wrapped.items():
        place = f"{where} {name}"
        if name in _WRAPS:
            yield from _unwrap(inner, collection, place, layout)
        elif named := layout.named(name):
            yield from _unwrap(inner, named, place, layout)
        elif name not in layout.ignored:
            problem = f"{layout.source} has no place for {name!r}"
            yield RecordError(problem, source=layout.source, where=where)
    if not wrapped:
        problem = f"this is nothing that {layout.source} exports"
        yield RecordError(problem, source=layout.source, where=where)
