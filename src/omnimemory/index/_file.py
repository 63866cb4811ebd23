"""The file of an index: a header in JSON, then arrays, with a checksum over all.

It is a cache: whatever does not fit is passed over, and the index built anew.
"""

from __future__ import annotations

import os
import struct
import tempfile
import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from hashlib import blake2b
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import msgspec

from omnimemory.errors import StoreError

_MAGIC: Final = b"omniidx1"
_FRAME: Final = struct.Struct("<8sII")
"""Mark of the format, checksum of what follows, length of the header."""

_WORD: Final = 8
_BLOCK: Final = 8_192
PIECE_BYTES: Final = _WORD * _BLOCK
"""The checksum goes over pieces of so many bytes."""


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
    """A whole index: its header, and its arrays by name."""

    header: Header
    parts: Mapping[str, Any]


def file_of(folder: Path, tenant: str, suffix: str) -> Path:
    """Return the file of a tenant's index; names that differ in case only have two."""
    return folder / f"{blake2b(tenant.encode(), digest_size=12).hexdigest()}{suffix}"


def write(path: Path, header: Header, parts: Mapping[str, Any]) -> None:
    """Put an index in the place of the file's old one, in one step.

    Args:
        path: The file.
        header: What the index was made of.
        parts: Arrays by name; one may come as a list of pieces, each but the last a whole
            number of `PIECE_BYTES`, so that the checksum is that of the whole.

    Raises:
        StoreError: The file cannot be written; the one that was there stands.
    """
    pieces = {name: _pieces(part) for name, part in parts.items()}
    counts = {name: sum(int(one.size) for one in some) for name, some in pieces.items()}
    told = msgspec.json.encode(msgspec.structs.replace(header, parts=counts))
    checksum = zlib.crc32(told)
    every = [one for some in pieces.values() for one in some]
    for part in every:
        checksum = _checksum(part, checksum)
    temporary = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
        with os.fdopen(handle, "wb") as file:
            file.write(_FRAME.pack(_MAGIC, checksum, len(told)))
            file.write(told)
            for part in every:
                file.write(_bytes(part))
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except OSError as error:
        if temporary:
            with suppress(OSError):
                Path(temporary).unlink()
        raise StoreError(f"the index cannot be saved to {path}: {error}") from error


def read(path: Path, types: Mapping[str, str]) -> Saved | None:
    """Return the index in a file; None if there is none, or it is damaged or not ours.

    Args:
        path: The file.
        types: The type of each array, by name, in their order.
    """
    try:
        with path.open("rb") as opened:
            mark, checksum, length = _FRAME.unpack(opened.read(_FRAME.size))
            if mark != _MAGIC:
                return None
            size = os.fstat(opened.fileno()).st_size - _FRAME.size
            return _parse(opened, types, length, size, checksum)
    except (OSError, struct.error, msgspec.MsgspecError, ValueError, OverflowError):
        return None


def _parse(
    opened: BinaryIO, types: Mapping[str, str], length: int, size: int, checksum: int
) -> Saved | None:
    np: Any = import_module("numpy")
    told = opened.read(min(length, size))
    header = msgspec.json.decode(told, type=Header)
    counts = header.parts
    if list(counts) != list(types) or min(counts.values(), default=0) < 0:
        return None
    left = size - length
    left -= sum(counts[name] * np.dtype(kind).itemsize for name, kind in types.items())
    if left:
        return None
    parts: dict[str, Any] = {}
    found = zlib.crc32(told)
    for name, kind in types.items():
        parts[name] = np.empty(counts[name], dtype=kind)
        if counts[name]:
            opened.readinto(_bytes(parts[name]))  # type: ignore[attr-defined]
        found = _checksum(parts[name], found)
    return Saved(header, parts) if found == checksum else None


def _pieces(part: Any) -> list[Any]:
    return cast("list[Any]", part) if isinstance(part, list) else [part]


def _bytes(part: Any) -> Any:
    return memoryview(part).cast("B") if part.size else b""


def _checksum(part: Any, before: int) -> int:
    """Return a checksum over an array, by the sums of blocks of words, which are quick to take."""
    np: Any = import_module("numpy")
    raw = part.reshape(-1).view("u1")
    whole = len(raw) - len(raw) % _WORD
    words = raw[:whole].view("<u8")
    sums: Sequence[int] = np.add.reduceat(words, range(0, len(words), _BLOCK)) if whole else words
    return zlib.crc32(_bytes(raw[whole:]), zlib.crc32(_bytes(sums), before))
