"""Files that appear whole or not at all, and that one process has at a time."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from omnimemory.errors import StoreError


def replace(path: Path, pieces: Iterable[bytes]) -> None:
    """Put these bytes in the place of a file, in one step.

    Raises:
        StoreError: The file cannot be written; the one that was there stands.
    """
    try:
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=f"{path.name}.", suffix=".new", delete=False
        ) as file:
            try:
                file.writelines(pieces)
                file.flush()
                os.fsync(file.fileno())
                Path(file.name).replace(path)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise StoreError(
            f"{path} cannot be written; check its folder and the space on the disk ({error})"
        ) from error


def forget_unfinished(path: Path) -> None:
    """Delete what a crash has left of `replace`, if nobody else can be writing."""
    for file in path.parent.glob(f"{path.name}.*.new"):
        file.unlink(missing_ok=True)


class Lock:
    """Keeps other processes, and other stores of this one, away from a path until released.

    Raises:
        StoreError: Somebody has it, or the file of the lock cannot be made.
    """

    def __init__(self, path: Path, *, what: Path) -> None:
        try:
            self._file = path.open("ab")
        except OSError as error:
            raise StoreError(
                f"{what} cannot be opened; its folder must exist and be writable ({error})"
            ) from error
        try:
            _lock(self._file.fileno())
        except OSError as error:
            self._file.close()
            raise StoreError(
                f"{what} is in use; one store at a time may have it open ({error})"
            ) from error

    def release(self) -> None:
        """Let others have the path."""
        self._file.close()


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
