"""Laws of comparisons: what changed and nothing else, told with before and after."""

from __future__ import annotations

import json

import pytest

import omnimemory
from omnimemory import InputError, Memory, NotFoundError, show
from omnimemory.reads.compare import Comparison
from omnimemory.testing import company

DANA = company.DANA.email


def week(memory: Memory) -> Comparison:
    return memory.compare(DANA, "2026-03-03T09:30:00Z", company.NOW)


def test_a_comparison_tells_what_a_ticket_was_and_is(sample: Memory) -> None:
    found = {one.id: one for one in week(sample).changes}
    ticket = found[f"ticket:zendesk:{company.DANA.ticket}"]
    assert ticket.what == "changed"
    assert ticket.fields["status"] == ("new", "open")
    assert "Kim Osei" in str(ticket.fields["assigned_to"][1])


def test_what_came_between_is_new_and_what_was_there_is_not(sample: Memory) -> None:
    new = {one.id for one in week(sample).changes if one.what == "new"}
    page = sample.timeline(DANA, limit=1_000, since="2026-03-03T09:30:00Z", as_of=company.NOW)
    assert {one.id for one in page if one.kind not in ("Usage", "Ticket")} == new


def test_usage_is_what_happened_between(sample: Memory) -> None:
    usage = sample.compare(DANA, "2026-03-02", "2026-03-03").usage
    assert usage["checkout.payment_failed"] == (7, 7)
    assert "orders.exported" not in usage


def test_nothing_changes_in_no_time(sample: Memory) -> None:
    found = sample.compare(DANA, "2026-03-06T09:50:00Z", company.NOW)
    assert found.changes == ()
    assert found.usage == {}
    assert "Nothing changed" in show.text(found)


def test_a_comparison_is_json_and_a_picture(sample: Memory) -> None:
    found = week(sample)
    said = json.loads(json.dumps(found.to_dict()))
    assert len(said["changes"]) == len(found.changes)
    for text in (show.text(found), found._repr_html_()):
        assert "Charged twice for invoice INV-2231" in text
    assert sum(n for kinds in found.counts().values() for n in kinds.values()) == len(found.changes)


def test_a_comparison_for_a_customer_has_nothing_internal(sample: Memory) -> None:
    found = sample.compare(DANA, "2026-03-01", company.NOW, audience="customer")
    assert found.usage == {}
    ids = [one.id for one in found.changes if one.kind not in ("Identity", "Account")]
    assert ids
    for node in sample.view().nodes(ids):
        assert node.props["visibility"] in ("external", "public")


def test_an_identity_that_was_told_apart_is_gone() -> None:
    """Before the merge there was one identity; after it there are two."""
    with omnimemory.connect("sqlite://", tenant="t") as memory:
        ada = {"type": "contact", "source": "crm", "person": {"name": "Ada", "email": "a@x.org"}}
        memory.ingest(ada | {"id": "1"})
        then = omnimemory.AsOf(recorded=memory.view().revision)
        memory.ingest(ada | {"id": "1", "source": "desk"})
        found = memory.compare("a@x.org", then)
        assert [(one.kind, one.what) for one in found.changes] == [("Identity", "new")]


def test_a_busy_customer_is_compared_in_part_and_it_says_so(busy_memory: Memory) -> None:
    found = busy_memory.compare("email:bee@example.org", "2021-03-01", "2025-01-01")
    assert found.is_cut
    assert "there may be more" in show.text(found)
    assert len(found._repr_html_()) < 200_000


def test_wrong_times_and_strangers_are_clear_errors(sample: Memory) -> None:
    with pytest.raises(InputError, match="swap them"):
        sample.compare(DANA, "2026-03-06", "2026-03-01")
    with pytest.raises(NotFoundError):
        sample.compare("nobody@nowhere.example", "2026-03-01")
