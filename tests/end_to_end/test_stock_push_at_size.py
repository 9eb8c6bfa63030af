"""5,000 SKUs in three warehouses: the fewest calls, and a worker that is killed on the way."""

import random
import signal
from decimal import Decimal
from pathlib import Path

import pytest
from temporalio.client import Client

from activities.push_records import Flow, PushKey, PushSummary
from activities.push_start import PushWish, start_push
from sandbox.bigcommerce import StoreSettings
from sandbox.faults import Fault, FaultKind
from tests.end_to_end.test_worker_process import worker_process
from tests.support.world import World
from tests.support.worlds import a_world

pytestmark = pytest.mark.seconds(30)

SKUS = [f"SKU-{number:04}" for number in range(5000)]
LOCATIONS = {"FG": 1, "E": 2, "P0": 3}
MAPPINGS = {"location": {warehouse: str(at) for warehouse, at in LOCATIONS.items()}}


async def wanted(world: World, *, full: bool = False) -> PushSummary:
    wish = PushWish(key=PushKey(connection=world.connection, flow=Flow.STOCK), full=full)
    handle = await start_push(world.client, wish, queue=world.queue)
    return PushSummary.model_validate(await handle.result())


def fill(world: World, dice: random.Random) -> None:
    """Stock every SKU everywhere, and nothing else."""
    world.erp.books.items.clear()
    world.erp.books.levels.clear()
    for location in range(2, 4):
        world.store.catalogue.add_location(f"Location {location}")
    for sku in SKUS:
        world.store.catalogue.add_product(sku, price=Decimal(1))
        world.erp.add_item(sku, name=sku, price=Decimal(1))
        for warehouse in LOCATIONS:
            world.erp.set_stock(sku, on_hand=dice.randrange(1, 500), warehouse=warehouse)


def assert_the_store_shows_the_erp_s_stock(world: World) -> None:
    shown = {
        (sku, warehouse): world.store.catalogue.on_hand(sku, at)
        for sku in SKUS
        for warehouse, at in LOCATIONS.items()
    }
    has = {place: int(level.on_hand) for place, level in world.erp.books.levels.items()}
    assert shown == has


async def test_5000_skus_in_3_warehouses_arrive_although_the_worker_is_killed_and_then_only_changes(
    client: Client, tmp_path: Path
) -> None:
    dice = random.Random(5000)
    store = StoreSettings(quota=1_000_000, inventory_applies_after=0)
    async with a_world(
        client, tmp_path, store=store, odata=True, mappings=MAPPINGS, erp=ERP
    ) as world:
        await world.stop_worker()
        fill(world, dice)
        sent = world.store.catalogue.adjustments
        world.store.faults.add(
            Fault(kind=FaultKind.HANG_AFTER, path="adjustments", after=3, seconds=60)
        )
        wish = PushWish(key=PushKey(connection=world.connection, flow=Flow.STOCK))
        pushing = await start_push(client, wish, queue=world.queue)
        async with worker_process(world.settings_file(tmp_path)) as worker:
            # The fourth batch is applied, but the worker dies knowing nothing of it.
            await world.until(lambda: four_batches(world), "the fourth batch", within=120)
            worker.send_signal(signal.SIGKILL)
            await worker.wait()
        await world.start_worker()
        first = PushSummary.model_validate(await pushing.result())
        assert (first.read, first.changed, first.pushed) == (15_000, 15_000, 15_000)
        assert (first.refused, first.differing, first.stopped) == (0, 0, "")
        assert sent == [2000, 2000, 2000, 2000, 2000, 2000, 2000, 2000, 1000]
        assert_the_store_shows_the_erp_s_stock(world)

        sent.clear()
        world.store.faults.forget_calls()
        change_one_percent(world, dice)
        second = await wanted(world)
        assert (second.read, second.changed, second.pushed) == (15_000, 150, 150)
        assert sent == [150]
        assert second.calls == len(world.store.faults.calls) == 2  # the push, and its check
        assert_the_store_shows_the_erp_s_stock(world)


async def four_batches(world: World) -> bool | None:
    return len(world.store.catalogue.adjustments) >= 4 or None


def change_one_percent(world: World, dice: random.Random) -> None:
    for sku, warehouse in dice.sample(sorted(world.erp.books.levels), 150):
        before = world.erp.books.levels[sku, warehouse].on_hand
        world.erp.set_stock(sku, on_hand=int(before) + 1, warehouse=warehouse)


# Sales orders take goods out of SYSPRO's stock, which is what makes it worth pushing.
ERP: dict[str, object] = {
    "strategy": "sales-order",
    "warehouse": "FG",
    "profile": {"late_commit_seconds": 0.5, "find_limit": 5000, "odata_page_size": 5000},
}
