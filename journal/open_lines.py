"""What the store has sold and the ERP does not know of yet: by order, SKU and quantity alone."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from sqlalchemy import delete, or_, select, update

from domain.availability import OpenLine
from journal.database import Database, uninterrupted
from journal.tables import open_lines


class OpenLines:
    """The lines of orders that are not in the ERP, and for a while those that have just got there.

    Those still count against stock that was read before they were posted.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(self, connection: str, resource: str, sold: Mapping[str, Decimal]) -> None:
        """Remember what an order that is not in the ERP sells, instead of what it sold before."""
        if await self._of(connection, resource) != sold:
            await self._replace(connection, resource, sold)

    async def posted(self, connection: str, resource: str) -> None:
        """Remember that the ERP knows of an order from now on. Repeating it keeps the time."""
        if await self._of(connection, resource):
            await self._post(connection, resource)

    @uninterrupted
    async def _post(self, connection: str, resource: str) -> None:
        now_known = update(open_lines).where(
            open_lines.c.connection == connection,
            open_lines.c.resource == resource,
            open_lines.c.posted_at.is_(None),
        )
        async with self._database.write() as transaction:
            await transaction.execute(now_known.values(posted_at=self._database.now()))

    async def since(self, connection: str, moment: datetime) -> tuple[OpenLine, ...]:
        """Return every line that stock read at that moment or later may not contain."""
        query = select(open_lines).where(
            open_lines.c.connection == connection,
            or_(open_lines.c.posted_at.is_(None), open_lines.c.posted_at >= moment),
        )
        async with self._database.read() as reading:
            rows = (await reading.execute(query)).all()
        return tuple(
            OpenLine(sku=row.sku, quantity=Decimal(row.quantity), posted_at=row.posted_at)
            for row in rows
        )

    @uninterrupted
    async def prune(self, connection: str, before: datetime) -> int:
        """Forget what was posted before that time; returns how many lines."""
        old = delete(open_lines).where(
            open_lines.c.connection == connection, open_lines.c.posted_at < before
        )
        async with self._database.write() as transaction:
            return (await transaction.execute(old)).rowcount

    async def _of(self, connection: str, resource: str) -> dict[str, Decimal]:
        query = select(open_lines.c.sku, open_lines.c.quantity).where(
            open_lines.c.connection == connection,
            open_lines.c.resource == resource,
            open_lines.c.posted_at.is_(None),
        )
        async with self._database.read() as reading:
            rows = (await reading.execute(query)).all()
        return {row.sku: Decimal(row.quantity) for row in rows}

    @uninterrupted
    async def _replace(self, connection: str, resource: str, sold: Mapping[str, Decimal]) -> None:
        key = {"connection": connection, "resource": resource}
        rows = [{**key, "sku": sku, "quantity": f"{sold[sku]:f}"} for sku in sorted(sold)]
        async with self._database.write() as transaction:
            await transaction.execute(delete(open_lines).filter_by(**key))
            if rows:
                await transaction.execute(self._database.insert(open_lines), rows)
