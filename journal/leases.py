"""Leases: one holder at a time among all processes; a holder that died loses it by time."""

import asyncio
import logging
import random
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from weakref import WeakValueDictionary

from sqlalchemy import delete, update
from sqlalchemy.exc import SQLAlchemyError

from journal.database import Database, uninterrupted
from journal.tables import leases

DEFAULT_TTL = timedelta(seconds=20)
_FIRST_PAUSE_SECONDS = 0.02
_LONGEST_PAUSE_SECONDS = 0.5
log = logging.getLogger(__name__)


class LeaseBusy(Exception):
    """Somebody else held the lease for as long as the caller was willing to wait."""

    def __init__(self, name: str, wait: timedelta) -> None:
        super().__init__(
            f"'{name}' was in use elsewhere for the whole {wait.total_seconds():g} seconds that "
            "we waited for it."
        )
        self.name = name


class LeaseLost(Exception):
    """The lease could not be extended in time; what ran under it was stopped."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"'{name}' could not be kept: the journal did not answer in time, or another process "
            "took it over. What ran under it was stopped."
        )
        self.name = name


class Leases:
    """Named leases. In-process callers queue up first, so that one at a time asks the database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def hold(
        self, name: str, *, ttl: timedelta = DEFAULT_TTL, wait: timedelta = DEFAULT_TTL
    ) -> AsyncIterator[None]:
        """Hold the lease for the block; it is extended for as long as the block runs.

        Raises:
            LeaseBusy: not had within `wait`; zero asks once.
            LeaseLost: it could not be extended before it ran out; the block was cancelled, so
                that it does not overlap the next holder's.
        """
        holder = uuid.uuid4().hex
        lock = self._locks.setdefault(name, asyncio.Lock())
        give_up_at = asyncio.get_running_loop().time() + wait.total_seconds()
        async with AsyncExitStack() as stack:
            try:
                async with asyncio.timeout_at(give_up_at):
                    await stack.enter_async_context(lock)
            except TimeoutError:
                raise LeaseBusy(name, wait) from None
            # Before taking it: being cancelled halfway must not leave it behind.
            stack.push_async_callback(self._give_back, name, holder)
            runs_out_at = await self._taken(name, holder, ttl, give_up_at)
            if runs_out_at is None:
                raise LeaseBusy(name, wait)
            async with self._kept(name, holder, ttl, runs_out_at):
                yield

    async def _taken(
        self, name: str, holder: str, ttl: timedelta, give_up_at: float
    ) -> float | None:
        """Ask until it is ours; return when it runs out by the loop's clock, or None."""
        loop = asyncio.get_running_loop()
        pause = _FIRST_PAUSE_SECONDS
        while True:
            asked_at = loop.time()
            if await self._take(name, holder, ttl):
                return asked_at + ttl.total_seconds()
            left = give_up_at - loop.time()
            if left <= 0:
                return None
            # Uneven pauses, so that processes that wait do not ask in step.
            await asyncio.sleep(min(left, pause * random.uniform(0.5, 1.0)))
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    @asynccontextmanager
    async def _kept(
        self, name: str, holder: str, ttl: timedelta, runs_out_at: float
    ) -> AsyncIterator[None]:
        """Extend the lease beside the block, and stop the block when the lease runs out."""
        limit = asyncio.timeout_at(runs_out_at)
        try:
            async with limit:
                keeper = asyncio.create_task(self._keep(name, holder, ttl, limit))
                try:
                    yield
                finally:
                    keeper.cancel()
                    await asyncio.wait([keeper])
        except TimeoutError:
            if limit.expired():
                raise LeaseLost(name) from None
            raise

    async def _keep(self, name: str, holder: str, ttl: timedelta, limit: asyncio.Timeout) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(ttl.total_seconds() / 3)
            asked_at = loop.time()
            try:
                kept = await self._extend(name, holder, ttl)
            except SQLAlchemyError as error:
                log.warning("Lease %s not extended, trying again: %s", name, error)
                continue
            if limit.expired():
                return
            limit.reschedule(asked_at + ttl.total_seconds() if kept else loop.time())
            if not kept:
                return

    @uninterrupted
    async def _take(self, name: str, holder: str, ttl: timedelta) -> bool:
        async with self._database.write() as transaction:
            now = await self._database.shared_now(transaction)
            state = {"holder": holder, "expires_at": now + ttl}
            wanted = self._database.insert(leases).values(name=name, **state)
            had = await transaction.execute(
                wanted.on_conflict_do_update(
                    index_elements=["name"], set_=state, where=leases.c.expires_at <= now
                ).returning(leases.c.name)
            )
            return had.first() is not None

    @uninterrupted
    async def _extend(self, name: str, holder: str, ttl: timedelta) -> bool:
        async with self._database.write() as transaction:
            now = await self._database.shared_now(transaction)
            extended = update(leases).filter_by(name=name, holder=holder)
            return (await transaction.execute(extended.values(expires_at=now + ttl))).rowcount > 0

    @uninterrupted
    async def _give_back(self, name: str, holder: str) -> None:
        try:
            async with self._database.write() as transaction:
                await transaction.execute(delete(leases).filter_by(name=name, holder=holder))
        except SQLAlchemyError as error:
            # What was done under the lease is done; the lease itself ends by time.
            log.warning("Lease %s not given back, it will run out by itself: %s", name, error)
