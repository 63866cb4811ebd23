"""What was said and done in words: statements, actions, interactions, feedback, handoffs."""

from __future__ import annotations

from typing import Any, Final

from omnimemory.context import fields, moments
from omnimemory.context.items import Item
from omnimemory.context.safe import cite, quote, word
from omnimemory.context.scene import NAME_CHARACTERS, Parts, Scene, by, name_of, on
from omnimemory.model.facts import Node

_ANSWER_CHARACTERS: Final = 300
_MOST_FILES: Final = 5
_FORMS: Final = {
    "decision": "decided",
    "question": "asked",
    "commitment": "promised",
    "preference": "preference",
    "attempt": "already tried",
    "fact": "known",
}
_UNSETTLED: Final = (None, "open", "broken")


def statement(item: Item, scene: Scene) -> Parts:
    """Return what was said, by whom, and how it stands: due, overdue, answered or not."""
    props = item.node.props
    form, status = fields.text(props.get("form")), props.get("status")
    facts = [_FORMS.get(form, "noted") + _by(item, scene) + on(item.at)]
    if form == "question" and status in (None, "open"):
        facts.append("not answered")
    elif status not in (None, "open"):
        facts.append(word(status))
    if (due := moments.read(props.get("due_at"))) and status in _UNSETTLED:
        facts.append(moments.due(due, scene.now))
    facts += [
        f"re {cite(node.id)}"
        for node in scene.gathered.targets(item.node.id, "OF")
        if node.kind in ("Ticket", "Conversation")
    ]
    answer = fields.text(props.get("answer"))
    details = f"answer {quote(answer, _ANSWER_CHARACTERS)}" if answer else ""
    return Parts(", ".join(facts), fields.text(props.get("text")), details)


_OUTCOMES: Final = {"done": "did", "pending": "is doing", "failed": "failed at"}


def action(item: Item, scene: Scene) -> Parts:
    """Return what somebody did on a system, and what came of it."""
    props = item.node.props
    done = _OUTCOMES.get(fields.text(props.get("outcome")), "did")
    who = by(item.node, scene) or "somebody"
    name = quote(fields.text(props.get("name")), NAME_CHARACTERS)
    return Parts(f"{who} {done} {name}{on(item.at)}", fields.text(props.get("result")))


def interaction(item: Item, scene: Scene) -> Parts:
    """Return when and how somebody got in touch, and what they said.

    In a conversation the heading names the channel, the subject, the day if all was said on
    one, and the other if there is only one.
    """
    props = item.node.props
    thread = scene.threads.get(item.thread)
    threaded = thread is not None
    form = fields.text(props.get("form"))
    if thread is None:
        facts = [moments.stamp(item.at), word(props.get("channel") or "other")]
    else:
        facts = [] if thread.is_of_a_day else [moments.day(item.at)[5:]]
    if form and form != "message":
        facts.append(word(form))
    elif props.get("direction") == "internal":
        facts.append("internal")
    who = by(item.node, scene) or "somebody"
    facts.append(who.partition(' "')[0] if thread is not None and who == thread.other else who)
    files = _files(props["attachments"]) if "attachments" in props else ()
    subject, text = fields.text(props.get("subject")), fields.text(props.get("text"))
    if subject and text and not threaded:
        text = f"{subject}\n{text}"
    details = "attached " + ", ".join(files[:_MOST_FILES]) if files else ""
    return Parts(" ".join(facts), text or subject, details)


def _files(attachments: Any) -> list[str]:
    return [
        quote(fields.text(one.get("name")) or "a file", NAME_CHARACTERS)
        for one in fields.objects(attachments)
    ]


def feedback(item: Item, scene: Scene) -> Parts:
    """Return a rating, and the words that came with it."""
    props = item.node.props
    score, best = fields.amount(props.get("score")), fields.amount(props.get("best"))
    rated = "" if score is None else f" {score:g}" + ("" if best is None else f" of {best:g}")
    head = f"{moments.stamp(item.at)} rated {word(props.get('metric') or 'csat')}{rated}"
    return Parts(head + _by(item, scene), fields.text(props.get("comment")))


def handoff(item: Item, scene: Scene) -> Parts:
    """Return who handed the customer over to whom, and why."""
    to = [_taker(node) for node in scene.gathered.targets(item.node.id, "TO")]
    channel = item.node.props.get("to_channel")
    to += [word(channel)] if channel else []
    where = f" to {', '.join(to[:2])}" if to else ""
    head = f"{moments.stamp(item.at)} handed over{_by(item, scene)}{where}"
    return Parts(head, fields.text(item.node.props.get("reason")))


def _taker(node: Node) -> str:
    """Return a name, or what somebody without one is."""
    kind = node.props.get("author_kind")
    if node.props.get("name") or not kind:
        return name_of(node)
    return word(str(kind).replace("_", " "))


def _by(item: Item, scene: Scene) -> str:
    who = by(item.node, scene)
    return f" by {who}" if who else ""
