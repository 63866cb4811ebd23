"""The prompts: ``take_over``, for whoever goes on with a customer, and ``escalate``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import mcp_types as types

from omnimemory.context.safe import quote
from omnimemory.errors import InputError
from omnimemory.integrations.scope import Scope

_CUSTOMER: Final = types.PromptArgument(
    name="customer", description="An id, an e-mail address or a phone number.", required=True
)
_TAKE_OVER: Final = (
    "You take over this customer from a colleague. First say in one sentence what they want and "
    "where it stands. Then go on from there: keep what was promised, do not repeat what was tried, "
    "and ask nothing that is answered below. Cite the records that you rely on."
)
_ESCALATE: Final = (
    "Escalate this. Write down with remember what was tried and what you promised, each once. Then "
    "call hand_off with the ticket or conversation, who takes over, and why in one sentence. "
    "Tell the customer who takes over, and that they need not explain it again."
)
_BUDGET_TOKENS: Final = 3_000


def listed(scope: Scope) -> list[types.Prompt]:
    """Return the prompts; a scope of one customer does not ask whom."""
    whom = [] if scope.customer is not None else [_CUSTOMER]
    query = types.PromptArgument(name="query", description="What the customer wants now.")
    of = types.PromptArgument(name="of", description="The ticket or conversation.", required=True)
    to = types.PromptArgument(
        name="to", description="team:NAME, agent:NAME or channel:NAME.", required=True
    )
    reason = types.PromptArgument(name="reason", description="Why.")
    return [
        types.Prompt(
            name="take_over",
            title="Take over",
            description="Go on with a customer without asking twice.",
            arguments=[*whom, query],
        ),
        types.Prompt(
            name="escalate",
            title="Escalate",
            description="Hand a customer over with all that is known.",
            arguments=[*whom, of, to, reason],
        ),
    ]


def get(scope: Scope, name: str, arguments: Mapping[str, str]) -> types.GetPromptResult:
    """Return a prompt with the customer's pack.

    Raises:
        InputError: There is no such prompt, or an argument is missing or too much.
        NotFoundError: There is no such customer, ticket or conversation here.
    """
    known = {prompt.name: prompt for prompt in listed(scope)}
    if name not in known:
        raise InputError(f"no prompt {name!r}; known: {', '.join(known)}")
    _check(known[name], arguments)
    inner = scope if scope.customer is not None else scope.only(arguments["customer"])
    text = _TAKE_OVER
    if name == "escalate":
        of = inner.record(arguments["of"])
        reason = f" Reason: {quote(arguments['reason'], 500)}." if arguments.get("reason") else ""
        text = f"{_ESCALATE}\nWhat: {of.id}. To: {quote(arguments['to'], 100)}.{reason}"
    pack = inner.pack(arguments.get("query"), budget=_BUDGET_TOKENS).markdown()
    return types.GetPromptResult(
        description=known[name].description,
        messages=[_message(text), _message(pack)],
    )


def _check(prompt: types.Prompt, arguments: Mapping[str, str]) -> None:
    known = {one.name: one for one in prompt.arguments or ()}
    missing = [name for name, one in known.items() if one.required and not arguments.get(name)]
    if missing or set(arguments) - set(known):
        raise InputError(
            f"the arguments of {prompt.name} are: {', '.join(known)}"
            + (f"; missing: {', '.join(missing)}" if missing else "")
        )


def _message(text: str) -> types.PromptMessage:
    return types.PromptMessage(role="user", content=types.TextContent(type="text", text=text))
