"""Looking for what the webhooks missed: pages of changes since the watermark, each told to sync."""

import asyncio
from datetime import UTC, datetime, timedelta

from temporalio import activity

from activities.account_changes import ACCOUNTS, ALL_ACCOUNTS, AccountChanges
from activities.bookkeeping import Bookkeeping
from activities.connections import Connections
from activities.records import CatchUpPage, CatchUpWork
from connectors.contract import Changed, ChangedPage
from domain.customer import CustomerKey
from domain.order import OrderKey
from journal.opening import Journal
from settings.temporal import look_again

_AT_ONCE = 20


class CatchUpActivities:
    """What a catch-up may do in the outside world."""

    def __init__(self, connections: Connections, journal: Journal) -> None:
        self._connections = connections
        self._journal = journal

    @activity.defn
    async def renew_session(self, connection: str) -> None:
        """Renew the ERP's session at the start of a cycle, if it is old enough and unused.

        Not waited for: reading the store needs no ERP.
        """
        async with self._book(connection, "session").told("session", patient=False):
            erp = await self._connections.erp(connection)
            await erp.renew_session()

    @activity.defn
    async def catch_up_page(self, work: CatchUpWork) -> CatchUpPage:
        """Read one page of changes and tell each that is not known to be done to look again.

        The last page moves the watermark to the newest change seen.
        """
        watermark = await self._journal.watermarks.get(work.connection, work.resource)
        since = work.since or self._from(work.connection, watermark)
        async with self._book(work.connection, work.resource).told(work.resource):
            page = await self._read(work, since)
        news = [change for change in page.changes if not await self._known(work, change)]
        slots = asyncio.Semaphore(_AT_ONCE)
        await asyncio.gather(*(self._tell(work, change, slots) for change in news))
        times: list[datetime] = [change.changed_at for change in page.changes]
        if page.seen_until is not None:
            times.append(page.seen_until)
        if work.newest is not None:
            times.append(work.newest)
        newest = max(times, default=None)
        if not page.next_cursor and newest is not None and work.resource != ALL_ACCOUNTS:
            await self._journal.watermarks.advance(
                work.connection, work.resource, seen=watermark, to=newest
            )
        return CatchUpPage(
            since=since,
            next_cursor=page.next_cursor,
            newest=newest,
            seen=len(page.changes),
            started=len(news),
        )

    def _from(self, connection: str, watermark: datetime | None) -> datetime:
        schedules = self._connections.settings(connection).schedules
        if watermark is None:
            return datetime.now(UTC) - timedelta(hours=schedules.first_look_hours)
        return watermark - schedules.overlap

    async def _read(self, work: CatchUpWork, since: datetime) -> ChangedPage:
        if work.resource in ACCOUNTS:
            accounts = AccountChanges(self._connections, self._journal)
            cursor = work.cursor
            return await accounts.page(work.connection, work.resource, since, cursor=cursor)
        store = await self._connections.store(work.connection)
        if work.resource == "customers":
            return await store.changed_customers(since, cursor=work.cursor)
        return await store.changed_orders(since, cursor=work.cursor)

    async def _known(self, work: CatchUpWork, change: Changed) -> bool:
        """Tell whether that resource was brought into agreement as of this change or later."""
        kind = work.resource.removesuffix("s")
        done_as_of = await self._journal.watermarks.get(
            work.connection, f"{kind}:{change.resource_id}"
        )
        return done_as_of is not None and change.changed_at <= done_as_of

    async def _tell(self, work: CatchUpWork, change: Changed, slots: asyncio.Semaphore) -> None:
        if work.resource == "customers" or work.resource in ACCOUNTS:
            key = CustomerKey(connection=work.connection, customer_id=change.resource_id)
        else:
            key = OrderKey(connection=work.connection, order_id=change.resource_id)
        async with slots:
            await look_again(activity.client(), key, queue=self._connections.sync_queue)
            activity.heartbeat()

    def _book(self, connection: str, resource: str) -> Bookkeeping:
        return Bookkeeping(self._journal, connection, f"catch-up:{resource}")
