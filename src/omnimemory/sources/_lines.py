"""Files of JSON objects: JSON Lines read line by line, or one JSON value with one or many."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from omnimemory.errors import InputError, RecordError
from omnimemory.model.records import Record
from omnimemory.sources._exports import read_lines
from omnimemory.sources._reading import Item, Json, files, one, read_json
from omnimemory.sources._source import Given, is_path, objects

_PATTERNS: Final = ("*.jsonl", "*.ndjson", "*.json")


def read_objects(
    given: Given,
    to_records: Callable[[Json], Iterable[Record]],
    *,
    source: str,
    split: Callable[[Json], Iterable[Json]] = lambda value: (value,),
) -> Iterator[Item]:
    """Return the records of each object, or why it has none.

    Args:
        given: A ``.jsonl`` or ``.json`` file, a folder of them, or decoded objects.
        to_records: Maps one object.
        source: Name of the source.
        split: Takes one object that holds many apart, such as a batch.

    Raises:
        InputError: Nothing is there.
    """
    found = _in_files(files(str(given), *_PATTERNS), source) if is_path(given) else _given(given)
    return _records(_apart(found, split), to_records, source)


def _apart(
    found: Iterable[tuple[str, Json]], split: Callable[[Json], Iterable[Json]]
) -> Iterator[tuple[str, Json]]:
    for where, value in found:
        inside = [value] if isinstance(value, RecordError) else list(split(value))
        for n, each in enumerate(inside):
            yield where if len(inside) == 1 else f"{where}[{n}]", each


def _records(
    found: Iterable[tuple[str, Json]],
    to_records: Callable[[Json], Iterable[Record]],
    source: str,
) -> Iterator[Item]:
    for where, value in found:
        if isinstance(value, RecordError):
            yield value
        else:
            yield from one(value, to_records, source=source, where=where)


def _given(given: Given) -> Iterable[tuple[str, Json]]:
    return [(f"input[{n}]", value) for n, value in enumerate(objects(given))]


def _in_files(found: Iterable[Path], source: str) -> Iterator[tuple[str, Json]]:
    for file in found:
        try:
            if file.suffix.lower() == ".json":
                yield from _whole(file)
            else:
                yield from read_lines(file, source=source)
        except InputError as error:
            yield file.name, RecordError(str(error), source=source, where=file.name)


def _whole(file: Path) -> Iterator[tuple[str, Json]]:
    value = read_json(file)
    if isinstance(value, list):
        yield from ((f"{file.name}[{n}]", each) for n, each in enumerate(value))  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    else:
        yield file.name, value
