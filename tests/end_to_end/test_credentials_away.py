"""Credentials that are refused: told once, not sent again, and released by one retry."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.client import Client

from domain.hold import HoldCode
from journal.outages import OutageKind, Side
from tests.end_to_end.drafts import an_order
from tests.support.away import outage, over, retry_all, told, warnings
from tests.support.world import World
from tests.support.worlds import a_world


@pytest.fixture
async def world(client: Client, tmp_path: Path) -> AsyncIterator[World]:
    """The ERP's password lies in the journal, as a merchant would keep it."""
    erp: dict[str, object] = {"operator_password": "secret:erp-password"}
    async with a_world(client, tmp_path, erp=erp) as world:
        await set_password(world, world.erp.settings.operator_password)
        yield world


async def set_password(world: World, password: str) -> None:
    await world.journal.secrets.set(world.connection, "erp-password", password)


def logons(world: World) -> int:
    return sum(call.path.lower().endswith("/logon") for call in world.erp.faults.calls)


async def test_an_order_whose_secret_was_never_stored_is_held_and_released_when_it_is(
    client: Client, tmp_path: Path
) -> None:
    erp: dict[str, object] = {"operator_password": "secret:erp-password"}
    async with a_world(client, tmp_path, erp=erp) as world:
        order = world.place(an_order())
        hold = await world.held(order, HoldCode.CREDENTIALS_REJECTED)
        assert "secret:erp-password, which is not stored" in hold.reason
        assert "tillbridge secrets set erp-password" in hold.reason

        await set_password(world, world.erp.settings.operator_password)
        assert await retry_all(world) == 1
        await world.settled(order)
        world.assert_posted_once(order)


async def test_a_changed_erp_password_is_tried_once_and_its_orders_go_on_after_one_retry(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await world.post(an_order())
    world.erp.settings.operator_password = "changed"
    world.erp.expire_session()
    world.erp.faults.forget_calls()

    orders = [world.place(an_order()) for _ in range(6)]
    for order in orders:
        hold = await world.held(order, HoldCode.CREDENTIALS_REJECTED)
        assert "Invalid operator password" in hold.reason
        assert "tillbridge retry --code credentials-rejected" in hold.remedy
    assert logons(world) == 1, "SYSPRO locks operators that try too often"
    told_of = await outage(world)
    assert (told_of.side, told_of.kind) == (Side.ERP, OutageKind.CREDENTIALS)

    assert await retry_all(world) == len(orders)
    for order in orders:
        await held_again(world, order)
    assert logons(world) == 2, "retried too early, it is sent once for all"

    await set_password(world, "changed")
    assert await retry_all(world) == len(orders)
    for order in orders:
        await world.settled(order)
        assert world.invoice(order).balance == 0
    await over(world)
    assert told(caplog) == ["WARNING", "INFO"]
    assert len(warnings(caplog)) == 1, warnings(caplog)


async def held_again(world: World, order: str) -> None:
    async def twice() -> bool | None:
        entries = await world.journal.trail.of(world.connection, f"order:{order}")
        return True if [e.outcome for e in entries].count("held") == 2 else None

    await world.until(twice, f"the second hold of order {order}")
    await world.held(order, HoldCode.CREDENTIALS_REJECTED)


async def test_a_revoked_store_token_stops_the_asking_and_one_retry_releases_all(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    world.store.lose_next(1000)
    orders = [world.place(an_order()) for _ in range(6)]
    (token, account), *_ = world.store.settings.tokens.items()
    del world.store.settings.tokens[token]
    await world.look_again(orders[0])
    hold = await world.held(orders[0], HoldCode.CREDENTIALS_REJECTED)
    assert "access token" in hold.reason
    world.store.faults.forget_calls()
    for order in orders[1:]:
        await world.look_again(order)
        await world.held(order, HoldCode.CREDENTIALS_REJECTED)
    looking = await world.start_catch_up()
    assert world.store.faults.calls == (), "what is refused is not asked again"
    assert (await outage(world)).side is Side.STORE

    world.store.settings.tokens[token] = account
    assert await retry_all(world) == len(orders)
    for order in orders:
        await world.settled(order)
        assert world.invoice(order).balance == 0
    await over(world)
    assert told(caplog) == ["WARNING", "INFO"]
    await looking.result()  # a schedule waits for the credentials; nobody is asked about it
    assert await world.journal.holds.list(world.connection) == ()


async def test_an_account_that_may_read_but_not_write_posts_on_and_holds_the_report_back(
    world: World,
) -> None:
    (token, account), *_ = world.store.settings.tokens.items()
    reading = account.scopes - {"store_v2_orders"} | {"store_v2_orders_read_only"}
    world.store.settings.tokens[token] = type(account)(scopes=reading)
    orders = [world.place(an_order()) for _ in range(2)]
    for order in orders:
        await world.look_again(order)
        hold = await world.held(order, HoldCode.CREDENTIALS_REJECTED)
        assert hold.step == "report"
        assert "store_v2_orders" in hold.remedy
        assert world.invoice(order).balance == 0
    assert (await outage(world)).kind is OutageKind.PERMISSION

    world.store.settings.tokens[token] = account
    await retry_all(world)
    for order in orders:
        await world.settled(order)
    await over(world)
