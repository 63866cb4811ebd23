"""DevRev's participants and companies: rev users, dev users, bots, accounts, workspaces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from omnimemory.model.records import (
    Account,
    AgentRecord,
    AuthorKind,
    Contact,
    Identifier,
    Person,
    Record,
    Ref,
    Team,
)
from omnimemory.sources._reading import Fields

REPEATS: Final = ("id_v1", "display_handle", "thumbnail", "stock_schema_fragment")
"""Fields that say again, in an older or a drawn form, what others say."""

_KINDS: Final[dict[str, AuthorKind]] = {
    "rev_user": "customer",
    "dev_user": "agent",
    "sys_user": "bot",
    "service_account": "bot",
}
_MARKS: Final[dict[str, str]] = {"revu": "rev_user", "devu": "dev_user", "sysu": "sys_user"}


def user_type(fields: Fields) -> str:
    """Return whether a user is a ``rev_user``, ``dev_user``, ``sys_user`` or ``service_account``.

    The object says so itself, else its id does (``…:devu/1``).
    """
    named = fields.text("type")
    if named is not None:
        return named
    mark = str(fields.take("id", "")).rpartition(":")[2].partition("/")[0]
    return _MARKS.get(mark, "service_account" if mark == "svcacc" else "rev_user")


def person(fields: Fields) -> Person:
    """Return a user as records name one."""
    fields.skip(*REPEATS, "display_id", "state")
    kind = _KINDS.get(user_type(fields), "customer")
    name = fields.text("full_name")
    shown = fields.text("display_name")
    email = fields.text("email")
    generated = kind == "bot"
    found = [Identifier(type="email", value=email, verified=not generated)] if email else []
    phones = [str(phone) for phone in fields.items("phone_numbers")]
    found += [Identifier(type="phone", value=phone) for phone in phones]
    found += [
        Identifier(type="external", namespace="devrev.ref", value=value)
        for value in _references(fields)
    ]
    return Person(
        id=str(fields.need("id")), kind=kind, name=name or shown, identifiers=tuple(found)
    )


def _references(fields: Fields) -> list[str]:
    """Return the ids that the customer's own systems give a user, each once."""
    one = fields.text("external_ref")
    many = [str(value) for value in fields.items("external_refs")]
    return list(dict.fromkeys(([one] if one else []) + many))


def user(fields: Fields, *, source: str) -> Iterator[Record]:
    """Yield the record of a user of any type."""
    type = user_type(fields)
    state = fields.text("state")
    verified = fields.flag("is_verified")
    who = person(fields)
    common: dict[str, Any] = {
        "source": source,
        "id": who.id,
        "person": who,
        "created_at": fields.time("created_date"),
        "updated_at": fields.time("modified_date"),
        "custom": fields.take("custom_fields", {}),
    }
    if type != "rev_user":
        fields.put_back("state")
        yield AgentRecord(**common, extra=fields.rest())
        return
    companies = [one for name in ("rev_org", "account") if (one := _company(fields, name))]
    if verified is not None:
        fields.put_back("is_verified")
    yield Contact(**common, state_name=state, accounts=tuple(companies), extra=fields.rest())


def _company(fields: Fields, name: str) -> Ref | None:
    if name not in fields:
        return None
    inner = fields.object(name)
    inner.skip(*REPEATS, "display_id", "display_name", "type")
    return Ref(kind="Account", id=str(inner.need("id")))


def account(fields: Fields, *, source: str) -> Iterator[Record]:
    """Yield the record of an account, or of a workspace as a part of one."""
    fields.skip(*REPEATS, "type")
    id = str(fields.need("id"))
    display = fields.text("display_id")
    domain = fields.text("domain")
    domains = [str(one) for one in fields.items("domains")]
    owners = fields.objects("owned_by")
    references = {f"devrev.ref.{n}": one for n, one in enumerate(_references(fields))}
    yield Account(
        source=source,
        id=id,
        name=fields.text("display_name") or display or id,
        domains=tuple(dict.fromkeys([*domains, *([domain] if domain else [])])),
        description=fields.text("description"),
        tier=fields.text("tier"),
        state_name=fields.text("state"),
        tags=tags(fields),
        refs=({"devrev": display} if display else {}) | references,
        owner=person(owners[0]) if owners else None,
        parent=_company(fields, "account") or _company(fields, "primary_account"),
        created_at=fields.time("created_date"),
        updated_at=fields.time("modified_date"),
        custom=fields.take("custom_fields", {}),
        extra=fields.rest(),
    )


def team(fields: Fields, *, source: str) -> Iterator[Record]:
    """Yield the record of a group of agents."""
    fields.skip(*REPEATS)
    yield Team(
        source=source,
        id=str(fields.need("id")),
        name=str(fields.first("name", "display_id") or fields.need("id")),
        created_at=fields.time("created_date"),
        updated_at=fields.time("modified_date"),
        extra=fields.rest(),
    )


def tags(fields: Fields) -> tuple[str, ...]:
    """Return tags with their values, as ``name`` or ``name:value``."""
    out: list[str] = []
    for one in fields.objects("tags"):
        one.skip("id")
        tag = one.object("tag") if "tag" in one else one
        tag.skip("id", "id_v1")
        name = tag.first("name", "display_id")
        tag.skip("display_id")
        value = one.text("value")
        if name:
            out.append(f"{name}:{value}" if value else name)
    return tuple(out)
