"""The way in: whose session a request belongs to, the licence's queue, and the limit per minute."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.cookies import SimpleCookie

from starlette.requests import Request

from sandbox.acumatica.company import BRANCHES
from sandbox.acumatica.identity import Identity
from sandbox.acumatica.refusals import HttpRefusal, internal, unauthorised
from sandbox.acumatica.sessions import Session, Sessions
from sandbox.acumatica.settings import AcumaticaSettings

COOKIE = "ASP.NET_SessionId"
_HELD = "The custom error module does not recognize this error."


class Declined(Exception):
    """429: the licence's queue is full. The text comes from the web server, not from the API."""

    text = _HELD


class Gate:
    """Lets requests in one at a time per session and a few at a time per instance."""

    def __init__(self, settings: AcumaticaSettings, sessions: Sessions, identity: Identity) -> None:
        self._settings = settings
        self._sessions = sessions
        self._identity = identity
        self._room = asyncio.Condition()
        self._running = 0
        self._waiting = 0
        self._lately: deque[float] = deque()
        self._to_decline = 0
        self._arrived = asyncio.Event()

    def decline_next(self, count: int) -> None:
        """The next requests to entities are declined with 429."""
        self._to_decline += count

    async def queued(self, count: int) -> None:
        """Waits until so many requests wait for their turn."""
        while self._waiting < count:
            self._arrived.clear()
            await self._arrived.wait()

    def session_of(self, request: Request) -> Session:
        """The session of a request, opened for a bearer that has none. Raises 401 or 500."""
        bearer = request.headers.get("authorization", "")
        if bearer.lower().startswith("bearer "):
            grant = self._identity.grant_of(bearer[7:].strip())
            if grant is None:
                raise unauthorised()
            session = self._sessions.find(grant.session_id)
            if session is None:
                session = self._sessions.open(self._settings.default_branch)
                grant.session_id = session.id
            return session
        session = self._sessions.find(cookie_of(request))
        if session is None:
            raise unauthorised()
        return session

    def branch_of(self, request: Request, session: Session) -> str:
        """The branch that a request works in."""
        named = request.headers.get("px-cbapibranch", session.branch).strip().upper()
        if named not in BRANCHES:
            raise internal(f"The branch '{named}' cannot be found in the system.")
        return named

    @asynccontextmanager
    async def turn(self, session: Session, *, status_request: bool) -> AsyncIterator[None]:
        """Waits for the session's and the instance's turn. Raises Declined, or 500 when busy."""
        self._decline()
        await asyncio.sleep(self._delay() + self._settings.latency_seconds)
        self._waiting += 1
        self._arrived.set()
        try:
            await session.lock.acquire()
        finally:
            self._waiting -= 1
        try:
            if session.busy and self._settings.busy_while_long and not status_request:
                raise _busy()
            async with self._slot():
                yield
        finally:
            session.lock.release()

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        async with self._room:
            self._waiting += 1
            try:
                await self._room.wait_for(
                    lambda: self._running < self._settings.concurrent_requests
                )
            finally:
                self._waiting -= 1
            self._running += 1
        try:
            yield
        finally:
            async with self._room:
                self._running -= 1
                self._room.notify_all()

    def _decline(self) -> None:
        if self._to_decline:
            self._to_decline -= 1
            raise Declined
        if self._waiting > self._settings.queue_limit:
            raise Declined

    def _delay(self) -> float:
        limit = self._settings.requests_per_minute
        if limit is None:
            return 0.0
        now = time.monotonic()
        while self._lately and now - self._lately[0] > 60:
            self._lately.popleft()
        self._lately.append(now)
        if len(self._lately) <= limit / 2:
            return 0.0
        left = 60 - (now - self._lately[0])
        return left / max(limit - len(self._lately), 1)


def cookie_of(request: Request) -> str | None:
    """The session id among a request's cookies."""
    cookies = SimpleCookie(request.headers.get("cookie", ""))
    return cookies[COOKIE].value if COOKIE in cookies else None


def _busy() -> HttpRefusal:
    return internal("Previous operation has not been completed yet.")
