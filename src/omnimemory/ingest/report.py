"""What an ingest did: counts, what had no place, and what was wrong with which record."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from omnimemory.errors import RecordError
from omnimemory.model.facts import Changes, by_type
from omnimemory.model.records import Record
from omnimemory.pictured import Pictured

MOST_ERRORS: Final = 1_000
"""How many errors a report keeps; it counts them all."""


@dataclass(kw_only=True)
class Report(Pictured):
    """What came of an ingest.

    Attributes:
        records: Records that were taken in, by type.
        added: Facts that were written, by node kind, with ``edges`` and ``passages``.
        closed: Versions that were replaced.
        identity: Identities ``attached`` to a known customer, ``new`` customers, and
            customers ``merged`` away.
        unplaced: Fields that the model has no place for, kept under ``extra``, by
            ``source.type.field``.
        erased: Records left out because they belong to somebody who was erased.
        redacted: Nodes whose text the source took back.
        failed: How many records could not be used.
        errors: Why, for the first thousand.
        commits: How many batches were written.
        revision: The tenant's revision afterwards.
    """

    records: Counter[str] = field(default_factory=Counter[str])
    added: Counter[str] = field(default_factory=Counter[str])
    closed: int = 0
    identity: Counter[str] = field(default_factory=Counter[str])
    unplaced: Counter[str] = field(default_factory=Counter[str])
    erased: int = 0
    redacted: int = 0
    failed: int = 0
    errors: list[RecordError] = field(default_factory=list[RecordError])
    commits: int = 0
    revision: int = 0

    @property
    def changed(self) -> bool:
        """Whether anything was written."""
        return self.commits > 0

    def took(self, record: Record) -> None:
        """Count a record, and name what it brought that has no place."""
        kind = str(getattr(record, "type", record.kind))
        self.records[kind] += 1
        if not (record.extra or record.model_extra):
            return
        for name in record.unplaced():
            self.unplaced[f"{record.source}.{kind}.{name}"] += 1

    _refused = ("", "")

    def refused(self, error: RecordError) -> None:
        """Count a record that cannot be used, once however much is wrong with it."""
        record = (error.source, error.where)
        self.failed += record != self._refused
        self._refused = record
        if len(self.errors) < MOST_ERRORS:
            self.errors.append(error)

    def wrote(self, changes: Changes, revision: int) -> None:
        """Count what a commit wrote."""
        nodes, edges, passages = by_type(changes.add)
        self.added.update([node.kind for node in nodes])
        for what, facts in (("edges", edges), ("passages", passages)):
            if facts:
                self.added[what] += len(facts)
        self.closed += len(changes.retire)
        self.redacted += len(changes.erase)
        self.commits += 1
        self.revision = revision

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON."""
        out: dict[str, Any] = {}
        for one in dataclasses.fields(self):
            value = getattr(self, one.name)
            out[one.name] = {**value} if isinstance(value, Counter) else value
        out["errors"] = [
            {"source": e.source, "where": e.where, "path": list(e.path), "problem": e.problem}
            for e in self.errors
        ]
        return out

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        total = sum(self.records.values())
        kinds = ", ".join(f"{n} {name}" for name, n in self.records.most_common())
        yield f"{total} records{f' ({kinds})' if kinds else ''}"
        if not self.changed:
            yield "nothing new"
        else:
            facts = ", ".join(f"{n} {name}" for name, n in self.added.most_common())
            yield f"added {facts}; closed {self.closed} versions"
        if self.identity:
            yield "identity: " + ", ".join(f"{n} {name}" for name, n in self.identity.items())
        if self.erased:
            yield f"{self.erased} left out: they belong to somebody who was erased"
        if self.unplaced:
            names = ", ".join(name for name, _ in self.unplaced.most_common(8))
            yield f"kept under extra: {len(self.unplaced)} fields ({names})"
        if self.failed:
            yield f"{self.failed} could not be used:"
            yield from (f"  {error}" for error in self.errors[:10])
