"""Records into the store: draft, read, plan, commit; on a conflict read and plan again.

A batch takes four round trips: the tenant's node, `find` by key, `versions`, `commit`; four
more where somebody in it may be known, one where the tenant has erased somebody, and one that
asks whether others wrote, where customers of a large batch are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, TypeAlias, cast

import msgspec

from omnimemory.errors import ConflictError, InputError, RecordError
from omnimemory.identity import facts
from omnimemory.identity.counters import is_generic
from omnimemory.identity.decide import Event
from omnimemory.identity.resolution import Resolution
from omnimemory.identity.standing import Member
from omnimemory.identity.statistics import Statistics
from omnimemory.ingest import companies, tombstones
from omnimemory.ingest.aliases import Aliases
from omnimemory.ingest.collector import fewer_rounds
from omnimemory.ingest.drafter import Drafter
from omnimemory.ingest.drafts import Drafts
from omnimemory.ingest.identities import near_identities, resolve, sought
from omnimemory.ingest.plan import Known, plan
from omnimemory.ingest.redact import redact
from omnimemory.ingest.report import Report
from omnimemory.ingest.usage import by_node
from omnimemory.model.facts import Changes, Node
from omnimemory.model.kinds import Kinds
from omnimemory.model.records import Record
from omnimemory.store.base import GraphStore, GraphView

Input: TypeAlias = Record | RecordError | Mapping[str, object]
Progress: TypeAlias = Callable[[int], None]
"""Called after each batch with the number of records seen so far."""

BATCH_RECORDS: Final = 2_000
_MOST_TRIES: Final = 20


def ingest(
    store: GraphStore,
    tenant: str,
    records: Input | Iterable[Input],
    *,
    kinds: Kinds,
    strict: bool = False,
    revive: bool = False,
    batch_records: int = BATCH_RECORDS,
    on_progress: Progress | None = None,
    resolution: Resolution | None = None,
) -> Report:
    """Take records in, batch by batch; the same records again change nothing.

    Args:
        store: Where to.
        tenant: Whose.
        records: One record or any number, as records or mappings with a ``type``.
        kinds: The kinds that records may be of.
        strict: Whether to raise on bad records, before their batch is written.
        revive: Whether records of somebody who was erased may bring them back.
        batch_records: How many records a commit takes; it bounds memory.
        on_progress: Called after each batch.
        resolution: How it is decided who is who; by the cautious policy if left out.

    Returns:
        What came of it.

    Raises:
        ExceptionGroup: With ``strict``, the errors of the first batch that has any.
        StoreError: The store failed; batches before this one are kept.
    """
    report = Report()
    who = resolution or Resolution()
    seen = 0
    batches = _batches(_one_by_one(records), batch_records)
    batch = next(batches, None)
    while batch:
        with fewer_rounds(len(batch)):
            good, bad = _read(batch, kinds, seen)
            if strict and bad:
                raise ExceptionGroup(f"{len(bad)} records cannot be used", bad)
            for error in bad:
                report.refused(error)
            good, drafts = _draft(good, kinds, report, strict=strict)
            _commit(store, tenant, drafts, kinds, report, who, revive=revive)
            for record in good:
                report.took(record)
            seen += len(batch)
            if on_progress is not None:
                on_progress(seen)
            batch = next(batches, None)
    if report.redacted:
        store.scrub()
    if not report.changed:
        report.revision = store.view(tenant).revision
    return report


def _one_by_one(records: object) -> Iterator[object]:
    if isinstance(records, Record | RecordError | Mapping):
        return iter((cast("object", records),))
    if isinstance(records, str | bytes) or not isinstance(records, Iterable):
        raise InputError(
            f"expected records, found {type(records).__name__}; read a file with a source, "
            "such as omnimemory.sources.mbox(path)"
        )
    return iter(cast("Iterable[object]", records))


def _batches(items: Iterator[object], size: int) -> Iterator[list[object]]:
    while batch := list(islice(items, size)):
        yield batch


def _read(
    batch: Sequence[object], kinds: Kinds, before: int
) -> tuple[list[Record], list[RecordError]]:
    good: list[Record] = []
    bad: list[RecordError] = []
    for position, item in enumerate(batch, before):
        found = item if isinstance(item, RecordError) else kinds.read(item, where=f"[{position}]")
        match found:
            case Record():
                good.append(found)
            case RecordError():
                bad.append(found)
            case _:
                bad += found
    return good, bad


def _draft(
    records: Sequence[Record], kinds: Kinds, report: Report, *, strict: bool
) -> tuple[list[Record], Drafts]:
    """Return the records that can be drafted, and what they say."""
    drafter = Drafter(kinds.relations)
    good: list[Record] = []
    for record in records:
        try:
            drafter.add(record)
        except (ValueError, RecursionError) as error:
            problem = str(error) if isinstance(error, InputError) else f"cannot be kept: {error}"
            refused = RecordError(problem, source=record.source, where=record.id[:200])
            if strict:
                raise ExceptionGroup("1 record cannot be used", [refused]) from error
            report.refused(refused)
        else:
            good.append(record)
    return good, drafter.drafts()


def _commit(
    store: GraphStore,
    tenant: str,
    drafts: Drafts,
    kinds: Kinds,
    report: Report,
    who: Resolution,
    *,
    revive: bool,
) -> None:
    """Plan a batch against the newest view and write it, again while others come first."""
    tries = 0
    while True:
        view = store.view(tenant)
        batch = _plan(view, drafts, kinds, who, revive=revive)
        tries += 1
        try:
            if batch.changes:
                revision = store.commit(tenant, batch.changes, base=view.revision)
                report.wrote(batch.changes, revision)
                who.cache.wrote(
                    store,
                    tenant,
                    batch.changes,
                    batch.members,
                    base=view.revision,
                    revision=revision,
                )
            break
        except ConflictError:
            if tries == _MOST_TRIES:
                raise
    who.end(batch.learned, batch.statistics, batch.events)
    report.erased += batch.erased
    report.identity.update(batch.identity)


class _Batch(msgspec.Struct, frozen=True):
    """A planned batch, and what the report says of it."""

    changes: Changes
    erased: int
    identity: Mapping[str, int]
    events: Sequence[Event]
    members: Mapping[str, Member]
    learned: Statistics
    statistics: Node | None


def _plan(
    view: GraphView, drafts: Drafts, kinds: Kinds, who: Resolution, *, revive: bool
) -> _Batch:
    """Return what a batch comes to, seen from this view."""
    asked = sought(drafts, who.policy)
    counters = [facts.counter_id(key) for key in asked.keys]
    first = {n.id: n for n in view.nodes([tombstones.TENANT, facts.STATISTICS, *counters])}
    tenant, stored = first.pop(tombstones.TENANT, None), first.pop(facts.STATISTICS, None)
    left = drafts
    lifted: tuple[Node, ...] = ()
    reborn = tenant is not None and tenant.props["erasures"] > 0
    if tenant is not None and reborn:
        salt = tenant.props["salt"]
        erased = tombstones.find(view, salt, tombstones.names(drafts))
        if revive:
            lifted = tuple(view.nodes([tombstones.tombstone_id(salt, name) for name in erased]))
        else:
            anchors = tombstones.ANCHORS | set(kinds.anchors().values())
            left = tombstones.without(drafts, erased, anchors)
    aliases = Aliases(left)
    generic = {node.props["key"] for node in first.values() if is_generic(node)}
    people = companies.sought_keys(left, who.policy)
    related = view.find(keys=(asked.keys - generic) | aliases.keys | people)
    left = aliases.forward(left, related)
    near = near_identities(related, asked.keys)
    versions = view.versions(_owners(left) | aliases.stubs)
    known = Known(versions)
    left = aliases.back(left, known)
    planned = plan(known, left, kinds.text_fields)
    learned = who.begin(stored)
    decision = resolve(
        view,
        planned,
        known,
        asked.said,
        near,
        first.values(),
        who.policy,
        learned,
        who.cache,
        reborn=reborn,
    )
    placed = companies.place(view, planned, known, related, who.policy)
    statistics = who.due(learned)
    changes = Changes(
        add=(*planned.changes.add, *decision.add, *placed.add, *filter(None, (statistics,))),
        retire=(
            *planned.changes.retire,
            *decision.retire,
            *placed.retire,
            *lifted,
            *filter(None, (stored if statistics else None,)),
        ),
    )
    changes = redact(view, changes, left, versions)
    if changes and tenant is None:
        changes = msgspec.structs.replace(changes, add=(tombstones.new_tenant(), *changes.add))
    gone = len(drafts.nodes) - len(left.nodes) if left is not drafts else 0
    return _Batch(
        changes, gone, decision.counts, decision.events, decision.members, learned, statistics
    )


def _owners(drafts: Drafts) -> set[str]:
    named = {one.id for one in drafts.nodes}
    blocks = {facts.blocks_id(one.id) for one in drafts.nodes if one.kind == "Identity"}
    return named | blocks | {edge.source for edge in drafts.edges} | set(by_node(drafts.usage))
