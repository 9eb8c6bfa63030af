import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import create_async_engine

from journal.leases import LeaseBusy, LeaseLost
from journal.opening import Journal
from journal.tables import leases
from tests.journal.conftest import Clock
from tests.support.waiting import until

NOT_AT_ALL = timedelta(0)
SHORT = timedelta(seconds=0.15)
LONG = timedelta(seconds=30)


async def extended_to(url: str, name: str, end: datetime) -> None:
    """Wait until the lease's row runs out at that time."""
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    query = select(leases.c.expires_at).filter_by(name=name)
    async with engine.connect() as connection:

        async def reached() -> bool:
            return await connection.scalar(query) == end

        await until(reached, f"a lease until {end}")
    await engine.dispose()


async def taken_over(url: str, name: str) -> None:
    """Give the lease to another holder, as happens once it has run out."""
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.execute(update(leases).filter_by(name=name).values(holder="another"))
    await engine.dispose()


async def test_a_lease_has_one_holder_among_processes(journal: Journal, other_process: Journal):
    async with journal.leases.hold("push", ttl=LONG):
        with pytest.raises(LeaseBusy, match="'push' was in use elsewhere"):
            async with other_process.leases.hold("push", ttl=LONG, wait=NOT_AT_ALL):
                pass
        async with other_process.leases.hold("another", ttl=LONG, wait=NOT_AT_ALL):
            pass
    async with other_process.leases.hold("push", ttl=LONG, wait=NOT_AT_ALL):
        pass


async def test_a_lease_has_one_holder_within_a_process(journal: Journal):
    async with journal.leases.hold("push", ttl=LONG):
        with pytest.raises(LeaseBusy):
            async with journal.leases.hold("push", ttl=LONG, wait=NOT_AT_ALL):
                pass


async def test_who_waits_gets_the_lease_when_it_is_given_back(
    journal: Journal, other_process: Journal
):
    has_it, give_back = asyncio.Event(), asyncio.Event()

    async def holder() -> None:
        async with journal.leases.hold("push", ttl=LONG):
            has_it.set()
            await give_back.wait()

    holding = asyncio.create_task(holder())
    await has_it.wait()
    asyncio.get_running_loop().call_later(0.05, give_back.set)
    async with other_process.leases.hold("push", ttl=LONG, wait=LONG):
        assert give_back.is_set()
    await holding


async def test_a_dead_holders_lease_runs_out(
    journal: Journal, other_process: Journal, clock: Clock
):
    await other_process.leases._take("push", "a process that crashed", LONG)
    clock.advance(LONG - timedelta(seconds=1))
    with pytest.raises(LeaseBusy):
        async with journal.leases.hold("push", ttl=LONG, wait=NOT_AT_ALL):
            pass
    clock.advance(timedelta(seconds=1))
    async with journal.leases.hold("push", ttl=LONG, wait=NOT_AT_ALL):
        pass


async def test_a_lease_is_extended_while_it_is_held(
    journal: Journal, other_process: Journal, clock: Clock, url: str
):
    ttl = timedelta(seconds=1)
    async with journal.leases.hold("push", ttl=ttl):
        clock.advance(0.5 * ttl)
        await extended_to(url, "push", clock() + ttl)
        clock.advance(0.75 * ttl)  # past the end of the lease as it was taken
        with pytest.raises(LeaseBusy):
            async with other_process.leases.hold("push", ttl=ttl, wait=NOT_AT_ALL):
                pass


async def test_work_under_a_lease_that_was_lost_is_stopped(journal: Journal, url: str):
    async def work() -> None:
        async with journal.leases.hold("push", ttl=SHORT):
            await taken_over(url, "push")
            await asyncio.wait_for(asyncio.Event().wait(), 30)

    with pytest.raises(LeaseLost, match="'push' could not be kept"):
        await work()


async def test_an_error_of_the_block_gives_the_lease_back(journal: Journal, other_process: Journal):
    with pytest.raises(TimeoutError):
        async with journal.leases.hold("push", ttl=LONG):
            raise TimeoutError
    async with other_process.leases.hold("push", ttl=LONG, wait=NOT_AT_ALL):
        pass
