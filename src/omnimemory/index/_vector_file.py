"""The file of a vector index: a header in JSON, names, rows and lists, and a checksum over all.

It is a cache: whatever does not fit is passed over, and the index built anew.
"""

from __future__ import annotations

import os
import struct
import tempfile
import zlib
from collections.abc import Sequence
from contextlib import suppress
from hashlib import blake2b
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec

from omnimemory.errors import StoreError

_MAGIC: Final = b"omnivec1"
_FRAME: Final = struct.Struct("<8sII")
"""Mark of the format, checksum of what follows, length of the header."""


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an index was made of.

    Attributes:
        store: What tells one store's tenant from another's of the same name.
        model: Name of the embedder.
        dim: How many numbers a vector has.
        probe: Vectors that know the model, whatever its name.
        revision: The newest revision that was seen.
        rows: How many vectors there are.
        names: How many bytes the names of the passages take.
        cut_at: How many rows there were when the lists were cut.
    """

    store: str
    model: str
    dim: int
    probe: list[list[float]]
    revision: int
    rows: int
    names: int
    cut_at: int


class Saved(msgspec.Struct, frozen=True):
    """A whole index: the header, passage ids with the digest of their text, rows, lists."""

    header: Header
    names: list[tuple[str, bytes]]
    matrix: Any
    lists: bytes


def file_of(folder: Path, tenant: str) -> Path:
    """Return the file of a tenant's index; names that differ in case only have two."""
    return folder / f"{blake2b(tenant.encode(), digest_size=12).hexdigest()}.vec"


def write(
    path: Path, header: Header, names: Sequence[tuple[str, bytes]], matrix: Any, lists: bytes
) -> None:
    """Put an index in the place of the file's old one, in one step.

    Raises:
        StoreError: The file cannot be written; the one that was there stands.
    """
    listed = msgspec.msgpack.encode(names)
    told = msgspec.json.encode(msgspec.structs.replace(header, names=len(listed)))
    body = [told, listed, memoryview(matrix).cast("B") if matrix.size else b"", lists]
    checksum = 0
    for part in body:
        checksum = zlib.crc32(part, checksum)
    temporary = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
        with os.fdopen(handle, "wb") as file:
            file.write(_FRAME.pack(_MAGIC, checksum, len(told)))
            for part in body:
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except OSError as error:
        if temporary:
            with suppress(OSError):
                Path(temporary).unlink()
        raise StoreError(f"the vectors cannot be saved to {path}: {error}") from error


def read(path: Path) -> Saved | None:
    """Return the index in a file; None if there is none, or it is damaged or not ours."""
    try:
        with path.open("rb") as opened:
            mark, checksum, length = _FRAME.unpack(opened.read(_FRAME.size))
            if mark != _MAGIC:
                return None
            size = os.fstat(opened.fileno()).st_size - _FRAME.size
            saved, found = _parse(opened, length, size)
    except (OSError, struct.error, msgspec.MsgspecError, ValueError, OverflowError):
        return None
    return saved if found == checksum else None


def _parse(opened: BinaryIO, length: int, size: int) -> tuple[Saved, int]:
    """Return an index and the checksum of what was read.

    Raises:
        ValueError: The parts do not come to the size of the file.
    """
    np: Any = import_module("numpy")
    told = opened.read(min(length, size))
    header = msgspec.json.decode(told, type=Header)
    counts = (header.names, header.rows, header.dim)
    left = size - length - header.names - header.rows * header.dim * 2
    if min(*counts, left) < 0:
        raise ValueError
    listed = opened.read(header.names)
    matrix = np.empty((header.rows, header.dim), dtype="<f2")
    if matrix.size:
        opened.readinto(memoryview(matrix).cast("B"))  # type: ignore[attr-defined]
    lists = opened.read()
    checksum = zlib.crc32(listed, zlib.crc32(told))
    checksum = zlib.crc32(matrix, checksum) if matrix.size else checksum
    names = msgspec.msgpack.decode(listed, type=list[tuple[str, bytes]])
    if len(names) != header.rows:
        raise ValueError
    return Saved(header, names, matrix, lists), zlib.crc32(lists, checksum)
