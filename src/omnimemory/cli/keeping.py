"""The commands that move a memory, prove it and remove from it."""

from __future__ import annotations

import argparse

from omnimemory.cli.output import DONE, FAILED, Command, end_progress, open_memory, progress, show
from omnimemory.errors import InputError
from omnimemory.memory import connect
from omnimemory.rdf.export import SUFFIXES


def add(command: Command) -> None:
    """Add the commands."""
    export = command(
        "export", _export, "write every fact to JSON Lines, or the graph as RDF", reads=True
    )
    export.add_argument("path")
    export.add_argument(
        "--format",
        choices=["jsonl", *SUFFIXES.values()],
        default="jsonl",
        help="jsonl is exact, both times included; the others are standard vocabularies",
    )
    load = command("load", _load, "read an export in")
    load.add_argument("path")
    copy = command("copy", _copy, "write everything to another store, and compare the two")
    copy.add_argument("source", help="URL of the store to read, in place of --store")
    copy.add_argument("target", help="URL of the store to write")
    erase = command("erase", _erase, "remove a customer for good, and prove it")
    erase.add_argument("customer")
    erase.add_argument(
        "--identity",
        action="append",
        metavar="ID",
        help="only this identity of theirs (repeatable)",
    )
    erase.add_argument("--yes", action="store_true", help="do it")
    command("doctor", _doctor, "count what is there, and check the store")


def _export(options: argparse.Namespace) -> int:
    if options.format != "jsonl":
        return _export_rdf(options)
    with open_memory(options) as memory:
        lines = memory.export(options.path, on_progress=progress("facts"))
    end_progress()
    show(options, f"{lines} facts in {options.path}", {"facts": lines, "path": options.path})
    return DONE


def _export_rdf(options: argparse.Namespace) -> int:
    with open_memory(options) as memory:
        count = memory.export_rdf(
            options.path,
            format=options.format,
            as_of=options.as_of,
            audience=options.audience,
            on_progress=progress("triples"),
        )
    end_progress()
    show(options, f"{count} triples in {options.path}", {"triples": count, "path": options.path})
    return DONE


def _load(options: argparse.Namespace) -> int:
    with open_memory(options) as memory:
        lines = memory.load(options.path, on_progress=progress("facts"))
    end_progress()
    show(options, f"{lines} facts from {options.path}", {"facts": lines, "path": options.path})
    return DONE


def _copy(options: argparse.Namespace) -> int:
    with connect(options.source, tenant=options.tenant) as memory:
        copied = memory.copy(options.target, on_progress=progress("versions"))
    end_progress()
    show(options, copied, copied.to_dict())
    return DONE


def _erase(options: argparse.Namespace) -> int:
    with open_memory(options) as memory:
        found = memory.customer(options.customer)
        if not options.yes:
            whom = f"{', '.join(options.identity)} of {found}" if options.identity else f"{found}"
            raise InputError(f"this erases {whom} for good; add --yes to do it")
        erased = memory.erase(found, identities=options.identity)
    show(options, erased, erased.to_dict())
    return DONE if erased.verified else FAILED


def _doctor(options: argparse.Namespace) -> int:
    with open_memory(options) as memory:
        problems = memory.check()
        counts = memory.counts()
        revision = memory.view().revision
    lines = [f"{n:>10,}  {kind}" for kind, n in sorted(counts.items())] or ["the tenant is empty"]
    verdict = [f"problem: {problem}" for problem in problems] or ["no problems found"]
    show(
        options,
        "\n".join([*lines, *verdict]),
        {"counts": counts, "problems": problems, "revision": revision},
    )
    return FAILED if problems else DONE
