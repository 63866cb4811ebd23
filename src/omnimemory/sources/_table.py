"""Tables of any origin: their encoding, delimiter, header and rows."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

from omnimemory.errors import InputError
from omnimemory.sources._frames import frame_rows, is_frame
from omnimemory.sources._reading import files
from omnimemory.sources._source import Given, is_path, objects

_PATTERNS: Final = ("*.csv", "*.tsv", "*.txt")
_DELIMITERS: Final = ",;\t|"
_SAMPLE: Final = 1 << 16
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

Row = Mapping[str, Any]


class Table(NamedTuple):
    """One table: what its columns are called, and its rows with their places."""

    where: str
    columns: tuple[str, ...]
    rows: Iterable[tuple[str, Row]]


def tables(given: Given, *, delimiter: str | None, encoding: str | None) -> list[Table]:
    """Return the tables of a file, of a folder, or of rows that were decoded already.

    Args:
        given: A file, a folder, mappings from column to cell, or a data frame of any library.
        delimiter: What stands between cells; found in the header if left out.
        encoding: How the files are encoded; by their mark, else UTF-8, else Windows-1252.

    Raises:
        InputError: Nothing is there, or a file has no header.
    """
    if is_frame(given):
        return [_decoded(list(frame_rows(given)))]
    if not is_path(given):
        return [_decoded(given)]
    found = files(str(given), *_PATTERNS)
    return [_table(file, delimiter, encoding or _encoding(file)) for file in found]


def _decoded(given: Given) -> Table:
    rows = objects(given)
    wrong = next((one for one in rows if not isinstance(one, Mapping)), None)
    if wrong is not None:
        raise InputError(f"expected rows as mappings, found {type(wrong).__name__}")
    known = cast("list[Row]", rows)
    columns = dict.fromkeys(str(column) for row in known for column in row)
    return Table("rows", tuple(columns), [(f"row {n}", row) for n, row in enumerate(known, 1)])


def _encoding(file: Path) -> str:
    """Return how a file is encoded, as far as its beginning shows."""
    try:
        with file.open("rb") as stream:
            sample = stream.read(_SAMPLE)
    except OSError as error:
        raise InputError(f"cannot read {file}: {error.strerror or error}") from error
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return name
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _table(file: Path, delimiter: str | None, encoding: str) -> Table:
    with _open(file, encoding) as lines:
        header = next((line for line in lines if line.strip()), "")
    if not header.strip():
        raise InputError(f"{file} is empty: a table begins with the names of its columns")
    between = delimiter or max(_DELIMITERS, key=header.count)
    columns = next(csv.reader([header], delimiter=between))
    names = _distinct(column.strip() for column in columns)
    return Table(file.name, names, _rows(file, names, between, encoding))


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names, those that stand twice or are empty with their position."""
    found: dict[str, None] = {}
    for position, name in enumerate(names, 1):
        plain = name or f"column {position}"
        found[plain if plain not in found else f"{plain} ({position})"] = None
    return tuple(found)


def _rows(
    file: Path, columns: tuple[str, ...], delimiter: str, encoding: str
) -> Iterator[tuple[str, Row]]:
    csv.field_size_limit(2**31 - 1)
    with _open(file, encoding) as lines:
        reader = csv.reader((line.replace("\0", "\ufffd") for line in lines), delimiter=delimiter)
        header = True
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if header:
                header = False
                continue
            beyond = {f"column {n}": cell for n, cell in enumerate(cells, 1) if n > len(columns)}
            row = dict(zip(columns, cells, strict=False)) | beyond
            yield f"{file.name}:{reader.line_num}", row


def _open(file: Path, encoding: str) -> io.TextIOWrapper:
    try:
        return file.open(encoding=encoding, errors="replace", newline="")
    except (OSError, LookupError) as error:
        raise InputError(f"cannot read {file}: {error}") from error
