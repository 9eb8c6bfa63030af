"""What is away or refuses us, and since when: one row for a root cause, whatever waits for it."""

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, or_, select, update

from domain.record import Record
from journal.database import Database, uninterrupted
from journal.tables import outages

# How long what one command decided about many orders may take to reach the last of them.
_ONE_DECISION = timedelta(seconds=30)


class Side(StrEnum):
    """Which of a connection's two systems."""

    STORE = "store"
    ERP = "erp"


class OutageKind(StrEnum):
    """What is the matter, by what ends it."""

    UNAVAILABLE = "unavailable"  # ends when it answers
    NO_SEAT = "no-seat"  # ends when somebody there logs off
    CREDENTIALS = "credentials"  # ends when they are put right and somebody says so
    PERMISSION = "permission"  # one operation is not allowed; the rest goes on


class Outage(Record):
    """One root cause, open. Its texts are ours: they name no person and hold no secret."""

    connection: str
    side: Side
    kind: OutageKind
    sentence: str
    remedy: str = ""
    operation: str = ""  # what was asked for when it was seen last
    since: datetime
    seen_at: datetime
    retry_at: datetime | None = None  # no call goes out before; None: whoever waits tries in turn
    trying_until: datetime | None = None


class Permit(StrEnum):
    """Whether what was refused may be tried again now."""

    GO = "go"  # the caller tries, for all
    WAIT = "wait"  # somebody is trying
    REFUSED = "refused"


class Outages:
    """The outages that are open. A closed one stays as a row until the next of its kind."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def now(self) -> datetime:
        """Return the time by which outages are compared."""
        return self._database.now()

    @uninterrupted
    async def open(
        self,
        connection: str,
        side: Side,
        kind: OutageKind,
        sentence: str,
        *,
        remedy: str = "",
        operation: str = "",
        retry_at: datetime | None = None,
        asked_at: datetime | None = None,
    ) -> bool:
        """Open an outage, or tell that it goes on; True when it was not open before.

        However many processes say so, one of them hears True. A call that was made (`asked_at`)
        before the outage was seen last tells nothing new.
        """
        now = self._database.now()
        key = {"connection": connection, "side": side.value, "kind": kind.value}
        told: dict[str, Any] = {
            "sentence": sentence,
            "remedy": remedy,
            "operation": operation,
            "seen_at": now,
            "retry_at": retry_at,
            "trying_until": None,
        }
        state = {**told, "since": now, "closed_at": None}
        opened = (
            self._database.insert(outages)
            .values(**key, **state)
            .on_conflict_do_update(
                index_elements=list(key), set_=state, where=outages.c.closed_at.is_not(None)
            )
            .returning(outages.c.kind)
        )
        goes_on = (
            update(outages)
            .where(_open(connection, side, kind), outages.c.seen_at <= (asked_at or now))
            .values(**told)
        )
        async with self._database.write() as transaction:
            if (await transaction.execute(opened)).first() is not None:
                return True
            await transaction.execute(goes_on)
            return False

    @uninterrupted
    async def close(
        self,
        connection: str,
        side: Side,
        kinds: Collection[OutageKind],
        *,
        asked_at: datetime | None = None,
        operation: str | None = None,
    ) -> tuple[Outage, ...]:
        """Close those that are open and return them; one process alone is given each.

        The answer to a call that was made before an outage was seen last does not end it.
        `operation`: only those that were seen with it.
        """
        closed = update(outages).where(
            outages.c.connection == connection,
            outages.c.side == side.value,
            outages.c.kind.in_([kind.value for kind in kinds]),
            outages.c.closed_at.is_(None),
            outages.c.seen_at <= (asked_at or self._database.now()),
        )
        if operation is not None:
            closed = closed.where(outages.c.operation == operation)
        closed = closed.values(closed_at=self._database.now()).returning(outages)
        async with self._database.write() as transaction:
            return tuple(_outage(row) for row in await transaction.execute(closed))

    async def all(self, connection: str | None = None) -> tuple[Outage, ...]:
        """Return the outages that are open, of one or all connections, oldest first."""
        query = select(outages).where(outages.c.closed_at.is_(None)).order_by(outages.c.since)
        if connection is not None:
            query = query.where(outages.c.connection == connection)
        async with self._database.read() as reading:
            return tuple(_outage(row) for row in await reading.execute(query))

    @uninterrupted
    async def permit(self, outage: Outage, *, opened_at: datetime, within: timedelta) -> Permit:
        """Ask to try again what is refused; one caller of all processes may, within that time.

        It may be tried when somebody has released it, or by whoever opened the system after it
        was refused last: with other credentials, or anew.
        """
        now = self._database.now()
        here = _open(outage.connection, outage.side, outage.kind)
        idle = or_(outages.c.trying_until.is_(None), outages.c.trying_until <= now)
        due = or_(outages.c.retry_at <= now, outages.c.seen_at < opened_at)
        taken = update(outages).where(here, idle, due).values(trying_until=now + within)
        async with self._database.write() as transaction:
            if (await transaction.execute(taken)).rowcount > 0:
                return Permit.GO
            row = (await transaction.execute(select(outages).where(here))).first()
        if row is None:
            return Permit.GO  # it has ended meanwhile
        trying = _outage(row).trying_until
        return Permit.WAIT if trying is not None and trying > now else Permit.REFUSED

    @uninterrupted
    async def give_back(self, outage: Outage) -> None:
        """Let somebody else try: the try came to nothing, neither acceptance nor refusal."""
        back = (
            update(outages)
            .where(_open(outage.connection, outage.side, outage.kind))
            .values(trying_until=None, retry_at=self._database.now())
        )
        async with self._database.write() as transaction:
            await transaction.execute(back)

    @uninterrupted
    async def release(self, connection: str, *, held_since: datetime) -> None:
        """Let refused credentials be tried again, because a person decided about a hold.

        Just after a refusal, only a hold that is newer than it counts: of many that are retried
        together the first one tries for all, and a password that is still wrong is sent once.
        """
        now = self._database.now()
        known = or_(outages.c.seen_at <= held_since, outages.c.seen_at <= now - _ONE_DECISION)
        released = (
            update(outages)
            .where(
                outages.c.connection == connection,
                outages.c.kind == OutageKind.CREDENTIALS.value,
                outages.c.closed_at.is_(None),
                known,
            )
            .values(retry_at=now)
        )
        async with self._database.write() as transaction:
            await transaction.execute(released)


def _open(connection: str, side: Side, kind: OutageKind) -> ColumnElement[bool]:
    return and_(
        outages.c.connection == connection,
        outages.c.side == side.value,
        outages.c.kind == kind.value,
        outages.c.closed_at.is_(None),
    )


def _outage(row: Row[Any]) -> Outage:
    fields = dict(row._mapping)
    del fields["closed_at"]
    return Outage(**fields)
