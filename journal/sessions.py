"""The one outside session of each connection, shared by all workers, encrypted at rest."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta

from pydantic import Field
from sqlalchemy import select, update

from connectors.sessions import Session
from journal.database import Database, uninterrupted
from journal.leases import DEFAULT_TTL, Leases
from journal.sealing import Seal
from journal.tables import sessions
from settings.keyring import Keyring

_SETTLE_SECONDS = 10  # a logon takes seconds; one that waits for its turn need not be awaited

Logon = Callable[[], Awaitable[str]]


class KeptSession(Session):
    """A session as the journal gives it out: its token is not shown when it is printed."""

    token: str = Field(repr=False)


class ConnectionSessions:
    """The session of one connection. Implements `connectors.contract.Sessions`."""

    def __init__(
        self,
        connection: str,
        *,
        database: Database,
        leases: Leases,
        seal: Seal,
        lease_ttl: timedelta,
    ) -> None:
        self._connection = connection
        self._database = database
        self._leases = leases
        self._seal = seal
        self._ttl = lease_ttl
        self._wait = 2 * lease_ttl  # outlives a holder that died
        self._renewal: asyncio.Task[Session] | None = None

    async def current(self) -> Session | None:
        """Return the session in use, or None before the first logon and after a logoff."""
        query = select(sessions).where(sessions.c.connection == self._connection)
        async with self._database.read() as reading:
            row = (await reading.execute(query)).first()
        if row is None or row.sealed is None:
            return None
        return KeptSession(
            token=self._seal.open(row.key_id, row.sealed, self._connection),
            version=row.version,
            renewed_at=row.renewed_at,
        )

    async def renew(self, stale: Session | None, logon: Logon) -> Session:
        """Replace the stale session by one logon, however many callers ask at once.

        Whoever comes while another renews gets the other's new session, or the other's failure:
        a wrong password is not tried thirty times. The logon outlives the cancellation of its
        caller, as a token that was issued must not get lost.

        Raises:
            LeaseBusy: another process has been logging on for longer than we wait.
            Exception: whatever `logon` raises.
        """
        while True:
            if self._renewal is None:
                self._renewal = asyncio.create_task(self._renew(stale, logon))
                self._renewal.add_done_callback(self._renewed)
            session = await asyncio.shield(self._renewal)
            if stale is None or session.version > stale.version:
                return session

    async def end(self, session: Session) -> bool:
        """Forget the session if it is still the current one; tell whether it was."""
        return await self._end(session.version)

    @uninterrupted
    async def _end(self, version: int) -> bool:
        ended = (
            update(sessions)
            .where(
                sessions.c.connection == self._connection,
                sessions.c.version == version,
                sessions.c.sealed.is_not(None),
            )
            .values(key_id=None, sealed=None, renewed_at=self._database.now())
        )
        async with self._database.write() as transaction:
            return (await transaction.execute(ended)).rowcount > 0

    def exclusive(self) -> AbstractAsyncContextManager[None]:
        """Let one caller of all workers in at a time where calls must not overlap.

        Raises (on entering):
            LeaseBusy: others kept the connection busy for twice the lease's time.
        """
        return self._leases.hold(f"calls:{self._connection}", ttl=self._ttl, wait=self._wait)

    async def settle(self) -> None:
        """Give a renewal under way a moment to end, then stop it."""
        if (renewal := self._renewal) is not None:
            await asyncio.wait([renewal], timeout=_SETTLE_SECONDS)
            renewal.cancel()
            await asyncio.wait([renewal])

    def _renewed(self, renewal: asyncio.Task[Session]) -> None:
        self._renewal = None
        if not renewal.cancelled():
            renewal.exception()  # seen, even if every caller has gone

    async def _renew(self, stale: Session | None, logon: Logon) -> Session:
        if renewed := await self._newer(stale):
            return renewed
        lease = f"session:{self._connection}"
        async with self._leases.hold(lease, ttl=self._ttl, wait=self._wait):
            if renewed := await self._newer(stale):
                return renewed
            version = await self._version()
            return await self._keep(await logon(), seen=version)

    async def _newer(self, stale: Session | None) -> Session | None:
        current = await self.current()
        if current is None or (stale is not None and current.version <= stale.version):
            return None
        return current

    async def _version(self) -> int:
        query = select(sessions.c.version).filter_by(connection=self._connection)
        async with self._database.read() as reading:
            return await reading.scalar(query) or 0

    @uninterrupted
    async def _keep(self, token: str, *, seen: int) -> Session:
        """Store a new token unless another was stored meanwhile, which then is the current one."""
        session = KeptSession(token=token, version=seen + 1, renewed_at=self._database.now())
        state = {
            "version": session.version,
            "renewed_at": session.renewed_at,
            **self._seal.close(token, self._connection),
        }
        added = self._database.insert(sessions).values(connection=self._connection, **state)
        kept = added.on_conflict_do_update(
            index_elements=["connection"], set_=state, where=sessions.c.version == seen
        ).returning(sessions.c.version)
        async with self._database.write() as transaction:
            stored = (await transaction.execute(kept)).first() is not None
        return session if stored else await self.current() or session


class SessionStore:
    """The sessions of all connections of this process."""

    def __init__(
        self,
        database: Database,
        keyring: Keyring,
        leases: Leases,
        *,
        lease_ttl: timedelta = DEFAULT_TTL,
    ) -> None:
        self._database = database
        self._leases = leases
        self._seal = Seal(keyring, "sessions")
        self._lease_ttl = lease_ttl
        self._connections: dict[str, ConnectionSessions] = {}

    def for_connection(self, connection: str) -> ConnectionSessions:
        """Return the connection's session; the same object for everybody in this process."""
        if connection not in self._connections:
            self._connections[connection] = ConnectionSessions(
                connection,
                database=self._database,
                leases=self._leases,
                seal=self._seal,
                lease_ttl=self._lease_ttl,
            )
        return self._connections[connection]

    async def settle(self) -> None:
        """End the renewals under way, before the database is closed."""
        for connection in self._connections.values():
            await connection.settle()
