"""The inbox around a Temporal that is away, slow, picky or back; the journal is a real one."""

import asyncio
from pathlib import Path

from journal.inbox import Delivery
from tests.support.inbox import BEGAN, PATIENCE, Post, Temporal, event, running
from tests.support.waiting import until


async def test_while_temporal_takes_them_events_go_straight_on(post: Post) -> None:
    await post.send(1, 2, 3)
    assert post.temporal.orders == ["1", "2", "3"]
    assert await post.waiting() == 0


async def test_while_temporal_is_away_events_are_kept_and_handed_on_when_it_is_back(
    post: Post,
) -> None:
    post.temporal.away = True
    await post.send(3, 1, 2)
    assert await post.waiting() == 3
    assert post.temporal.orders == []
    post.temporal.away = False
    await post.empty()
    assert sorted(post.temporal.orders) == ["1", "2", "3"]
    assert {e.key.workflow_id for e in post.temporal.events} == {f"main:order:{n}" for n in "123"}


async def test_the_oldest_are_handed_on_first(file: Path, temporal: Temporal) -> None:
    async with running(file, temporal, at_once=1) as post:
        temporal.away = True
        await post.send(3, 1, 2)
        temporal.away = False
        await post.empty()
    assert temporal.orders == ["3", "1", "2"]


async def test_what_is_told_of_often_is_handed_on_once(post: Post) -> None:
    post.temporal.away = True
    await post.send(*[1, 2] * 10)
    post.temporal.away = False
    await post.empty()
    assert sorted(post.temporal.orders) == ["1", "2"]


async def test_a_temporal_that_hangs_costs_only_those_already_under_way(post: Post) -> None:
    post.temporal.hangs = True
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*[post.inbox.start(event(n)) for n in range(200)])
    assert post.temporal.asked <= 4
    assert await post.waiting() == 200


async def test_after_a_failure_nobody_waits_for_temporal_until_it_answers(post: Post) -> None:
    post.temporal.away = True
    await post.send(1)
    asked = post.temporal.asked
    await post.send(*range(2, 50))
    assert post.temporal.asked == asked


async def test_a_burst_that_temporal_cannot_follow_overflows_and_is_handed_on(post: Post) -> None:
    post.temporal.seconds = 0.02
    await asyncio.gather(*[post.inbox.start(event(n)) for n in range(300)])
    assert await post.waiting() > 0
    assert post.temporal.most_at_once <= 4
    await post.empty()
    assert sorted(post.temporal.orders, key=int) == [str(n) for n in range(300)]


async def test_once_the_inbox_is_empty_events_go_straight_on_again(post: Post) -> None:
    post.temporal.away = True
    await post.send(1)
    post.temporal.away = False
    await post.empty()
    await post.send(1)
    assert post.temporal.orders == ["1", "1"]
    assert await post.waiting() == 0


async def test_no_event_overtakes_an_earlier_one_of_its_order(post: Post) -> None:
    """Temporal comes and goes while 20 orders are told of 30 times each."""
    finished = asyncio.Event()

    async def come_and_go() -> None:
        while not finished.is_set():
            post.temporal.away = not post.temporal.away
            await asyncio.sleep(0.03)
        post.temporal.away = False

    moody = asyncio.create_task(come_and_go())
    for nth in range(30):
        await asyncio.gather(*[post.inbox.start(event(order, nth)) for order in range(20)])
    finished.set()
    await moody
    await post.empty()
    for order in range(20):
        times = [e.received_at for e in post.temporal.events if e.resource_id == str(order)]
        assert times == sorted(times)


async def test_an_event_that_comes_while_its_order_is_handed_on_is_handed_on_after(
    post: Post,
) -> None:
    post.temporal.away = True
    await post.send(1)
    post.temporal.away, post.temporal.hangs = False, False
    post.temporal.seconds = 0.2

    async def under_way() -> bool:
        return post.temporal.at_once > 0

    await until(under_way, "the handing on")
    await post.send(1)
    await post.empty()
    assert post.temporal.orders == ["1", "1"]


async def test_an_event_that_temporal_refuses_stays_and_stands_in_nobodys_way(post: Post) -> None:
    post.temporal.refused = {"13"}
    post.temporal.away = True
    await post.send(12, 13, 14)
    post.temporal.away = False

    async def others_are_through() -> bool:
        return sorted(post.temporal.orders) == ["12", "14"] and await post.waiting() == 1

    await until(others_are_through, "the handing on of the others")
    [left] = await post.journal.inbox.oldest()
    assert left.resource_id == "13"


async def test_an_event_that_temporal_refuses_straight_on_is_kept(post: Post) -> None:
    post.temporal.refused = {"13"}
    await post.send(13, 14)
    assert await post.waiting() >= 1
    [first, *_] = await post.journal.inbox.oldest()
    assert first.resource_id == "13"


async def test_an_entry_of_a_kind_that_only_a_newer_version_knows_stays(post: Post) -> None:
    unknown = Delivery(connection="main", workflow="stock", resource_id="1", received_at=BEGAN)
    post.temporal.away = True
    await post.journal.inbox.put([unknown])
    await post.send(1)
    post.temporal.away = False

    async def order_is_through() -> bool:
        return post.temporal.orders == ["1"] and await post.waiting() == 1

    await until(order_is_through, "the handing on of the order")
