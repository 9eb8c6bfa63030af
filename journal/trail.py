"""Who did what to which record, when, and what came of it. Only ever grows."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from domain.record import Record
from journal.database import Database, uninterrupted
from journal.tables import trail


class TrailEntry(Record):
    """One thing that happened. Texts are ours: they name no person and hold no secret."""

    connection: str
    resource: str
    at: datetime
    actor: str = "system"  # or the person who decided
    action: str
    step: str = ""
    outcome: str = ""
    message: str = ""
    correlation_id: str = ""
    request_digest: str = ""
    response_digest: str = ""
    details: Mapping[str, str] = {}
    key: str = ""  # names the occurrence, so that a repeated append counts once
    number: int = 0  # given by the journal; grows


class Trail:
    """The audit trail. The database itself refuses to change or delete an entry."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @uninterrupted
    async def append(self, entry: TrailEntry) -> None:
        """Add an entry; one whose key the connection's trail has already is left out."""
        row = entry.model_dump(exclude={"number"}, mode="python")
        row["details"] = json.dumps(dict(entry.details), ensure_ascii=False, sort_keys=True)
        row["key"] = entry.key or None
        added = self._database.insert(trail).values(**row).on_conflict_do_nothing()
        async with self._database.write() as transaction:
            await transaction.execute(added)

    async def of(
        self, connection: str, resource: str, *, limit: int = 200, after: int = 0
    ) -> tuple[TrailEntry, ...]:
        """Return a resource's entries, oldest first, from behind the number `after`."""
        query = (
            select(trail)
            .where(
                trail.c.connection == connection,
                trail.c.resource == resource,
                trail.c.number > after,
            )
            .order_by(trail.c.number)
            .limit(limit)
        )
        async with self._database.read() as reading:
            return tuple(_entry(row) for row in await reading.execute(query))

    async def recent(
        self, connection: str | None = None, *, limit: int = 50, before: int | None = None
    ) -> tuple[TrailEntry, ...]:
        """Return the newest entries of one or all connections, newest first."""
        query = select(trail).order_by(trail.c.number.desc()).limit(limit)
        if connection is not None:
            query = query.where(trail.c.connection == connection)
        if before is not None:
            query = query.where(trail.c.number < before)
        async with self._database.read() as reading:
            return tuple(_entry(row) for row in await reading.execute(query))


def _entry(row: Row[Any]) -> TrailEntry:
    fields = dict(row._mapping)
    return TrailEntry(
        **{**fields, "details": json.loads(fields["details"]), "key": fields["key"] or ""}
    )
