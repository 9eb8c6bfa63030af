import asyncio
from datetime import timedelta

from journal.inbox import Delivery
from journal.opening import Journal
from tests.journal.conftest import Clock


def told_of(
    clock: Clock, order: str, *, connection: str = "acme", workflow: str = "order"
) -> Delivery:
    return Delivery(
        connection=connection, workflow=workflow, resource_id=order, received_at=clock()
    )


async def test_resources_are_drained_in_the_order_in_which_they_first_came(
    journal: Journal, clock: Clock
):
    for number in ("3", "1", "2", "3"):
        await journal.inbox.put([told_of(clock, number)])
        clock.advance(timedelta(seconds=1))
    first = await journal.inbox.oldest(limit=2)
    assert [(e.workflow, e.resource_id) for e in first] == [("order", "3"), ("order", "1")]
    assert first[0].received_at == clock() - timedelta(seconds=4)
    await journal.inbox.done(first)
    await journal.inbox.done(first)
    assert [entry.resource_id for entry in await journal.inbox.oldest()] == ["2"]


async def test_one_batch_keeps_its_order_and_each_resource_once(journal: Journal, clock: Clock):
    batch = [told_of(clock, number) for number in ("3", "1", "3", "2", "3")]
    await journal.inbox.put(batch)
    entries = await journal.inbox.oldest()
    assert [(e.resource_id, e.deliveries) for e in entries] == [("3", 3), ("1", 1), ("2", 1)]


async def test_the_same_number_of_another_kind_or_connection_is_another_resource(
    journal: Journal, clock: Clock
):
    await journal.inbox.put(
        [
            told_of(clock, "1"),
            told_of(clock, "1", workflow="customer"),
            told_of(clock, "1", connection="zeta"),
        ]
    )
    assert len(await journal.inbox.oldest()) == 3


async def test_what_was_told_of_again_while_it_was_handed_on_is_handed_on_again(
    journal: Journal, clock: Clock
):
    await journal.inbox.put([told_of(clock, "1"), told_of(clock, "2")])
    seen = await journal.inbox.oldest()
    await journal.inbox.put([told_of(clock, "1")])
    await journal.inbox.done(seen)
    [again] = await journal.inbox.oldest()
    assert (again.resource_id, again.deliveries, again.id) == ("1", 2, seen[0].id)


async def test_reading_goes_on_behind_an_entry(journal: Journal, clock: Clock):
    await journal.inbox.put([told_of(clock, number) for number in ("3", "1", "2")])
    [first] = await journal.inbox.oldest(limit=1)
    rest = await journal.inbox.oldest(after=first.id)
    assert [entry.resource_id for entry in rest] == ["1", "2"]


async def test_how_much_waits_and_since_when_is_counted(journal: Journal, clock: Clock):
    nothing = await journal.inbox.waiting()
    assert (nothing.resources, nothing.deliveries, nothing.since) == (0, 0, None)
    since = clock()
    await journal.inbox.put([told_of(clock, "1"), told_of(clock, "1")])
    clock.advance(timedelta(minutes=1))
    await journal.inbox.put([told_of(clock, "2")])
    waiting = await journal.inbox.waiting()
    assert (waiting.resources, waiting.deliveries, waiting.since) == (2, 3, since)


async def test_nothing_put_or_done_changes_nothing(journal: Journal, clock: Clock):
    await journal.inbox.put([told_of(clock, "1")])
    await journal.inbox.put([])
    await journal.inbox.done([])
    assert len(await journal.inbox.oldest()) == 1


async def test_processes_that_put_and_forget_the_same_resources_never_block_each_other(
    journal: Journal, other_process: Journal, clock: Clock
):
    """Batches in opposite orders are what makes row locks deadlock."""
    up = [told_of(clock, str(number)) for number in range(1, 21)]
    down = list(reversed(up))

    async def busy(one: Journal, batch: list[Delivery]) -> None:
        for _ in range(10):
            await one.inbox.put(batch)
            await one.inbox.done(await one.inbox.oldest())

    async with asyncio.timeout(30):
        await asyncio.gather(busy(journal, up), busy(other_process, down))
    left = await journal.inbox.oldest()
    await journal.inbox.done(left)
    assert (await journal.inbox.waiting()).resources == 0
