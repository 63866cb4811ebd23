"""How one memory decides who is who: its policy, what it has learned, who listens."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

from omnimemory.identity import facts
from omnimemory.identity.cache import StandingCache
from omnimemory.identity.decide import Event
from omnimemory.identity.policy import CAUTIOUS, Policy, policy_of
from omnimemory.identity.statistics import Statistics
from omnimemory.model.facts import Node
from omnimemory.model.time import BEGINNING, Span

Listener: TypeAlias = Callable[[Event], object]

_LOG: Final = logging.getLogger(__name__)
_FEWEST: Final = 200
_SHARE: Final = 20
"""Statistics are written once a twentieth of all names, and at least 200, are new."""


class Resolution:
    """The policy of a memory, the statistics it has at hand, and its subscribers.

    Statistics are a cache of one node of the store and of what came since; what was not yet
    written when a process ends is counted no more, which costs precision, never correctness.

    Args:
        policy: A policy or its name.

    Attributes:
        policy: What decides.
        cache: Customers that were read before.
    """

    def __init__(self, policy: Policy | str = CAUTIOUS) -> None:
        self.policy = policy_of(policy)
        self._base = Statistics()
        self._read: Node | None = None
        self._unwritten = 0
        self.cache = StandingCache()
        self._listeners: list[Listener] = []
        self._lock = threading.Lock()

    def begin(self, stored: Node | None) -> Statistics:
        """Return statistics to learn into, on top of those that the store holds now."""
        with self._lock:
            if stored is not None and stored != self._read:
                self._read = stored
                self._base = Statistics.from_props(stored.props)
                self._unwritten = 0
            return Statistics(self._base)

    def due(self, learned: Statistics) -> Node | None:
        """Return the node of the statistics where it is time to write it."""
        with self._lock:
            fresh = self._unwritten + learned.named - self._base.named
            if fresh < max(_FEWEST, self._base.named // _SHARE):
                return None
            total = Statistics()
            total.absorb(self._base)
            total.absorb(learned)
        return Node(
            id=facts.STATISTICS, kind="Statistics", span=Span(BEGINNING), props=total.to_props()
        )

    def end(self, learned: Statistics, written: Node | None, events: Iterable[Event]) -> None:
        """Keep what a batch taught once it is committed, and tell the subscribers."""
        with self._lock:
            self._unwritten += learned.named - self._base.named
            self._base.absorb(learned)
            if written is not None:
                self._unwritten = 0
        self.tell(events)

    def tell(self, events: Iterable[Event]) -> None:
        """Tell the subscribers what was committed; one that fails is logged, and stops nobody."""
        for event in events:
            for listener in tuple(self._listeners):
                try:
                    listener(event)
                except Exception:  # noqa: BLE001 - it is the listener's, whatever it is
                    _LOG.exception("a listener failed at %r of %s", event.kind, event.customer)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call a function with each event after its commit; return what ends that.

        It hears events on the thread that wrote; an error of its own is logged.
        """
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe
