"""Facts as flat values: the one codec and the one set of checks that all backends share."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from omnimemory.errors import ConflictError, InputError
from omnimemory.model.facts import Changes, Edge, Fact, JsonObject, Node, Passage, by_type
from omnimemory.model.ids import (
    EDGE_NAME,
    KIND_NAME,
    TENANT_NAME,
    check_encodes,
    check_key,
    check_length,
    check_name,
)
from omnimemory.model.time import FOREVER, Span

DAY: Final = 86_400_000_000
"""Microseconds in a day."""

_LEAST: Final = -(2**63)
_UNSAFE: Final = re.compile(r"[\s\x00-\x1f\x7f]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_SURROGATES: Final = range(0xD800, 0xE000)

_FACTS: Final[dict[str, type[Fact]]] = {"node": Node, "edge": Edge, "passage": Passage}

_encoder: Final = msgspec.json.Encoder(order="sorted")
_decoder: Final[msgspec.json.Decoder[Any]] = msgspec.json.Decoder()
_fact_decoders: Final = {name: msgspec.json.Decoder(kind) for name, kind in _FACTS.items()}


def version_order(fact: Fact) -> tuple[str, int, int]:
    """Return the sort key of `GraphView.versions`."""
    return fact.id, fact.span.recorded_from, fact.span.valid_from


def newest_first(edge: Edge) -> tuple[int, str, int]:
    """Return the sort key of `GraphView.edges`."""
    return -edge.span.valid_from, edge.id, edge.span.recorded_from


def dump(value: object) -> str:
    """Return a value as JSON text with sorted keys.

    Raises:
        InputError: The value has no form in JSON or UTF-8.
    """
    try:
        return _encoder.encode(value).decode()
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise InputError(f"cannot be written as JSON: {error}") from error


def names(given: Iterable[str]) -> list[str]:
    """Return names sorted, each once; what no fact can be called is left out."""
    return sorted(name for name in set(given) if name and _writable(name))


def listing(given: Iterable[str]) -> str:
    """Return names as a JSON array, as `names` gives them."""
    return dump(names(given))


def load(text: str | bytes) -> Any:
    """Return the value of JSON text."""
    return _decoder.decode(text)


def to_json(fact: Fact) -> dict[str, Any]:
    """Return a fact as a JSON object that says which of the three it is."""
    built: dict[str, Any] = msgspec.to_builtins(fact, order="sorted")
    return {"fact": type(fact).__name__.lower()} | built


def from_json(value: Mapping[str, Any]) -> Fact:
    """Return the fact of a JSON object that `to_json` gave.

    Raises:
        InputError: The object has not that form.
    """
    rest = dict(value)
    kind = _FACTS.get(str(rest.pop("fact", None)))
    if kind is None:
        raise InputError(f"a fact is a node, an edge or a passage, not {value.get('fact')!r}")
    try:
        return msgspec.convert(rest, kind)
    except msgspec.ValidationError as error:
        raise InputError(f"cannot be read as a fact: {error}") from error


def read(text: str | bytes, kind: str) -> Fact:
    """Return the fact that `dump` wrote; ``kind`` is node, edge or passage."""
    return _fact_decoders[kind].decode(text)


def stored(fact: Fact, at: int) -> Fact:
    """Return an added fact as a store gives it back: recorded at ``at``, props read from JSON."""
    span = Span(fact.span.valid_from, fact.span.valid_to, at)
    if isinstance(fact, Passage):
        return msgspec.structs.replace(fact, span=span)
    props: JsonObject = load(dump(fact.props))
    return msgspec.structs.replace(fact, span=span, props=props)


def known_by(revision: int, span: Span) -> Span:
    """Return a span as it stood at a revision: what was closed later is still open."""
    if span.recorded_to <= revision or span.is_open:
        return span
    return Span(span.valid_from, span.valid_to, span.recorded_from)


def past(prefix: str) -> str | None:
    """Return the least string that sorts after all that begin with ``prefix``, if there is one."""
    while prefix:
        following = ord(prefix[-1]) + 1
        if following in _SURROGATES:
            following = _SURROGATES.stop
        if following <= sys.maxunicode:
            return prefix[:-1] + chr(following)
        prefix = prefix[:-1]
    return None


def next_revision(newest: int, *, at: int | None, clock: Callable[[], int]) -> int:
    """Return the recorded time of the commit that follows revision ``newest``.

    Raises:
        InputError: ``at`` was asked for and is not after ``newest``.
    """
    if at is None:
        return max(clock(), newest + 1)
    if newest < at < FOREVER:
        return at
    raise InputError(f"recorded time {at} is not after the newest revision {newest}")


def other_kind(node: Node, known: str) -> InputError:
    """Return the error for a node that comes back as another kind."""
    return InputError(
        f"{node.id} is a node of kind {known} and stays one; give the {node.kind} another id"
    )


def unknown_end(fact: Fact, id: str, *, base: int | None) -> InputError | ConflictError:
    """Return the error for a fact that leans on a node that is not there.

    Args:
        fact: The edge or passage.
        id: The node.
        base: The revision that the batch was planned from, if others have written since.
    """
    if base is not None:
        return ConflictError(base=base, touched=[id])
    return InputError(f"{fact.id} leans on {id}, which is no node here; add the node with it")


def leans_on(fact: Fact) -> tuple[str, ...]:
    """Return the ids of the nodes that must be there for a fact to stand."""
    match fact:
        case Node():
            return ()
        case Edge():
            return fact.source, fact.target
        case Passage():
            return (fact.about,)


def settle(facts: Iterable[Fact], kinds: dict[str, str], *, base: int | None) -> dict[str, str]:
    """Return the kinds of nodes that are new, having refused what leans on nothing.

    Args:
        facts: What a batch adds.
        kinds: The kind of each known node; those that are new are added to it.
        base: The revision that the batch was planned from, if others have written since.

    Raises:
        ConflictError: A fact leans on a node that is not there, and others have written since.
        InputError: A fact leans on a node that is not there, or a node comes as another kind.
    """
    fresh: dict[str, str] = {}
    for node in facts:
        if isinstance(node, Node):
            if node.id not in kinds:
                kinds[node.id] = fresh[node.id] = node.kind
            elif kinds[node.id] != node.kind:
                raise other_kind(node, kinds[node.id])
    for fact in facts:
        for id in leans_on(fact):
            if id not in kinds:
                raise unknown_end(fact, id, base=base)
    return fresh


def check_tenant(tenant: str) -> None:
    """Raise `InputError` unless this is the name of a tenant."""
    check_name(tenant, TENANT_NAME, "tenant name")


def check_changes(changes: Changes) -> None:
    """Raise `InputError` if a change can stand in no store."""
    if isinstance(changes.erase, str | bytes):
        raise InputError(f"ids come as a collection; write {{{changes.erase!r}}} for one")
    _check_facts(changes.retire)
    _check_once(*_check_facts(changes.add))


def _check_facts(facts: Collection[Fact]) -> tuple[list[Node], list[Edge], list[Passage]]:
    """Return facts apart, having refused what can stand in no store."""
    nodes, edges, passages = by_type(facts)
    if len(nodes) + len(edges) + len(passages) < len(facts):
        other = next(one for one in facts if type(one) not in (Node, Edge, Passage))
        raise InputError(f"{type(other).__name__} is no fact; add Node, Edge or Passage")
    ids = {node.id for node in nodes} | {passage.about for passage in passages}
    for id in ids.union([edge.source for edge in edges], [edge.target for edge in edges]):
        _check_id(id)
    for kind in {node.kind for node in nodes}:
        check_name(kind, KIND_NAME, "kind")
    for kind in {edge.kind for edge in edges}:
        check_name(kind, EDGE_NAME, "kind")
    for key in frozenset[str]().union(*[node.keys for node in nodes if node.keys]):
        check_key(key)
    for passage in passages:
        _check_passage(passage)
    for fact in facts:
        if not _LEAST <= fact.span.valid_from < fact.span.valid_to <= FOREVER:
            raise _no_time(fact)
    return nodes, edges, passages


def _no_time(fact: Fact) -> InputError:
    """Return the error for a fact that holds at no time."""
    return InputError(
        f"{fact.id} would hold from {fact.span.valid_from} to {fact.span.valid_to}; "
        "the end comes after the start, both in microseconds"
    )


def _check_once(
    nodes: Collection[Node], edges: Collection[Edge], passages: Collection[Passage]
) -> None:
    """Raise `InputError` if two of these have one id and one start."""
    versions = (
        {(one.id, one.span.valid_from) for one in nodes},
        {(one.source, one.kind, one.target, one.span.valid_from) for one in edges},
        {(one.about, one.part, one.span.valid_from) for one in passages},
    )
    if sum(map(len, versions)) < len(nodes) + len(edges) + len(passages):
        counts = Counter((one.id, one.span.valid_from) for one in (*nodes, *edges, *passages))
        ((id, _), _) = counts.most_common(1)[0]
        raise InputError(f"{id} stands here twice from the same time; name it once")


def _check_id(id: str) -> None:
    if not id or _UNSAFE.search(id):
        raise InputError(f"id {id[:80]!r} is empty or has white space; see model.ids.node_id")
    check_encodes(id, "id")
    check_length(id, "id")


def _check_passage(passage: Passage) -> None:
    if not 0 <= passage.part < FOREVER:
        raise InputError(f"passage {passage.id} has no position; count parts from 0")
    check_encodes(passage.text, f"text of {passage.id}")


def _writable(name: str) -> bool:
    return "\0" not in name and (name.isascii() or not _SURROGATE.search(name))


def in_files(files: Iterable[Path], needles: Collection[bytes]) -> list[bytes]:
    """Return which of these byte strings stand in any of the files that exist."""
    left = {needle for needle in needles if needle}
    longest = max(map(len, left), default=0)
    found: set[bytes] = set()
    for file in files:
        if file.exists():
            for window in _windows(file, overlap=longest):
                found |= {needle for needle in left - found if needle in window}
    return sorted(found)


def _windows(file: Path, *, overlap: int) -> Iterator[bytes]:
    """Yield a file in pieces that share their ends, so that nothing hides between two."""
    tail = b""
    with file.open("rb") as stream:
        while piece := stream.read(_WINDOW_BYTES):
            yield tail + piece
            tail = piece[-overlap:] if overlap else b""


_WINDOW_BYTES: Final = 16 << 20
