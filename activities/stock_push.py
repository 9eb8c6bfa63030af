"""The steps by which the ERP's stock gets into the store."""

from datetime import UTC, datetime, timedelta

from activities.connections import Connections
from activities.push_records import (
    BatchDone,
    BatchWork,
    CheckDone,
    CheckWork,
    Flow,
    PageDone,
    PageWork,
    PushKey,
    PushPlan,
    PushTerms,
)
from activities.pushes import CATALOGUE_LASTS, Linking, book_of
from activities.stock_figures import SWEPT, SWEPT_WHOLE, digest, figures_now, locations_of
from connectors.contract import Capability
from connectors.errors import Unsupported
from domain.availability import available_at
from domain.hold import MappingMissing
from domain.mapping import RuleKind
from domain.stock import Refused, StoreStock
from journal.opening import Journal
from journal.pushed import Place, PushRow

_FLOW = Flow.STOCK
_SAMPLE = 25
_NO_SUCH_SKU = "The store has no such SKU any more."
# How long a posted order is kept beyond the last sweep: as long as any row may be old.
_KEEP_POSTED = timedelta(days=7)


class StockFlow:
    """Implements `PushFlow` for stock."""

    def __init__(self, connections: Connections, journal: Journal) -> None:
        self._connections = connections
        self._journal = journal
        self._linking = Linking(connections, journal)

    async def begin(self, key: PushKey, *, full: bool) -> PushTerms:
        """Check capabilities and rules.

        Raises:
            Unsupported: the ERP does not tell its stock, the store does not take any, or the
                ERP's stock never falls with the orders that are posted.
            MappingMissing: no warehouse is mapped to a location.
        """
        erp = await self._connections.erp(key.connection)
        store = await self._connections.store(key.connection)
        if Capability.STOCK not in erp.capabilities:
            raise Unsupported("This ERP does not tell its stock.")
        if Capability.STOCK_IN not in store.capabilities:
            raise Unsupported("This store's stock cannot be set.")
        settings = self._connections.settings(key.connection).push.stock
        if Capability.VALUES_ONLY in erp.capabilities and not settings.posted_counts_hours:
            raise Unsupported(
                "Posting an order takes nothing out of this ERP's stock as it is configured, so "
                "that what is sold would be offered again.",
                remedy="Have orders posted as sales orders, or say in "
                "push.stock.posted_counts_hours how long it takes until somebody books them out.",
            )
        if not locations_of(await self._linking.rules(key.connection)):
            raise MappingMissing(
                RuleKind.LOCATION,
                "WAREHOUSE",
                step="begin",
                reason="No warehouse of the ERP is mapped to a location of the store.",
            )
        listed = await self._journal.store_items.oldest(key.connection)
        old = listed is None or datetime.now(UTC) - listed > CATALOGUE_LASTS
        if full:
            await self._journal.pushed.forgive(key.connection, _FLOW)
        return PushTerms(
            catalogue=full or old,
            compare=full,
            patience_seconds=settings.patience_minutes * 60,
            settles_seconds=store.stock_settles_seconds,
        )

    async def read(self, work: PageWork) -> PageDone:
        """Read one page of levels. The last one says until when everything is known."""
        connection = work.key.connection
        rules = await self._linking.rules(connection)
        locations = locations_of(rules)
        erp = await self._connections.erp(connection)
        page = await erp.stock(sorted(locations), since=await self._since(work), cursor=work.cursor)
        items = {level.item for level in page.levels}
        skus = await self._linking.skus(connection, items, rules)
        said: dict[Place, str] = {
            (sku, location): f"{available:f}"
            for (item, location), available in available_at(page.levels, locations).items()
            for sku in skus.get(item, ())
        }
        await self._journal.pushed.told(connection, _FLOW, said, at=page.as_of, confirm=work.full)
        unlinked = await self._linking.note_unlinked(work.key, items, skus)
        as_of = work.as_of or page.as_of
        if not page.next_cursor:
            await self._swept(work, as_of)
        return PageDone(
            next_cursor=page.next_cursor, as_of=as_of, rows=len(page.levels), unlinked=unlinked
        )

    async def compare(self, work: PageWork) -> PageDone:
        """Take what the store has for what it was given, whoever gave it."""
        connection = work.key.connection
        locations = set(locations_of(await self._linking.rules(connection)).values())
        store = await self._connections.store(connection)
        page = await store.stock_listed(locations, cursor=work.cursor)
        found: dict[Place, str] = {
            (one.sku, one.location): digest(one.location, one.quantity) for one in page.stock
        }
        await self._journal.pushed.store_has(connection, _FLOW, found)
        return PageDone(next_cursor=page.next_cursor, rows=len(page.stock), calls=1)

    async def plan(self, key: PushKey) -> PushPlan:
        """Divide the rows whose quantity is not what the store was given."""
        connection, pushed = key.connection, self._journal.pushed
        figures = await figures_now(connection, self._connections, self._journal)
        items = {item.sku: item for item in await self._journal.store_items.all(connection)}
        changed: list[StoreStock] = []
        refused: list[Refused] = []
        sold_from = set(locations_of(await self._linking.rules(connection)).values())
        for row in await pushed.rows(connection, _FLOW):
            if row.refused or row.location not in sold_from:
                continue
            quantity = figures.quantity(row)
            if digest(row.location, quantity) == row.digest:
                continue
            item = items.get(row.sku)
            if item is None or not item.stock_id:
                why = item.why if item else _NO_SUCH_SKU
                refused.append(Refused(sku=row.sku, location=row.location, reason=why))
            else:
                changed.append(_stock(row, item.stock_id, quantity))
        await pushed.took(connection, _FLOW, {}, refused)
        await self._linking.note_refused(key, "plan", refused)
        store = await self._connections.store(connection)
        batches = store.stock_batches(changed)
        places = [[(one.sku, one.location) for one in batch] for batch in batches]
        await pushed.assign(connection, _FLOW, places)
        return PushPlan(changed=len(changed), batches=len(batches), refused=len(refused))

    async def push(self, work: BatchWork) -> BatchDone:
        """Set what is left of the batch, worked out anew: sales have gone on since the plan."""
        connection, pushed = work.key.connection, self._journal.pushed
        rows = await pushed.batch(connection, _FLOW, work.number)
        figures = await figures_now(connection, self._connections, self._journal)
        items = await self._journal.store_items.find(connection, {row.sku for row in rows})
        batch = [
            _stock(row, items[row.sku].stock_id, figures.quantity(row))
            for row in rows
            if row.sku in items
        ]
        before = {(row.sku, row.location): row.digest for row in rows}
        changed = [one for one in batch if _digest(one) != before[one.sku, one.location]]
        await pushed.unbatch(
            connection, _FLOW, before.keys() - {(one.sku, one.location) for one in changed}
        )
        if not changed:
            return BatchDone()
        store = await self._connections.store(connection)
        taken = await store.set_stock(changed)
        digests: dict[Place, str] = {(one.sku, one.location): _digest(one) for one in changed}
        await pushed.took(connection, _FLOW, digests, taken.refused)
        await self._linking.note_refused(work.key, "push", taken.refused)
        return BatchDone(
            pushed=len(changed) - len(taken.refused),
            refused=len(taken.refused),
            calls=taken.calls,
        )

    async def check(self, work: CheckWork) -> CheckDone:
        """Compare a sample with what the store has; what differs is pushed again next time."""
        connection, pushed = work.key.connection, self._journal.pushed
        rows = await pushed.sample(connection, _FLOW, since=work.since, size=_SAMPLE)
        items = await self._journal.store_items.find(connection, {row.sku for row in rows})
        wanted = [_stock(row, items[row.sku].stock_id, 0) for row in rows if row.sku in items]
        if not wanted:
            return CheckDone()
        store = await self._connections.store(connection)
        has = {(one.sku, one.location): _digest(one) for one in await store.stock_now(wanted)}
        digests = {(row.sku, row.location): row.digest for row in rows}
        differing = [place for place, given in digests.items() if has.get(place) != given]
        # A sale since then is a difference too, and pushing once more is harmless.
        await pushed.store_has(connection, _FLOW, dict.fromkeys(differing, ""))
        if differing:
            names = ", ".join(sku for sku, _ in differing)
            book = book_of(self._journal, work.key, "check")
            await book.note("check", "differs", f"Not as it was pushed: {names}")
        return CheckDone(looked_at=len(digests), differing=len(differing), calls=1)

    async def _since(self, work: PageWork) -> datetime | None:
        swept_at = await self._journal.watermarks.get(work.key.connection, SWEPT)
        if work.full or swept_at is None:
            return None
        return swept_at - self._connections.settings(work.key.connection).schedules.overlap

    async def _swept(self, work: PageWork, as_of: datetime) -> None:
        marks, connection = self._journal.watermarks, work.key.connection
        for name in (SWEPT, SWEPT_WHOLE) if work.full else (SWEPT,):
            seen = await marks.get(connection, name)
            await marks.advance(connection, name, seen=seen, to=as_of)
        counts_for = self._connections.settings(connection).push.stock.posted_counts_for
        await self._journal.open_lines.prune(connection, as_of - counts_for - _KEEP_POSTED)


def _stock(row: PushRow, stock_id: str, quantity: int) -> StoreStock:
    return StoreStock(sku=row.sku, stock_id=stock_id, location=row.location, quantity=quantity)


def _digest(stock: StoreStock) -> str:
    return digest(stock.location, stock.quantity)
