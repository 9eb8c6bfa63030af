"""How far each flow has seen the store's changes. Moves forward only."""

from datetime import datetime

from sqlalchemy import select, update

from journal.database import Database, uninterrupted
from journal.tables import watermarks


class Watermarks:
    """One time per connection and resource: everything up to it has been looked at."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, connection: str, resource: str) -> datetime | None:
        """Return the watermark; None when nothing was looked at yet."""
        query = select(watermarks.c.at).filter_by(connection=connection, resource=resource)
        async with self._database.read() as reading:
            return await reading.scalar(query)

    @uninterrupted
    async def advance(
        self, connection: str, resource: str, *, seen: datetime | None, to: datetime
    ) -> bool:
        """Move the watermark from where the caller saw it; False when it no longer is there.

        It is also False when `to` lies before `seen`: a watermark never goes back.
        """
        key = {"connection": connection, "resource": resource}
        if seen is None:
            first = self._database.insert(watermarks).values(**key, at=to)
            change = first.on_conflict_do_nothing().returning(watermarks.c.at)
        else:
            change = (
                update(watermarks)
                .filter_by(**key)
                .where(watermarks.c.at == seen, watermarks.c.at <= to)
                .values(at=to)
                .returning(watermarks.c.at)
            )
        async with self._database.write() as transaction:
            return (await transaction.execute(change)).first() is not None
