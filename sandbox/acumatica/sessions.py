"""API sessions: each takes a licence seat, serves one request at a time, and dies when idle."""

import asyncio
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sandbox.acumatica.operations import LongOperation
from sandbox.acumatica.refusals import login_limit
from sandbox.acumatica.settings import AcumaticaSettings


@dataclass
class Session:
    """One sign-in of the API user."""

    id: str
    branch: str
    last_used: datetime
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    operation: LongOperation | None = None

    @property
    def busy(self) -> bool:
        """Whether its long operation is still running."""
        return self.operation is not None and not self.operation.done


class Sessions:
    """Who is signed in, against the number of seats."""

    def __init__(self, settings: AcumaticaSettings) -> None:
        self._settings = settings
        self._live: dict[str, Session] = {}
        self._others = 0
        self.opened = 0
        """How many sessions have been opened since the start."""

    @property
    def live(self) -> int:
        """Sessions open at the moment, those of others left out."""
        self._drop_idle()
        return len(self._live)

    @property
    def all(self) -> tuple[Session, ...]:
        """Our sessions."""
        return tuple(self._live.values())

    def open(self, branch: str) -> Session:
        """A new session; raises a 500 when every seat is taken."""
        self._drop_idle()
        if len(self._live) + self._others >= self._settings.seats:
            raise login_limit(self._settings.username)
        session = Session(secrets.token_hex(12), branch, datetime.now(UTC))
        self._live[session.id] = session
        self.opened += 1
        return session

    def find(self, session_id: str | None) -> Session | None:
        """The live session of that id, its idle time started anew."""
        self._drop_idle()
        session = self._live.get(session_id or "")
        if session is not None:
            session.last_used = datetime.now(UTC)
        return session

    def close(self, session_id: str | None) -> None:
        """Frees the session's seat."""
        self._live.pop(session_id or "", None)

    def close_all(self) -> None:
        """Every session of ours ends, as after a restart of the instance."""
        self._live.clear()

    def occupy(self, seats: int | None) -> None:
        """Others take so many seats; None is every one, also those we might get back."""
        self._others = self._settings.seats if seats is None else self._others + seats

    def vacate(self) -> None:
        """The others sign out."""
        self._others = 0

    def _drop_idle(self) -> None:
        limit = datetime.now(UTC) - timedelta(seconds=self._settings.session_idle_seconds)
        for session_id, session in list(self._live.items()):
            if session.last_used < limit and not session.lock.locked():
                del self._live[session_id]
