"""A log of commits as RDF Patch, one transaction each, with a checksum.

The format is that of https://afs.github.io/rdf-patch/: ``A`` adds a quad, ``D`` deletes one,
``TX`` and ``TC`` hold a transaction, ``H`` says something about it. Two headers of ours stand
before each, the size of what follows in bytes and its CRC-32, so that what a crash cut off is
known.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple
from zlib import crc32

from omnimemory.errors import StoreError

_HEAD: Final = re.compile(rb'^H size "(\d{1,18})" \.\nH crc32 "([0-9a-f]{8})" \.\n', re.MULTILINE)
_BEGIN: Final = b"TX .\n"
_END: Final = b"TC .\n"


class Patch(NamedTuple):
    """One transaction: lines of N-Quads, with their ends, to delete and then to add."""

    delete: list[bytes]
    add: list[bytes]


class PatchLog:
    """The log in a file that appears with the first commit.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = path.stat().st_size if path.exists() else 0

    def read(self) -> Iterator[Patch]:
        """Yield the transactions, and cut off what a crash has left of one at the end.

        Raises:
            StoreError: The log is damaged before its end, or cannot be read or written.
        """
        if not self.size:
            return
        try:
            log = self.path.read_bytes()
        except OSError as error:
            raise StoreError(f"{self.path} cannot be read ({error})") from error
        end = 0
        for head in _HEAD.finditer(log):
            size, checksum = int(head.group(1)), int(head.group(2), 16)
            frame = log[head.end() : head.end() + size]
            if len(frame) < size or crc32(frame) != checksum:
                continue
            if head.start() != end:
                raise StoreError(f"{self.path} is damaged; restore it and its file from a backup")
            end = head.end() + size
            yield _patch(frame)
        self._cut(end)

    def append(self, patch: Patch) -> None:
        """Write a transaction, and force it to the disk.

        Raises:
            StoreError: It cannot be written; the log stands as it was.
        """
        frame = b"".join((_BEGIN, *_marked(b"D ", patch.delete), *_marked(b"A ", patch.add), _END))
        head = f'H size "{len(frame)}" .\nH crc32 "{crc32(frame):08x}" .\n'.encode()
        try:
            with self.path.open("ab") as file:
                file.write(head + frame)
                file.flush()
                os.fsync(file.fileno())
                self.size = file.tell()
        except OSError as error:
            self._cut(self.size)
            raise StoreError(
                f"{self.path} cannot be written; check its folder and the space on the disk "
                f"({error})"
            ) from error

    def clear(self) -> None:
        """Delete the log: its file holds all of it."""
        self.path.unlink(missing_ok=True)
        self.size = 0

    def _cut(self, size: int) -> None:
        """Leave so many bytes."""
        if self.path.exists() and self.path.stat().st_size > size:
            os.truncate(self.path, size)
        self.size = size


def _marked(mark: bytes, lines: Iterable[bytes]) -> Iterator[bytes]:
    return (mark + line for line in lines)


def _patch(frame: bytes) -> Patch:
    lines = frame.removeprefix(_BEGIN).removesuffix(_END).splitlines(keepends=True)
    return Patch(
        [line[2:] for line in lines if line.startswith(b"D ")],
        [line[2:] for line in lines if line.startswith(b"A ")],
    )
