"""Mapping rules that people have set, and the history of who changed which."""

import hashlib
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import datetime

from sqlalchemy import delete, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.mapping import RuleKind, Rules
from domain.record import Record
from journal.database import Database, uninterrupted
from journal.tables import mapping_history, mappings


class MappingRow(Record):
    """One rule to set: this kind's key means this value."""

    connection: str
    kind: RuleKind
    key: str
    value: str


class MappingSet(MappingRow):
    """A rule as it stands, and who set it."""

    actor: str
    changed_at: datetime


class MappingChange(Record):
    """One change of a rule. `old` is None when it was new, `new` when it was removed."""

    connection: str
    kind: RuleKind
    key: str
    old: str | None
    new: str | None
    actor: str
    at: datetime


def mapping_key(kind: RuleKind, key: str) -> str:
    """Return the key under which a rule is kept: a guest's e-mail becomes `guest-` and its hash.

    So an address never lies in the table, and the rule meets the guest by the name that
    `Customer.resource` gives them.
    """
    if kind is not RuleKind.CUSTOMER or "@" not in key:
        return key
    return f"guest-{hashlib.sha256(key.strip().lower().encode()).hexdigest()[:16]}"


class Mappings:
    """The rules of all connections. Every change is one row of history as well."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def rules(self, connection: str) -> Rules:
        """Return a connection's rules, ready to resolve with."""
        table: dict[RuleKind, dict[str, str]] = {}
        for row in await self.list(connection):
            table.setdefault(row.kind, {})[row.key] = row.value
        return Rules(table=table)

    async def set(self, connection: str, kind: RuleKind, key: str, value: str, actor: str) -> bool:
        """Set one rule; tells whether that changed anything."""
        row = MappingRow(connection=connection, kind=kind, key=key, value=value)
        return await self.replace_many([row], actor) > 0

    @uninterrupted
    async def replace_many(self, rows: Iterable[MappingRow], actor: str) -> int:
        """Set many rules, all or none; rules not named stay. Returns how many changed."""
        async with self._change() as transaction:
            return sum([await self._put(transaction, row, actor) for row in rows])

    @uninterrupted
    async def remove(self, connection: str, kind: RuleKind, key: str, actor: str) -> bool:
        """Remove one rule; tells whether it was there."""
        kept = mapping_key(kind, key)
        identity = {"connection": connection, "kind": kind.value, "key": kept}
        removed = delete(mappings).filter_by(**identity).returning(mappings.c.value)
        async with self._change() as transaction:
            row = (await transaction.execute(removed)).first()
            if row is None:
                return False
            await self._remember(transaction, identity, old=row.value, new=None, actor=actor)
            return True

    async def list(self, connection: str, kind: RuleKind | None = None) -> tuple[MappingSet, ...]:
        """Return a connection's rules, of one kind or all, in the order of their keys."""
        query = select(mappings).where(mappings.c.connection == connection)
        if kind is not None:
            query = query.where(mappings.c.kind == kind.value)
        query = query.order_by(mappings.c.kind, mappings.c.key)
        async with self._database.read() as reading:
            found = await reading.execute(query)
            return tuple(MappingSet.model_validate(row._mapping) for row in found)

    async def history(
        self, connection: str, kind: RuleKind | None = None, key: str | None = None
    ) -> tuple[MappingChange, ...]:
        """Return who changed the rules, or one rule, oldest first."""
        query = select(mapping_history).where(mapping_history.c.connection == connection)
        if kind is not None:
            query = query.where(mapping_history.c.kind == kind.value)
        if key is not None:
            kept = key if kind is None else mapping_key(kind, key)
            query = query.where(mapping_history.c.key == kept)
        async with self._database.read() as reading:
            found = await reading.execute(query.order_by(mapping_history.c.number))
            return tuple(MappingChange.model_validate(row._mapping) for row in found)

    @asynccontextmanager
    async def _change(self) -> AsyncIterator[AsyncConnection]:
        """Begin a change that no other one overlaps, so that history has each rule's true past.

        People change rules rarely; readers are not kept waiting.
        """
        async with self._database.write() as transaction:
            if not self._database.is_sqlite:
                await transaction.execute(text("LOCK TABLE mappings IN SHARE ROW EXCLUSIVE MODE"))
            yield transaction

    async def _put(self, transaction: AsyncConnection, row: MappingRow, actor: str) -> int:
        identity = {
            "connection": row.connection,
            "kind": row.kind.value,
            "key": mapping_key(row.kind, row.key),
        }
        old = await transaction.scalar(select(mappings.c.value).filter_by(**identity))
        if old == row.value:
            return 0
        state = {"value": row.value, "actor": actor, "changed_at": self._database.now()}
        added = self._database.insert(mappings).values(**identity, **state)
        await transaction.execute(
            added.on_conflict_do_update(index_elements=list(identity), set_=state)
        )
        await self._remember(transaction, identity, old=old, new=row.value, actor=actor)
        return 1

    async def _remember(
        self,
        transaction: AsyncConnection,
        identity: dict[str, str],
        *,
        old: str | None,
        new: str | None,
        actor: str,
    ) -> None:
        change = {"old": old, "new": new, "actor": actor, "at": self._database.now()}
        await transaction.execute(insert(mapping_history).values(**identity, **change))
