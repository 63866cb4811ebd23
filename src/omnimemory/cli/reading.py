"""The commands that ask: customer, timeline, search, pack, history, sparql."""

from __future__ import annotations

import argparse
from contextlib import suppress
from typing import Any

from omnimemory.cli.files import add_out, put
from omnimemory.cli.output import DONE, Command, open_memory, show
from omnimemory.errors import InputError, NotFoundError
from omnimemory.memory import Memory
from omnimemory.reads.page import Page


def add(command: Command) -> None:
    """Add the commands."""
    customer = command("customer", _customer, "show a customer, or list them", reads=True)
    customer.add_argument("name", nargs="?", help="any identifier, such as dana@example.org")
    customer.add_argument("--account")
    customer.add_argument("--limit", type=int, default=100)
    add_out(customer)
    timeline = command("timeline", _timeline, "show what happened, newest first", reads=True)
    timeline.add_argument("customer")
    timeline.add_argument("--channel", action="append", default=[])
    timeline.add_argument("--kind", action="append", default=[])
    timeline.add_argument("--limit", type=int, default=20)
    timeline.add_argument("--after")
    add_out(timeline)
    search = command("search", _search, "find words", reads=True)
    search.add_argument("query")
    search.add_argument("--customer")
    search.add_argument("--account")
    search.add_argument("--kind", action="append", default=[])
    search.add_argument("--limit", type=int, default=10)
    add_out(search)
    pack = command("pack", _pack, "print the context pack of a customer", reads=True)
    pack.add_argument("customer")
    pack.add_argument("query", nargs="?")
    pack.add_argument("--budget", type=int, default=2_000, help="most tokens")
    pack.add_argument("--similar", action=argparse.BooleanOptionalAction, help="similar cases")
    pack.add_argument("--explain", action="store_true", help="say why it is as it is instead")
    add_out(pack)
    history = command("history", _history, "show every version of a ticket, issue or node")
    history.add_argument("id")
    sparql = command("sparql", _sparql, "ask the graph in SPARQL, read only", reads=True)
    sparql.add_argument("query")
    sparql.add_argument("--limit", type=int, default=10_000, help="most rows")


def _customer(options: argparse.Namespace) -> int:
    with open_memory(options) as memory:
        if options.name is None:
            return _pages(options, memory.customers(account=options.account, limit=options.limit))
        found = memory.customer(options.name, as_of=options.as_of)
        return put(options, found, found.to_dict(), text=found)


def _pages(options: argparse.Namespace, found: Page[Any]) -> int:
    return put(options, found, found.to_dicts(), text=str(found) or "nothing")


def _timeline(options: argparse.Namespace) -> int:
    with open_memory(options) as memory:
        page = memory.timeline(
            options.customer,
            channels=options.channel or None,
            kinds=options.kind or None,
            limit=options.limit,
            after=options.after,
            as_of=options.as_of,
            audience=options.audience,
        )
        more = f"\nmore: --after '{page.cursor}'" if page.cursor else ""
        data = {"entries": page.to_dicts(), "cursor": page.cursor}
        return put(options, page, data, text=f"{page or 'nothing'}{more}")


def _search(options: argparse.Namespace) -> int:
    with open_memory(options) as memory:
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
    with open_memory(options) as memory:
        pack = memory.context_pack(
            options.customer,
            options.query,
            budget=options.budget,
            audience=options.audience,
            similar=options.similar,
            as_of=options.as_of,
        )
        if not options.explain:
            return put(options, pack, pack.json(), text=pack.markdown())
    if options.out is not None:
        raise InputError("--explain prints; leave out --out, whose picture explains itself")
    told = pack.explain()
    show(options, str(told), told.to_dict())
    return DONE


def _history(options: argparse.Namespace) -> int:
    with open_memory(options) as memory:
        versions = memory.history(_node_id(memory, options.id))
    show(
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


def _sparql(options: argparse.Namespace) -> int:
    with open_memory(options) as memory:
        found = memory.sparql(
            options.query, as_of=options.as_of, audience=options.audience, limit=options.limit
        )
    show(options, repr(found), found.to_dict())
    return DONE
