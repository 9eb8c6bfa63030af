"""A store or an ERP that is away: told once, waited for without growing, come back to gently."""

import json
import logging
import os
import subprocess
import sys
from asyncio import to_thread
from pathlib import Path

import pytest
from temporalio.client import Client

from activities.bookkeeping import WAITING
from journal.outages import OutageKind, Side
from sandbox.acumatica import AcumaticaStandIn
from sandbox.acumatica.operations import LongOperation
from starters.standing import standing
from tests.end_to_end.drafts import an_order
from tests.support.away import Counting, hurry, outage, over, told, warnings
from tests.support.world import World
from tests.support.worlds import a_world

pytestmark = pytest.mark.seconds(40)

MANY = 24
ANSWER_SECONDS = 0.02


async def status(world: World, folder: Path, *arguments: str) -> tuple[int, dict[str, object]]:
    """Run `tillbridge status --json` in a process of its own."""
    file = await to_thread(world.settings_file, folder)
    done = await to_thread(
        subprocess.run,
        [Path(sys.executable).with_name("tillbridge"), "status", *arguments, "--json"],
        env={**os.environ, "TILLBRIDGE_CONFIG": str(file)},
        capture_output=True,
        check=False,
    )
    assert done.stdout, done.stderr.decode()
    return done.returncode, json.loads(done.stdout)


async def tried_often(world: World, orders: list[str], times: int) -> None:
    for order in orders:

        async def tried(order: str = order) -> bool | None:
            described = await world.workflow(order).describe()
            pending = described.raw_description.pending_activities
            return True if pending and pending[0].attempt >= times else None

        await world.until(tried, f"{times} tries of order {order}")


async def grown(world: World, order: str) -> tuple[int, int]:
    """Return the length of an order's history and of its trail."""
    described = await world.workflow(order).describe()
    trail = await world.journal.trail.of(world.connection, f"order:{order}")
    return described.history_length, len(trail)


async def test_an_erp_that_is_away_for_long_is_told_once_grows_nothing_and_drains_gently(
    world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await hurry(world)
    caplog.clear()
    await world.erp_server.stop()
    orders = [world.place(an_order()) for _ in range(MANY)]
    told_of = await outage(world)
    assert (told_of.side, told_of.kind) == (Side.ERP, OutageKind.UNAVAILABLE)
    await tried_often(world, orders, 4)
    before = [await grown(world, order) for order in orders]
    await tried_often(world, orders, 9)
    after = [await grown(world, order) for order in orders]
    assert [trail for _, trail in after] == [trail for _, trail in before]
    # That the wait is long is shown once, after a minute; tries leave nothing behind.
    assert all(now - then <= 6 for (now, _), (then, _) in zip(after, before, strict=True))

    code, seen = await status(world, tmp_path)
    assert code == 1
    (shown,) = seen["outages"]  # pyright: ignore[reportGeneralTypeIssues]
    assert (shown["side"], shown["kind"]) == ("erp", "unavailable")
    assert shown["retry_at"], "the circuit is open"
    one = await standing(world.client, world.journal, world.key(orders[0]))
    assert one.stage == WAITING
    assert "SYSPRO" in one.reason
    assert one.waiting_since is not None
    assert one.tries >= 9

    counting = Counting(world.erp.app, seconds=ANSWER_SECONDS)
    world.erp_server.app = counting
    await world.erp_server.start()
    for order in orders:
        await world.settled(order, within=60)
        assert world.invoice(order).balance == 0
        assert len(world.payments(order)) == 1
    limit = world.settings.worker.max_erp_activities
    assert counting.before_first_answer == 1, "the circuit half-opens for one call"
    assert counting.most_together <= limit
    assert counting.most_in_a_second <= limit / ANSWER_SECONDS
    await over(world)
    assert told(caplog) == ["WARNING", "INFO"]
    assert len(warnings(caplog)) == 1, warnings(caplog)


async def test_a_store_that_is_away_is_told_once_and_waited_for(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await hurry(world)
    world.store.lose_next(1000)
    orders = [world.place(an_order()) for _ in range(5)]
    await world.store_server.stop()
    for order in orders:
        await world.look_again(order)
    told_of = await outage(world)
    assert (told_of.side, told_of.kind) == (Side.STORE, OutageKind.UNAVAILABLE)
    await tried_often(world, orders, 5)
    one = await standing(world.client, world.journal, world.key(orders[0]))
    assert (one.stage, one.held_at) == (WAITING, "plan")

    await world.store_server.start()
    for order in orders:
        await world.settled(order)
        assert world.invoice(order).balance == 0
    await over(world)
    assert told(caplog) == ["WARNING", "INFO"]


async def test_a_full_licence_is_waited_for_and_told(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await hurry(world)
    await world.post(an_order())
    world.erp.expire_session()
    world.erp.occupy_seats(world.erp.settings.seats)
    orders = [world.place(an_order()) for _ in range(3)]
    told_of = await outage(world)
    assert told_of.kind is OutageKind.NO_SEAT
    assert "licence seat" in told_of.sentence
    one = await standing(world.client, world.journal, world.key(orders[0]))
    assert one.running
    assert not one.code, "nobody is asked to decide"

    world.erp.vacate_seats()
    for order in orders:
        await world.settled(order)
        assert world.invoice(order).balance == 0
    await over(world)
    assert told(caplog) == ["WARNING", "INFO"]


async def test_an_acumatica_that_is_still_at_something_else_is_waited_for_and_holds_nothing(
    client: Client, tmp_path: Path
) -> None:
    async with a_world(client, tmp_path, system="acumatica") as world:
        await hurry(world)
        await world.post(an_order())
        assert isinstance(world.site, AcumaticaStandIn)
        for session in world.site.sessions.all:
            session.operation = LongOperation(work=lambda: None, polls=0)
        order = world.place(an_order())
        await world.store.courier.settle(within=30)
        await tried_often(world, [order], 3)
        assert await world.journal.holds.of(world.connection, f"order:{order}") is None
        for session in world.site.sessions.all:
            session.operation = None
        await world.settled(order)
        world.assert_posted_once(order)
        trail = await world.journal.trail.of(world.connection, f"order:{order}")
        assert "held" not in {entry.outcome for entry in trail}
