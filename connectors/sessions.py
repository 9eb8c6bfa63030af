"""Outside sessions, one of each connection, shared by all workers."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from pydantic import Field

from domain.record import Record


class Session(Record):
    """An outside session shared by all workers. `version` grows with every renewal."""

    token: str = Field(repr=False)
    version: int
    renewed_at: datetime


class Sessions(Protocol):
    """Keeps the one session of a connection where every worker can reach it."""

    async def current(self) -> Session | None:
        """Return the session in use, or None before the first logon and after a logoff."""
        ...

    async def renew(self, stale: Session | None, logon: Callable[[], Awaitable[str]]) -> Session:
        """Replace the stale session by one logon, however many callers ask at once.

        Whoever comes while another renews gets the other's new session and does not log on.
        """
        ...

    async def end(self, session: Session) -> bool:
        """Forget the session if it is still the current one; tell whether it was."""
        ...

    def exclusive(self) -> AbstractAsyncContextManager[None]:
        """Let one caller of all workers in at a time where calls must not overlap."""
        ...
