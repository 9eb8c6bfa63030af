"""Stands before a store or an ERP and has each call to it watched."""

import functools
import inspect
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeVar, cast

from activities.watching import Watch
from connectors.sessions import Session, Sessions

S = TypeVar("S")
_Call = Callable[..., Awaitable[Any]]

_UNWATCHED = frozenset({"aclose"})


def watched(system: S, watch: Watch) -> S:
    """Return the store or ERP with every call to it watched."""
    return cast(S, _Watched(system, watch))


class _Watched:
    """Looks and acts like what it stands before."""

    def __init__(self, system: object, watch: Watch) -> None:
        self._system = system
        self._watch = watch

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._system, name)
        if name in _UNWATCHED or not inspect.iscoroutinefunction(found):
            return found
        return self._testing(found) if name == "examine" else self._calling(name, found)

    def _calling(self, name: str, method: _Call) -> _Call:
        @functools.wraps(method)
        async def call(*args: Any, **kwargs: Any) -> Any:
            async with self._watch.call(name):
                return await method(*args, **kwargs)

        return call

    def _testing(self, method: _Call) -> _Call:
        @functools.wraps(method)
        async def call(*args: Any, **kwargs: Any) -> Any:
            with self._watch.connection_test():
                return await method(*args, **kwargs)

        return call


class GuardedSessions:
    """The sessions of a connection, whose log-ons the watch lets through or not."""

    def __init__(self, sessions: Sessions, watch: Watch) -> None:
        self._sessions = sessions
        self._watch = watch

    async def current(self) -> Session | None:
        """As `Sessions`."""
        return await self._sessions.current()

    async def renew(self, stale: Session | None, logon: Callable[[], Awaitable[str]]) -> Session:
        """As `Sessions`; whoever waited for a log-on that was refused does not try another."""
        return await self._sessions.renew(stale, lambda: self._watch.log_on(logon))

    async def end(self, session: Session) -> bool:
        """As `Sessions`."""
        return await self._sessions.end(session)

    def exclusive(self) -> AbstractAsyncContextManager[None]:
        """As `Sessions`."""
        return self._sessions.exclusive()
