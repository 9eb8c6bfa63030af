"""The inbox when its journal is away, hangs or is shared by several processes."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from journal.inbox import Delivery
from starters.webhooks.group_commit import JournalAway
from starters.webhooks.intake import NotStarted
from tests.support.inbox import Post, Temporal, event, running
from tests.support.waiting import until


async def test_neither_temporal_nor_journal_has_the_store_deliver_again(
    file: Path, temporal: Temporal
) -> None:
    temporal.away = True
    async with running(file, temporal, attached=False) as post:
        with pytest.raises(NotStarted):
            await post.send(1)


async def test_without_a_journal_temporal_alone_is_enough_for_a_burst_too(
    file: Path, temporal: Temporal
) -> None:
    temporal.seconds = 0.005
    async with running(file, temporal, attached=False) as post:
        await asyncio.gather(*[post.inbox.start(event(n)) for n in range(100)])
    assert len(temporal.events) == 100
    assert temporal.most_at_once <= 4


@asynccontextmanager
async def locked(file: Path) -> AsyncIterator[None]:
    """Nobody can write to the journal meanwhile; whoever tries hangs."""
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


async def delivered(post: Post, order: int) -> None:
    """Send an event as a store does: again where it was refused, as on a machine that stalls."""

    async def taken() -> bool:
        try:
            await post.send(order)
        except JournalAway:
            return False
        return True

    await until(taken, f"a delivery of order {order}")


async def test_a_journal_that_hangs_is_gone_around_while_temporal_takes_events(
    file: Path, post: Post
) -> None:
    post.temporal.seconds = 0.01
    async with locked(file):
        await asyncio.gather(*[delivered(post, n) for n in range(20)])
        for n in range(20, 40):
            await delivered(post, n)
    assert set(post.temporal.orders) == {str(n) for n in range(40)}


async def test_a_journal_that_hangs_while_temporal_is_away_refuses_in_time_and_recovers(
    file: Path, post: Post
) -> None:
    post.temporal.away = True
    async with locked(file):
        loop = asyncio.get_running_loop()
        began = loop.time()
        ended = await asyncio.gather(
            *[post.inbox.start(event(n)) for n in range(20)], return_exceptions=True
        )
        assert all(isinstance(end, JournalAway) for end in ended)
        assert loop.time() - began < 20  # the journal itself is patient for 30

    await delivered(post, 1)
    post.temporal.away = False
    await post.empty()
    assert "1" in post.temporal.orders


async def test_what_an_earlier_process_left_is_handed_on(file: Path, temporal: Temporal) -> None:
    temporal.away = True
    async with running(file, temporal) as killed:
        await killed.send(1, 2)
    temporal.away = False
    async with running(file, temporal) as post:
        await post.empty()
    assert sorted(temporal.orders) == ["1", "2"]


async def test_a_stop_while_draining_loses_nothing_and_repeats_nothing(
    file: Path, temporal: Temporal
) -> None:
    temporal.away = True
    async with running(file, temporal) as post:
        await post.send(*range(50))
        temporal.away, temporal.seconds = False, 0.02

        async def some_are_through() -> bool:
            return len(temporal.events) >= 10

        await until(some_are_through, "a part of the handing on")
    temporal.seconds = 0.0
    async with running(file, temporal) as post:
        await post.empty()
    assert sorted(temporal.orders, key=int) == [str(n) for n in range(50)]


async def test_of_several_processes_one_drains(file: Path, temporal: Temporal) -> None:
    temporal.away, temporal.seconds = True, 0.01
    async with running(file, temporal) as one, running(file, temporal) as other:
        await one.send(*range(40))
        await other.send(*range(20, 60))
        temporal.away = False
        await one.empty()
    assert sorted(temporal.orders, key=int) == [str(n) for n in range(60)]


async def test_a_process_that_does_not_drain_learns_when_the_way_is_free(
    file: Path, temporal: Temporal
) -> None:
    temporal.away = True
    async with running(file, temporal) as one, running(file, temporal) as other:
        await other.send(1)
        async with one.journal.leases.hold("inbox"):  # a third process drains
            temporal.away = False

            async def straight_on() -> bool:
                await one.journal.inbox.done(await one.journal.inbox.oldest())
                await asyncio.sleep(1)  # time to look; an event that is kept would spoil it
                before = len(temporal.events)
                await other.send(2)
                return len(temporal.events) > before

            await until(straight_on, "an event that went straight on")


async def test_only_what_has_its_own_resource_waiting_queues_up(post: Post) -> None:
    post.temporal.away = True
    await post.send(1)
    async with post.journal.leases.hold("inbox"):  # another process drains, slowly
        post.temporal.away = False

        async def line_is_up() -> bool:
            return not post.inbox.degraded

        await until(line_is_up, "Temporal's return")
        await post.send(1, 2, 1, 3)
        assert post.temporal.orders == ["2", "3"]
        [waiting] = await post.journal.inbox.oldest()
        assert (waiting.resource_id, waiting.deliveries) == ("1", 3)


async def test_many_events_at_once_are_kept_in_few_transactions(
    file: Path, temporal: Temporal
) -> None:
    batches: list[int] = []
    temporal.away = True
    async with running(file, temporal, attached=False) as post:
        put = post.journal.inbox.put

        async def counted(deliveries: list[Delivery]) -> None:
            batches.append(len(deliveries))
            await put(deliveries)

        post.journal.inbox.put = counted  # pyright: ignore[reportAttributeAccessIssue]
        working = asyncio.create_task(post.inbox.work(post.journal))
        assert await post.inbox.opened(within=30)
        await asyncio.gather(*[post.inbox.start(event(n)) for n in range(400)])
        assert await post.waiting() == 400
        working.cancel()
        await asyncio.wait([working])
    assert len(batches) <= 5
    assert sum(batches) == 400


async def test_the_service_is_ready_by_the_inbox_alone(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    assert await post.inbox.ready() is None
    post.temporal.away = True
    await post.send(1, 2)
    assert await post.inbox.ready() is None
    assert post.inbox.degraded
    assert "Ready by the inbox alone, 2 wait in it" in caplog.text


async def test_the_service_is_not_ready_when_both_are_away(file: Path, temporal: Temporal) -> None:
    temporal.away = True
    async with running(file, temporal, attached=False) as post:
        reason = await post.inbox.ready()
    assert reason == "Temporal is away. The journal cannot be used either."


async def test_what_was_handed_on_is_logged_with_its_numbers(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    post.temporal.away = True
    await post.send(1, 1, 2)
    post.temporal.away = False
    await post.empty()

    async def logged() -> bool:
        return any("Handed on from the inbox" in record.message for record in caplog.records)

    await until(logged, "the log line")
    [line] = [r for r in caplog.records if "Handed on" in r.message]
    assert (line.__dict__["resources"], line.__dict__["deliveries"]) == (2, 3)
    assert "Webhooks go to the inbox. Temporal answers unavailable" in caplog.text
