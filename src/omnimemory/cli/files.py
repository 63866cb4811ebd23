"""``--out FILE``: what a command would print, as a file whose ending says how."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

from omnimemory import show
from omnimemory.cli import output
from omnimemory.out import files

Forms: TypeAlias = Mapping[str, Callable[[Any], str]]
"""What makes the text of a file from a value, by its ending."""

PICTURES: Final[Forms] = {
    ".html": show.document,
    ".txt": lambda value: f"{show.text(value)}\n",
}


def add_out(parser: argparse.ArgumentParser, *others: str) -> None:
    """Add the option, for files with the endings of pictures, of JSON, and these."""
    endings = [*PICTURES, ".json", *others]

    def path(given: str) -> Path:
        if Path(given).suffix.lower() not in endings:
            raise argparse.ArgumentTypeError(f"{given!r} must end in {', '.join(endings)}")
        return Path(given)

    parser.add_argument(
        "--out",
        type=path,
        metavar="FILE",
        help=f"write a file in place of printing; it ends in {', '.join(endings)}",
    )


def put(
    options: argparse.Namespace,
    value: Any,
    data: Any,
    *,
    text: object = None,
    forms: Forms = PICTURES,
) -> int:
    """Print a value or write it, as the options say, and return the exit code.

    Args:
        options: Of the command.
        value: What has a picture.
        data: The same as JSON.
        text: What is printed for a person; the picture in words if left out.
        forms: How files are written, beside JSON.
    """
    if options.out is None:
        output.show(options, show.text(value) if text is None else text, data)
        return output.DONE
    ending = options.out.suffix.lower()
    made = f"{output.as_json(data)}\n" if ending == ".json" else forms[ending](value)
    path = files.write(options.out, made)
    output.show(options, f"wrote {path}", {"path": str(path), "bytes": len(made.encode())})
    return output.DONE
