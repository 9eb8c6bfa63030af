"""The worker as a process of its own: killed in the middle, told to stop, started again."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sandbox.faults import Fault, FaultKind
from tests.end_to_end.drafts import JANE, an_order
from tests.support.world import World

TILLBRIDGE = str(Path(sys.executable).with_name("tillbridge"))


@asynccontextmanager
async def worker_process(settings_file: Path) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        TILLBRIDGE,
        "worker",
        "--config",
        str(settings_file),
        stdout=DEVNULL,
        stderr=DEVNULL,
        env=os.environ,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_a_worker_killed_while_it_posts_loses_and_doubles_nothing(
    world: World, tmp_path: Path
) -> None:
    await world.stop_worker()
    settings = world.settings_file(tmp_path)
    # The answer to the first posting comes late: the worker dies knowing nothing of it.
    world.erp.faults.add(
        Fault(kind=FaultKind.HANG_AFTER, path="Transaction/Post", seconds=30, times=2)
    )
    orders = [world.place(an_order(customer=JANE)) for _ in range(6)]

    async def posted() -> bool | None:
        return True if world.erp.invoices else None

    async with worker_process(settings) as worker:
        await world.until(posted, "the first posting")
        worker.send_signal(signal.SIGKILL)
        await worker.wait()
    world.erp.faults.clear()
    async with worker_process(settings):
        for order in orders:
            await world.settled(order, within=90)  # the dead worker's leases run out first
            assert world.invoice(order).value == world.store_total(order)
            assert len(world.payments(order)) == 1


async def test_a_worker_told_to_stop_finishes_what_it_has_in_hand(
    world: World, tmp_path: Path
) -> None:
    await world.stop_worker()
    world.erp.faults.add(Fault(kind=FaultKind.HANG_AFTER, path="Transaction/Post", seconds=0.5))
    order = world.place(an_order())

    async def posted() -> bool | None:
        return True if world.erp.invoices else None

    async with worker_process(world.settings_file(tmp_path)) as worker:
        await world.until(posted, "the first posting")
        worker.send_signal(signal.SIGTERM)
        assert await worker.wait() == 0
    await world.start_worker()
    await world.settled(order)
    assert world.invoice(order).balance == 0
    assert len(world.payments(order)) == 1
