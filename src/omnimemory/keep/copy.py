"""Copies from store to store: every version with both times, and proof that it is there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b
from itertools import groupby
from typing import Any

import msgspec

from omnimemory.errors import InputError, StoreError
from omnimemory.model.facts import Edge, Node, Recorded, as_written
from omnimemory.store.base import GraphStore


class Copied(msgspec.Struct, frozen=True):
    """What a copy did.

    Attributes:
        written: How many versions were added or ended in this run; 0 if all was there.
        revision: The newest revision that was copied.
        counts: How many versions both stores hold, by node kind, ``edge`` and ``passage``.
        digest: The sum of the digests of all that was added and ended, the same in both.
    """

    written: int
    revision: int
    counts: Mapping[str, int]
    digest: str

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        return msgspec.structs.asdict(self)

    def __str__(self) -> str:
        total = sum(self.counts.values())
        return f"{total:,} versions in both, {self.written:,} written now; digest {self.digest}"


def copy(
    source: GraphStore,
    target: GraphStore,
    tenant: str,
    *,
    on_progress: Callable[[int], None] | None = None,
) -> Copied:
    """Write a tenant's versions to another store, their revisions kept, and compare the two.

    One commit of the source is one of the target, so a copy that was cut short goes on where
    it stood, and one that is repeated brings what is new.

    Args:
        source: What to read.
        target: Where to write.
        tenant: Whose.
        on_progress: Called after each commit with the number of versions written.

    Raises:
        InputError: The target holds other data of this tenant; nothing was written.
        StoreError: A store failed, or the two differ in the end; what was committed stays.
    """
    there = target.view(tenant)
    held, beginning = there.revision, _Sum().take(there.scan())
    read, written = _Sum(), 0
    commits = groupby(source.view(tenant).scan(), key=lambda event: event.revision)
    revision = 0
    is_checked = False
    for revision, events in commits:
        batch = list(events)
        if revision > held and not is_checked:
            _check_beginning(read, beginning, tenant)
            is_checked = True
        read.take(batch)
        if revision > held:
            held = target.commit(tenant, as_written(batch), base=held, at=revision)
            written += len(batch)
            if on_progress is not None:
                on_progress(written)
    if not is_checked:
        _check_beginning(read, beginning, tenant)
    elif _Sum().take(target.view(tenant).scan()) != read:
        raise StoreError(
            f"the copy of {tenant!r} differs from its source; empty the target and copy again"
        )
    return Copied(written, revision, dict(sorted(read.counts.items())), read.digest)


class _Sum:
    """Counts and digests of events, whatever their order inside a revision."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._sum = 0

    def take(self, events: Iterable[Recorded]) -> _Sum:
        for event in events:
            if not event.closed:
                self.counts[_kind(event)] += 1
            self._sum = (self._sum + _digest(event)) % (1 << 128)
        return self

    @property
    def digest(self) -> str:
        return f"{self._sum:032x}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Sum) and (self.counts, self._sum) == (other.counts, other._sum)

    def __hash__(self) -> int:
        return self._sum


def _check_beginning(read: _Sum, beginning: _Sum, tenant: str) -> None:
    if read != beginning:
        raise InputError(
            f"the target holds other data of {tenant!r} than the source did at that time (or "
            "something was erased in only one of them); copy to a store without this tenant"
        )


def _kind(event: Recorded) -> str:
    fact = event.fact
    if isinstance(fact, Node):
        return fact.kind
    return "edge" if isinstance(fact, Edge) else "passage"


def _digest(event: Recorded) -> int:
    """Return a digest of an event; when a version ends is told by the event that ends it."""
    span = event.fact.span
    valid = msgspec.structs.replace(span, recorded_from=0, recorded_to=0)
    fact = msgspec.structs.replace(event.fact, span=valid)
    told = msgspec.json.encode((event.revision, event.closed, fact), order="deterministic")
    return int.from_bytes(blake2b(told, digest_size=16).digest())
