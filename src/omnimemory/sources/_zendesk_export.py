"""What Zendesk exports hold, and how one becomes records on its way through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Final

from omnimemory.errors import RecordError
from omnimemory.model.records import Record, Ticket, TicketChange
from omnimemory.sources._changes import Delta
from omnimemory.sources._exports import Layout, Mapper, Payload, mapped
from omnimemory.sources._reading import Fields, Item, Json, one
from omnimemory.sources._zendesk_clocks import Clocks, measured, replay
from omnimemory.sources._zendesk_history import Said, audit, history
from omnimemory.sources._zendesk_people import article, group, known_id, organization, user
from omnimemory.sources._zendesk_said import People, comment
from omnimemory.sources._zendesk_work import rating, ticket


def _guess(value: Mapping[str, Json]) -> str | None:
    """Return which collection a bare object belongs to, by the fields that only it has."""
    if "id" not in value:
        return None
    marks = {
        "ticket_audits": {"events", "ticket_id"},
        "ticket_metric_events": {"metric", "ticket_id"},
        "satisfaction_ratings": {"score", "ticket_id"},
        "tickets": {"requester_id", "status"},
        "ticket_comments": {"body", "author_id"},
        "organizations": {"domain_names"},
        "users": {"role"},
    }
    return next((name for name, fields in marks.items() if fields <= value.keys()), None)


LAYOUT: Final = Layout(
    source="zendesk",
    collections={
        "groups": ("group",),
        "organization_memberships": ("organization_membership",),
        "group_memberships": ("group_membership",),
        "domain_names": ("domain_name",),
        "ticket_tags": ("ticket_tag",),
        "custom_statuses": ("custom_status",),
        "organizations": ("organization",),
        "users": ("user",),
        "articles": ("article",),
        "ticket_metric_events": ("ticket_metric_event",),
        "tickets": ("ticket",),
        "ticket_metrics": ("ticket_metric", "metric_sets"),
        "ticket_comments": ("comments", "comment", "ticket_comment"),
        "ticket_audits": ("audits", "audit", "ticket_audit"),
        "ticket_field_history": (),
        "satisfaction_ratings": ("satisfaction_rating",),
    },
    ignored=frozenset(
        "audit_log brand brands facets links meta schedule schedules sla_policies sla_policy "
        "sla_policy_metric_history tags ticket_chat ticket_chat_event ticket_field ticket_fields "
        "ticket_form ticket_forms ticket_sla_policy webhook webhooks".split()
    ),
    guess=_guess,
)


class Export:
    """One export on its way through: what its earlier objects said that its later ones need."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.people = People()
        self._said = Said()
        self._clocks = Clocks()
        self._stages: dict[str, str] = {}
        self._tags: dict[str, list[str]] = {}
        self._domains: dict[str, list[str]] = {}
        self._accounts: dict[str, list[str]] = {}
        self._teams: dict[str, list[str]] = {}

    def records(self, found: Iterable[Payload | RecordError]) -> Iterator[Item]:
        """Yield the records of an export."""
        yield from mapped(found, self._mappers(), source=self.source)
        for ticks in self._clocks:
            where = f"ticket_metric_events of ticket {ticks.ticket}"
            yield from one(
                ticks, partial(replay, source=self.source), source=self.source, where=where
            )

    def _mappers(self) -> dict[str, Mapper]:
        return {
            "groups": self._group,
            "organization_memberships": self._note(self._accounts, "user_id", "organization_id"),
            "group_memberships": self._note(self._teams, "user_id", "group_id"),
            "domain_names": self._note(self._domains, "organization_id", "domain_name"),
            "ticket_tags": self._note(self._tags, "ticket_id", "tag"),
            "custom_statuses": self._stage,
            "organizations": self._organization,
            "users": self._user,
            "articles": lambda fields: [article(fields, source=self.source)],
            "tickets": self.ticket,
            "ticket_metrics": self._metrics,
            "ticket_comments": self._comment,
            "ticket_audits": self._audit,
            "ticket_field_history": lambda fields: history(fields, source=self.source),
            "ticket_metric_events": self._metric_event,
            "satisfaction_ratings": self._rating,
        }

    def _note(self, known: dict[str, list[str]], key: str, value: str) -> Mapper:
        """Return what reads a table that says only what belongs to what."""

        def note(fields: Fields) -> Iterable[Record]:
            held = known.setdefault(str(fields.need(key)), [])
            if (found := str(fields.need(value))) not in held:
                held.append(found)
            return ()

        return note

    def _stage(self, fields: Fields) -> Iterable[Record]:
        self._stages[str(fields.need("id"))] = str(fields.need("agent_label"))
        return ()

    def _group(self, fields: Fields) -> Iterator[Record]:
        yield group(fields, source=self.source)

    def _organization(self, fields: Fields) -> Iterator[Record]:
        domains = self._domains.get(str(fields.need("id")), ())
        yield organization(fields, source=self.source, domains=domains)

    def _user(self, fields: Fields) -> Iterator[Record]:
        id = str(fields.need("id"))
        yield user(
            fields,
            source=self.source,
            people=self.people,
            accounts=self._accounts.get(id, ()),
            teams=self._teams.get(id, ()),
        )

    def ticket(self, fields: Fields, *, at: datetime | None = None) -> Iterator[Record]:
        """Yield a ticket, and the comments that it brings with it."""
        id = str(fields.need("id"))
        tags = self._tags.get(id, ())
        embedded = fields.objects("comments")
        for record in ticket(
            fields,
            source=self.source,
            people=self.people,
            stages=self._stages,
            tags=tags,
            at=at,
        ):
            yield self._clocks.without_known(record) if isinstance(record, Ticket) else record
        for said in embedded:
            yield self._said.keep(comment(said, source=self.source, people=self.people, ticket=id))

    def _comment(self, fields: Fields) -> Iterator[Record]:
        yield self._said.keep(comment(fields, source=self.source, people=self.people))

    def _audit(self, fields: Fields) -> Iterator[Record]:
        return audit(fields, source=self.source, people=self.people, said=self._said)

    def _metric_event(self, fields: Fields) -> Iterable[Record]:
        self._clocks.add(fields)
        return ()

    def _metrics(self, fields: Fields) -> Iterator[Record]:
        at = fields.time("updated_at") or fields.time("created_at")
        delta = Delta()
        for name, clock in measured(fields, started=None).items():
            delta.nest("clocks", name, None, clock.model_dump(mode="json", exclude_none=True))
        id = str(fields.need("ticket_id"))
        delta.nest("extra", "metrics", None, fields.rest())
        yield TicketChange(
            source=self.source, id=id, changed_at=at or fields.need("at"), changes=delta.changes()
        )

    def _rating(self, fields: Fields) -> Iterator[Record]:
        asked = known_id(fields, "requester_id")
        customer = None if asked is None else self.people.person(asked)
        if found := rating(fields, self.source, customer=customer):
            yield found
