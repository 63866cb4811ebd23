"""The sample company's chat transcripts and call records, JSON Lines each."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

from omnimemory.testing.company.people import AGENTS, ASSISTANT_NAME, BOT, CUSTOMERS, Agent
from omnimemory.testing.company.shapes import Chat, Handover, Line, PhoneCall, iso

Json: TypeAlias = dict[str, Any]

HOTLINE: Final = "+49 30 23125 500"
_MACHINES: Final = {"bot": BOT.name, "ai_agent": ASSISTANT_NAME}


def chat(one: Chat) -> Json:
    """Return one line of ``chats.jsonl``."""
    customer = CUSTOMERS[one.customer]
    out: Json = {
        "id": one.id,
        "channel": "chat",
        "started_at": iso(one.lines[0].at),
        "ended_at": iso(one.lines[-1].at),
        "customer": {"id": customer.user_id, "name": customer.name, "email": customer.email},
        "messages": [_turn(one, place, line) for place, line in enumerate(one.lines, 1)],
    }
    agents = [AGENTS[line.by] for line in one.lines if isinstance(line, Line) and line.by in AGENTS]
    if agents:
        out["agent"] = _agent(agents[0])
    if one.ticket:
        out["ticket"] = str(one.ticket)
    if one.rating:
        score, comment = one.rating
        out["rating"] = {"score": score, "worst": 1, "best": 5, "comment": comment or None}
    return out


def _agent(agent: Agent) -> Json:
    return {"id": agent.key, "name": agent.name, "email": agent.email}


def _turn(chat: Chat, place: int, line: Line | Handover) -> Json:
    if isinstance(line, Handover):
        handoff = {"from": line.giver, "to": line.taker, "reason": line.reason}
        return {"at": iso(line.at), "handoff": handoff}
    return {
        "id": f"{chat.id}-{place}",
        "at": iso(line.at),
        "from": "agent" if line.by in AGENTS else line.by,
        "name": _name(chat, line.by),
        "text": line.text,
    }


def _name(chat: Chat, by: str) -> str:
    if by in AGENTS:
        return AGENTS[by].name
    return _MACHINES.get(by) or CUSTOMERS[chat.customer].name


def call(one: PhoneCall) -> Json:
    """Return one line of ``calls.jsonl``."""
    numbers = (HOTLINE, one.number) if one.outbound else (one.number, HOTLINE)
    agent = AGENTS[one.agent] if one.agent else None
    return {
        "id": one.id,
        "started_at": iso(one.at),
        "duration_seconds": one.seconds,
        "from": numbers[0],
        "to": numbers[1],
        "direction": "outbound" if one.outbound else "inbound",
        "agent": _agent(agent) if agent else None,
        "outcome": one.outcome,
        "ticket": str(one.ticket) if one.ticket else None,
        "transcript": [
            {"speaker": speaker, "text": text, "offset_seconds": offset}
            for speaker, offset, text in one.turns
        ],
    }
