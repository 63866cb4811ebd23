"""What the commands share: exit codes, opening the memory, printing for people or programs."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from typing import Any

from omnimemory.memory import Memory, connect

Command = Callable[..., argparse.ArgumentParser]
"""Adds a command, given its name, what runs it and a line of help."""

DONE, FAILED, MISUSED, NOT_FOUND = range(4)


def fail(error: object, code: int) -> int:
    """Say on stderr what went wrong, and return the exit code."""
    print(f"omnimemory: {error}", file=sys.stderr)
    return code


def open_memory(options: argparse.Namespace) -> Memory:
    """Return the memory that the options name."""
    return connect(options.store, tenant=options.tenant)


def show(options: argparse.Namespace, text: object, data: Any) -> None:
    """Print for a person, or with ``--json`` for a program."""
    print(as_json(data) if options.json else text)


def as_json(data: Any) -> str:
    """Return JSON for programs that people can read too."""
    return json.dumps(data, ensure_ascii=False, indent=2, default=str)


def progress(what: str) -> Callable[[int], None] | None:
    """Return a counter on stderr, where somebody is there to see it."""
    if not sys.stderr.isatty():
        return None
    return lambda done: print(f"\r{done:,} {what}", end="", file=sys.stderr, flush=True)


def end_progress() -> None:
    """Clear the counter's line."""
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
