"""Export and import: every fact with both times, one JSON object a line, exact both ways.

The first line names the format. Each other line is a fact at the revision that added it
or ended it, in order, so that an import writes the same revisions again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec

from omnimemory.errors import InputError
from omnimemory.model.facts import Edge, Fact, Node, Passage, Recorded, as_written
from omnimemory.store.base import GraphStore

FORMAT: Final = {"format": "omnimemory", "version": 1}

_KINDS: Final[dict[str, type[Fact]]] = {"node": Node, "edge": Edge, "passage": Passage}


def export(
    store: GraphStore,
    tenant: str,
    path: str | Path,
    *,
    since: int = 0,
    on_progress: Callable[[int], None] | None = None,
) -> int:
    """Write every fact of a tenant to a file of JSON Lines; return how many lines of facts.

    The file appears whole or not at all.

    Raises:
        InputError: The file cannot be written.
    """
    target = Path(path)
    part = target.with_name(f"{target.name}.part")
    lines = 0
    try:
        with part.open("wb") as file:
            _write(file, FORMAT)
            for lines, event in enumerate(store.view(tenant).scan(since=since), 1):
                _write(file, _to_json(event))
                if on_progress is not None and lines % _PROGRESS_EVERY == 0:
                    on_progress(lines)
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise InputError(f"cannot write {target}: {error.strerror or error}") from error
    return lines


def load(
    store: GraphStore,
    tenant: str,
    path: str | Path,
    *,
    on_progress: Callable[[int], None] | None = None,
) -> int:
    """Read an export into a tenant, its revisions kept; return how many lines were new.

    A file whose first revisions the tenant holds already goes on after them, so an
    import that was cut short is finished by running it again.

    Raises:
        InputError: The file cannot be read, or is no export of ours.
    """
    done = 0
    held = store.view(tenant).revision
    for revision, events in groupby(_events(Path(path)), key=lambda event: event.revision):
        if revision <= held:
            continue
        batch = list(events)
        held = store.commit(tenant, as_written(batch), base=held, at=revision)
        done += len(batch)
        if on_progress is not None:
            on_progress(done)
    return done


_PROGRESS_EVERY: Final = 10_000


def _write(file: BinaryIO, line: Any) -> None:
    file.write(msgspec.json.encode(line, order="deterministic"))
    file.write(b"\n")


def _to_json(event: Recorded) -> dict[str, Any]:
    fact = event.fact
    kind = next(name for name, one in _KINDS.items() if isinstance(fact, one))
    closed = {"closed": True} if event.closed else {}
    return {"revision": event.revision, **closed, kind: fact}


def _events(path: Path) -> Iterator[Recorded]:
    """Yield the facts of a file.

    Raises:
        InputError: A line is not what it should be; the message says which.
    """
    try:
        with path.open("rb") as file:
            yield from _parse(file, path)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error


def _parse(lines: Iterable[bytes], path: Path) -> Iterator[Recorded]:
    number = 0
    for number, line in enumerate(lines, 1):
        try:
            value = msgspec.json.decode(line)
            if number == 1:
                _check_format(value)
                continue
            kind = next(name for name in _KINDS if name in value)
            fact = msgspec.convert(value[kind], _KINDS[kind], builtin_types=())
        except (msgspec.MsgspecError, StopIteration, TypeError, KeyError, InputError) as error:
            raise InputError(
                f"{path} is no export of omnimemory: line {number}: {error}"
            ) from error
        yield Recorded(value["revision"], fact, closed=value.get("closed", False))
    if number == 0:
        raise InputError(f"{path} is no export of omnimemory: it is empty")


def _check_format(value: Any) -> None:
    if "format" not in value or value["format"] != FORMAT["format"]:
        raise InputError("the first line names another format, or none")
    if value["version"] != FORMAT["version"]:
        raise InputError(f"version {value['version']} is newer than this library reads")
