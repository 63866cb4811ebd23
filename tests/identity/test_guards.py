"""Guards of a tenant: limits by type and time, blocked values, namespaces, counters of keys."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import omnimemory
from omnimemory.errors import InputError
from omnimemory.identity.policy import Limit, Policy
from omnimemory.memory import Memory
from omnimemory.model.records import Contact, Identifier, Person

T0 = datetime(2026, 1, 1, tzinfo=UTC)
APP = "77"


def contact(id: str, day: int = 0, *, app: str | None = None, **person: Any) -> Contact:
    if app is not None:
        person["identifiers"] = (Identifier(type="external", namespace="app", value=app),)
    at = T0 + timedelta(days=day)
    return Contact(source="crm", id=id, created_at=at, person=Person(**person))


def memory(**policy: Any) -> Memory:
    return omnimemory.connect(
        "networkx://", tenant="acme", identity=Policy(name="own", attach=0.6, **policy)
    )


def devices(memory: Memory, days: list[int]) -> int:
    """Return how many customers logins with one app id make, each on another device."""
    for n, day in enumerate(days):
        device = Identifier(type="device", value=f"dev-{n}a7c")
        app = Identifier(type="external", namespace="app", value=APP)
        person = Person(identifiers=(app, device))
        at = T0 + timedelta(days=day)
        memory.ingest(Contact(source="web", id=str(n), created_at=at, person=person))
    return len(memory.customers())


def test_nothing_joins_by_itself_that_would_exceed_a_limit() -> None:
    with memory() as free, memory(limits={"device": Limit(2)}) as limited:
        assert devices(free, [0, 1, 2]) == 1
        assert devices(limited, [0, 1, 2]) == 2
        (question,) = limited.identity.review()
        question.answer("same", by="agent:kim")
        assert len(limited.customers()) == 1


def test_a_limit_counts_within_its_days() -> None:
    for days, expected in (([0, 10, 20], 2), ([0, 10, 40], 1), ([0, 40, 80], 1)):
        with memory(limits={"device": Limit(2, days=30)}) as limited:
            assert devices(limited, days) == expected


def test_a_limit_may_be_of_a_namespace() -> None:
    for limits, expected in (({}, 1), ({"app": Limit(1)}, 2)):
        with memory(limits=limits) as limited:
            for id in ("1", "2"):
                limited.ingest(contact(id, app=id, name="Ada Byron", email="ada@x.org"))
            assert len(limited.customers()) == expected


def test_a_replay_keeps_within_limits_too() -> None:
    with memory(limits={"device": Limit(2)}) as limited:
        devices(limited, [0, 1, 2])
        replay = limited.identity.replay()
        assert (replay.merges, replay.splits) == ((), ())
        assert len(limited.identity.replay(Policy(name="free", attach=0.6)).merges) == 1


@pytest.mark.parametrize("limit", [Limit(0), Limit(1, days=0)])
def test_a_limit_of_nothing_is_an_error(limit: Limit) -> None:
    with pytest.raises(InputError, match="limit of 'email'"):
        memory(limits={"email": limit})


def test_a_blocked_value_holds_nobody_together() -> None:
    shop = "till@acme.com"
    for blocked, expected in ((frozenset[str](), 1), (frozenset({f"email:{shop}"}), 2)):
        with memory(blocked=blocked) as guarded:
            guarded.ingest(
                [contact(id, email=shop, phone=f"+4915123{id}") for id in ("125123", "987654")]
            )
            assert len(guarded.customers()) == expected


def test_two_ids_of_a_namespace_of_one_id_a_person_are_two_people() -> None:
    with memory(unique=frozenset({"app"})) as guarded:
        for id in ("1", "2"):
            guarded.ingest(contact(id, app=id, name="Ada Byron", email="ada@x.org"))
        assert len(guarded.customers()) == 2


def test_a_key_counts_those_of_different_names_who_met_over_it() -> None:
    phone = "+4915123125123"
    with memory() as guarded:
        guarded.ingest([contact("1", name="Ada Byron", phone=phone), contact("5", phone="+491701")])
        assert guarded.identity.shared_keys() == []
        guarded.ingest(contact("2", 3, name="Hugo Weiss", phone=phone))
        guarded.ingest(contact("3", 9, name="Zoe Castro", phone=phone))
        (held,) = guarded.identity.shared_keys()
        assert held.key.startswith("phone:")
        assert (held.customers, held.identities) == (3, 3)
        assert held.clashes >= 2
        assert held.last_seen - held.first_seen == 9 * 86_400_000_000
        revision = guarded.view().revision
        guarded.ingest(contact("3", 9, name="Zoe Castro", phone=phone))
        assert guarded.view().revision == revision
        for id in ("1", "2"):
            guarded.erase(f"crm:{id}")
        assert len(guarded.identity.shared_keys()) == 1
        guarded.erase("crm:3")
        assert guarded.identity.shared_keys() == []
