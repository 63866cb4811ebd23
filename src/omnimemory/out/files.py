"""Files: texts that appear whole or not at all."""

from __future__ import annotations

import tempfile
from pathlib import Path

from omnimemory.errors import InputError


def write(path: str | Path, text: str) -> Path:
    """Put a text in the place of a file, in one step, and return its path.

    Raises:
        InputError: The file cannot be written; one that was there stands as it was.
    """
    target = Path(path)
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as folder:
            part = Path(folder) / target.name
            part.write_text(text, encoding="utf-8")
            part.replace(target)
    except OSError as error:
        raise InputError(f"cannot write {target}: {error.strerror or error}") from error
    return target
