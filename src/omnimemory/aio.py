"""The facade for asyncio: every call of `Memory`, on a worker thread."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import TracebackType
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, Self, TypeVar, overload

from omnimemory.memory import Memory, connect
from omnimemory.who.identities import Identities

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class _Threaded(Protocol[T_co]):
    """Something whose calls run on threads."""

    @property
    def target(self) -> T_co:
        """What is called."""
        ...

    async def run(self, call: Callable[[], R]) -> R:
        """Return what a call returns, made on one of the threads."""
        ...


class _OnThread(Generic[T, P, R]):
    """A method as an awaitable one of the same signature."""

    def __init__(self, method: Callable[Concatenate[T, P], R]) -> None:
        self._method = method
        self.__doc__ = method.__doc__

    @overload
    def __get__(self, owner: None, kind: type[object]) -> Self: ...
    @overload
    def __get__(self, owner: _Threaded[T], kind: type[object]) -> Callable[P, Awaitable[R]]: ...
    def __get__(
        self, owner: _Threaded[T] | None, kind: type[object]
    ) -> Self | Callable[P, Awaitable[R]]:
        if owner is None:
            return self

        def call(*args: P.args, **kwargs: P.kwargs) -> Awaitable[R]:
            return owner.run(partial(self._method, owner.target, *args, **kwargs))

        return call


class AsyncIdentities:
    """`Memory.identity` whose calls are awaited.

    A `Question` answers at once: ``await memory.run(partial(question.answer, "same", by=…))``.
    """

    def __init__(self, owner: AsyncMemory) -> None:
        self.target = owner.memory.identity
        self.run = owner.run

    why = _OnThread(Identities.why)
    how = _OnThread(Identities.how)
    review = _OnThread(Identities.review)
    shared_keys = _OnThread(Identities.shared_keys)
    merge = _OnThread(Identities.merge)
    unmerge = _OnThread(Identities.unmerge)
    allow = _OnThread(Identities.allow)
    replay = _OnThread(Identities.replay)


class AsyncMemory:
    """A `Memory` whose calls are awaited; they run on threads of its own.

    Args:
        memory: What to call; `close` closes it.
        threads: How many calls run at once; others wait their turn.
    """

    def __init__(self, memory: Memory, *, threads: int = 4) -> None:
        self.memory = memory
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="omnimemory")
        self.identity = AsyncIdentities(self)

    @classmethod
    async def connect(
        cls, url: str, *, tenant: str, threads: int = 4, **options: Any
    ) -> AsyncMemory:
        """Return the memory of a tenant in the store at a URL; see `omnimemory.connect`."""
        memory = await asyncio.to_thread(connect, url, tenant=tenant, **options)
        return cls(memory, threads=threads)

    @property
    def target(self) -> Memory:
        """The memory that is called."""
        return self.memory

    async def run(self, call: Callable[[], R]) -> R:
        """Return what a call returns, made on one of the threads."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    register = _OnThread(Memory.register)
    ingest = _OnThread(Memory.ingest)
    extract = _OnThread(Memory.extract)
    remember = _OnThread(Memory.remember)
    hand_off = _OnThread(Memory.hand_off)
    erase = _OnThread(Memory.erase)
    retain = _OnThread(Memory.retain)
    customer = _OnThread(Memory.customer)
    customers = _OnThread(Memory.customers)
    timeline = _OnThread(Memory.timeline)
    graph = _OnThread(Memory.graph)
    compare = _OnThread(Memory.compare)
    search = _OnThread(Memory.search)
    context_pack = _OnThread(Memory.context_pack)
    item = _OnThread(Memory.item)
    ticket = _OnThread(Memory.ticket)
    issue = _OnThread(Memory.issue)
    account = _OnThread(Memory.account)
    history = _OnThread(Memory.history)
    list = _OnThread(Memory.list)
    tickets = _OnThread(Memory.tickets)
    issues = _OnThread(Memory.issues)
    usage = _OnThread(Memory.usage)
    statements = _OnThread(Memory.statements)
    export = _OnThread(Memory.export)
    export_rdf = _OnThread(Memory.export_rdf)
    copy = _OnThread(Memory.copy)
    reindex = _OnThread(Memory.reindex)
    sparql = _OnThread(Memory.sparql)
    load = _OnThread(Memory.load)
    backup = _OnThread(Memory.backup)
    counts = _OnThread(Memory.counts)
    overview = _OnThread(Memory.overview)
    check = _OnThread(Memory.check)

    async def close(self) -> None:
        """Close the store and end the threads. Calling it again does nothing."""
        await asyncio.to_thread(self._threads.shutdown)
        await asyncio.to_thread(self.memory.close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"<Async{repr(self.memory)[1:]}"
