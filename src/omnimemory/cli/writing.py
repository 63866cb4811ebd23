"""The commands that take records in: demo and ingest."""

from __future__ import annotations

import argparse
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from omnimemory.cli.output import DONE, FAILED, Command, end_progress, open_memory, progress, show
from omnimemory.errors import InputError
from omnimemory.sources import BY_NAME, named


def add(command: Command) -> None:
    """Add the commands."""
    demo = command("demo", _demo, "write a sample company, ingest it, print a context pack")
    demo.add_argument("folder", nargs="?", default="demo-data")
    ingest = command("ingest", _ingest, "take an export in")
    ingest.add_argument("source", help=f"one of: {', '.join(sorted(BY_NAME))}")
    ingest.add_argument("path")
    ingest.add_argument("--option", action="append", default=[], metavar="NAME=VALUE")
    ingest.add_argument("--revive", action="store_true", help="let erased customers come back")


def _demo(options: argparse.Namespace) -> int:
    from omnimemory.testing import demo  # noqa: PLC0415 - only the demo needs the company

    return demo.run(Path(options.folder), as_json=options.json)


def _ingest(options: argparse.Namespace) -> int:
    source = named(options.source)
    given = dict(_pair(one) for one in options.option)
    try:
        records = source(options.path, **given)
    except TypeError as error:
        raise InputError(f"{options.source} does not take that option: {error}") from error
    with open_memory(options) as memory:
        report = memory.ingest(records, revive=options.revive, on_progress=progress("records"))
    end_progress()
    show(options, report, report.to_dict())
    return FAILED if report.failed else DONE


def _pair(option: str) -> tuple[str, Any]:
    name, equals, value = option.partition("=")
    if not equals:
        raise InputError(f"--option {option!r} has no value; write --option name=value")
    with suppress(json.JSONDecodeError):
        return name, json.loads(value)
    return name, value
