"""The commands that tell who is who, and put it right."""

from __future__ import annotations

import argparse
from typing import Any

import msgspec

from omnimemory import show as pictures
from omnimemory.cli.output import DONE, Command, open_memory, show
from omnimemory.errors import InputError
from omnimemory.memory import Memory


def add(command: Command) -> None:
    """Add the commands."""
    parser = command("identity", _run, "tell who is who, why, and put it right")
    parser.add_argument("do", choices=sorted(_DO), help="what to do")
    parser.add_argument("names", nargs="*", help="identities, customers or identifiers")
    parser.add_argument("--by", default="", help="who decides, such as agent:kim")
    parser.add_argument("--reason", default="", help="why")
    parser.add_argument("--answer", choices=["same", "different"], help="review: of two customers")
    parser.add_argument(
        "--policy", choices=["cautious", "balanced", "strict"], help="replay: which"
    )
    parser.add_argument("--apply", action="store_true", help="replay: write it")
    parser.add_argument("--limit", type=int, default=20, help="review, shared: how many")


def _run(options: argparse.Namespace) -> int:
    with open_memory(options) as memory:
        text, data = _DO[options.do](memory, options)
    show(options, text, data)
    return DONE


def _why(memory: Memory, options: argparse.Namespace) -> tuple[str, Any]:
    left, right = _names(options, 2)
    found = memory.identity.why(left, right)
    return pictures.text(found), found.to_dict()


def _how(memory: Memory, options: argparse.Namespace) -> tuple[str, Any]:
    (name,) = _names(options, 1)
    found = memory.identity.how(name)
    return pictures.text(found), found.to_dict()


def _review(memory: Memory, options: argparse.Namespace) -> tuple[str, Any]:
    questions = memory.identity.review(limit=options.limit)
    if options.answer is None:
        text = "\n".join(map(str, questions)) or "no open questions"
        return text, [question.to_dict() for question in questions]
    wanted = {memory.customer(name).id for name in _names(options, 2)}
    for question in memory.identity.review(limit=_ALL):
        if {question.left.id, question.right.id} == wanted:
            question.answer(options.answer, by=options.by, reason=options.reason or "review")
            return f"{options.answer}: {' and '.join(sorted(wanted))}", sorted(wanted)
    raise InputError(f"no open question about {' and '.join(sorted(wanted))}")


def _shared(memory: Memory, options: argparse.Namespace) -> tuple[str, Any]:
    found = memory.identity.shared_keys(limit=options.limit)
    lines = [
        f"{one.key}: {one.customers} customers, {one.clashes} meetings of different names"
        for one in found
    ]
    return "\n".join(lines) or "no shared identifiers", msgspec.to_builtins(found)


def _merge(memory: Memory, options: argparse.Namespace) -> tuple[str, Any]:
    left, right = _names(options, 2)
    done = memory.identity.merge(left, right, by=options.by, reason=options.reason)
    return str(done), done.to_dict()


def _unmerge(memory: Memory, options: argparse.Namespace) -> tuple[str, Any]:
    if not options.names:
        raise InputError("unmerge takes the ids of the identities that leave")
    done = memory.identity.unmerge(options.names, by=options.by, reason=options.reason)
    return str(done), done.to_dict()


def _replay(memory: Memory, options: argparse.Namespace) -> tuple[str, Any]:
    found = memory.identity.replay(options.policy)
    found = found.apply() if options.apply else found
    return str(found), found.to_dict()


def _names(options: argparse.Namespace, count: int) -> list[str]:
    if len(options.names) != count:
        raise InputError(f"identity {options.do} takes {count} names, not {len(options.names)}")
    return options.names


_ALL = 1_000_000
_DO = {
    "how": _how,
    "merge": _merge,
    "replay": _replay,
    "review": _review,
    "shared": _shared,
    "unmerge": _unmerge,
    "why": _why,
}
