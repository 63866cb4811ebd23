"""The command line: ingest, look, pack, keep.

Exit codes: 0 done, 1 the store or some records failed, 2 the call's words are off,
3 nothing, or more than one, has the name that was asked for.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import Final

from omnimemory.cli import identity, keeping, looking, reading, serving, writing
from omnimemory.cli.output import DONE, FAILED, MISUSED, NOT_FOUND, fail
from omnimemory.errors import AmbiguousError, InputError, NotFoundError, OmniMemoryError

_STORE: Final = "sqlite:///omnimemory.db"
_DESCRIPTION: Final = "One memory of every customer, across every channel, for any agent."
_GROUPS: Final = (writing, reading, looking, keeping, identity, serving)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except (NotFoundError, AmbiguousError) as error:
        return fail(error, NOT_FOUND)
    except InputError as error:
        return fail(error, MISUSED)
    except OmniMemoryError as error:
        return fail(error, FAILED)
    except BrokenPipeError:
        sys.stderr.close()
        return DONE
    except KeyboardInterrupt:
        return fail("stopped; what was committed stays, run it again to go on", 130)


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

    for group in _GROUPS:
        group.add(command)
    return parser
