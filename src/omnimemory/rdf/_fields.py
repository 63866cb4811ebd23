"""Which property of a node is said by which term, and in what form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias, get_args

import msgspec

from omnimemory.model.records import AuthorKind, Channel, StatusClass, Visibility
from omnimemory.model.records.contacts import Direction

Form: TypeAlias = Literal[
    "text", "texts", "time", "date", "number", "flag", "link", "json", "files", "clocks", "class",
    "channel", "author", "direction", "visibility", "state", "outcome", "priority", "severity",
]  # fmt: skip


class Field(msgspec.Struct, frozen=True):
    """The term that says a property, and the form of its values."""

    predicate: str
    form: Form


CONCEPTS: Final[Mapping[str, frozenset[str]]] = {
    "author": frozenset(get_args(AuthorKind)),
    "channel": frozenset(get_args(Channel)),
    "direction": frozenset(get_args(Direction)),
    "state": frozenset(StatusClass),
    "visibility": frozenset(Visibility),
}
"""Closed sets; ``waiting_on_customer`` of ``state`` is ``om:state-waiting-on-customer``."""

INDIVIDUALS: Final[Mapping[str, Mapping[str, str]]] = {
    "outcome": {
        "pending": "schema:ActiveActionStatus",
        "done": "schema:CompletedActionStatus",
        "failed": "schema:FailedActionStatus",
    },
    "priority": {
        "low": "oslc_cm:Low",
        "medium": "oslc_cm:Medium",
        "normal": "oslc_cm:Medium",
        "high": "oslc_cm:High",
        "urgent": "oslc_cm:High",
    },
    "severity": {
        "blocker": "oslc_cm:Blocker",
        "critical": "oslc_cm:Critical",
        "major": "oslc_cm:Major",
        "normal": "oslc_cm:Normal",
        "minor": "oslc_cm:Minor",
    },
    "state": {
        "in_progress": "oslc_cm:Inprogress",
        "waiting_on_customer": "oslc_cm:Inprogress",
        "waiting_on_engineering": "oslc_cm:Inprogress",
        "resolved": "oslc_cm:Fixed",
        "closed": "oslc_cm:Closed",
        "canceled": "oslc_cm:Closed",
    },
}
"""Individuals of others that a value stands for, by the form of its field."""

INDIVIDUAL_PREDICATES: Final[Mapping[str, str]] = {
    "outcome": "schema:actionStatus",
    "priority": "oslc_cm:priority",
    "severity": "oslc_cm:severity",
    "state": "oslc_cm:state",
}

LEFT_OUT: Final = frozenset({"extra", "identifiers", "transcript", "resolver", "quoted"})
"""Properties in no RDF: keys say the identifiers, ``text`` the transcript; the exact export
(`Memory.export`) holds all."""


def fields(*rows: str) -> dict[str, Field]:
    """Return fields from rows of property, term and form."""
    made: dict[str, Field] = {}
    for row in rows:
        name, predicate, form = row.split()
        made[name] = msgspec.convert({"predicate": predicate, "form": form}, Field)
    return made


FIELDS: Final[Mapping[str, Field]] = fields(
    "name schema:name text",
    "title schema:name text",
    "subject dcterms:title text",
    "number schema:alternateName text",
    "description dcterms:description text",
    "text schema:text text",
    "reason schema:description text",
    "comment schema:ratingExplanation text",
    "question om:askedAs text",
    "answer om:answer text",
    "result om:result text",
    "signature om:signature text",
    "resolution om:resolution text",
    "url schema:url link",
    "language schema:inLanguage text",
    "tags schema:keywords texts",
    "visibility om:visibility visibility",
    "channel om:channel channel",
    "to_channel om:toChannel channel",
    "direction om:direction direction",
    "author_kind om:authorKind author",
    "form om:form text",
    "occurred_at schema:dateSent time",
    "created_at dcterms:created time",
    "resolved_at om:resolvedAt time",
    "due_at om:dueAt time",
    "done_at om:doneAt time",
    "status oslc_cm:status text",
    "status_class om:statusClass state",
    "stage om:stage text",
    "priority om:priority priority",
    "priority_scheme om:priorityScheme text",
    "severity om:severity severity",
    "issue_type om:issueType text",
    "fixed_in om:fixedIn texts",
    "clocks om:slaTarget clocks",
    "sequence schema:position number",
    "in_reply_to om:inReplyTo text",
    "attachments schema:messageAttachment files",
    "duration_seconds om:durationSeconds number",
    "outcome om:outcome text",
    "recording schema:audio files",
    "domains om:domain texts",
    "tier om:tier text",
    "state_name om:stateName text",
    "annual_value om:annualValue number",
    "currency om:currency text",
    "industry om:industry text",
    "phone schema:telephone text",
    "address om:address json",
    "time_zone om:timeZone text",
    "birth_date schema:birthDate date",
    "part_type schema:category text",
    "day dcterms:date date",
    "count schema:userInteractionCount number",
    "errors om:errors number",
    "last_error om:lastError text",
    "error_counts om:errorCounts json",
    "last om:lastProperties json",
    "arguments om:arguments json",
    "custom om:custom json",
)

FEEDBACK: Final[Mapping[str, Field]] = fields(
    "score schema:ratingValue number",
    "worst schema:worstRating number",
    "best schema:bestRating number",
    "metric schema:reviewAspect text",
    "occurred_at schema:dateCreated time",
)
