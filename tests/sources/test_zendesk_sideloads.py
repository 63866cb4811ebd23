"""What a Zendesk export brings beside its tickets' own fields: clocks and articles."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from omnimemory import sources
from omnimemory.model.records import Article, Clock, Ticket, TicketChange, Visibility


def ticket(**fields: Any) -> Ticket:
    body = {
        "id": 7,
        "status": "open",
        "requester_id": 1,
        "created_at": "2026-03-03T09:00:00Z",
        "updated_at": "2026-03-05T09:00:00Z",
        **fields,
    }
    return next(one for one in sources.zendesk([body]) if isinstance(one, Ticket))


def clock(stage: str, breach_at: str, *, replied_after: int | None = None) -> Clock:
    metric = {"metric": "first_reply_time", "stage": stage, "breach_at": breach_at}
    measures = {"reply_time_in_minutes": {"calendar": replied_after}}
    found = ticket(slas={"policy_metrics": [metric]}, metric_set=measures)
    return found.clocks["first_reply"]


def test_a_clock_that_was_met_late_is_breached_and_keeps_when_it_was_met() -> None:
    found = clock("achieved", "2026-03-03T17:00:00Z", replied_after=24 * 60)
    assert found.state == "breached"
    assert found.breached_at == datetime(2026, 3, 3, 17, tzinfo=UTC)
    assert found.met_at == datetime(2026, 3, 4, 9, tzinfo=UTC)


def test_a_clock_that_was_met_in_time_is_met() -> None:
    assert clock("achieved", "2026-03-03T17:00:00Z", replied_after=60).state == "met"


@pytest.mark.parametrize(
    ("breach_at", "state"),
    [("2026-03-05T08:59:00Z", "breached"), ("2026-03-05T09:01:00Z", "running")],
)
def test_an_active_clock_is_breached_once_its_target_has_passed(breach_at: str, state: str) -> None:
    assert clock("active", breach_at).state == state


def test_a_paused_clock_is_not_breached() -> None:
    assert clock("paused", "2026-03-04T09:00:00Z").state == "paused"


def test_first_reply_starts_when_the_ticket_was_created() -> None:
    found = clock("active", "2026-03-06T09:00:00Z")
    assert found.started_at == datetime(2026, 3, 3, 9, tzinfo=UTC)


def test_metric_events_of_one_time_are_one_state_and_outdo_what_the_ticket_says() -> None:
    at = "2026-03-03T09:00:00Z"
    event = {"ticket_id": 7, "metric": "reply_time", "instance_id": 1, "time": at}
    metric = {"metric": "first_reply_time", "stage": "active", "breach_at": "2026-03-03T17:00:00Z"}
    export = {
        "tickets": [
            {
                "id": 7,
                "status": "open",
                "requester_id": 1,
                "created_at": at,
                "slas": {"policy_metrics": [metric]},
            }
        ],
        "ticket_metric_events": [
            {"id": 1, "type": "activate", **event},
            {"id": 2, "type": "apply_sla", "sla": {"target": 60}, **event},
        ],
    }
    found = list(sources.zendesk(export))
    (change,) = [one for one in found if isinstance(one, TicketChange)]
    assert [one.clocks for one in found if isinstance(one, Ticket)] == [{}]
    assert change.changes[0].new == {
        "first_reply": {
            "state": "running",
            "started_at": at,
            "target_at": "2026-03-03T10:00:00Z",
        }
    }


@pytest.mark.parametrize(
    ("fields", "visibility"),
    [
        ({}, Visibility.PUBLIC),
        ({"user_segment_id": 5}, Visibility.EXTERNAL),
        ({"user_segment_id": 5, "draft": True}, Visibility.INTERNAL),
    ],
)
def test_an_article_is_as_visible_as_its_audience_allows(
    fields: dict[str, Any], visibility: Visibility
) -> None:
    body = {"id": 3, "title": "E4012", "body": "<p>Wait &amp; reload.</p>", "locale": "en-us"}
    (found,) = sources.zendesk({"articles": [body | fields]})
    assert isinstance(found, Article)
    assert (found.text, found.language) == ("Wait & reload.", "en-us")
    assert found.visibility == visibility
