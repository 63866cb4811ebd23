"""The sample company's engineering issues as GitHub's REST API lists them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple, TypeAlias

from omnimemory.testing.company.shapes import at, iso

Json: TypeAlias = dict[str, Any]

API: Final = "https://github.example/api/v3/repos/tillwright/shop"
WEB: Final = "https://github.example/tillwright/shop"
_PEOPLE: Final = {"rlarsen": 41_001, "yuki-t": 41_002, "mdvorak": 41_003, "tadeyemi": 41_004}
_LABELS: Final = {
    "bug": "d73a4a",
    "enhancement": "a2eeef",
    "area:payments": "0e8a16",
    "area:checkout": "1d76db",
    "area:receipts": "5319e7",
    "area:shipping": "fbca04",
    "area:storefront": "c5def5",
    "customer-reported": "e99695",
}


class Bug(NamedTuple):
    """One issue; comments are (time, login, text), events (time, login, what, detail)."""

    number: int
    title: str
    body: str
    author: str
    assignee: str | None
    labels: tuple[str, ...]
    opened: str
    closed: str | None = None
    milestone: str | None = None
    comments: tuple[tuple[str, str, str], ...] = ()
    events: tuple[tuple[str, str, str, str], ...] = ()

    @property
    def id(self) -> int:
        """The id that stays when the issue moves to another repository."""
        return 2_931_840_000 + self.number

    @property
    def history(self) -> list[tuple[datetime, str, str, str]]:
        """Its events, the labels among them: one a minute from when it was opened."""
        labels = [
            (at(self.opened) + timedelta(minutes=place), self.author, "labeled", label)
            for place, label in enumerate(self.labels)
        ]
        others = [(at(when), login, what, about) for when, login, what, about in self.events]
        return sorted([*labels, *others])

    @property
    def updated(self) -> datetime:
        """When something last happened to it."""
        return max(one[0] for one in (*self.history, *((at(one[0]),) for one in self.comments)))


BUGS: Final = (
    Bug(
        812,
        "Checkout captures twice when the 3-D Secure answer times out (E4012)",
        "A payment that ends with `E4012` is retried without its idempotency key, so the bank "
        "captures it again.\n\n"
        "Reported in Zendesk #35102 and #35436.\n\n"
        "**To reproduce**: answer the 3-D Secure challenge after more than 30 seconds, then press "
        "pay again.\n\n**Expected**: one capture. **Seen**: two.",
        "mdvorak",
        "rlarsen",
        ("bug", "area:payments", "customer-reported"),
        "2026-01-20 09:01",
        milestone="4.18",
        comments=(
            (
                "2026-02-12 15:02",
                "tadeyemi",
                "Three shoppers of Jadewell Tea saw E4012 this morning, none charged twice.",
            ),
            (
                "2026-03-04 15:12",
                "mdvorak",
                (
                    "Zendesk #35436: 7 × E4012 on INV-2231, two captures. A bakery owner, and she "
                    "is rightly cross."
                ),
            ),
            (
                "2026-03-05 17:40",
                "rlarsen",
                (
                    "Fix is in #829: the retry keeps the idempotency key. It ships with 4.18 on "
                    "Tuesday, 10 March."
                ),
            ),
        ),
        events=(
            ("2026-02-24 10:15", "rlarsen", "assigned", "rlarsen"),
            ("2026-03-05 17:41", "rlarsen", "milestoned", "4.18"),
        ),
    ),
    Bug(
        790,
        "Delivery notes print without the logo after 4.15",
        "The receipt template loses its logo when the settings are migrated.",
        "mdvorak",
        "yuki-t",
        ("bug", "area:receipts"),
        "2026-01-07 10:20",
        closed="2026-02-16 14:00",
        milestone="4.17",
        comments=(("2026-02-16 13:58", "yuki-t", "Fixed by #801, part of 4.17."),),
        events=(
            ("2026-01-08 09:00", "yuki-t", "assigned", "yuki-t"),
            ("2026-02-16 14:00", "yuki-t", "closed", ""),
        ),
    ),
    Bug(
        744,
        "Shipping labels stay empty when the order note holds an emoji",
        "The label service answers 400 for characters outside the basic plane.",
        "tadeyemi",
        "yuki-t",
        ("bug", "area:shipping"),
        "2025-11-03 08:45",
        closed="2025-12-01 16:30",
        milestone="4.15",
        events=(
            ("2025-11-04 09:00", "yuki-t", "assigned", "yuki-t"),
            ("2025-12-01 16:30", "yuki-t", "closed", ""),
        ),
    ),
    Bug(
        818,
        "Storefront banner is cut off on narrow phones",
        "Below 380 px the banner is cropped instead of scaled.",
        "tadeyemi",
        None,
        ("bug", "area:storefront"),
        "2026-02-19 09:10",
    ),
    Bug(
        826,
        "Let shop owners plan holiday closures",
        "Asked for by several cafés: no orders can be placed between two dates.",
        "tadeyemi",
        None,
        ("enhancement", "area:storefront"),
        "2026-03-02 11:30",
    ),
)


def _user(login: str) -> Json:
    return {
        "login": login,
        "id": _PEOPLE[login],
        "html_url": f"https://github.example/{login}",
        "type": "User",
        "site_admin": False,
    }


def _label(name: str) -> Json:
    return {"name": name, "color": _LABELS[name], "default": name in ("bug", "enhancement")}


def issues() -> list[Json]:
    """Return ``github/issues.json``, newest first."""
    return [_issue(bug) for bug in sorted(BUGS, key=lambda bug: -bug.number)]


def _issue(bug: Bug) -> Json:
    people = [_user(bug.assignee)] if bug.assignee else []
    return {
        "url": f"{API}/issues/{bug.number}",
        "repository_url": API,
        "comments_url": f"{API}/issues/{bug.number}/comments",
        "events_url": f"{API}/issues/{bug.number}/events",
        "html_url": f"{WEB}/issues/{bug.number}",
        "id": bug.id,
        "node_id": f"I_made_up_{bug.number}",
        "number": bug.number,
        "title": bug.title,
        "user": _user(bug.author),
        "labels": [_label(name) for name in bug.labels],
        "state": "closed" if bug.closed else "open",
        "state_reason": "completed" if bug.closed else None,
        "locked": False,
        "assignee": people[0] if people else None,
        "assignees": people,
        "milestone": _milestone(bug.milestone) if bug.milestone else None,
        "comments": len(bug.comments),
        "created_at": iso(at(bug.opened)),
        "updated_at": iso(bug.updated),
        "closed_at": iso(at(bug.closed)) if bug.closed else None,
        "author_association": "MEMBER",
        "body": bug.body,
    }


def _milestone(title: str) -> Json:
    return {"title": title, "number": int(title.split(".")[1]), "state": "open"}


def comments() -> list[Json]:
    """Return ``github/comments.json``, the comments of all issues."""
    return [
        {
            "url": f"{API}/issues/comments/{bug.id * 10 + place}",
            "html_url": f"{WEB}/issues/{bug.number}#issuecomment-{bug.id * 10 + place}",
            "issue_url": f"{API}/issues/{bug.number}",
            "id": bug.id * 10 + place,
            "user": _user(login),
            "created_at": iso(at(when)),
            "updated_at": iso(at(when)),
            "author_association": "MEMBER",
            "body": text,
        }
        for bug in BUGS
        for place, (when, login, text) in enumerate(bug.comments)
    ]


def events() -> list[Json]:
    """Return ``github/events.json``, what happened to the issues."""
    return [_event(bug, place, *event) for bug in BUGS for place, event in enumerate(bug.history)]


def _event(bug: Bug, place: int, when: datetime, login: str, what: str, about: str) -> Json:
    detail: dict[str, Json] = {}
    if what == "labeled":
        detail = {"label": {"name": about, "color": _LABELS[about]}}
    elif what == "assigned":
        detail = {"assignee": _user(about), "assigner": _user(login)}
    elif what == "milestoned":
        detail = {"milestone": {"title": about}}
    return {
        "id": bug.id * 10 + place,
        "node_id": f"E_made_up_{bug.number}_{place}",
        "url": f"{API}/issues/events/{bug.id * 10 + place}",
        "actor": _user(login),
        "event": what,
        "commit_id": None,
        "created_at": iso(when),
        "issue": _issue(bug),
        **detail,
    }
