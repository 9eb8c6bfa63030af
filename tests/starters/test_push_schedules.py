"""When stock and prices are pushed by themselves."""

import secrets
from datetime import time, timedelta
from typing import Any

from temporalio.client import Client, ScheduleActionStartWorkflow
from temporalio.service import RPCError

from activities.push_records import Flow, PushKey
from activities.push_start import PushWish
from settings.model import Settings
from starters.schedules import PRICES, STOCK, WHOLE_STOCK, apply_schedules, wanted_schedules
from tests.support.temporal import PAYLOAD_KEY

SWITCHED_ON = {
    "stock": {"enabled": True, "every_minutes": 7, "full_at": time(1, 45)},
    "prices": {"enabled": True, "at": time(4, 5)},
}


def settings(name: str, push: dict[str, Any]) -> Settings:
    connection = {
        "store": {"type": "bigcommerce"},
        "erp": {"type": "syspro"},
        "policy": {"key_prefix": "BC-"},
        "webhooks": {"path_secret": "an-unguessable-path-secret"},
        "push": push,
    }
    keys = {"journal": PAYLOAD_KEY, "payloads": PAYLOAD_KEY}
    return Settings.model_validate({"keys": keys, "connections": {name: connection}})


def wanted(push: dict[str, Any]) -> dict[str, Any]:
    found = settings("acme", push)
    return wanted_schedules("acme", found.connection("acme"), found)


def wish_of(schedule: Any) -> PushWish:
    action = schedule.action
    assert isinstance(action, ScheduleActionStartWorkflow)
    (wish,) = action.args
    assert isinstance(wish, PushWish)
    return wish


def test_nothing_is_pushed_by_itself_until_it_is_switched_on() -> None:
    assert not any("push" in schedule_id for schedule_id in wanted({}))


def test_stock_is_pushed_every_few_minutes_and_whole_every_night_prices_every_night() -> None:
    found = wanted(SWITCHED_ON)
    stock, whole = found[f"acme:{STOCK}"], found[f"acme:{WHOLE_STOCK}"]
    prices = found[f"acme:{PRICES}"]
    key = PushKey(connection="acme", flow=Flow.STOCK)
    assert stock.spec.intervals[0].every == timedelta(minutes=7)
    assert wish_of(stock) == PushWish(key=key)
    assert [r.start for r in (*whole.spec.calendars[0].hour, *whole.spec.calendars[0].minute)] == [
        1,
        45,
    ]
    assert wish_of(whole) == PushWish(key=key, full=True)
    assert [
        r.start for r in (*prices.spec.calendars[0].hour, *prices.spec.calendars[0].minute)
    ] == [4, 5]
    assert wish_of(prices).key.flow is Flow.PRICES


async def test_a_push_that_is_switched_off_loses_its_schedules(client: Client) -> None:
    name = f"t{secrets.token_hex(4)}"
    applied = await apply_schedules(client, settings(name, SWITCHED_ON))
    assert f"{name}:{STOCK}" in applied
    again = await apply_schedules(client, settings(name, {}))
    assert f"{name}:{STOCK}" not in again
    for schedule_id in applied:
        handle = client.get_schedule_handle(schedule_id)
        if schedule_id in again:
            await handle.delete()
            continue
        try:
            await handle.describe()
        except RPCError:
            continue
        raise AssertionError(f"{schedule_id} is still there")
