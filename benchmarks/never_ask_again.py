"""Whether a customer has to say things twice: what the next agent needs, inside small packs.

(a) Returning customers (`retail/`): before each contact, the share of the argument values of the
actions that solve it (order, item, payment, address) that stand in the pack.
(b) Handed over in the middle (`star_dev.jsonl`), while they talk: before each query of an agent to
a system, the share of its constraints that the customer has said already and that stand in the
pack.

    python -m benchmarks.never_ask_again [--data FOLDER] [--json]
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import mean
from typing import Any, Final, Literal, cast

import msgspec
from pydantic import Field

import omnimemory
from benchmarks.measure import Row, machine, show
from omnimemory.context.tokens import estimate
from omnimemory.index.lexical import bm25
from omnimemory.model.commerce import Order
from omnimemory.model.records import Contact, Identifier, Message, Person, Record
from omnimemory.model.records.base import Json

RETURNING_BUDGETS: Final = (300, 600, 1_200)
HANDED_OVER_BUDGETS: Final = (150, 300)
DATA: Final = Path("shared/data/dialogues")
_WANTED: Final = frozenset(
    "order_id item_ids payment_method_id address1 address2 city country state zip".split()
)
"""Arguments whose values stand in a record; new items and reasons are the customer's choice."""
_FIRST: Final = datetime(2026, 1, 5, tzinfo=UTC)


class ShopOrder(Order):
    """An order as the shop knows it, as a team would register it."""

    type: Literal["shop_order"] = "shop_order"  # pyright: ignore[reportIncompatibleVariableOverride]
    kind = "ShopOrder"

    address: Json = Field(default_factory=dict)
    payments: tuple[Json, ...] = ()


class Case(msgspec.Struct, frozen=True):
    """A moment at which somebody needs to know things.

    Attributes:
        customer: Who is there.
        query: What they say first, if anything.
        known: Records to take in before.
        texts: The same as plain texts, oldest first, for the baselines.
        wanted: The values that must be there.
    """

    customer: str
    query: str | None
    known: Sequence[Record]
    texts: Sequence[str]
    wanted: Sequence[str]


def main(arguments: Sequence[str] | None = None) -> list[Row]:
    """Run both halves and print the tables; return the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder with the dialogues")
    parser.add_argument("--most", type=int, help="only so many contacts and dialogues")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    about = machine()
    (dialogues,) = given.data.glob("star_*.jsonl")
    rows: list[Row] = []
    for name, cases, budgets in (
        ("returning", returning(given.data / "retail", given.most), RETURNING_BUDGETS),
        (
            "handed over",
            handed_over(dialogues, given.most),
            HANDED_OVER_BUDGETS,
        ),
    ):
        rows += measure(name, cases, budgets)
    show(rows, as_json=given.json, about=about)
    return rows


def measure(name: str, cases: Iterator[Case], budgets: Sequence[int]) -> list[Row]:
    """Return a row for each way to choose what is passed on, with the share at each budget."""
    ways = [f"{way} {budget}" for budget in budgets for way in ("pack", *_BASELINES)]
    shares: dict[str, list[float]] = {way: [] for way in [*ways, "everything"]}
    times: list[float] = []
    tokens: list[int] = []
    with omnimemory.connect("networkx://", tenant="shop") as memory:
        memory.register(ShopOrder)
        for case in cases:
            memory.ingest(case.known, strict=True)
            if not case.wanted:
                continue
            everything = "\n".join(case.texts)
            tokens.append(estimate(everything))
            shares["everything"].append(_share(case.wanted, everything))
            for budget in budgets:
                begin = time.perf_counter()
                pack = memory.context_pack(case.customer, case.query, budget=budget)
                times.append(time.perf_counter() - begin)
                shares[f"pack {budget}"].append(_share(case.wanted, str(pack)))
                for way, choose in _BASELINES.items():
                    text = choose(case, budget)
                    shares[f"{way} {budget}"].append(_share(case.wanted, text))
    rows: list[Row] = []
    for way in ("pack", *_BASELINES):
        at = {f"{budget} tokens": mean(shares[f"{way} {budget}"]) for budget in budgets}
        rows.append({"what": f"{name}: {way}", "cases": len(tokens), **at})
    rows[0] = {**rows[0], "pack_ms": mean(times) * 1_000}
    return [
        *rows,
        {
            "what": f"{name}: everything",
            "cases": len(tokens),
            "unlimited": mean(shares["everything"]),
            "mean_tokens": mean(tokens),
        },
    ]


def returning(folder: Path, most: int | None = None) -> Iterator[Case]:
    """Yield the contacts of a shop's customers, each with what the shop knew before it."""
    users = json.loads((folder / "users.json").read_text())
    orders = json.loads((folder / "orders.json").read_text())
    (contacts,) = folder.glob("contacts_*.jsonl")
    known: dict[str, list[str]] = {}
    for number, line in enumerate(contacts.read_text().splitlines()[:most]):
        contact = json.loads(line)
        id, said = contact["user_id"], contact["said"]
        user = users[id]
        records: list[Record] = []
        if id not in known:
            theirs = [orders[one] for one in user["orders"]]
            records = [_contact(id, user), *(_order(id, one) for one in theirs)]
            known[id] = [json.dumps(one) for one in (user, *theirs)]
        first = re.split(r"(?<=\.)\s", said, maxsplit=1)[0]
        yield Case(user["email"], first, records, list(known[id]), _arguments(contact))
        at = _FIRST + timedelta(days=number)
        said_record = Message(
            source="shop",
            id=str(contact["contact"]),
            occurred_at=at,
            author=_person(id, user),
            channel="chat",
            conversation=str(contact["contact"]),
            text=said,
        )
        yield Case(user["email"], None, [said_record], (), ())
        known[id].append(said)


def _arguments(contact: dict[str, Any]) -> list[str]:
    out: dict[str, None] = {}
    for action in contact["actions"]:
        for name, value in action["arguments"].items():
            if name in _WANTED:
                values = cast("list[Any]", value) if isinstance(value, list) else [value]
                out |= dict.fromkeys(str(one) for one in values)
    return list(out)


def _person(id: str, user: dict[str, Any]) -> Person:
    name = f"{user['name']['first_name']} {user['name']['last_name']}"
    return Person(
        id=id,
        name=name,
        identifiers=(Identifier(type="email", value=user["email"]),),
    )


def _contact(id: str, user: dict[str, Any]) -> Contact:
    return Contact(
        source="shop",
        id=id,
        person=_person(id, user),
        address=user["address"],
        custom={"payment_methods": user["payment_methods"]},
    )


def _order(id: str, order: dict[str, Any]) -> ShopOrder:
    return ShopOrder(
        source="shop",
        id=order["order_id"],
        customer=Person(id=id),
        number=order["order_id"],
        status=order["status"],
        items=tuple(order["items"]),
        address=order["address"],
        payments=tuple(order["payment_history"]),
    )


def handed_over(path: Path, most: int | None = None) -> Iterator[Case]:
    """Yield the moments before an agent's queries, with what was said up to there."""
    for line in path.read_text().splitlines()[:most]:
        dialogue = json.loads(line)
        id = str(dialogue["id"])
        later = time.time() - max(event["at"] for event in dialogue["events"] if event.get("at"))
        texts: list[str] = []
        theirs: list[str] = []
        fresh: list[Record] = []
        for place, event in enumerate(dialogue["events"]):
            if event.get("text"):
                fresh.append(_turn(id, place, event, later))
                texts.append(f"{event['by']}: {event['text']}")
                theirs += [_normal(event["text"])] if event["by"] == "customer" else []
            elif "query" in event:
                wanted = [
                    value
                    for value in _constraints(event)
                    if any(f" {_normal(value)} " in f" {said} " for said in theirs)
                ]
                yield Case(_address(id), None, fresh, list(texts), wanted)
                fresh = []


def _constraints(event: dict[str, Any]) -> list[str]:
    out: dict[str, None] = {}
    for constraint in event["constraints"]:
        for value in constraint.values():
            if isinstance(value, str):
                quoted = re.findall(r'"([^"]*)"', value) or [value]
                out |= dict.fromkeys(one for one in quoted if _normal(one))
            elif isinstance(value, int | float) and not isinstance(value, bool):
                out[str(value)] = None
    return list(out)


def _turn(id: str, place: int, event: dict[str, Any], later: float) -> Message:
    customer = Person(identifiers=(Identifier(type="email", value=_address(id)),))
    agent = Person(kind="agent", id="desk", name="Desk")
    theirs = event["by"] == "customer"
    return Message(
        source="chat",
        id=f"{id}/{place}",
        occurred_at=datetime.fromtimestamp(event["at"] + later, UTC),
        sequence=place,
        author=customer if theirs else agent,
        to=(agent if theirs else customer,),
        channel="chat",
        conversation=id,
        text=event["text"],
    )


def _address(id: str) -> str:
    return f"caller{id}@star.example"


def _newest(case: Case, budget: int) -> str:
    """Return the newest texts, until one does not fit any more."""
    return _until_full(case.texts[::-1], budget)


def _by_words(case: Case, budget: int) -> str:
    """Return the texts that answer best by BM25, until one does not fit any more.

    Asked is what the customer says first, else what was said last.
    """
    asked = case.query or (case.texts[-1] if case.texts else "")
    scores = bm25(asked, case.texts)
    order = sorted(range(len(scores)), key=lambda at: (-scores[at], -at))
    return _until_full([case.texts[at] for at in order], budget)


_BASELINES: Final[dict[str, Callable[[Case, int], str]]] = {
    "newest": _newest,
    "BM25": _by_words,
}


def _until_full(texts: Sequence[str], budget: int) -> str:
    out: list[str] = []
    room = budget
    for text in texts:
        room -= estimate(text) + 1
        if room < 0:
            break
        out.append(text)
    return "\n".join(out)


def _share(wanted: Sequence[str], text: str) -> float:
    within = f" {_normal(text)} "
    return sum(f" {_normal(one)} " in within for one in wanted) / len(wanted)


def _normal(text: str) -> str:
    """Return the words of a text, so that quoting and line breaks do not count."""
    return " ".join(re.findall(r"\w+", text.casefold()))


if __name__ == "__main__":
    main()
