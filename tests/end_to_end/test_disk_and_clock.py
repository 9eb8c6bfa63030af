"""The machine itself: a disk that is full, and clocks that disagree by ten minutes."""

import json
import logging
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from temporalio.client import Client

from activities.connections import Connections
from domain.mapping import Rules
from sandbox.bigcommerce.signing import Signing, signature_headers
from sandbox.syspro import SysproSettings as SysproSite
from starters.examine import examine_journal, examine_store
from tests.end_to_end.drafts import an_order
from tests.support.away import full_disk, hurry, told
from tests.support.world import World
from tests.support.worlds import a_world

pytestmark = pytest.mark.seconds(20)

TEN_MINUTES = timedelta(minutes=10)


@pytest.fixture
def small_disk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A file system of four megabytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as refusal:
        message = f"A FULL DISK IS TRIED BY A LIMIT OF SQLITE ONLY: cannot mount one ({refusal})"
        reporter = request.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.write_line(message, red=True, bold=True)
        pytest.skip(message)
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def fill(disk: Path) -> Path:
    """Write until nothing fits any more; return the file that takes the room."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        size = 65536
        while size:
            try:
                file.write(bytes(size))
            except OSError:
                size //= 2
    return ballast


async def while_the_disk_is_full(world: World, caplog: pytest.LogCaptureFixture) -> list[str]:
    """Send orders to a world whose journal takes nothing, and see that it tells so, once."""
    orders = [world.place(an_order()) for _ in range(4)]
    await world.store.courier.settle()
    answers = {attempt.status for attempt in world.store.courier.attempts}
    assert answers == {200}, "Temporal has taken every webhook"

    async def noticed() -> bool | None:
        return True if world.journal.condition.failing else None

    await world.until(noticed, "the full disk")
    assert told(caplog, "journal.condition") == ["WARNING"]
    (line,) = (r.getMessage() for r in caplog.records if r.name == "journal.condition")
    assert "disk is full" in line
    assert "Make room on its disk" in line
    return orders


async def each_once(world: World, orders: list[str]) -> None:
    for order in orders:
        await world.settled(order)
        world.assert_posted_once(order)
        links = await world.links(order)
        assert links["document"].ref == world.number(order)


async def test_a_journal_that_cannot_grow_has_orders_wait_and_posts_nothing_twice(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    await hurry(world)
    await world.post(an_order())
    with full_disk(world.journal):
        orders = await while_the_disk_is_full(world, caplog)
    await each_once(world, orders)


async def test_a_disk_that_is_really_full_stops_orders_until_there_is_room(
    client: Client, tmp_path: Path, small_disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    url = f"sqlite+aiosqlite:///{small_disk}/journal.db"
    async with a_world(client, tmp_path, journal_url=url) as world:
        await world.post(an_order())
        ballast = fill(small_disk)
        orders = await while_the_disk_is_full(world, caplog)
        assert not (await examine_journal(world.journal)).finding.ok
        ballast.unlink()
        await each_once(world, orders)
        assert (await examine_journal(world.journal)).finding.ok


@pytest.fixture(params=[TEN_MINUTES, -TEN_MINUTES], ids=["store-ahead", "store-behind"])
def skew(request: pytest.FixtureRequest) -> timedelta:
    return request.param


@pytest.fixture
async def skewed(client: Client, tmp_path: Path, skew: timedelta) -> AsyncIterator[World]:
    """A store ten minutes off, and an ERP that is a day off as well."""
    today = datetime.now(UTC).date() + timedelta(days=1 if skew > timedelta() else -1)
    site = SysproSite(today=today)

    def clock() -> datetime:
        return datetime.now(UTC) + skew

    async with a_world(client, tmp_path, store_clock=clock, site=site) as world:
        yield world


async def test_clocks_that_disagree_lose_no_order_and_no_change(skewed: World) -> None:
    order = await skewed.post(an_order())
    assert skewed.invoice(order).balance == 0
    await skewed.catch_up()

    skewed.store.lose_next(1000)
    missed = skewed.place(an_order())
    skewed.store.cancel(int(order))
    await skewed.store.courier.settle()
    await skewed.catch_up()
    for each in (missed, order):
        await skewed.until(lambda each=each: started(skewed, each), f"a look at order {each}")
        await skewed.settled(each)
    assert skewed.invoice(missed).value == skewed.store_total(missed)
    assert sum(skewed.credits(order)) == skewed.store_total(order)


async def started(world: World, order: str) -> bool | None:
    query = f"WorkflowId='{world.key(order).workflow_id}'"
    return True if (await world.client.count_workflows(query)).count else None


async def test_a_webhook_stamped_ten_minutes_off_is_refused_and_its_order_caught_up(
    skewed: World, skew: timedelta
) -> None:
    skewed.store.lose_next(1000)
    order = skewed.place(an_order())
    webhooks = skewed.settings.connections[skewed.connection].webhooks
    assert webhooks.client_secret is not None
    body = json.dumps(
        {"scope": "store/order/created", "data": {"type": "order", "id": int(order)}}
    ).encode()
    headers = signature_headers(
        Signing.STANDARD,
        webhooks.client_secret.get_secret_value(),
        "msg_1",
        int(time.time() + skew.total_seconds()),
        body,
    )
    path = f"/webhooks/{skewed.connection}/{webhooks.path_secret.get_secret_value()}"
    async with httpx.AsyncClient(trust_env=False) as sender:
        url = f"{skewed.webhook_server.base_url}{path}"
        answer = await sender.post(url, content=body, headers=headers)
    assert answer.status_code == 401, "the store keeps it and delivers again"

    await skewed.catch_up()
    await skewed.until(lambda: started(skewed, order), "a look at the order")
    await skewed.settled(order)
    assert skewed.invoice(order).value == skewed.store_total(order)


async def test_the_connection_test_tells_how_far_the_clocks_are_apart(skewed: World) -> None:
    async with AsyncExitStack() as stack:
        connections = Connections(skewed.settings, skewed.journal, stack)
        found = await examine_store(connections, skewed.connection, Rules())
    clock = next(one.finding for one in found if one.finding.check == "Clock")
    assert not clock.ok
    seconds = int(clock.detail.split(" s apart")[0].split()[-1])
    assert abs(seconds - TEN_MINUTES.total_seconds()) <= 60
    assert "NTP" in clock.remedy
