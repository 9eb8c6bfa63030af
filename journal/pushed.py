"""What the ERP told of each SKU and location, and what the store was last given of it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, func, select, update

from domain.record import Record
from domain.stock import Refused
from journal.database import Database, uninterrupted
from journal.tables import pushed

_AT_ONCE = 500

Place = tuple[str, str]  # SKU, location


class PushRow(Record):
    """One SKU at one location. An empty digest: the store was never given anything of it."""

    sku: str
    location: str = ""
    told: str
    told_at: datetime
    digest: str = ""
    refused: str = ""


class Pushed:
    """The rows of each flow (`stock`, `prices`) of a connection."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @uninterrupted
    async def told(
        self,
        connection: str,
        flow: str,
        said: Mapping[Place, str],
        *,
        at: datetime,
        confirm: bool = False,
    ) -> int:
        """Remember what the ERP says; returns of how many it says something new.

        What it said before keeps its time, unless it is to be confirmed.
        """
        before = await self._said(connection, flow, {sku for sku, _ in said})
        new = {place: told for place, told in said.items() if before.get(place) != told}
        written = said if confirm else new
        if not written:
            return 0
        key = {"connection": connection, "flow": flow}
        rows = [
            {**key, "sku": sku, "location": location, "told": told, "told_at": at}
            for (sku, location), told in sorted(written.items())
        ]
        added = self._database.insert(pushed)
        put = added.on_conflict_do_update(
            index_elements=[*key, "sku", "location"],
            set_={"told": added.excluded.told, "told_at": added.excluded.told_at},
        )
        async with self._database.write() as transaction:
            await transaction.execute(put, rows)
        return len(new)

    async def rows(self, connection: str, flow: str) -> tuple[PushRow, ...]:
        """Return every row of which the ERP told."""
        query = _rows(connection, flow).order_by(pushed.c.sku, pushed.c.location)
        return await self._read(query)

    async def batch(self, connection: str, flow: str, number: int) -> tuple[PushRow, ...]:
        """Return what is left of a batch."""
        query = _rows(connection, flow).where(pushed.c.batch == number)
        return await self._read(query.order_by(pushed.c.location, pushed.c.sku))

    async def sample(
        self, connection: str, flow: str, *, since: datetime, size: int
    ) -> tuple[PushRow, ...]:
        """Return some of what was pushed since then, spread over the alphabet."""
        recent = _rows(connection, flow).where(pushed.c.pushed_at >= since, pushed.c.refused == "")
        found = await self._read(recent.order_by(pushed.c.sku, pushed.c.location))
        step = max(len(found) // size, 1)
        return found[::step][:size]

    @uninterrupted
    async def assign(self, connection: str, flow: str, batches: Sequence[Sequence[Place]]) -> None:
        """Divide what is to be pushed into batches, numbered from 0; older ones are dropped."""
        cleared = update(pushed).where(
            pushed.c.connection == connection,
            pushed.c.flow == flow,
            pushed.c.batch.is_not(None),
        )
        rows = [
            {"at_sku": sku, "at_location": location, "number": number}
            for number, batch in enumerate(batches)
            for sku, location in batch
        ]
        async with self._database.write() as transaction:
            await transaction.execute(cleared.values(batch=None))
            if rows:
                numbered = _at(connection, flow).values(batch=bindparam("number"))
                await transaction.execute(numbered, rows)

    @uninterrupted
    async def took(
        self, connection: str, flow: str, digests: Mapping[Place, str], refused: Iterable[Refused]
    ) -> None:
        """Remember what the store was given and what it refused; both leave their batch."""
        now = self._database.now()
        reasons = {(one.sku, one.location): one.reason for one in refused}
        given = [
            {"at_sku": sku, "at_location": location, "given": digest, "given_at": now}
            for (sku, location), digest in digests.items()
            if (sku, location) not in reasons
        ]
        left = [
            {"at_sku": sku, "at_location": location, "reason": reason}
            for (sku, location), reason in reasons.items()
        ]
        at = _at(connection, flow)
        async with self._database.write() as transaction:
            if given:
                values = {"digest": bindparam("given"), "pushed_at": bindparam("given_at")}
                await transaction.execute(at.values(**values, batch=None, refused=""), given)
            if left:
                await transaction.execute(at.values(refused=bindparam("reason"), batch=None), left)

    @uninterrupted
    async def store_has(self, connection: str, flow: str, digests: Mapping[Place, str]) -> None:
        """Remember what the store was found to have; what the ERP never told of is left out."""
        rows = [
            {"at_sku": sku, "at_location": location, "found": digest}
            for (sku, location), digest in digests.items()
        ]
        if rows:
            found = _at(connection, flow).values(digest=bindparam("found"))
            async with self._database.write() as transaction:
                await transaction.execute(found, rows)

    @uninterrupted
    async def unbatch(self, connection: str, flow: str, places: Iterable[Place]) -> None:
        """Take out of its batch what need not be pushed any more."""
        rows = [{"at_sku": sku, "at_location": location} for sku, location in places]
        if rows:
            async with self._database.write() as transaction:
                await transaction.execute(_at(connection, flow).values(batch=None), rows)

    @uninterrupted
    async def forgive(self, connection: str, flow: str) -> int:
        """Have everything that was refused tried again; returns how many."""
        refused = update(pushed).where(
            pushed.c.connection == connection, pushed.c.flow == flow, pushed.c.refused != ""
        )
        async with self._database.write() as transaction:
            return (await transaction.execute(refused.values(refused=""))).rowcount

    async def left(self, connection: str, flow: str) -> int:
        """Return how many rows still belong to a batch."""
        query = (
            select(func.count())
            .select_from(pushed)
            .where(
                pushed.c.connection == connection,
                pushed.c.flow == flow,
                pushed.c.batch.is_not(None),
            )
        )
        async with self._database.read() as reading:
            return await reading.scalar(query) or 0

    async def _said(self, connection: str, flow: str, skus: set[str]) -> dict[Place, str]:
        said: dict[Place, str] = {}
        wanted = sorted(skus)
        for start in range(0, len(wanted), _AT_ONCE):
            chunk = wanted[start : start + _AT_ONCE]
            rows = await self._read(_rows(connection, flow).where(pushed.c.sku.in_(chunk)))
            said |= {(row.sku, row.location): row.told for row in rows}
        return said

    async def _read(self, query: Any) -> tuple[PushRow, ...]:
        async with self._database.read() as reading:
            rows: Sequence[Row[Any]] = (await reading.execute(query)).all()
        return tuple(PushRow.model_validate(row, from_attributes=True) for row in rows)


def _rows(connection: str, flow: str) -> Any:
    columns = (
        pushed.c.sku,
        pushed.c.location,
        pushed.c.told,
        pushed.c.told_at,
        pushed.c.digest,
        pushed.c.refused,
    )
    return select(*columns).where(
        pushed.c.connection == connection, pushed.c.flow == flow, pushed.c.told_at.is_not(None)
    )


def _at(connection: str, flow: str) -> Any:
    return update(pushed).where(
        pushed.c.connection == connection,
        pushed.c.flow == flow,
        pushed.c.sku == bindparam("at_sku"),
        pushed.c.location == bindparam("at_location"),
    )
