"""Which SKUs the store sells, by what it knows them, and which ERP items none of them is."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, func, select

from domain.stock import StoreItem
from journal.database import Database, uninterrupted
from journal.tables import store_items, unlinked

_AT_ONCE = 500


class StoreItems:
    """The store's SKUs as they were last listed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @uninterrupted
    async def put(self, connection: str, items: Sequence[StoreItem], *, seen_at: datetime) -> None:
        """Remember SKUs; those that are known already are brought up to date."""
        rows = {
            item.sku: {"connection": connection, **item.model_dump(), "seen_at": seen_at}
            for item in items
        }
        if not rows:
            return
        added = self._database.insert(store_items)
        told = ("stock_id", "price_id", "why", "seen_at")
        put = added.on_conflict_do_update(
            index_elements=["connection", "sku"],
            set_={name: added.excluded[name] for name in told},
        )
        async with self._database.write() as transaction:
            await transaction.execute(put, [rows[sku] for sku in sorted(rows)])

    @uninterrupted
    async def drop_unseen(self, connection: str, *, since: datetime) -> int:
        """Forget the SKUs that a whole listing since then did not name; returns how many."""
        gone = delete(store_items).where(
            store_items.c.connection == connection, store_items.c.seen_at < since
        )
        async with self._database.write() as transaction:
            return (await transaction.execute(gone)).rowcount

    async def oldest(self, connection: str) -> datetime | None:
        """Return when the SKUs were last listed; None when they never were."""
        query = select(func.min(store_items.c.seen_at)).filter_by(connection=connection)
        async with self._database.read() as reading:
            return await reading.scalar(query)

    async def find(self, connection: str, skus: Collection[str]) -> dict[str, StoreItem]:
        """Return those of the SKUs that the store sells."""
        found: dict[str, StoreItem] = {}
        wanted = sorted(skus)
        async with self._database.read() as reading:
            for start in range(0, len(wanted), _AT_ONCE):
                query = select(store_items).where(
                    store_items.c.connection == connection,
                    store_items.c.sku.in_(wanted[start : start + _AT_ONCE]),
                )
                for row in await reading.execute(query):
                    found[row.sku] = StoreItem.model_validate(row, from_attributes=True)
        return found

    async def all(self, connection: str) -> tuple[StoreItem, ...]:
        """Return every SKU, by SKU."""
        query = select(store_items).filter_by(connection=connection).order_by(store_items.c.sku)
        async with self._database.read() as reading:
            rows = (await reading.execute(query)).all()
        return tuple(StoreItem.model_validate(row, from_attributes=True) for row in rows)

    @uninterrupted
    async def note_unlinked(
        self, connection: str, *, unknown: Collection[str], linked: Collection[str], at: datetime
    ) -> tuple[str, ...]:
        """Remember ERP items that no SKU is, forget those that one is; returns the new ones."""
        new: list[str] = []
        async with self._database.write() as transaction:
            items = sorted(linked)
            for start in range(0, len(items), _AT_ONCE):
                chunk = items[start : start + _AT_ONCE]
                await transaction.execute(
                    delete(unlinked).where(
                        unlinked.c.connection == connection, unlinked.c.item.in_(chunk)
                    )
                )
            items = sorted(unknown)
            for start in range(0, len(items), _AT_ONCE):
                chunk = items[start : start + _AT_ONCE]
                known = await transaction.scalars(
                    select(unlinked.c.item).where(
                        unlinked.c.connection == connection, unlinked.c.item.in_(chunk)
                    )
                )
                new += sorted({*chunk} - {*known})
            if new:
                rows = [{"connection": connection, "item": item, "seen_at": at} for item in new]
                await transaction.execute(self._database.insert(unlinked), rows)
        return tuple(new)

    async def unlinked(self, connection: str) -> tuple[str, ...]:
        """Return the ERP items that no SKU of the store is."""
        query = select(unlinked.c.item).filter_by(connection=connection).order_by(unlinked.c.item)
        async with self._database.read() as reading:
            return tuple(await reading.scalars(query))
