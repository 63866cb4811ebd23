"""The file of an index: a header in JSON, sums of every piece of what follows, then arrays.

A checksum over the header and the sums tells whether they are whole. An array that is large is
mapped into memory and not read: each of its pieces is checked against its sum when it is first
used. It is a cache: whatever does not fit is passed over, and the index built anew.
"""

from __future__ import annotations

import mmap
import os
import struct
import tempfile
import zlib
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from hashlib import blake2b
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import msgspec

from omnimemory.errors import StoreError

_MAGIC: Final = b"omniidx2"
_FRAME: Final = struct.Struct("<8sII")
"""Mark of the format, checksum of the header and the sums, length of the header."""

_WORD: Final = 8
_BLOCK: Final = 8_192
PIECE_BYTES: Final = _WORD * _BLOCK
"""A sum goes over so many bytes."""


class DamagedError(ValueError):
    """A piece of a file is not what was written."""


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an index was made of.

    Attributes:
        store: What tells one store's tenant from another's of the same name.
        model: What made it from the texts: an embedder's or an analyzer's name.
        revision: The newest revision that was seen.
        facts: Numbers that the kind of index needs besides.
        probe: Vectors that know an embedder, whatever its name.
        parts: How many values each array has, by its name.
    """

    store: str
    model: str
    revision: int
    facts: dict[str, int] = {}
    probe: list[list[float]] = []
    parts: dict[str, int] = {}


class Saved(msgspec.Struct, frozen=True):
    """A whole index: its header, and its arrays by name, those that stay in the file `Mapped`."""

    header: Header
    parts: Mapping[str, Any]


class Mapped:
    """An array that stays in its file; a piece of it is checked when it is first used.

    Args:
        values: The array.
        sums: The sum of each of its pieces.
        pages: The file as it is mapped; None where the array does not stand in one.
    """

    def __init__(self, values: Any, sums: Any, pages: mmap.mmap | None = None) -> None:
        np: Any = import_module("numpy")
        self.values = values
        self._pages = pages
        self._raw = values.view("u1")
        self._sums = sums
        self._waits = np.ones(len(sums), dtype=bool)

    def check(self, begins: Any, size: int) -> None:
        """Check the pieces in which the spans of so many bytes lie that begin at these bytes.

        Raises:
            DamagedError: One is not what was written.
        """
        np: Any = import_module("numpy")
        first, last = begins // PIECE_BYTES, (begins + size - 1) // PIECE_BYTES
        steps = np.arange(size // PIECE_BYTES + 2)
        pieces = np.minimum(first[:, None] + steps, last[:, None]).reshape(-1)
        for piece in np.unique(pieces[self._waits[pieces]]).tolist():
            self._check(piece, piece + 1)

    def checked(self) -> Any:
        """Return the whole array.

        Raises:
            DamagedError: A piece is not what was written.
        """
        if self._waits.any():
            self._check(0, len(self._sums))
        return self.values

    def let_go(self) -> None:
        """Give back the memory of what was looked at; the file stays mapped."""
        if self._pages is not None and hasattr(mmap, "MADV_DONTNEED"):
            self._pages.madvise(mmap.MADV_DONTNEED)

    def _check(self, begin: int, end: int) -> None:
        found = _sums(self._raw[begin * PIECE_BYTES : end * PIECE_BYTES])
        if (found != self._sums[begin:end]).any():
            raise DamagedError
        self._waits[begin:end] = False


def file_of(folder: Path, tenant: str, suffix: str) -> Path:
    """Return the file of a tenant's index; names that differ in case only have two."""
    return folder / f"{blake2b(tenant.encode(), digest_size=12).hexdigest()}{suffix}"


def write(path: Path, header: Header, parts: Mapping[str, Any]) -> None:
    """Put an index in the place of the file's old one, in one step.

    Args:
        path: The file.
        header: What the index was made of.
        parts: Arrays by name; one may come as a list of pieces, each but the last a whole
            number of `PIECE_BYTES`, so that the sums are those of the whole.

    Raises:
        StoreError: The file cannot be written; the one that was there stands.
    """
    np: Any = import_module("numpy")
    pieces = {name: _pieces(part) for name, part in parts.items()}
    counts = {name: sum(int(one.size) for one in some) for name, some in pieces.items()}
    told = msgspec.json.encode(msgspec.structs.replace(header, parts=counts))
    told += b" " * (-len(told) % _WORD)
    sums = np.concatenate([_sums(one) for some in pieces.values() for one in some])
    checksum = zlib.crc32(_bytes(sums), zlib.crc32(told))
    temporary = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
        with os.fdopen(handle, "wb") as file:
            file.write(_FRAME.pack(_MAGIC, checksum, len(told)))
            file.write(told)
            file.write(_bytes(sums))
            for some in pieces.values():
                file.write(bytes(-file.tell() % _WORD))
                for part in some:
                    file.write(_bytes(part))
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except OSError as error:
        if temporary:
            with suppress(OSError):
                Path(temporary).unlink()
        raise StoreError(f"the index cannot be saved to {path}: {error}") from error


def read(
    path: Path, types: Mapping[str, str], mapped: Collection[str] = frozenset()
) -> Saved | None:
    """Return the index in a file; None if there is none, or it is damaged or not ours.

    Args:
        path: The file.
        types: The type of each array, by name, in their order.
        mapped: The names of those that stay in the file.
    """
    try:
        with path.open("rb") as opened:
            mark, checksum, length = _FRAME.unpack(opened.read(_FRAME.size))
            if mark != _MAGIC:
                return None
            told = opened.read(length)
            return _parse(opened, types, told, checksum, mapped)
    except (OSError, struct.error, msgspec.MsgspecError, ValueError, OverflowError):
        return None


def _parse(
    opened: BinaryIO,
    types: Mapping[str, str],
    told: bytes,
    checksum: int,
    mapped: Collection[str],
) -> Saved | None:
    np: Any = import_module("numpy")
    header = msgspec.json.decode(told, type=Header)
    counts = header.parts
    if list(counts) != list(types) or min(counts.values(), default=0) < 0:
        return None
    sizes = {name: counts[name] * np.dtype(kind).itemsize for name, kind in types.items()}
    every = [-(-size // PIECE_BYTES) for size in sizes.values()]
    begins, at = list[int](), opened.tell() + _WORD * sum(every)
    for size in sizes.values():
        begins.append(at + -at % _WORD)
        at = begins[-1] + size
    if os.fstat(opened.fileno()).st_size != at:
        return None
    sums = np.frombuffer(opened.read(_WORD * sum(every)), dtype="<u8")
    if zlib.crc32(_bytes(sums), zlib.crc32(told)) != checksum:
        return None
    pages = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) if mapped else None
    parts: dict[str, Any] = {}
    for (name, kind), count, begin in zip(types.items(), every, begins, strict=True):
        own, sums = sums[:count], sums[count:]
        if pages is not None and name in mapped:
            values = np.frombuffer(pages, dtype=kind, count=counts[name], offset=begin)
            parts[name] = Mapped(values, own, pages)
        else:
            parts[name] = _read(opened, kind, begin, counts[name], own)
    return Saved(header, parts)


def _read(opened: BinaryIO, kind: str, at: int, count: int, sums: Any) -> Any:
    np: Any = import_module("numpy")
    out = np.empty(count, dtype=kind)
    opened.seek(at)
    if count:
        opened.readinto(_bytes(out))  # type: ignore[attr-defined]
    return Mapped(out, sums).checked()


def _pieces(part: Any) -> list[Any]:
    return cast("list[Any]", part) if isinstance(part, list) else [part]


def _bytes(part: Any) -> Any:
    return memoryview(part).cast("B") if part.size else b""


def _sums(part: Any) -> Any:
    """Return the sum of the words of each piece of an array, which is quick to take."""
    np: Any = import_module("numpy")
    raw = part.reshape(-1).view("u1")
    whole = len(raw) - len(raw) % _WORD
    words = raw[:whole].view("<u8")
    places: Sequence[int] = range(0, len(words), _BLOCK)
    sums = np.add.reduceat(words, places) if whole else words
    if whole == len(raw):
        return sums
    rest = np.array([int.from_bytes(raw[whole:].tobytes(), "little")], dtype="<u8")
    if whole % PIECE_BYTES == 0:
        return np.concatenate([sums, rest])
    sums[-1:] += rest
    return sums
