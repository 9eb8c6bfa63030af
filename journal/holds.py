"""What waits for a person: one open hold at most per resource."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, func, or_, select, update

from domain.hold import Hold, HoldCode
from domain.record import Record
from journal.database import Database, uninterrupted
from journal.tables import holds


class OpenHold(Record):
    """A hold, on what, and since when."""

    connection: str
    resource: str
    hold: Hold
    since: datetime


class Holds:
    """The holds that are open. A closed one stays as a row until its resource is held again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @uninterrupted
    async def open(self, connection: str, resource: str, hold: Hold, since: datetime) -> None:
        """Hold a resource. The same hold again keeps its time; a changed one replaces it."""
        key = {"connection": connection, "resource": resource}
        facts = hold.model_dump(mode="json")
        state: dict[str, Any] = {**facts, "since": since, "closed_at": None, "closed_by": ""}
        opened = self._database.insert(holds).values(**key, **state)
        same = and_(holds.c.closed_at.is_(None), *(holds.c[name] == facts[name] for name in facts))
        kept = case((same, holds.c.since), else_=opened.excluded.since)
        replaced = opened.on_conflict_do_update(
            index_elements=list(key), set_={**state, "since": kept}
        )
        async with self._database.write() as transaction:
            await transaction.execute(replaced)

    @uninterrupted
    async def close(self, connection: str, resource: str, by: str = "system") -> bool:
        """Close a resource's hold; tells whether one was open."""
        closed = (
            update(holds)
            .where(_is(connection, resource), holds.c.closed_at.is_(None))
            .values(closed_at=self._database.now(), closed_by=by)
        )
        async with self._database.write() as transaction:
            return (await transaction.execute(closed)).rowcount > 0

    async def of(self, connection: str, resource: str) -> OpenHold | None:
        """Return what holds a resource, if anything does."""
        query = select(holds).where(_is(connection, resource), holds.c.closed_at.is_(None))
        async with self._database.read() as reading:
            row = (await reading.execute(query)).first()
        return _open_hold(row) if row else None

    async def list(
        self,
        connection: str | None = None,
        *,
        code: HoldCode | None = None,
        mapping_kind: str | None = None,
        mapping_key: str | None = None,
        limit: int = 100,
        after: OpenHold | None = None,
    ) -> tuple[OpenHold, ...]:
        """Return open holds, oldest first; `after` is the last one of the page before."""
        query = select(holds).where(holds.c.closed_at.is_(None))
        wanted = {
            holds.c.connection: connection,
            holds.c.code: code and code.value,
            holds.c.mapping_kind: mapping_kind,
            holds.c.mapping_key: mapping_key,
        }
        query = query.where(
            *(column == value for column, value in wanted.items() if value is not None)
        )
        if after is not None:
            query = query.where(_behind(after))
        query = query.order_by(holds.c.since, holds.c.connection, holds.c.resource).limit(limit)
        async with self._database.read() as reading:
            return tuple(_open_hold(row) for row in await reading.execute(query))

    async def count_by_code(self, connection: str | None = None) -> dict[HoldCode, int]:
        """Count open holds by code; codes without any are left out."""
        query = (
            select(holds.c.code, func.count())
            .where(holds.c.closed_at.is_(None))
            .group_by(holds.c.code)
        )
        if connection is not None:
            query = query.where(holds.c.connection == connection)
        async with self._database.read() as reading:
            return {HoldCode(code): count for code, count in await reading.execute(query)}


def _is(connection: str, resource: str) -> ColumnElement[bool]:
    return and_(holds.c.connection == connection, holds.c.resource == resource)


def _behind(last: OpenHold) -> ColumnElement[bool]:
    """Continue behind a row in the order of the list."""
    return or_(
        holds.c.since > last.since,
        and_(holds.c.since == last.since, holds.c.connection > last.connection),
        and_(
            holds.c.since == last.since,
            holds.c.connection == last.connection,
            holds.c.resource > last.resource,
        ),
    )


def _open_hold(row: Row[Any]) -> OpenHold:
    return OpenHold(
        connection=row.connection,
        resource=row.resource,
        since=row.since,
        hold=Hold(
            step=row.step,
            code=HoldCode(row.code),
            reason=row.reason,
            remedy=row.remedy,
            mapping_kind=row.mapping_kind,
            mapping_key=row.mapping_key,
        ),
    )
