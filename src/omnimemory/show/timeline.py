"""A timeline as swim lanes: channels, handoffs, tickets with their clocks, issues, usage."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from omnimemory.context.fields import named
from omnimemory.context.moments import read
from omnimemory.model.facts import Node
from omnimemory.model.time import FOREVER, micros
from omnimemory.reads.around import Around
from omnimemory.reads.page import Page
from omnimemory.reads.timeline import Entry, Timeline
from omnimemory.show import lanes, scale
from omnimemory.show.page import entries
from omnimemory.show.sheets import Figure, Note, Part, Sheet
from omnimemory.show.strip import strip
from omnimemory.show.words import clip, count, listed, minute, period, spaced

_MOST_WORK: Final = 6
_MOST_USAGE: Final = 5
_MOST_CHANNELS: Final = 10
_MOST_HANDOFFS: Final = 60
_COLOURS: Final = {
    "new": "new",
    "in_progress": "in",
    "waiting_on_customer": "wait",
    "waiting_on_engineering": "eng",
    "resolved": "done",
    "closed": "rest",
    "canceled": "rest",
}
_SETTLED: Final = frozenset({"resolved", "closed", "canceled"})
_SIDES: Final[dict[str | None, lanes.Side]] = {
    "inbound": "in",
    "outbound": "out",
    "internal": "internal",
}
_KINDS: Final = {"Statement": "said and promised", "Action": "actions", "Feedback": "feedback"}


def sheet(page: Timeline) -> Sheet:
    """Return a timeline as lanes, with its entries as a table."""
    around = page.around()
    name = clip(page.customer.name, 100)
    if not len(page):
        return Sheet("Timeline", name, "nothing happened", ())
    first, last = _span(page)
    drawn = _lanes(page, around)
    words = _words(page, drawn)
    parts: list[Part] = [
        Figure(
            lanes.draw(drawn, title=f"Timeline of {name}", words=words), strip(drawn), is_wide=True
        ),
        *_crowded(drawn),
        *entries(page, page.audience),
        *_beyond(page, around),
    ]
    span = f"{minute(first)} to {minute(last)} UTC, {count(len(page), 'entry', 'entries')}"
    return Sheet("Timeline", name, span, parts)


def _crowded(drawn: lanes.Lanes) -> Iterator[Note]:
    if len(drawn.switches) > lanes.MOST_SWITCHES:
        yield Note(f"{len(drawn.switches):,} switches of channel are too many to draw.")


def _times(page: Page[Entry]) -> list[int]:
    """Return when the entries happened, as far as anybody knows."""
    return [at for at in (micros(entry.at) for entry in page) if at > 0] or [1]


def _span(page: Page[Entry]) -> tuple[int, int]:
    times = _times(page)
    return min(times), max(times)


def _beyond(page: Timeline, around: Around) -> Iterator[Note]:
    held = [f"{number:,} {kind}" for kind, number in sorted(around.totals.items())]
    said = f"In all {listed(held, 12)} hang on this customer. " if held else ""
    more = (
        "This page has the newest; pass after=page.cursor for what is older." if page.cursor else ""
    )
    if said or more:
        yield Note(f"{said}{more}".strip())


def _words(page: Timeline, drawn: lanes.Lanes) -> str:
    """Return what the drawing shows, for those who do not see it."""
    contacts = Counter(entry.channel for entry in page if entry.channel and entry.kind != "Ticket")
    said = [f"{number:,} by {channel}" for channel, number in contacts.most_common(_MOST_CHANNELS)]
    said += (
        [count(len(drawn.switches), "switch of channel", "switches of channel")]
        if drawn.switches
        else []
    )
    said += [count(len(drawn.handoffs), "handoff")] if drawn.handoffs else []
    said += [f"{lane.label} {lane.parts[-1][3]}" for lane in _bars(drawn)]
    return f"{period(*_span(page))}: {'; '.join(said)}."


def _bars(drawn: lanes.Lanes) -> Iterator[lanes.BarLane]:
    found = (lane for group in drawn.groups for lane in group.lanes)
    return (lane for lane in found if isinstance(lane, lanes.BarLane))


def _lanes(page: Timeline, around: Around) -> lanes.Lanes:
    times = _times(page)
    if page.at - max(times) <= max(max(times) - min(times), 1) // 3:
        times.append(page.at)
    axis = scale.around(times, *lanes.plot_edges())
    contacts, switches = _contacts(page)
    tickets = _work(page, [one.id for one in page if one.kind == "Ticket"], around, axis)
    groups = [
        lanes.Group("Contact", contacts),
        lanes.Group("Records", _records(page)),
        lanes.Group("Tickets", tickets),
        lanes.Group("Issues", _work(page, around.issues, around, axis)),
        lanes.Group("Usage", _usage(page)),
    ]
    return lanes.Lanes(axis, [one for one in groups if one.lanes], switches, _handoffs(page))


def _contacts(page: Page[Entry]) -> tuple[list[lanes.Lane], list[lanes.Switch]]:
    """Return a lane for each channel, in the order they were first used, and the switches."""
    by_channel: dict[str, list[lanes.Dot]] = {}
    switches: list[lanes.Switch] = []
    last: tuple[str, int] | None = None
    for entry in reversed(page):
        if entry.kind != "Interaction":
            continue
        channel, at = clip(entry.channel or "other", 24), micros(entry.at)
        side = _SIDES.get(entry.direction, "internal")
        by = f"{entry.author}: " if entry.author else ""
        by_channel.setdefault(channel, []).append(lanes.Dot(at, side, f"{by}{entry.title}"))
        if side == "in":
            if last is not None and last[0] != channel:
                switches.append(lanes.Switch(last[0], last[1], channel, at))
            last = channel, at
    few = list(by_channel)[:_MOST_CHANNELS]
    shown = [one for one in switches if one.label in few and one.to_label in few]
    return [lanes.DotLane(name, by_channel[name]) for name in few], shown


def _handoffs(page: Page[Entry]) -> list[lanes.Dot]:
    found = [entry for entry in page if entry.kind == "Handoff"][:_MOST_HANDOFFS]
    return [lanes.Dot(micros(one.at), "mark", one.title) for one in found]


def _records(page: Page[Entry]) -> list[lanes.Lane]:
    """Return lanes of what was said, done and rated, and of a team's own kinds."""
    drawn = ("Interaction", "Ticket", "Issue", "Usage", "Handoff")
    by_kind: defaultdict[str, list[lanes.Dot]] = defaultdict(list)
    for entry in reversed(page):
        if entry.kind not in drawn:
            form = str(entry.props.get("form") or "")
            words = f"{form}: {entry.title}" if form else entry.title
            by_kind[_KINDS.get(entry.kind, entry.kind)].append(
                lanes.Dot(micros(entry.at), "mark", words)
            )
    return [
        lanes.DotLane(spaced(kind), dots) for kind, dots in list(by_kind.items())[:_MOST_CHANNELS]
    ]


def _work(
    page: Timeline, ids: Sequence[str], around: Around, axis: scale.Scale
) -> list[lanes.Lane]:
    """Return a lane for each of the newest tickets or issues, open ones first."""
    known = [around.work[id] for id in ids if id in around.work]
    known.sort(key=lambda versions: _status(versions[-1]) in _SETTLED)
    drawn = [_bar(versions, page, axis) for versions in known[:_MOST_WORK]]
    return [lane for lane in drawn if lane.parts]


def _status(node: Node) -> str:
    return str(node.props.get("status_class") or "")


def _bar(versions: Sequence[Node], page: Timeline, axis: scale.Scale) -> lanes.BarLane:
    newest = versions[-1].props
    parts = _parts(versions, page.at, axis)
    number = str(newest.get("number") or versions[-1].id)
    clocks = list(_clocks(newest, page.at)) if page.audience == "internal" else []
    label = f"#{number}" if number.isdigit() else number
    return lanes.BarLane(
        clip(label, 26), clip(newest.get("subject") or number, 110), parts, clocks[:3]
    )


def _parts(
    versions: Sequence[Node], end: int, axis: scale.Scale
) -> list[tuple[int, int, str, str]]:
    """Return what the work was, from when to when, inside the axis; settled work ends soon."""
    out: list[tuple[int, int, str, str]] = []
    for node in versions:
        status = _status(node)
        if not status:
            continue
        first, last = node.span.valid_from, min(node.span.valid_to, end)
        if node.span.valid_to >= FOREVER and status in _SETTLED:
            last = min(end, first + (axis.last - axis.first) // 80)
        words = f"{spaced(status)} from {minute(first)}"
        if last > axis.first and first < axis.last:
            out.append(
                (max(first, axis.first), min(last, axis.last), _COLOURS.get(status, "rest"), words)
            )
    return out


def _clocks(props: Mapping[str, Any], end: int) -> Iterator[lanes.Clock]:
    for name, clock in named(props.get("clocks")).items():
        target, start = read(clock.get("target_at")), read(clock.get("started_at"))
        if target is not None:
            state = str(clock.get("state") or "running")
            done = read(clock.get("met_at")) or (end if state == "breached" else None)
            yield lanes.Clock(clip(name, 30), clip(state, 20), start or target, target, done)


def _usage(page: Page[Entry]) -> list[lanes.Lane]:
    """Return a lane for each of the event names that failed or came most often."""
    by_name: defaultdict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for entry in page:
        if entry.kind == "Usage":
            at = micros(entry.at)
            number, errors = (_whole(entry.props.get(name)) for name in ("count", "errors"))
            by_name[clip(entry.props.get("name") or "event", 40)].append((at, number, errors))
    ranked = sorted(
        by_name, key=lambda name: (-_sum(by_name[name], 2), -_sum(by_name[name], 1), name)
    )
    return [
        lanes.SparkLane(name, by_name[name])
        for name in ranked[:_MOST_USAGE]
        if _sum(by_name[name], 1)
    ]


def _whole(given: object) -> int:
    return given if isinstance(given, int) and not isinstance(given, bool) and given > 0 else 0


def _sum(rows: Sequence[tuple[int, int, int]], place: int) -> int:
    return sum(row[place] for row in rows)
