"""Redaction: a text that the source took back goes from every version, past ones too."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from omnimemory.ingest.drafts import Drafts
from omnimemory.ingest.fold import TEXTS
from omnimemory.model.facts import Changes, Fact, Node
from omnimemory.store.base import GraphView


def redact(view: GraphView, changes: Changes, drafts: Drafts, versions: Iterable[Fact]) -> Changes:
    """Return the changes with each redacted node erased and written anew without its text.

    What is written anew is what holds from now on; the node's past in recorded time goes
    with its text, and its edges stay.

    Args:
        view: The view that the changes were planned from.
        changes: The plan.
        drafts: What was said, redactions among it.
        versions: Every version of what the drafted nodes own.
    """
    wanted = {draft.id for draft in drafts.nodes if draft.redacted}
    held = [fact for fact in versions if fact.owner in wanted]
    erase = {fact.owner for fact in held if isinstance(fact, Node) and _has_text(fact)}
    if not erase:
        return changes
    retired = {(fact.id, fact.span.valid_from) for fact in changes.retire}
    kept = [
        fact
        for fact in held
        if fact.owner in erase
        and fact.span.is_open
        and (fact.id, fact.span.valid_from) not in retired
    ]
    pointing = [edge for edge in view.edges(erase) if edge.source not in erase]
    return msgspec.structs.replace(
        changes,
        add=(*changes.add, *kept, *pointing),
        retire=tuple(fact for fact in changes.retire if fact.owner not in erase),
        erase=changes.erase | erase,
    )


def _has_text(node: Node) -> bool:
    return any(node.props.get(name) for name in TEXTS)
