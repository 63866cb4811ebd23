"""The command line: ingest, look, pack, keep.

Exit codes: 0 done, 1 the store or some records failed, 2 the call's words are off,
3 nothing, or more than one, has the name that was asked for.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from omnimemory.errors import AmbiguousError, InputError, NotFoundError, OmniMemoryError
from omnimemory.memory import Memory, connect
from omnimemory.rdf.export import SUFFIXES
from omnimemory.sources import BY_NAME, named

DONE, FAILED, MISUSED, NOT_FOUND = range(4)

_STORE: Final = "sqlite:///omnimemory.db"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except (NotFoundError, AmbiguousError) as error:
        return _fail(error, NOT_FOUND)
    except InputError as error:
        return _fail(error, MISUSED)
    except OmniMemoryError as error:
        return _fail(error, FAILED)
    except BrokenPipeError:
        sys.stderr.close()
        return DONE
    except KeyboardInterrupt:
        return _fail("stopped; what was committed stays, run it again to go on", 130)


def _fail(error: object, code: int) -> int:
    print(f"omnimemory: {error}", file=sys.stderr)
    return code


def _open(options: argparse.Namespace) -> Memory:
    return connect(options.store, tenant=options.tenant)


def _show(options: argparse.Namespace, text: object, data: Any) -> None:
    """Print for a person, or with ``--json`` for a program."""
    if options.json:
        print(json.dumps(data, ensure_ascii=False, indent=2, default=str))
    else:
        print(text)


def _progress(what: str) -> Callable[[int], None] | None:
    """Return a counter on stderr, where somebody is there to see it."""
    if not sys.stderr.isatty():
        return None
    return lambda done: print(f"\r{done:,} {what}", end="", file=sys.stderr, flush=True)


def _end_progress() -> None:
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)


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
    with _open(options) as memory:
        report = memory.ingest(records, revive=options.revive, on_progress=_progress("records"))
    _end_progress()
    _show(options, report, report.to_dict())
    return FAILED if report.failed else DONE


def _pair(option: str) -> tuple[str, Any]:
    name, equals, value = option.partition("=")
    if not equals:
        raise InputError(f"--option {option!r} has no value; write --option name=value")
    with suppress(json.JSONDecodeError):
        return name, json.loads(value)
    return name, value


def _customer(options: argparse.Namespace) -> int:
    with _open(options) as memory:
        if options.name is None:
            return _pages(options, memory.customers(account=options.account, limit=options.limit))
        found = memory.customer(options.name, as_of=options.as_of)
        _show(options, found, found.to_dict())
    return DONE


def _pages(options: argparse.Namespace, found: Iterable[Any]) -> int:
    rows = list(found)
    text = "\n".join(map(str, rows)) or "nothing"
    _show(options, text, [row.to_dict() for row in rows])
    return DONE


def _timeline(options: argparse.Namespace) -> int:
    with _open(options) as memory:
        page = memory.timeline(
            options.customer,
            channels=options.channel or None,
            kinds=options.kind or None,
            limit=options.limit,
            after=options.after,
            as_of=options.as_of,
            audience=options.audience,
        )
    rows = [entry.to_dict() for entry in page]
    more = f"\nmore: --after '{page.cursor}'" if page.cursor else ""
    _show(options, f"{page or 'nothing'}{more}", {"entries": rows, "cursor": page.cursor})
    return DONE


def _search(options: argparse.Namespace) -> int:
    with _open(options) as memory:
        return _pages(
            options,
            memory.search(
                options.query,
                customer=options.customer,
                account=options.account,
                kinds=options.kind or None,
                limit=options.limit,
                as_of=options.as_of,
                audience=options.audience,
            ),
        )


def _pack(options: argparse.Namespace) -> int:
    with _open(options) as memory:
        pack = memory.context_pack(
            options.customer,
            options.query,
            budget=options.budget,
            audience=options.audience,
            as_of=options.as_of,
        )
    _show(options, pack.markdown(), pack.json())
    return DONE


def _history(options: argparse.Namespace) -> int:
    with _open(options) as memory:
        versions = memory.history(_node_id(memory, options.id))
    _show(
        options,
        "\n".join(map(repr, versions)),
        [version.to_dict() for version in versions],
    )
    return DONE


def _node_id(memory: Memory, name: str) -> str:
    """Return the id that a person means: a node's, or a ticket's or issue's number."""
    if memory.view().nodes([name]):
        return name
    with suppress(NotFoundError):
        return memory.ticket(name).id
    with suppress(NotFoundError):
        return memory.issue(name).id
    return name


def _export(options: argparse.Namespace) -> int:
    if options.format != "jsonl":
        return _export_rdf(options)
    with _open(options) as memory:
        lines = memory.export(options.path, on_progress=_progress("facts"))
    _end_progress()
    _show(options, f"{lines} facts in {options.path}", {"facts": lines, "path": options.path})
    return DONE


def _export_rdf(options: argparse.Namespace) -> int:
    with _open(options) as memory:
        count = memory.export_rdf(
            options.path,
            format=options.format,
            as_of=options.as_of,
            audience=options.audience,
            on_progress=_progress("triples"),
        )
    _end_progress()
    _show(options, f"{count} triples in {options.path}", {"triples": count, "path": options.path})
    return DONE


def _sparql(options: argparse.Namespace) -> int:
    with _open(options) as memory:
        found = memory.sparql(
            options.query, as_of=options.as_of, audience=options.audience, limit=options.limit
        )
    _show(options, repr(found), found.to_dict())
    return DONE


def _load(options: argparse.Namespace) -> int:
    with _open(options) as memory:
        lines = memory.load(options.path, on_progress=_progress("facts"))
    _end_progress()
    _show(options, f"{lines} facts from {options.path}", {"facts": lines, "path": options.path})
    return DONE


def _copy(options: argparse.Namespace) -> int:
    with connect(options.source, tenant=options.tenant) as memory:
        copied = memory.copy(options.target, on_progress=_progress("versions"))
    _end_progress()
    _show(options, copied, copied.to_dict())
    return DONE


def _erase(options: argparse.Namespace) -> int:
    with _open(options) as memory:
        found = memory.customer(options.customer)
        if not options.yes:
            raise InputError(f"this erases {found} for good; add --yes to do it")
        erased = memory.erase(found)
    _show(options, erased, erased.to_dict())
    return DONE if erased.verified else FAILED


def _doctor(options: argparse.Namespace) -> int:
    with _open(options) as memory:
        problems = memory.check()
        counts = memory.counts()
        revision = memory.view().revision
    lines = [f"{n:>10,}  {kind}" for kind, n in sorted(counts.items())] or ["the tenant is empty"]
    verdict = [f"problem: {problem}" for problem in problems] or ["no problems found"]
    _show(
        options,
        "\n".join([*lines, *verdict]),
        {"counts": counts, "problems": problems, "revision": revision},
    )
    return FAILED if problems else DONE


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--store",
        default=os.environ.get("OMNIMEMORY_STORE", _STORE),
        help="URL of the store (default: $OMNIMEMORY_STORE, or %(default)s)",
    )
    common.add_argument(
        "--tenant",
        default=os.environ.get("OMNIMEMORY_TENANT", "default"),
        help="whose memory (default: $OMNIMEMORY_TENANT, or 'default')",
    )
    common.add_argument("--json", action="store_true", help="print JSON for programs")
    reading = argparse.ArgumentParser(add_help=False)
    reading.add_argument("--as-of", help="how it was at this time, such as 2026-03-01")
    reading.add_argument("--audience", choices=["internal", "customer"], default="internal")
    parser = argparse.ArgumentParser(prog="omnimemory", description=_DESCRIPTION)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(
        name: str, run: Callable[[argparse.Namespace], int], help: str, *, reads: bool = False
    ) -> argparse.ArgumentParser:
        parents = [common, reading] if reads else [common]
        made = commands.add_parser(name, help=help, description=help, parents=parents)
        made.set_defaults(run=run)
        return made

    demo = command("demo", _demo, "write a sample company, ingest it, print a context pack")
    demo.add_argument("folder", nargs="?", default="demo-data")
    ingest = command("ingest", _ingest, "take an export in")
    ingest.add_argument("source", help=f"one of: {', '.join(sorted(BY_NAME))}")
    ingest.add_argument("path")
    ingest.add_argument("--option", action="append", default=[], metavar="NAME=VALUE")
    ingest.add_argument("--revive", action="store_true", help="let erased customers come back")
    customer = command("customer", _customer, "show a customer, or list them", reads=True)
    customer.add_argument("name", nargs="?", help="any identifier, such as dana@example.org")
    customer.add_argument("--account")
    customer.add_argument("--limit", type=int, default=100)
    timeline = command("timeline", _timeline, "show what happened, newest first", reads=True)
    timeline.add_argument("customer")
    timeline.add_argument("--channel", action="append", default=[])
    timeline.add_argument("--kind", action="append", default=[])
    timeline.add_argument("--limit", type=int, default=20)
    timeline.add_argument("--after")
    search = command("search", _search, "find words", reads=True)
    search.add_argument("query")
    search.add_argument("--customer")
    search.add_argument("--account")
    search.add_argument("--kind", action="append", default=[])
    search.add_argument("--limit", type=int, default=10)
    pack = command("pack", _pack, "print the context pack of a customer", reads=True)
    pack.add_argument("customer")
    pack.add_argument("query", nargs="?")
    pack.add_argument("--budget", type=int, default=2_000, help="most tokens")
    _add_keeping(command)
    return parser


def _add_keeping(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the commands that show versions, move data and remove it."""
    history = command("history", _history, "show every version of a ticket, issue or node")
    history.add_argument("id")
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
    sparql = command("sparql", _sparql, "ask the graph in SPARQL, read only", reads=True)
    sparql.add_argument("query")
    sparql.add_argument("--limit", type=int, default=10_000, help="most rows")
    load = command("load", _load, "read an export in")
    load.add_argument("path")
    copy = command("copy", _copy, "write everything to another store, and compare the two")
    copy.add_argument("source", help="URL of the store to read, in place of --store")
    copy.add_argument("target", help="URL of the store to write")
    erase = command("erase", _erase, "remove a customer for good, and prove it")
    erase.add_argument("customer")
    erase.add_argument("--yes", action="store_true", help="do it")
    command("doctor", _doctor, "count what is there, and check the store")


_DESCRIPTION = "One memory of every customer, across every channel, for any agent."
