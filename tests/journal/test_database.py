import asyncio

from domain.plan import Link
from journal.opening import Journal

LINK = Link(step="document", ref="W100118")


async def test_writes_that_are_cancelled_anywhere_leave_the_journal_usable(journal: Journal):
    async def work(number: int) -> None:
        async with journal.leases.hold("push"):
            await journal.links.put("acme", f"order:{number}", LINK)
            await journal.snapshots.put("acme", f"order {number}")

    for turns in range(40):
        working = [asyncio.create_task(work(number)) for number in range(4)]
        for _ in range(turns):
            await asyncio.sleep(0)
        for task in working:
            task.cancel()
        await asyncio.wait(working)
    async with asyncio.timeout(30), journal.leases.hold("push"):
        await journal.links.put("acme", "order:118", LINK)
