"""The steps by which the ERP's prices get into the store."""

from datetime import UTC, datetime

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
from activities.pushes import CATALOGUE_LASTS, Linking
from connectors.contract import Capability
from connectors.errors import Unsupported
from domain.availability import content_hash
from domain.price import ItemPrice, StorePrice, store_price
from domain.stock import Refused, StoreItem
from journal.opening import Journal
from journal.pushed import Place, PushRow

_FLOW = Flow.PRICES
_NO_SUCH_SKU = "The store has no such SKU any more."
_PATIENCE_SECONDS = 3600.0


class PriceFlow:
    """Implements `PushFlow` for prices. The store answers when they are applied: nothing is checked
    afterwards, nor compared before; a full pass sends every price again.
    """

    def __init__(self, connections: Connections, journal: Journal) -> None:
        self._connections = connections
        self._journal = journal
        self._linking = Linking(connections, journal)

    async def begin(self, key: PushKey, *, full: bool) -> PushTerms:
        """Check capabilities.

        Raises:
            Unsupported: the ERP does not tell its prices, or the store does not take any.
        """
        erp = await self._connections.erp(key.connection)
        store = await self._connections.store(key.connection)
        if Capability.PRICES not in erp.capabilities:
            raise Unsupported("This ERP does not tell its prices.")
        if Capability.PRICES_IN not in store.capabilities:
            raise Unsupported("This store's prices cannot be set.")
        listed = await self._journal.store_items.oldest(key.connection)
        old = listed is None or datetime.now(UTC) - listed > CATALOGUE_LASTS / 2
        if full:
            await self._journal.pushed.forgive(key.connection, _FLOW)
        return PushTerms(
            catalogue=full or old,
            compare=full,
            patience_seconds=_PATIENCE_SECONDS,
            settles_seconds=0,
        )

    async def read(self, work: PageWork) -> PageDone:
        """Read one page of prices."""
        connection = work.key.connection
        rules = await self._linking.rules(connection)
        settings = self._connections.settings(connection).push.prices
        erp = await self._connections.erp(connection)
        page = await erp.prices(
            price_list=settings.price_list, currency=settings.currency, cursor=work.cursor
        )
        items = {price.item for price in page.prices}
        skus = await self._linking.skus(connection, items, rules)
        said: dict[Place, str] = {
            (sku, ""): price.model_dump_json()
            for price in page.prices
            for sku in skus.get(price.item, ())
        }
        now = datetime.now(UTC)
        await self._journal.pushed.told(connection, _FLOW, said, at=now)
        unlinked = await self._linking.note_unlinked(work.key, items, skus)
        return PageDone(
            next_cursor=page.next_cursor, as_of=now, rows=len(page.prices), unlinked=unlinked
        )

    async def compare(self, work: PageWork) -> PageDone:
        """Forget what the store was given, so that every price is sent again."""
        connection = work.key.connection
        rows = await self._journal.pushed.rows(connection, _FLOW)
        forgotten: dict[Place, str] = {(row.sku, row.location): "" for row in rows}
        await self._journal.pushed.store_has(connection, _FLOW, forgotten)
        return PageDone(rows=len(rows))

    async def plan(self, key: PushKey) -> PushPlan:
        """Divide the prices that are not what the store was given."""
        connection, pushed = key.connection, self._journal.pushed
        items = {item.sku: item for item in await self._journal.store_items.all(connection)}
        changed: list[StorePrice] = []
        refused: list[Refused] = []
        for row in await pushed.rows(connection, _FLOW):
            price = None if row.refused else self._price(connection, row, items)
            if price is None or _digest(price) == row.digest:
                continue
            if price.price_id:
                changed.append(price)
            else:
                item = items.get(row.sku)
                why = item.why if item else _NO_SUCH_SKU
                refused.append(Refused(sku=row.sku, reason=why))
        await pushed.took(connection, _FLOW, {}, refused)
        await self._linking.note_refused(key, "plan", refused)
        store = await self._connections.store(connection)
        batches = store.price_batches(changed)
        await pushed.assign(
            connection, _FLOW, [[(price.sku, "") for price in batch] for batch in batches]
        )
        return PushPlan(changed=len(changed), batches=len(batches), refused=len(refused))

    async def push(self, work: BatchWork) -> BatchDone:
        """Set what is left of the batch."""
        connection, pushed = work.key.connection, self._journal.pushed
        rows = await pushed.batch(connection, _FLOW, work.number)
        items = await self._journal.store_items.find(connection, {row.sku for row in rows})
        prices = [self._price(connection, row, items) for row in rows]
        batch = [price for price in prices if price is not None and price.price_id]
        await pushed.unbatch(
            connection, _FLOW, {(row.sku, "") for row in rows} - {(p.sku, "") for p in batch}
        )
        if not batch:
            return BatchDone()
        store = await self._connections.store(connection)
        taken = await store.set_prices(batch)
        digests: dict[Place, str] = {(price.sku, ""): _digest(price) for price in batch}
        await pushed.took(connection, _FLOW, digests, taken.refused)
        await self._linking.note_refused(work.key, "push", taken.refused)
        return BatchDone(
            pushed=len(batch) - len(taken.refused),
            refused=len(taken.refused),
            calls=taken.calls,
        )

    async def check(self, work: CheckWork) -> CheckDone:
        """Look at nothing: the store's answer was the proof."""
        del work
        return CheckDone()

    def _price(
        self, connection: str, row: PushRow, items: dict[str, StoreItem]
    ) -> StorePrice | None:
        item = items.get(row.sku)
        owned = self._connections.settings(connection).push.prices.fields
        return store_price(
            ItemPrice.model_validate_json(row.told),
            sku=row.sku,
            price_id=item.price_id if item else "",
            owned=owned,
        )


def _digest(price: StorePrice) -> str:
    amounts = (price.price, price.sale_price, price.cost)
    return content_hash(*(amount or "" for amount in amounts), price.clears_sale)
