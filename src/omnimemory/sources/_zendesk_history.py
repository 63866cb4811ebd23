"""Zendesk's audits, field histories and webhook events → changes of tickets, over time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from omnimemory.errors import InputError
from omnimemory.model.records import Interaction, Person, Record, Ref, TicketChange
from omnimemory.sources._changes import Delta, ids
from omnimemory.sources._reading import Fields, Json
from omnimemory.sources._zendesk_said import People, comment, made, redaction
from omnimemory.sources._zendesk_work import delta_of, merge


class Said:
    """The comments of an export by id, without their texts, so that audits can refer to them."""

    def __init__(self) -> None:
        self._known: dict[str, Interaction] = {}

    def keep(self, said: Interaction) -> Interaction:
        """Remember a comment."""
        emptied: dict[str, Json] = {"text": "", "attachments": (), "extra": {}}
        self._known[said.id] = said.model_copy(update=emptied)
        return said

    def __contains__(self, id: object) -> bool:
        return id in self._known

    def __getitem__(self, id: str) -> Interaction:
        found = self._known.get(id)
        if found is None:
            raise InputError(f"the comment {id} is not in this export, so its author is not known")
        return found


def audit(fields: Fields, *, source: str, people: People, said: Said) -> Iterator[Record]:
    """Yield what one update of a ticket said and changed.

    Args:
        fields: The audit; its events are in the order in which Zendesk applied them.
        source: Name of the source.
        people: Who is who.
        said: Comments seen so far; those of the audit are added.
    """
    ticket = str(fields.need("ticket_id"))
    at = fields.time("created_at")
    if at is None:
        raise InputError("the field 'created_at' is missing")
    author = fields.text("author_id")
    delta, hands = Delta(), Hands()
    spoken: list[Interaction] = []
    yield from _merges(fields, source, ticket=ticket, at=at)
    for event in fields.objects("events"):
        match event.text("type"):
            case "Change" | "Create":
                _change(event, delta, hands)
            case "Comment" | "VoiceComment":
                event.skip("audit_id")
                event.put_back("type")
                found = comment(
                    event,
                    source=source,
                    people=people,
                    ticket=ticket,
                    at=at,
                    author=author,
                    channel=_word(fields),
                )
                spoken.append(found)
            case "CommentPrivacyChange":
                known = said[str(event.need("comment_id"))]
                yield made(known, public=bool(event.flag("public")), at=at)
            case "CommentRedactionEvent" | "CommentRedaction":
                yield redaction(said[str(event.need("comment_id"))], at)
            case _:
                event.put_back("type")
    fields.skip("id")
    kept = fields.rest()
    if delta or not spoken:
        delta.nest("extra", "audit", None, kept or None)
        yield hands.change(source, ticket, at=at, delta=delta, author=author)
        kept = {}
    for found in spoken:
        more = {**found.extra, "audit": kept} if kept else found.extra
        kept = {}
        known = found.id in said
        bare = said[found.id] if known else said.keep(found)
        if more or not known:
            yield (bare if known else found).model_copy(update={"extra": more})


def _merges(fields: Fields, source: str, *, ticket: str, at: datetime) -> Iterator[TicketChange]:
    """Yield that other tickets went into this one, where that is what the update was."""
    origin = fields.object("via").object("source")
    if origin.take("rel") == "merge":
        for gone in ids(origin.object("from"), "ticket_ids"):
            yield merge(source, gone, into=ticket, at=at)


def _change(event: Fields, delta: Delta, hands: Hands) -> None:
    name = str(event.need("field_name"))
    event.skip("id")
    hands.take(name, event.take("value"))
    delta_of(delta, name, event.take("previous_value"), event.take("value"))


def _word(fields: Fields) -> str | None:
    via = fields.object("via")
    word = via.text("channel")
    via.put_back("channel")
    return word


class Hands:
    """Who has a ticket after a change."""

    def __init__(self) -> None:
        self._assignee: str | None = None
        self._team: str | None = None
        self._nobody = False

    def take(self, field: str, value: Json) -> None:
        """Note the new value of a field, if it says who has the ticket."""
        if field == "assignee_id":
            self._assignee, self._nobody = (str(value), False) if value else (None, True)
        elif field == "group_id" and value:
            self._team = str(value)

    def change(
        self, source: str, ticket: str, *, at: datetime, delta: Delta, author: str | None
    ) -> TicketChange:
        """Return the change of a ticket."""
        return TicketChange(
            source=source,
            id=ticket,
            changed_at=at,
            changes=delta.changes(),
            assignee=None if self._assignee is None else Person(id=self._assignee, kind="agent"),
            team=None if self._team is None else Ref(kind="Team", id=self._team),
            unassigned=self._nobody,
            author=None if author is None else Person(id=author, kind="agent"),
        )


def history(fields: Fields, *, source: str) -> Iterator[TicketChange]:
    """Yield one row of a field history: what a field of a ticket became."""
    name, value = str(fields.need("field_name")), fields.text("value")
    at = fields.time("updated")
    if at is None:
        raise InputError("the field 'updated' is missing")
    delta, hands = Delta(), Hands()
    hands.take(name, value)
    delta_of(delta, name, None, value)
    author = fields.text("user_id")
    yield hands.change(source, str(fields.need("ticket_id")), at=at, delta=delta, author=author)
