"""Slack's users and bots → contacts and agents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from omnimemory.model.records import AgentRecord, AuthorKind, Contact, Person
from omnimemory.sources._reading import Fields, Json, as_object

IsCustomer: TypeAlias = Callable[[Mapping[str, Json]], bool]


class People:
    """The members of a workspace, and which of them are customers.

    Args:
        users: Slack's user objects.
        customers: Tells whether a user object is a customer's. Left out, guests
            (``is_restricted``, ``is_ultra_restricted``), strangers (``is_stranger``) and
            members of other teams are customers.
        team: The tenant's own team; that of most users if left out.
    """

    def __init__(
        self, users: Iterable[Json], *, customers: IsCustomer | None = None, team: str | None = None
    ) -> None:
        known = [as_object(one) for one in users]
        self.users: dict[str, dict[str, Json]] = {
            str(one["id"]): one for one in known if one.get("id")
        }
        teams = Counter(str(one["team_id"]) for one in known if one.get("team_id"))
        self.team = team or max(teams, key=lambda one: (teams[one], one), default=None)
        self._customers = customers

    def kind(self, id: str, *, seen: Mapping[str, Json] | None = None) -> AuthorKind:
        """Return what a member is.

        Args:
            id: The member.
            seen: What else is known of one whom the list of users lacks.
        """
        user = self.users.get(id) or {"id": id, **(seen or {})}
        if user.get("is_bot") or id == "USLACKBOT":
            return "bot"
        if self._customers is not None:
            return "customer" if self._customers(user) else "agent"
        return "customer" if self._is_outside(user) else "agent"

    def _is_outside(self, user: Mapping[str, Json]) -> bool:
        guest = ("is_restricted", "is_ultra_restricted", "is_stranger")
        team = user.get("team_id")
        return any(user.get(flag) for flag in guest) or (
            bool(team) and self.team is not None and str(team) != self.team
        )

    def person(self, id: str, *, seen: Mapping[str, Json] | None = None) -> Person:
        """Return a member as a participant."""
        user = self.users.get(id) or dict(seen or {})
        profile = as_object(user.get("profile"))
        return Person(
            id=id,
            kind=self.kind(id, seen=seen),
            name=self.name(id, seen=seen),
            email=str(profile["email"]) if profile.get("email") else None,
            phone=str(profile["phone"]) if profile.get("phone") else None,
        )

    def name(self, id: str, *, seen: Mapping[str, Json] | None = None) -> str | None:
        """Return what a member is called, or None where nothing says so."""
        user = self.users.get(id) or dict(seen or {})
        profile = as_object(user.get("profile"))
        names = (profile.get("real_name"), user.get("real_name"), user.get("name"))
        return next((str(name) for name in names if name), None)

    def record(self, value: Json, *, source: str) -> Contact | AgentRecord:
        """Return a member of the list of users as a record."""
        given = Fields(value)
        id = str(given.need("id"))
        person = self.person(id)
        profile = given.object("profile")
        for named in (given, profile):
            named.repeats("real_name", person.name)
        profile.skip("email", "phone")
        updated = given.time("updated")
        if person.kind != "customer":
            return AgentRecord(
                source=source, id=id, person=person, updated_at=updated, extra=given.rest()
            )
        return Contact(
            source=source,
            id=id,
            person=person,
            title=profile.text("title"),
            time_zone=given.text("tz"),
            updated_at=updated,
            extra=given.rest(),
        )
