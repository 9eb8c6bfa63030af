"""Acumatica tells that something changed, and the store has it without waiting for the schedule."""

import secrets
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from activities.push_records import Flow, PushKey
from sandbox.acumatica import AcumaticaStandIn
from sandbox.acumatica.push import PRICES, STOCK
from sandbox.bigcommerce import StoreSettings
from sandbox.faults import Fault, FaultKind
from tests.support.world import World
from tests.support.worlds import a_world

MUG = "MUG-BLUE"
PATH_SECRET, HEADER_SECRET = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
PUSH: dict[str, dict[str, object]] = {"stock": {"enabled": True}}
TOLD: dict[str, object] = {
    "path_secret": PATH_SECRET,
    "header_secret": HEADER_SECRET,
    "queries": {STOCK: "stock", PRICES: "prices"},
    "pause_seconds": 0.1,
}


@pytest.fixture
async def world(client: Client, tmp_path: Path) -> AsyncIterator[World]:
    store = StoreSettings(quota=1_000_000, inventory_applies_after=0)
    async with a_world(
        client,
        tmp_path,
        store=store,
        system="acumatica",
        erp={"notifications": TOLD},
        mappings={"location": {"MAIN": "1"}, "warehouse": {"*": "MAIN"}},
        push=PUSH,
    ) as world:
        yield world
        await acumatica(world).push.settle()


def acumatica(world: World) -> AcumaticaStandIn:
    assert isinstance(world.site, AcumaticaStandIn)
    return world.site


def subscribed(world: World, *, secret: str = HEADER_SECRET, path: str = PATH_SECRET) -> None:
    acumatica(world).settings.push_pace = 0.001
    for query in (STOCK, PRICES):
        acumatica(world).push.subscribe(
            f"{world.webhook_server.base_url}/notifications/{world.connection}/{path}",
            query=query,
            header_name="X-Tillbridge-Token",
            header_value=secret,
        )


def statuses(world: World) -> list[int | None]:
    return [one.status for one in acumatica(world).push.attempts]


async def runs(world: World) -> int:
    """Count the stock pushes so far, once none is under way."""
    workflow_id = PushKey(connection=world.connection, flow=Flow.STOCK).workflow_id

    async def rested() -> bool | None:
        try:
            described = await world.client.get_workflow_handle(workflow_id).describe()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return True
        return described.status is not WorkflowExecutionStatus.RUNNING or None

    await world.until(rested, "the end of the pushes")
    found = [one async for one in world.client.list_workflows(f"WorkflowId = '{workflow_id}'")]
    return len({one.run_id for one in found})


async def shows(world: World, quantity: int) -> None:
    async def shown() -> bool | None:
        return world.store.catalogue.on_hand(MUG) == quantity or None

    await world.until(shown, f"{quantity} in the store")


async def test_stock_that_changes_in_the_erp_is_in_the_store_without_waiting_for_the_schedule(
    world: World,
) -> None:
    subscribed(world)
    acumatica(world).set_stock(MUG, on_hand=17)
    await shows(world, 17)
    acumatica(world).set_stock(MUG, on_hand=16)
    await shows(world, 16)
    await acumatica(world).push.settle()
    assert statuses(world) == [200, 200]


async def test_a_notification_that_is_delivered_three_times_is_one_push(world: World) -> None:
    subscribed(world)
    acumatica(world).push.repeat_next(2)
    acumatica(world).set_stock(MUG, on_hand=17)
    await acumatica(world).push.settle()
    await shows(world, 17)
    assert statuses(world) == [200] * 3
    assert await runs(world) == 1


async def test_a_burst_of_notifications_is_one_push_and_one_more_after_it(world: World) -> None:
    subscribed(world)
    world.store.faults.add(Fault(kind=FaultKind.THROTTLE, path="adjustments", times=None))
    acumatica(world).set_stock(MUG, on_hand=1)

    async def pushing() -> bool | None:
        return any("adjustments" in call.path for call in world.store.faults.calls) or None

    await world.until(pushing, "the push")
    for quantity in range(2, 101):
        acumatica(world).set_stock(MUG, on_hand=quantity)
    await acumatica(world).push.settle()
    world.store.faults.clear()
    await shows(world, 100)
    assert statuses(world) == [200] * 100
    assert await runs(world) == 2


async def test_a_forged_notification_is_refused_and_starts_nothing(world: World) -> None:
    subscribed(world, secret="a-secret-that-is-not-the-one")
    acumatica(world).set_stock(MUG, on_hand=17)
    await acumatica(world).push.settle()
    assert statuses(world) == [401] * 5
    assert await runs(world) == 0


async def test_a_price_that_is_not_pushed_by_itself_is_not_pushed_by_a_hint(world: World) -> None:
    subscribed(world)
    acumatica(world).set_price(MUG, Decimal("99"))
    await acumatica(world).push.settle()
    assert statuses(world) == [200]
    prices = PushKey(connection=world.connection, flow=Flow.PRICES).workflow_id
    with pytest.raises(RPCError, match="not found"):
        await world.client.get_workflow_handle(prices).describe()
