"""Records into the store: draft, read, plan, commit; on a conflict read and plan again.

A batch takes four round trips: the tenant's node, `find` by key, `versions`, `commit`;
one more where customers merge, and one where the tenant has erased somebody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, TypeAlias, cast

import msgspec

from omnimemory.errors import ConflictError, InputError, RecordError
from omnimemory.identity import plain
from omnimemory.ingest import tombstones
from omnimemory.ingest.aliases import Aliases
from omnimemory.ingest.drafter import Drafter
from omnimemory.ingest.drafts import Drafts, NodeDraft
from omnimemory.ingest.plan import Known, Planned, plan
from omnimemory.ingest.redact import redact
from omnimemory.ingest.report import Report
from omnimemory.ingest.usage import by_node
from omnimemory.model.facts import Changes, Edge, Node
from omnimemory.model.kinds import Kinds
from omnimemory.model.records import Record
from omnimemory.model.time import Span
from omnimemory.store.base import GraphStore, GraphView

Input: TypeAlias = Record | RecordError | Mapping[str, object]
Progress: TypeAlias = Callable[[int], None]
"""Called after each batch with the number of records seen so far."""

BATCH_RECORDS: Final = 2_000
_MOST_TRIES: Final = 20
_SPAN: Final = Span(0)


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

    Returns:
        What came of it.

    Raises:
        ExceptionGroup: With ``strict``, the errors of the first batch that has any.
        StoreError: The store failed; batches before this one are kept.
    """
    report = Report()
    seen = 0
    for batch in _batches(_one_by_one(records), batch_records):
        good, bad = _read(batch, kinds, seen)
        if strict and bad:
            raise ExceptionGroup(f"{len(bad)} records cannot be used", bad)
        for error in bad:
            report.refused(error)
        good, drafts = _draft(good, kinds, report, strict=strict)
        _commit(store, tenant, drafts, kinds, report, revive=revive)
        for record in good:
            report.took(record)
        seen += len(batch)
        if on_progress is not None:
            on_progress(seen)
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
        except InputError as error:
            refused = RecordError(str(error), source=record.source, where=record.id[:200])
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
    *,
    revive: bool,
) -> None:
    """Plan a batch against the newest view and write it, again while others come first."""
    tries = 0
    while True:
        view = store.view(tenant)
        batch = _plan(view, drafts, kinds, revive=revive)
        tries += 1
        try:
            if batch.changes:
                revision = store.commit(tenant, batch.changes, base=view.revision)
                report.wrote(batch.changes, revision)
            break
        except ConflictError:
            if tries == _MOST_TRIES:
                raise
    report.erased += batch.erased
    report.identity.update(batch.identity)


class _Batch(msgspec.Struct, frozen=True):
    """A planned batch, and what the report says of it."""

    changes: Changes
    erased: int
    identity: Mapping[str, int]


def _plan(view: GraphView, drafts: Drafts, kinds: Kinds, *, revive: bool) -> _Batch:
    """Return what a batch comes to, seen from this view."""
    (tenant,) = view.nodes([tombstones.TENANT]) or (None,)
    left = drafts
    lifted: tuple[Node, ...] = ()
    if tenant is not None and tenant.props["erasures"]:
        salt = tenant.props["salt"]
        erased = tombstones.find(view, salt, tombstones.names(drafts))
        if revive:
            lifted = tuple(view.nodes([tombstones.tombstone_id(salt, name) for name in erased]))
        else:
            anchors = tombstones.ANCHORS | set(kinds.anchors().values())
            left = tombstones.without(drafts, erased, anchors)
    aliases = Aliases(left)
    related = view.find(keys=_sought(left) | aliases.keys)
    left = aliases.forward(left, related)
    sharing = [node for node in related if node.kind == "Identity"]
    versions = view.versions(_owners(left, sharing) | aliases.stubs)
    known = Known(versions)
    left = aliases.back(left, known)
    planned = plan(known, left, kinds.text_fields)
    decision = _resolve(view, planned, known, sharing)
    changes = Changes(
        add=(*planned.changes.add, *decision.add),
        retire=(*planned.changes.retire, *decision.retire, *lifted),
    )
    changes = redact(view, changes, left, versions)
    if changes and tenant is None:
        changes = msgspec.structs.replace(changes, add=(tombstones.new_tenant(), *changes.add))
    identity = {"attached": decision.attached, "new": decision.new, "merged": decision.merged}
    gone = len(drafts.nodes) - len(left.nodes) if left is not drafts else 0
    return _Batch(changes, gone, {name: n for name, n in identity.items() if n})


def _sought(drafts: Drafts) -> set[str]:
    """Return the keys by which the identities in the drafts may be known already."""
    return {key for one in drafts.nodes if one.kind == "Identity" for key in _joining(one)}


def _joining(draft: NodeDraft) -> Iterable[str]:
    return plain.joining_keys(
        Node(id=draft.id, kind=draft.kind, span=_SPAN, keys=draft.keys, props=draft.fields)
    )


def _owners(drafts: Drafts, sharing: Iterable[Node]) -> set[str]:
    named = {one.id for one in drafts.nodes} | {one.id for one in sharing}
    return named | {edge.source for edge in drafts.edges} | set(by_node(drafts.usage))


def _resolve(
    view: GraphView, planned: Planned, known: Known, sharing: Iterable[Node]
) -> plain.Decision:
    """Return who is who among the identities of the batch and those that share a key."""
    identities = {node.id: node for node in sharing}
    identities |= {id: node for id, node in planned.nodes.items() if node.kind == "Identity"}
    links = [edge for id in identities for edge in known.edges[id] if edge.kind == "SAME_AS"]
    merging = plain.merges(identities.values(), links)
    all_links: dict[str, list[Edge]] = {customer: [] for customer in merging}
    for edge in view.edges(merging, kinds=["SAME_AS"]) if merging else ():
        all_links[edge.target].append(edge)
    return plain.resolve(identities.values(), links, all_links)
