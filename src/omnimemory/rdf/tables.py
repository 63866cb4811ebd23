"""Which kind, edge and field is which term of a standard vocabulary: a row for each.

`omnimemory.rdf.mapping` reads these tables; adding a row is all that a new kind needs.
What has no row is a tenant's own and goes into the tenant's own namespace.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from omnimemory.rdf._fields import FEEDBACK, FIELDS, Field, fields


class Kind(msgspec.Struct, frozen=True):
    """What a node kind is.

    Attributes:
        classes: Classes of every node of the kind.
        fields: How its properties are said.
        variants: Further classes by the value of a property.
        dated: Whether the time that it held is said, where it began at some time.
    """

    classes: tuple[str, ...]
    fields: Mapping[str, Field]
    variants: Mapping[str, Mapping[str, str]] = {}
    dated: bool = False


class EdgeRow(msgspec.Struct, frozen=True):
    """What an edge of a kind is, from these kinds of nodes; any, where none is named."""

    predicates: tuple[str, ...]
    sources: frozenset[str] = frozenset()
    targets: frozenset[str] = frozenset()
    part: str | None = None
    """Class of a part of the source that says more than a plain triple can."""

    def fits(self, source: str, target: str) -> bool:
        """Return whether the row speaks of edges between nodes of these kinds."""
        return (not self.sources or source in self.sources) and (
            not self.targets or target in self.targets
        )


def _kind(
    classes: str,
    *,
    variants: Mapping[str, Mapping[str, str]] | None = None,
    dated: bool = False,
    special: Mapping[str, Field] | None = None,
) -> Kind:
    own = {**FIELDS, **(special or {})}
    return Kind(tuple(classes.split()), own, variants or {}, dated)


def _edge(
    predicates: str, *, source: str = "", target: str = "", part: str | None = None
) -> EdgeRow:
    return EdgeRow(
        tuple(predicates.split()), frozenset(source.split()), frozenset(target.split()), part
    )


HIDDEN_KINDS: Final = frozenset({"Tenant", "Tombstone"})
"""Kinds that are the library's own notes, in no export."""

_SOFTWARE: Final = "prov:SoftwareAgent"
_BUG: Final = "oslc_cm:Defect"
_FEATURE: Final = "oslc_cm:Enhancement"

KINDS: Final[Mapping[str, Kind]] = {
    "Account": _kind("schema:Organization org:Organization", dated=True),
    "Customer": _kind("schema:Person foaf:Person"),
    "Identity": _kind(
        "sioc:UserAccount foaf:OnlineAccount",
        special=fields("title schema:jobTitle text", "language schema:knowsLanguage text"),
    ),
    "Agent": _kind(
        "prov:Agent foaf:Agent",
        variants={
            "author_kind": {
                "agent": "schema:Person",
                "ai_agent": _SOFTWARE,
                "bot": _SOFTWARE,
                "system": _SOFTWARE,
            }
        },
    ),
    "Team": _kind("org:OrganizationalUnit"),
    "Conversation": _kind("schema:Conversation sioc:Thread", dated=True),
    "Interaction": _kind(
        "schema:Message sioc:Post",
        variants={
            "channel": {"email": "schema:EmailMessage"},
            "form": {"call": "schema:CommunicateAction", "note": "schema:Comment"},
        },
    ),
    "Ticket": _kind("om:SupportTicket oslc_cm:ChangeRequest", dated=True),
    "Issue": _kind(
        "om:EngineeringIssue oslc_cm:ChangeRequest",
        dated=True,
        variants={
            "issue_type": {
                "bug": _BUG,
                "Bug": _BUG,
                "defect": _BUG,
                "feature": _FEATURE,
                "Feature": _FEATURE,
                "enhancement": _FEATURE,
                "Story": _FEATURE,
                "task": "oslc_cm:Task",
                "Task": "oslc_cm:Task",
            }
        },
    ),
    "Part": _kind("schema:Product"),
    "Article": _kind("schema:TechArticle", dated=True),
    "Usage": _kind(
        "schema:InteractionCounter",
        special=fields("first_at schema:startTime time", "last_at schema:endTime time"),
    ),
    "Statement": _kind(
        "om:Statement prov:Entity",
        variants={
            "form": {
                "decision": "om:Decision",
                "question": "schema:Question",
                "commitment": "om:Commitment",
                "preference": "om:Preference",
                "attempt": "om:Attempt",
                "fact": "om:Fact",
            }
        },
        special=fields("occurred_at schema:dateCreated time", "status om:statementStatus text"),
    ),
    "Action": _kind(
        "schema:Action prov:Activity",
        special=fields(
            "occurred_at prov:startedAtTime time", "outcome schema:actionStatus outcome"
        ),
    ),
    "Feedback": _kind("schema:Rating", special=FEEDBACK),
    "Handoff": _kind(
        "om:Handoff prov:Activity", special=fields("occurred_at prov:startedAtTime time")
    ),
    "Order": _kind(
        "schema:Order",
        dated=True,
        special=fields(
            "number schema:orderNumber text",
            "placed_at schema:orderDate time",
            "status schema:orderStatus text",
            "total om:total number",
            "items om:items json",
            "delivered_at om:deliveredAt time",
        ),
    ),
    "Subscription": _kind(
        "om:Subscription",
        dated=True,
        special=fields(
            "plan schema:name text",
            "status om:subscriptionStatus text",
            "seats om:seats number",
            "amount om:amount number",
            "renews_at om:renewsAt time",
        ),
    ),
}

EDGES: Final[Mapping[str, tuple[EdgeRow, ...]]] = {
    "SAME_AS": (_edge("sioc:account_of", part="om:IdentityClaim"),),
    "POSSIBLE_SAME_AS": (_edge("om:possiblySameAs"),),
    "RELATED": (_edge("schema:knows"),),
    "CANNOT_LINK": (_edge("om:notSameAs"),),
    "SAME_COMPANY": (_edge("om:sameCompanyAs"),),
    "MEMBER_OF": (_edge("schema:memberOf", part="org:Membership"),),
    "BELONGS_TO": (_edge("org:memberOf"),),
    "FROM": (
        _edge("schema:sender sioc:has_creator", source="Interaction", target="Identity"),
        _edge("schema:sender", source="Interaction"),
        _edge("schema:agent", source="Action"),
        _edge("schema:author", source="Feedback"),
        _edge("prov:wasAttributedTo"),
    ),
    "TO": (_edge("om:handedTo", source="Handoff"), _edge("schema:toRecipient")),
    "CC": (_edge("schema:ccRecipient"),),
    "PART_OF": (_edge("sioc:has_container schema:isPartOf"),),
    "ABOUT": (_edge("schema:about"),),
    "CITES": (_edge("schema:citation"),),
    "REQUESTED_BY": (_edge("dcterms:creator"),),
    "ASSIGNED_TO": (_edge("dcterms:contributor"),),
    "OWNED_BY": (_edge("om:ownedBy"),),
    "DEPENDS_ON": (_edge("om:dependsOn oslc_cm:relatedChangeRequest"),),
    "DUPLICATE_OF": (_edge("om:duplicateOf"),),
    "FOLLOW_UP_OF": (_edge("om:followUpOf prov:wasDerivedFrom"),),
    "RELATES_TO": (_edge("oslc_cm:relatedChangeRequest"),),
    "CHILD_OF": (
        _edge("org:subOrganizationOf schema:parentOrganization", source="Account"),
        _edge("schema:isPartOf", source="Part"),
        _edge("oslc_cm:parent"),
    ),
    "MERGED_INTO": (_edge("dcterms:isReplacedBy"),),
    "RESOLVED_BY": (_edge("om:resolvedBy"),),
    "CONCERNS": (
        _edge("om:concerns schema:about", source="Article Conversation"),
        _edge("om:concerns"),
    ),
    "USED_BY": (_edge("om:usedBy"),),
    "STATED_IN": (_edge("prov:hadPrimarySource"),),
    "OF": (_edge("schema:object", source="Action"), _edge("schema:about")),
    "PLACED_BY": (_edge("schema:customer"),),
    "HELD_BY": (_edge("om:heldBy"),),
    "PAID_BY": (_edge("om:paidBy"),),
}
