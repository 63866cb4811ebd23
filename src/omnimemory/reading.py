"""Reading: what can be asked about customers: who, what happened, what answers, the pack."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING

from omnimemory.context import pack as packing
from omnimemory.embed.reranker import Reranker, Rescore
from omnimemory.index.search import Proposer, Searcher
from omnimemory.index.signals import Nearness
from omnimemory.listing import Listing, When, find_by_name
from omnimemory.model.audience import Audience
from omnimemory.model.time import parse_time
from omnimemory.reads.compare import Comparison, compare
from omnimemory.reads.customers import Customer, find_customer, find_customer_id, list_customers
from omnimemory.reads.graph import Found, Graph, graph_around
from omnimemory.reads.page import Page
from omnimemory.reads.results import Result, find_results
from omnimemory.reads.timeline import Timeline, timeline

if TYPE_CHECKING:
    from omnimemory.context.pack import ContextPack
    from omnimemory.context.tokens import Tokenizer

_ALL = 1_000_000


class Reading(Listing, ABC):
    """What can be asked of a memory about customers."""

    @abstractmethod
    def _searcher(self) -> Searcher:
        """Return what finds passages of the whole tenant."""

    @abstractmethod
    def _proposer(self) -> Proposer:
        """Return what proposes passages of the whole tenant."""

    @abstractmethod
    def _nearness(self) -> Nearness | None:
        """Return what tells how near nodes are to a query in meaning, if anything does."""

    @abstractmethod
    def _rescore(self, *, rerank: Reranker | bool = True) -> Rescore | None:
        """Return what asks this reranker, or the memory's if it is True."""

    def customer(self, name: str, *, as_of: When = None) -> Customer:
        """Return the customer with this id or identifier, in any spelling.

        Raises:
            InputError: The text is no identifier.
            AmbiguousError: Several customers share it, as they do a role address.
            NotFoundError: Nobody has it; the error names identifiers that look alike.
        """
        return find_customer(self.view(as_of), name)

    def customers(
        self,
        *,
        account: str | None = None,
        after: str | None = None,
        limit: int = 100,
        as_of: When = None,
    ) -> Page[Customer]:
        """Return customers by id, a page at a time.

        Args:
            account: Only those who belong to it: its id, a key, a domain or its name.
            after: The cursor of the page before.
            limit: Largest number of customers.
            as_of: A point in time.

        Raises:
            NotFoundError: There is no such account.
        """
        return list_customers(self.view(as_of), account=account, after=after, limit=limit)

    def timeline(
        self,
        customer: Customer | str,
        *,
        kinds: Collection[str] | None = None,
        channels: Collection[str] | None = None,
        since: str | date | datetime | None = None,
        until: str | date | datetime | None = None,
        limit: int = 50,
        after: str | None = None,
        audience: Audience = "internal",
        as_of: When = None,
    ) -> Timeline:
        """Return what happened with a customer in every channel, newest first.

        Args:
            customer: Whose.
            kinds: Node kinds, such as ``["Interaction", "Ticket"]``.
            channels: Channels, such as ``["email", "phone"]``.
            since: Only from this time on.
            until: Only from before this time.
            limit: Largest number of entries.
            after: The cursor of the page before.
            audience: Who reads.
            as_of: A point in time.
        """
        view = self.view(as_of)
        return timeline(
            view,
            find_by_name(view, customer),
            kinds=self.kinds,
            only=kinds,
            channels=channels,
            since=None if since is None else parse_time(since),
            until=None if until is None else parse_time(until),
            limit=limit,
            after=after,
            audience=audience,
        )

    def graph(
        self,
        around: Found | str | Iterable[Found],
        *,
        hops: int = 2,
        kinds: Collection[str] | None = None,
        limit: int = 500,
        audience: Audience = "internal",
        as_of: When = None,
    ) -> Graph:
        """Return what lies around a customer, or around whatever a read returned.

        It is there to look at or to take elsewhere: ``memory.graph(memory.tickets()).to_dot()``.

        It does not go on from what many customers lead to: accounts, agents, teams, parts,
        articles.

        Args:
            around: A customer or any identifier of one, a ticket, an entry of a timeline, a
                result of a search; or a page of such.
            hops: How many edges away from them; from the identities of a customer.
            kinds: Edge kinds to go along, such as ``["FROM", "PART_OF"]``.
            limit: Largest number of nodes; where there are more, the newest come.
            audience: Who looks.
            as_of: A point in time.
        """
        view = self.view(as_of)
        given = [around] if isinstance(around, Found | str) else around
        return graph_around(
            view,
            [find_by_name(view, one) if isinstance(one, Customer | str) else one for one in given],
            kinds=self.kinds,
            hops=hops,
            only=kinds,
            limit=limit,
            audience=audience,
        )

    def compare(
        self,
        customer: Customer | str,
        earlier: When,
        later: When = None,
        *,
        audience: Audience = "internal",
    ) -> Comparison:
        """Return what changed for a customer between two times: as data, and as a picture.

        Args:
            customer: Whose.
            earlier: The first point in time.
            later: The second; now if left out.
            audience: Who looks.

        Raises:
            InputError: The first time does not lie before the second.
            NotFoundError: There is no such customer at the second.
        """
        name = customer.id if isinstance(customer, Customer) else customer
        views = self.view(earlier), self.view(later)
        return compare(*views, name, kinds=self.kinds, audience=audience)

    def search(
        self,
        query: str,
        *,
        customer: Customer | str | None = None,
        account: str | None = None,
        kinds: Collection[str] | None = None,
        limit: int = 10,
        audience: Audience = "internal",
        rerank: Reranker | bool = True,
        as_of: When = None,
    ) -> Page[Result]:
        """Return what the words of ``query`` are found in, best first.

        Args:
            query: Words; punctuation separates them.
            customer: Only what is this customer's.
            account: Only what is this account's customers'.
            kinds: Only these node kinds.
            limit: Largest number of results.
            audience: Who reads.
            rerank: Whether the memory's reranker is asked, if it has one; or another one.
            as_of: A point in time.

        Raises:
            EmbedderError: The embedder failed.
            InputError: The query is no text, or the limit or the reranker cannot be used.
            RerankerError: The reranker failed.
        """
        view = self.view(as_of)
        whose = None if customer is None else (find_by_name(view, customer),)
        if account is not None:
            of_account = list_customers(view, account=account, after=None, limit=_ALL)
            whose = tuple(of_account)
        return find_results(
            view,
            query,
            customers=whose,
            kinds=self.kinds,
            only=kinds,
            limit=limit,
            audience=audience,
            searcher=self._searcher(),
            nearness=self._nearness(),
            rescore=self._rescore(rerank=rerank),
        )

    def context_pack(
        self,
        customer: Customer | str,
        query: str | None = None,
        *,
        budget: int = 2_000,
        audience: Audience = "internal",
        tokenizer: Tokenizer | None = None,
        similar: bool | None = None,
        as_of: When = None,
    ) -> ContextPack:
        """Return the history that matters, in at most ``budget`` tokens, nothing left unsaid.

        Args:
            customer: Whose.
            query: What they want now; it draws what bears on it to the front.
            budget: Most tokens, as ``tokenizer`` counts them.
            audience: Who reads: ``internal`` for the tenant's agents, ``customer`` where
                the customer may see what an agent sees.
            tokenizer: Counts tokens; an estimate that does not fall short if left out.
            similar: Whether an eighth of the budget is set aside for how others' tickets were
                resolved and for articles, where there is a query; from a budget of 1,200
                tokens on if left out.
            as_of: A point in time.

        Raises:
            NotFoundError: There is no such customer.
            InputError: The budget is too small for the frame; the message says for which.
        """
        view = self.view(as_of)
        name = customer.id if isinstance(customer, Customer) else customer
        return packing.build(
            view,
            find_customer_id(view, name),
            query=query,
            budget_tokens=budget,
            audience=audience,
            tokenizer=tokenizer,
            similar=similar,
            kinds=self.kinds,
            proposer=self._proposer(),
            nearness=self._nearness(),
            rescore=self._rescore(),
        )
