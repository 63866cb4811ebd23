"""The scope of an agent: whose memory, which customer, for whose eyes, and who the agent is.

The program sets it, from its own login or the framework's context; no model fills it in.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import KW_ONLY, dataclass, replace
from typing import Any, Final

from omnimemory.context.pack import ContextPack
from omnimemory.errors import AmbiguousError, InputError, NotFoundError
from omnimemory.memory import Memory
from omnimemory.model.audience import Audience, levels, may_see
from omnimemory.model.facts import Node
from omnimemory.model.ids import is_node_id, node_id, prefix
from omnimemory.model.records import BUILT_IN, Channel, Person, Visibility
from omnimemory.reads.customers import Customer
from omnimemory.reads.items import Item
from omnimemory.reads.timeline import OWN_EDGES
from omnimemory.store.base import GraphView

UNKNOWN: Final = (
    "Nothing is known about this customer yet. What they say and what you do can be written down."
)

_NEAR: Final = ("ABOUT", "CITES", "DEPENDS_ON", "OF", "PART_OF", "RESOLVED_BY", "STATED_IN")
_MOST_NEAR: Final = 1_000
_SHARED: Final = frozenset({"Article", "Part"})
_STAFF: Final = frozenset({"Agent", "Team"})
_NOBODYS: Final = frozenset({"Tenant", "Tombstone"})


@dataclass(frozen=True)
class Scope:
    """What an agent may read, and whom its writes are marked as coming from.

    Attributes:
        memory: The tenant's memory; nothing crosses the tenant.
        by: Who the agent is: ``ai_agent:NAME``, ``bot:NAME`` or ``agent:NAME``.
        customer: The one customer who may be read, by id or any identifier; None lets the
            agent name any customer of the tenant.
        audience: ``customer`` where the customer may see what the agent sees, so that nothing
            internal is read; ``internal`` for an assistant of the tenant's own people.
        channel: Where the exchange happens.
        conversation: The thread: an id of the program's, or a whole ``conversation:SOURCE:ID``.
    """

    memory: Memory
    _: KW_ONLY
    by: str
    customer: str | None = None
    audience: Audience = "customer"
    channel: Channel = "chat"
    conversation: str | None = None

    def __post_init__(self) -> None:
        levels(self.audience)
        kind, _, name = self.by.partition(":")
        if kind not in ("ai_agent", "bot", "agent") or not name:
            raise InputError(
                f"by is {self.by!r}; write 'ai_agent:NAME', 'bot:NAME' or 'agent:NAME'"
            )

    @property
    def agent(self) -> Person:
        """The agent as records name it."""
        kind, _, name = self.by.partition(":")
        return Person.model_validate({"kind": kind, "id": name, "name": name})

    @property
    def visibility(self) -> Visibility:
        """How widely what the agent writes is visible: no wider than what it may have read."""
        return Visibility.INTERNAL if self.audience == "internal" else Visibility.EXTERNAL

    def only(self, customer: str) -> Scope:
        """Return the same scope for one customer, as a scope without one lets an agent choose.

        Raises:
            NotFoundError: There is no such customer.
            AmbiguousError: Several share the identifier.
            InputError: The scope is another customer's, or the text is no identifier.
        """
        if self.customer is not None:
            raise InputError("this scope is for one customer, and cannot be asked for another")
        return replace(self, customer=self.memory.customer(customer).id)

    def whose(self) -> Customer:
        """Return the customer of the scope.

        Raises:
            NotFoundError: There is no such customer.
            AmbiguousError: Several share the identifier.
            InputError: The scope is for all customers.
        """
        if self.customer is None:
            raise InputError("name a customer: an id, an e-mail address or a phone number")
        return self.memory.customer(self.customer)

    def pack(self, query: str | None = None, *, budget: int = 2_000) -> ContextPack:
        """Return the context pack of the customer, for the eyes of this scope.

        Raises:
            NotFoundError: There is no such customer.
            InputError: The budget is too small for the frame.
        """
        return self.memory.context_pack(
            self.customer or self.whose(), query, budget=budget, audience=self.audience
        )

    def text(self, query: str | None = None, *, budget: int = 2_000) -> str:
        """Return the pack as text for a model's instructions; a sentence if nobody is known."""
        try:
            return self.pack(query, budget=budget).markdown()
        except NotFoundError:
            return UNKNOWN

    def record(self, name: str) -> Item:
        """Return the record with this id or citation, if it may be read here.

        Args:
            name: ``ticket:zendesk:7``, or as packs cite it: ``[zendesk:ticket:7]``.

        Raises:
            NotFoundError: There is none, or it is not for this scope; the error does not
                say which.
        """
        view = self.memory.view()
        nodes = view.nodes(_spellings(name, self.memory.kinds.custom))
        for node in nodes:
            if node.props and self.allows(view, node):
                return Item(node, view, self.memory.kinds.title_fields.get(node.kind))
        raise NotFoundError("record", name)

    def allows(self, view: GraphView, node: Node) -> bool:
        """Return whether a node may be read here: by its level, and by whose it is."""
        if node.kind in ("Customer", "Identity"):
            return self.customer is None or node.id in _own(self._known())
        if node.kind in _NOBODYS or not self._sees(view, node):
            return False
        if self.customer is None or node.kind in _SHARED:
            return True
        if node.kind in _STAFF:
            return self.audience == "internal"
        return self._holds(view, node)

    def _holds(self, view: GraphView, node: Node) -> bool:
        known = self._known()
        anchors = (*OWN_EDGES, *self.memory.kinds.anchors().values())
        return known is not None and is_theirs(view, node, known, anchors)

    def _sees(self, view: GraphView, node: Node) -> bool:
        """Return whether the audience may see a node; a statement no wider than its source."""
        if not may_see(self.audience, node):
            return False
        stated = view.edges([node.id], kinds=["STATED_IN"], at="source")
        sources = view.nodes([edge.target for edge in stated])
        return all(may_see(self.audience, one) for one in sources if one.props)

    def _known(self) -> Customer | None:
        try:
            return self.whose()
        except (NotFoundError, AmbiguousError):
            return None


def is_theirs(
    view: GraphView, node: Node, customer: Customer, anchors: Collection[str] = OWN_EDGES
) -> bool:
    """Return whether a node is a customer's.

    It is if it hangs on one of their identities; what hangs on nobody is if it is one edge
    away from what does. An issue is never somebody's, so for it only the second counts.

    Args:
        view: Where to look.
        node: The node.
        customer: Whose it may be.
        anchors: The edge kinds by which things hang on identities.
    """
    if node.id in _own(customer):
        return True
    ends = view.edges([node.id], kinds=anchors, at="source")
    owners = {edge.target for edge in ends if is_node_id(edge.target, "Identity")}
    if owners & set(customer.identities):
        return True
    if owners and node.kind != "Issue":
        return False
    near = {
        end
        for edge in view.edges([node.id], kinds=_NEAR, newest=_MOST_NEAR)
        for end in (edge.source, edge.target)
        if end != node.id
    }
    held = view.edges(near, kinds=anchors, at="source")
    return any(edge.target in customer.identities for edge in held)


def _own(customer: Customer | None) -> set[str]:
    if customer is None:
        return set()
    return {customer.id, *customer.identities, *(id for id, _ in customer.accounts)}


def _spellings(name: str, custom: Mapping[str, Any]) -> list[str]:
    """Return the ids that a text may mean: as it is, and as packs cite it."""
    bare = name.strip().removeprefix("[").removesuffix("]")
    source, _, rest = bare.partition(":")
    kind, _, own = rest.partition(":")
    known = {prefix(one): one for one in (*(record.kind for record in BUILT_IN), *custom)}
    cited = [node_id(known[kind], source, own)] if kind in known and own else []
    return [bare, *cited]
