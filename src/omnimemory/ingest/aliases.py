"""One ticket or issue, two names: the id that never changes, and the number people say.

A reference may come by either, before or after the record itself. Whoever comes first
gives the node its id; the other name leads to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from omnimemory.ingest.drafts import Drafts
from omnimemory.ingest.plan import Known
from omnimemory.model.facts import Node


class Aliases:
    """The other names in a batch.

    Attributes:
        keys: Keys by which a reference may lead to a node under another id.
        stubs: Ids under which a record of the batch may stand as a stub.
    """

    def __init__(self, drafts: Drafts) -> None:
        self._real = {
            one.number: one.id
            for one in drafts.nodes
            if one.number is not None and one.number != one.id
        }
        references = [
            one for one in drafts.nodes if one.kind in _NUMBERED and (one.weak or one.change)
        ]
        self._by_key = {(key, one.kind): one.id for one in references for key in one.keys}
        self.keys = {key for key, _ in self._by_key}
        self.stubs = set(self._real)

    def forward(self, drafts: Drafts, found: Iterable[Node]) -> Drafts:
        """Return the drafts with references led to nodes that the store or the batch holds."""
        nodes = [node for node in found if node.kind in _NUMBERED]
        named = {node.id for node in nodes}
        renamed = {
            id: node.id
            for node in nodes
            for key in node.keys
            if (id := self._by_key.get((key, node.kind))) is not None and id not in named
        }
        return _rename(drafts, {**self._real, **renamed})

    def back(self, drafts: Drafts, known: Known) -> Drafts:
        """Return the drafts with records led to the stubs that stand for them."""
        return _rename(
            drafts,
            {id: stub for stub, id in self._real.items() if known.nodes[stub]},
        )


_NUMBERED = ("Ticket", "Issue")


def _rename(drafts: Drafts, names: Mapping[str, str]) -> Drafts:
    changed = {old: new for old, new in names.items() if old != new}
    if not changed:
        return drafts
    replace = msgspec.structs.replace
    return Drafts(
        [replace(one, id=changed.get(one.id, one.id)) for one in drafts.nodes],
        [
            replace(
                edge,
                source=changed.get(edge.source, edge.source),
                target=changed.get(edge.target or "", edge.target),
            )
            for edge in drafts.edges
        ],
        drafts.usage,
    )
