"""Product events → daily counts, each event once, however often and late it is sent."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final

from omnimemory.ingest.drafts import EdgeDraft, UsageDraft
from omnimemory.model.facts import Node
from omnimemory.model.ids import node_id
from omnimemory.model.time import Span, micros, to_datetime

SEEN: Final = "_seen"
"""Property with the 64-bit hashes of the counted events' ids, base64."""

_HASH_BYTES: Final = 8


def usage_id(draft: UsageDraft) -> str:
    """Return the id of the node that counts this event: identity, event name and day (UTC)."""
    user = draft.user.split(":", 2)[2]
    return node_id("Usage", draft.source, f"{user}/{draft.name}/{_day(draft.at)}")


def by_node(drafts: Iterable[UsageDraft]) -> dict[str, list[UsageDraft]]:
    """Return the events by the node that counts them."""
    groups: dict[str, list[UsageDraft]] = {}
    for draft in drafts:
        groups.setdefault(usage_id(draft), []).append(draft)
    return groups


def count(id: str, known: Sequence[Node], events: Sequence[UsageDraft]) -> list[Node]:
    """Return the node with the events that it has not counted yet.

    An event is known by 64 bits of its id: among 10,000 a day the chance that one is
    taken for another is about 3e-12.
    """
    props: Mapping[str, Any] = known[-1].props if known else {}
    seen = _unpack(props.get(SEEN, ""))
    fresh: dict[bytes, UsageDraft] = {}
    for event in events:
        mark = blake2b(event.event.encode(), digest_size=_HASH_BYTES).digest()
        if mark not in seen:
            fresh.setdefault(mark, event)
    if not fresh:
        return list(known)
    ordered = sorted(fresh.values(), key=lambda event: event.at)
    times = [event.at for event in ordered]
    if known:
        times += [_micros(props["first_at"]), _micros(props["last_at"])]
    out = {
        "name": ordered[0].name,
        "day": _day(ordered[0].at),
        "count": props.get("count", 0) + len(ordered),
        "first_at": _iso(min(times)),
        "last_at": _iso(max(times)),
        "visibility": ordered[0].visibility,
        **_errors(props, ordered),
        **_last(props, ordered),
        SEEN: base64.b64encode(b"".join(sorted(seen | set(fresh)))).decode(),
    }
    return [Node(id=id, kind="Usage", span=Span(min(times)), props=out)]


def edges(groups: Mapping[str, Sequence[UsageDraft]]) -> Iterator[EdgeDraft]:
    """Yield whom each count belongs to, and which parts of the product it concerns."""
    for id, events in groups.items():
        first = min(event.at for event in events)
        yield EdgeDraft(
            kind="USED_BY",
            source=id,
            target=events[0].user,
            target_kind="Identity",
            at=first,
            single=True,
        )
        for part in sorted({part for event in events for part in event.parts}):
            yield EdgeDraft(kind="CONCERNS", source=id, target=part, target_kind="Part", at=first)


def _errors(props: Mapping[str, Any], events: Sequence[UsageDraft]) -> dict[str, Any]:
    failed = [event for event in events if event.error]
    if not failed and not props.get("errors"):
        return {}
    kinds: dict[str, int] = dict(props.get("error_counts", {}))
    for event in failed:
        kinds[event.error or ""] = kinds.get(event.error or "", 0) + 1
    last = failed[-1].error if failed else props.get("last_error")
    return {"errors": sum(kinds.values()), "error_counts": kinds, "last_error": last}


def _last(props: Mapping[str, Any], events: Sequence[UsageDraft]) -> dict[str, Any]:
    """Return the properties of the newest event, which stand for all of the day."""
    newest = events[-1]
    if props and newest.at < _micros(props["last_at"]):
        return {"last": props["last"]} if "last" in props else {}
    return {"last": dict(newest.properties)} if newest.properties else {}


def _unpack(packed: str) -> set[bytes]:
    raw = base64.b64decode(packed)
    return {raw[at : at + _HASH_BYTES] for at in range(0, len(raw), _HASH_BYTES)}


def _day(at: int) -> str:
    return to_datetime(at).date().isoformat()


def _iso(at: int) -> str:
    return to_datetime(at).isoformat().replace("+00:00", "Z")


def _micros(text: str) -> int:
    return micros(datetime.fromisoformat(text))
