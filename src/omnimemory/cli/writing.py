"""The commands that write: demo, ingest, extract, hand-off."""

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
    extract = command("extract", _extract, "find promises, questions, attempts in what was said")
    extract.add_argument("--customer", help="only in this customer's threads")
    hand_off = command("hand-off", _hand_off, "hand a customer over, and print the pack for it")
    hand_off.add_argument("of", help="a ticket or conversation, such as zendesk:35436")
    hand_off.add_argument("to", help="agent:NAME, team:NAME, channel:NAME or a whole id")
    hand_off.add_argument("--reason", default="")
    hand_off.add_argument("--by", help="who hands over, such as bot:helper")
    hand_off.add_argument("--query", help="what the customer wants; their last words if left out")
    hand_off.add_argument("--budget", type=int, default=2_000, help="most tokens")
    hand_off.add_argument("--audience", choices=["internal", "customer"], default="internal")
    hand_off.add_argument("--id", help="an id of yours, so that doing it twice writes it once")


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


def _extract(options: argparse.Namespace) -> int:
    with open_memory(options) as memory:
        report = memory.extract(customer=options.customer, on_progress=progress("messages"))
    end_progress()
    show(options, report, report.to_dict())
    return DONE


def _hand_off(options: argparse.Namespace) -> int:
    with open_memory(options) as memory:
        pack = memory.hand_off(
            options.of,
            options.to,
            reason=options.reason,
            by=options.by,
            query=options.query,
            budget=options.budget,
            audience=options.audience,
            id=options.id,
        )
    show(options, pack.markdown(), pack.json())
    return DONE
