"""Threads in the graph → statements as records: each cites its message, and nothing is wider.

A statement's id is told from its message and its words, so the same thread again, or a longer
one, finds it there. What a message no longer says, since it was edited or redacted, ends.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any, Final

import msgspec

from omnimemory.errors import InputError
from omnimemory.ingest.drafts import OURS
from omnimemory.model.facts import Edge, Node
from omnimemory.model.ids import is_node_id, node_id, split_id
from omnimemory.model.records import Ref, Statement
from omnimemory.model.time import to_datetime
from omnimemory.statements.base import Extracted, Extractor, Utterance
from omnimemory.store.base import GraphView

MARK: Final = "said/"
"""What the own ids of extracted statements begin with."""

_PAGE: Final = 500
_MOST_MESSAGES: Final = 1_000


class _Said(msgspec.Struct, frozen=True):
    """A message with what hangs on it."""

    node: Node
    author: str | None
    customer: str | None
    of: str | None


def extractor_of(extractor: Extractor | str | None) -> Extractor | None:
    """Return the extractor that is meant: ``"english"``, a callable, or none.

    Raises:
        InputError: It is neither.
    """
    if extractor is None or callable(extractor):
        return extractor
    if extractor == "english":
        from omnimemory.statements.english import extract  # noqa: PLC0415 - compiles its patterns

        return extract
    raise InputError(f"no extractor {extractor!r}; known: 'english', or a callable")


def recorded_since(view: GraphView, revision: int) -> Iterator[list[str]]:
    """Yield the ids of the interactions that were written after a revision, in pages."""
    page: dict[str, None] = {}
    for event in view.scan(since=revision):
        fact = event.fact
        if isinstance(fact, Node) and fact.kind == "Interaction" and not event.closed:
            page[fact.id] = None
        if len(page) >= _PAGE:
            yield list(page)
            page.clear()
    yield list(page)


def all_of(view: GraphView) -> Iterator[list[str]]:
    """Yield the ids of all interactions, in pages."""
    after: str | None = None
    while nodes := view.find(kind="Interaction", after=after, limit=_PAGE):
        yield [node.id for node in nodes]
        after = nodes[-1].id


def all_of_customer(view: GraphView, identities: Collection[str]) -> Iterator[list[str]]:
    """Yield the ids of a customer's newest interactions."""
    edges = view.edges(identities, kinds=["FROM", "TO"], at="target", newest=_MOST_MESSAGES)
    yield [edge.source for edge in edges if is_node_id(edge.source, "Interaction")]


def statements(
    view: GraphView,
    pages: Iterable[Collection[str]],
    extractor: Extractor,
    on_progress: Callable[[int], None] | None = None,
) -> Iterator[Statement]:
    """Yield the statements of the threads that interactions belong to.

    Args:
        view: Where to read.
        pages: Ids of interactions.
        extractor: Finds the statements of a thread.
        on_progress: Called after each page with the number of interactions seen.
    """
    seen: set[str] = set()
    count = 0
    for ids in pages:
        parts = view.edges(ids, kinds=["PART_OF"], at="source")
        threads = list(dict.fromkeys(edge.target for edge in parts))
        alone = set(ids) - {edge.source for edge in parts} - seen
        for conversation in threads:
            if conversation not in seen:
                yield from _of_thread(
                    view, _messages_of(view, conversation), conversation, extractor
                )
        for id in sorted(alone):
            yield from _of_thread(view, [id], None, extractor)
        seen.update(threads, alone)
        count += len(ids)
        if on_progress is not None:
            on_progress(count)


def _messages_of(view: GraphView, conversation: str) -> list[str]:
    edges = view.edges([conversation], kinds=["PART_OF"], at="target", newest=_MOST_MESSAGES)
    return [edge.source for edge in edges]


def _of_thread(
    view: GraphView, ids: Sequence[str], conversation: str | None, extractor: Extractor
) -> Iterator[Statement]:
    said = _read(view, ids, conversation)
    found: set[str] = set()
    for thread in _by_level(said.values()):
        for one in extractor(thread):
            source = said.get(one.source)
            if source is None or source.customer is None:
                continue
            for record in _records(one, source):
                found.add(node_id("Statement", OURS, record.id))
                yield record
    yield from _ended(view, said, found)


def _by_level(said: Iterable[_Said]) -> list[list[Utterance]]:
    """Return the messages by who may see them, so that no note answers a customer's question."""
    groups: dict[str, list[Utterance]] = {}
    for one in said:
        if one.node.props.get("text"):
            level = str(one.node.props.get("visibility"))
            groups.setdefault(level, []).append(_utterance(one.node))
    return list(groups.values())


def _read(view: GraphView, ids: Sequence[str], conversation: str | None) -> dict[str, _Said]:
    """Return messages with their people and what they are about, oldest first."""
    nodes = [node for node in view.nodes(ids) if node.kind == "Interaction" and node.props]
    nodes.sort(key=lambda node: (_start(node), node.props.get("sequence", 0), node.id))
    edges = view.edges([node.id for node in nodes], kinds=["FROM", "TO", "ABOUT"], at="source")
    around: dict[str, list[Edge]] = {}
    for edge in edges:
        around.setdefault(edge.source, []).append(edge)
    about = (
        _ticket(view.edges([conversation], kinds=["ABOUT"], at="source")) if conversation else None
    )
    customers = [_customer(around.get(node.id, ())) for node in nodes]
    only = set(filter(None, customers))
    other = next(iter(only)) if len(only) == 1 else None
    return {
        node.id: _Said(
            node,
            next((e.target for e in around.get(node.id, ()) if e.kind == "FROM"), None),
            customer or other,
            _ticket(around.get(node.id, ())) or about or conversation,
        )
        for node, customer in zip(nodes, customers, strict=True)
    }


def _customer(edges: Iterable[Edge]) -> str | None:
    return next((edge.target for edge in edges if is_node_id(edge.target, "Identity")), None)


def _ticket(edges: Iterable[Edge]) -> str | None:
    return next((edge.target for edge in edges if is_node_id(edge.target, "Ticket")), None)


def _start(node: Node) -> str:
    return str(node.props.get("occurred_at", ""))


def _utterance(node: Node) -> Utterance:
    props = node.props
    return Utterance(
        id=node.id,
        by=props.get("author_kind", "system"),
        at=_time(node),
        text=str(props["text"]),
    )


def _time(node: Node) -> Any:
    return to_datetime(node.span.valid_from)


def _records(one: Extracted, said: _Said) -> Iterator[Statement]:
    """Yield a statement as it was made and, where it was answered later, as it is since."""
    common: dict[str, Any] = {
        "source": OURS,
        "id": MARK + _digest(one.source, one.form, one.text),
        "form": one.form,
        "text": one.text,
        "occurred_at": said.node.props["occurred_at"],
        "due_at": one.due_at,
        "author": _ref(said.author),
        "customer": _ref(said.customer),
        "of": _ref(said.of),
        "stated_in": _ref(said.node.id),
        "visibility": said.node.props.get("visibility", "internal"),
        "custom": {"signal": one.signal} if one.signal else {},
    }
    yield Statement(**common, status="open" if one.form in ("question", "commitment") else None)
    if one.form == "question" and one.answer is not None and one.answered_at is not None:
        yield Statement(**common, status="answered", answer=one.answer, updated_at=one.answered_at)


def _ended(view: GraphView, said: Mapping[str, _Said], found: set[str]) -> Iterator[Statement]:
    """Yield the end of what the messages do not say any more; redacted words go for good."""
    edges = view.edges(list(said), kinds=["STATED_IN"], at="target")
    mark = f"statement:{OURS}:{MARK}"
    gone = {
        edge.source: said[edge.target]
        for edge in edges
        if edge.source.startswith(mark) and edge.source not in found
    }
    for node in view.nodes(list(gone)):
        source = gone[node.id].node
        yield Statement(
            source=OURS,
            id=split_id(node.id)[1],
            form=node.props["form"],
            text="" if not source.props.get("text") else node.props["text"],
            occurred_at=node.props["occurred_at"],
            visibility=node.props.get("visibility", "internal"),
            deleted_at=max(_time(source), _time(node)),
            redacted=not source.props.get("text"),
        )


def _digest(*parts: str) -> str:
    return blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=10).hexdigest()


def _ref(id: str | None) -> Ref | None:
    if id is None:
        return None
    source, own = split_id(id)
    kind = id.partition(":")[0].title().replace("_", "")
    return Ref(kind=kind, source=source, id=own)
