"""Where mails lie: mbox files, folders of .eml files, Maildirs, and bytes."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple, cast

from omnimemory.errors import InputError
from omnimemory.sources._reading import files

PATTERNS: Final = (
    "*.mbox",
    "**/*.mbox",
    "*.mbx",
    "*.eml",
    "**/*.eml",
    "cur/*",
    "new/*",
    "**/cur/*",
    "**/new/*",
)

_POSTMARK: Final = re.compile(
    rb"From \S.*\b(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +\d+ +\d+:\d+.*\d{4}\s*$"
)
_HEADER: Final = re.compile(rb"[!-9;-~]{1,100}[ \t]*:")
_ESCAPED: Final = re.compile(rb"^>(>*From )", re.MULTILINE)
_LONGEST_LINE: Final = 1 << 16


class Place(NamedTuple):
    """Where one mail lies.

    Attributes:
        where: How errors name it.
        file: The file, or all that was given as bytes.
        start: Its first byte, after the line that separates it from the one before.
        end: The byte after its last.
        escaped: Whether its lines that begin with "From " were marked with ``>``.
    """

    where: str
    file: Path | bytes
    start: int
    end: int
    escaped: bool

    def load(self) -> bytes:
        """Return the mail.

        Raises:
            InputError: The file can no longer be read.
        """
        with _open(self.file) as stream:
            stream.seek(self.start)
            mail = stream.read(self.end - self.start)
        return _ESCAPED.sub(rb"\1", mail) if self.escaped else mail

    def load_head(self) -> bytes:
        """Return the mail's headers, with the blank line below them.

        Raises:
            InputError: The file can no longer be read.
        """
        lines: list[bytes] = []
        with _open(self.file) as stream:
            stream.seek(self.start)
            while stream.tell() < self.end and (line := stream.readline(_LONGEST_LINE)):
                lines.append(line)
                if not line.strip():
                    break
        return b"".join(lines)


def places(given: str | Path | bytes | Iterable[bytes]) -> list[Place]:
    """Return where the mails are, in order.

    Args:
        given: A file, a folder, the bytes of a mail or an mbox, or those of several.

    Raises:
        InputError: Nothing is there, or a file that was named is no mail.
    """
    if isinstance(given, bytes | bytearray):
        return list(_in_file(bytes(given), "mail"))
    if isinstance(given, str | Path):
        named = Path(given).is_file()
        found = [_lenient(file, named=named) for file in files(given, *PATTERNS)]
        return [place for many in found for place in many]
    return [place for n, one in enumerate(_mails(given)) for place in _in_file(one, f"mail[{n}]")]


def _mails(given: object) -> list[bytes]:
    if isinstance(given, Mapping) or not isinstance(given, Iterable):
        raise InputError("expected a path or the bytes of mails, found neither")
    many = list(cast("Iterable[object]", given))
    wrong = next((one for one in many if not isinstance(one, bytes)), None)
    if wrong is not None:
        raise InputError(f"expected the bytes of mails, found {type(wrong).__name__} among them")
    return cast("list[bytes]", many)


def _lenient(file: Path, *, named: bool) -> list[Place]:
    """Return the mails of a file; one found in a folder may turn out to be none later."""
    try:
        return list(_in_file(file, file.name))
    except InputError:
        if named:
            raise
        return [Place(file.name, file, 0, 0, escaped=False)]


def _in_file(file: Path | bytes, name: str) -> Iterator[Place]:
    with _open(file) as stream:
        first = _first_line(stream)
        if first.startswith((b"From ", b">From ")):
            yield from _in_mbox(file, name, stream)
            return
        if not _HEADER.match(first):
            what = "is empty" if not first.strip() else "begins with no mail header"
            raise InputError(f"{file if isinstance(file, Path) else name} {what}: no mail is there")
        yield Place(name, file, 0, stream.seek(0, io.SEEK_END), escaped=False)


def _first_line(stream: BinaryIO) -> bytes:
    while (line := stream.readline(_LONGEST_LINE)).strip() == b"" and line:
        pass
    stream.seek(0)
    return line.removeprefix(b"\xef\xbb\xbf")


def _in_mbox(file: Path | bytes, name: str, stream: BinaryIO) -> Iterator[Place]:
    """Yield the mails between postmarks.

    A postmark is a "From " line with a date as `asctime` writes it, or one after a blank line
    with a header right below. The standard library splits at any line that begins with
    "From ", so a mail with such a sentence falls apart there.
    """
    start: int | None = None
    count = 0
    for end, below in _postmarks(stream):
        if start is not None:
            yield Place(f"{name}[{count}]", file, start, end, escaped=True)
            count += 1
        start = below
    if start is None:
        raise InputError(f"{name} is no mbox: its first line is no postmark")
    yield Place(f"{name}[{count}]", file, start, stream.tell(), escaped=True)


def _postmarks(stream: BinaryIO) -> Iterator[tuple[int, int]]:
    """Yield where each postmark begins and ends."""
    at = 0
    blank = True
    doubtful: int | None = None
    for line in iter(lambda: stream.readline(_LONGEST_LINE), b""):
        if doubtful is not None and _HEADER.match(line):
            yield doubtful, at
        doubtful = None
        if line.startswith(b"From "):
            if _POSTMARK.match(line):
                yield at, at + len(line)
            elif blank:
                doubtful = at
        at += len(line)
        blank = not line.strip()


def _open(file: Path | bytes) -> BinaryIO:
    if isinstance(file, bytes):
        return io.BytesIO(file)
    try:
        return file.open("rb")
    except OSError as error:
        raise InputError(f"cannot read {file}: {error.strerror or error}") from error
