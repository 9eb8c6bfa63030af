"""The activities of every push; what each does for stock and for prices lies beside."""

from collections.abc import Mapping
from datetime import timedelta

from temporalio import activity

from activities.connections import Connections
from activities.price_push import PriceFlow
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
from activities.push_start import PushWish, start_push
from activities.pushes import PushFlow, book_of
from activities.stock_push import StockFlow
from domain.order import OrderKey
from journal.holds import OpenHold
from journal.opening import Journal
from settings.temporal import look_again

# Bulk writes of stock and of prices never run side by side (BigCommerce documentation, "Inventory
# adjustments"). Setting is repeatable, so a holder that died is not waited for long.
_LEASE = timedelta(seconds=8)
_PAGE = 200
_LEASE_WAIT = timedelta(seconds=60)


class PushActivities:
    """What a push may do in the outside world."""

    def __init__(self, connections: Connections, journal: Journal) -> None:
        self._connections = connections
        self._journal = journal
        self._flows: Mapping[Flow, PushFlow] = {
            Flow.STOCK: StockFlow(connections, journal),
            Flow.PRICES: PriceFlow(connections, journal),
        }

    @activity.defn
    async def start_push(self, wish: PushWish) -> None:
        """Start the one push of that kind, unless it is under way already."""
        await start_push(activity.client(), wish, queue=self._connections.sync_queue)

    @activity.defn
    async def begin_push(self, wish: PushWish) -> PushTerms:
        """Check that there is something to push from, to and by which rules."""
        key = wish.key
        async with book_of(self._journal, key, "begin").told("begin"):
            terms = await self._flows[key.flow].begin(key, full=wish.full)
            if key.flow is Flow.STOCK and await self._is_first(key):
                await self._have_open_orders_counted(key.connection)
            return terms

    async def _is_first(self, key: PushKey) -> bool:
        return await self._journal.store_items.oldest(key.connection) is None

    async def _have_open_orders_counted(self, connection: str) -> None:
        """Have what waits look again: what it sells was not kept before there were pushes."""
        after: OpenHold | None = None
        while True:
            page = await self._journal.holds.list(connection, limit=_PAGE, after=after)
            for held in page:
                kind, _, order_id = held.resource.partition(":")
                if kind == "order":
                    key = OrderKey(connection=connection, order_id=order_id)
                    await look_again(activity.client(), key, queue=self._connections.sync_queue)
            if len(page) < _PAGE:
                return
            after = page[-1]

    @activity.defn
    async def list_catalogue(self, work: PageWork) -> PageDone:
        """Read one page of the store's SKUs; after the last, forget those that are gone."""
        connection = work.key.connection
        async with book_of(self._journal, work.key, "catalogue").told("catalogue"):
            store = await self._connections.store(connection)
            page = await store.variants(cursor=work.cursor)
            items = self._journal.store_items
            await items.put(connection, page.items, seen_at=work.started_at)
            if not page.next_cursor:
                await items.drop_unseen(connection, since=work.started_at)
            return PageDone(next_cursor=page.next_cursor, rows=len(page.items), calls=1)

    @activity.defn
    async def read_erp(self, work: PageWork) -> PageDone:
        """Read one page of what the ERP tells."""
        async with book_of(self._journal, work.key, "read").told("read"):
            return await self._flows[work.key.flow].read(work)

    @activity.defn
    async def compare_store(self, work: PageWork) -> PageDone:
        """Read one page of what the store has."""
        async with book_of(self._journal, work.key, "compare").told("compare"):
            return await self._flows[work.key.flow].compare(work)

    @activity.defn
    async def plan_push(self, key: PushKey) -> PushPlan:
        """Divide what differs into batches."""
        async with book_of(self._journal, key, "plan").told("plan"):
            plan = await self._flows[key.flow].plan(key)
            sentence = f"{plan.changed} changed, in {plan.batches} batches"
            await book_of(self._journal, key, "plan").note("plan", "planned", sentence)
            return plan

    @activity.defn
    async def push_batch(self, work: BatchWork) -> BatchDone:
        """Give one batch to the store. Repeating it sends what is left, with newer numbers."""
        key = work.key
        async with book_of(self._journal, key, "push").told(f"batch:{work.number}"):
            name = f"{key.connection}:bulk-writes"
            async with self._journal.leases.hold(name, ttl=_LEASE, wait=_LEASE_WAIT):
                return await self._flows[key.flow].push(work)

    @activity.defn
    async def check_push(self, work: CheckWork) -> CheckDone:
        """Look at a sample of what was pushed."""
        async with book_of(self._journal, work.key, "check").told("check"):
            return await self._flows[work.key.flow].check(work)
