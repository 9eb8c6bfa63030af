"""The ERP's stock gets into the store: exactly what differs, in the fewest calls, whatever ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, update
from temporalio.client import Client, WorkflowHandle

from activities.connections import Connections
from activities.push_records import Flow, PushKey, PushSummary
from activities.push_start import PushWish, start_push
from activities.stock_figures import SWEPT
from domain.mapping import RuleKind, Rules
from journal.outages import OutageKind
from journal.tables import open_lines, pushed, store_items, watermarks
from sandbox.bigcommerce import StoreSettings
from sandbox.faults import Fault, FaultKind
from settings.model import Settings
from starters.examine import examine_erp, examine_store
from tests.end_to_end.drafts import an_order, line
from tests.support.world import World
from tests.support.worlds import a_world

ONE_LOCATION = {"location": {"FG": "1"}, "warehouse": {"*": "FG"}}
PUSH: dict[str, dict[str, object]] = {"stock": {"posted_counts_hours": 1}}
SMALL_PAGES: dict[str, object] = {"profile": {"late_commit_seconds": 0.5, "find_limit": 10}}
MUG = "MUG-BLUE"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
async def shared(client: Client, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    folder = tmp_path_factory.mktemp("world")
    store = StoreSettings(quota=1_000_000, inventory_applies_after=0)
    async with a_world(
        client, folder, store=store, erp=SMALL_PAGES, mappings=ONE_LOCATION, push=PUSH
    ) as world:
        yield world


@pytest.fixture
async def world(shared: World) -> AsyncIterator[World]:
    """The world of this module, its stock pushed; each test counts from there."""
    await push(shared)
    shared.store.faults.forget_calls()
    yield shared
    shared.store.faults.clear()


async def start(world: World, *, full: bool = False) -> WorkflowHandle[Any, Any]:
    key = PushKey(connection=world.connection, flow=Flow.STOCK)
    return await start_push(world.client, PushWish(key=key, full=full), queue=world.queue)


async def push(world: World, *, full: bool = False) -> PushSummary:
    result = await (await start(world, full=full)).result()
    return PushSummary.model_validate(result)


def shown(world: World) -> dict[str, int | None]:
    catalogue = world.store.catalogue
    return {one.sku: catalogue.on_hand(one.sku) for one in catalogue.variants.values()}


def adjustments(world: World) -> list[int]:
    return world.store.catalogue.adjustments


async def test_the_store_shows_what_the_erp_has_and_a_second_push_has_nothing_to_do(
    world: World,
) -> None:
    tracked = [sku for sku, on_hand in shown(world).items() if on_hand is not None]
    assert len(tracked) > 15
    for sku in tracked[:5]:
        world.erp.set_stock(sku, on_hand=7)
    first = await push(world)
    assert [world.store.catalogue.on_hand(sku) for sku in tracked[:5]] == [7] * 5
    assert (first.changed, first.pushed, first.calls) == (5, 5, 2)  # the check is a call, too
    assert (first.looked_at, first.differing, first.stopped) == (5, 0, "")
    second = await push(world)
    assert (second.read, second.changed, second.pushed) == (first.read, 0, 0)
    assert second.calls == 0


async def test_a_store_account_without_the_inventory_scope_stops_the_push_and_no_order(
    world: World,
) -> None:
    (token, account), *_ = world.store.settings.tokens.items()
    without = frozenset(scope for scope in account.scopes if "inventory" not in scope)
    world.store.settings.tokens[token] = type(account)(scopes=without)
    world.erp.set_stock(MUG, on_hand=33)
    pushing = await start(world)

    async def refused() -> bool:
        away = await world.journal.outages.all(world.connection)
        return [outage.kind for outage in away] == [OutageKind.PERMISSION]

    await world.until(refused, "the refusal of the push alone")
    order = await world.post(an_order(lines=(line(3),)))
    world.assert_posted_once(order)

    world.store.settings.tokens[token] = account
    assert (await pushing.result())["pushed"] == 1
    assert world.store.catalogue.on_hand(MUG) == 33
    assert await world.journal.outages.all(world.connection) == ()


async def an_order_that_stays_out_of_the_erp(world: World, quantity: int) -> str:
    customer = world.erp.settings.web_customer
    world.erp.hold_customer(customer)
    await world.map("customer", "*", customer)
    order = world.place(an_order(lines=(line(2, sku=MUG, quantity=quantity),)))
    await world.held(order)
    return order


async def called_off(world: World, order: str) -> None:
    world.store.cancel(int(order))
    await world.settled(order)


async def test_an_order_that_the_erp_does_not_know_of_yet_is_accounted_for(world: World) -> None:
    world.erp.set_stock(MUG, on_hand=10)
    await push(world)
    order = await an_order_that_stays_out_of_the_erp(world, 2)
    assert (await push(world)).pushed == 1
    assert world.store.catalogue.on_hand(MUG) == 8
    await called_off(world, order)
    await push(world)
    assert world.store.catalogue.on_hand(MUG) == 10


async def test_orders_that_waited_before_there_were_pushes_are_counted_from_the_first_one_on(
    world: World,
) -> None:
    world.erp.set_stock(MUG, on_hand=50)
    order = await an_order_that_stays_out_of_the_erp(world, 2)
    async with world.journal.pushed._database.write() as transaction:
        await transaction.execute(delete(open_lines))
        await transaction.execute(delete(store_items))
    await push(world)

    async def counted() -> bool | None:
        return bool(await world.journal.open_lines.since(world.connection, LONG_AGO)) or None

    await world.until(counted, "the waiting order's look")
    await push(world)
    assert world.store.catalogue.on_hand(MUG) == 48
    await called_off(world, order)


async def test_an_order_placed_between_snapshot_and_push_is_accounted_for(world: World) -> None:
    world.erp.set_stock(MUG, on_hand=30)
    world.store.faults.add(Fault(kind=FaultKind.THROTTLE, path="adjustments", times=None))
    pushing = await start(world)
    await world.until(lambda: asked_to_adjust(world), "the push")
    order = await an_order_that_stays_out_of_the_erp(world, 2)
    world.store.faults.clear()
    before = len(adjustments(world))
    await pushing.result()
    assert world.store.catalogue.on_hand(MUG) == 28
    assert len(adjustments(world)) == before + 1
    await called_off(world, order)


async def test_a_long_listing_goes_on_in_another_run(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.push.PAGES_A_RUN", 1)
    world.erp.set_stock(MUG, on_hand=19)
    pushing = await start(world, full=True)
    summary = PushSummary.model_validate(await pushing.result())
    assert (await pushing.describe()).run_id != pushing.result_run_id
    assert summary.pages > 1
    assert (summary.read, summary.pushed) == (len(world.erp.books.items), 1)


async def test_two_pushes_started_at_once_are_one(world: World) -> None:
    world.erp.set_stock(MUG, on_hand=5)
    before = len(adjustments(world))
    first, second = await asyncio.gather(start(world), start(world))
    assert first.result_run_id == second.result_run_id
    assert await first.result() == await second.result()
    assert len(adjustments(world)) == before + 1


async def test_a_full_pass_asked_for_during_another_follows_it(world: World) -> None:
    world.erp.set_stock(MUG, on_hand=21)
    world.store.faults.add(Fault(kind=FaultKind.THROTTLE, path="adjustments", times=1))
    await start(world)
    await world.until(lambda: asked_to_adjust(world), "the push")
    full = await start(world, full=True)
    summary = PushSummary.model_validate(await full.result())
    assert (summary.full, summary.changed) == (True, 0)


async def test_a_full_pass_mends_what_somebody_changed_in_the_store(world: World) -> None:
    world.erp.set_stock(MUG, on_hand=10)
    await push(world)
    world.store.catalogue.count(MUG, 3)
    assert (await push(world)).changed == 0
    mended = await push(world, full=True)
    assert (mended.changed, world.store.catalogue.on_hand(MUG)) == (1, 10)


async def test_an_erp_that_does_not_answer_keeps_back_more_the_older_its_numbers(
    client: Client, tmp_path: Path
) -> None:
    store = StoreSettings(quota=1_000_000, inventory_applies_after=0)
    at_once_stale: dict[str, dict[str, object]] = {
        "stock": {
            "posted_counts_hours": 1,
            "patience_minutes": 0.02,
            "stale_after_minutes": 1,
            "stale_percent": 25,
        }
    }
    async with a_world(
        client, tmp_path, store=store, mappings=ONE_LOCATION, push=at_once_stale
    ) as world:
        world.erp.set_stock(MUG, on_hand=100)
        await push(world)
        await grow_old(world, hours=3)
        world.erp.faults.add(Fault(kind=FaultKind.DROP_BEFORE, times=None))
        stale = await push(world)
        assert stale.read == 0
        assert "SYSPRO" in stale.stale
        assert world.store.catalogue.on_hand(MUG) == 25
        world.erp.faults.clear()
        assert (await push(world)).stale == ""
        assert world.store.catalogue.on_hand(MUG) == 100


async def grow_old(world: World, *, hours: int) -> None:
    """Have the journal's numbers be as old as if nobody had asked the ERP for hours."""
    then = datetime.now(UTC) - timedelta(hours=hours) + timedelta(minutes=30)
    async with world.journal.pushed._database.write() as transaction:
        await transaction.execute(update(pushed).values(told_at=then))
        await transaction.execute(
            update(watermarks).where(watermarks.c.resource == SWEPT).values(at=then)
        )


async def test_an_item_without_a_sku_is_told_once_and_links_with_a_full_pass(
    world: World,
) -> None:
    world.erp.add_item("NEW-1", name="New", price=Decimal(1), stock=4)
    assert (await push(world)).unlinked == 1
    assert (await push(world)).unlinked == 0
    assert await world.journal.store_items.unlinked(world.connection) == ("NEW-1",)
    world.store.catalogue.add_product("NEW-1", price=Decimal(1))
    assert (await push(world, full=True)).pushed == 1
    assert world.store.catalogue.on_hand("NEW-1") == 4
    assert await world.journal.store_items.unlinked(world.connection) == ()


async def test_a_sku_that_the_store_refuses_is_told_once_and_the_others_arrive(
    world: World,
) -> None:
    world.store.catalogue.product_of(MUG).tracking = "variant"  # since it was listed
    world.erp.set_stock(MUG, on_hand=3)
    world.erp.set_stock("GRINDER", on_hand=2)
    summary = await push(world)
    assert (summary.pushed, summary.refused) == (1, 1)
    assert world.store.catalogue.on_hand("GRINDER") == 2
    assert (await push(world)).refused == 0
    assert (await push(world, full=True)).pushed == 1
    assert world.store.catalogue.on_hand(MUG) == 3
    world.store.catalogue.product_of(MUG).tracking = "product"
    await push(world, full=True)


async def test_the_store_s_own_words_about_our_push_start_nothing(world: World) -> None:
    before = len(world.store.courier.attempts)
    world.erp.set_stock(MUG, on_hand=77)
    assert (await push(world)).pushed == 1
    await world.store.courier.settle(within=30)
    assert len(world.store.courier.attempts) == before
    for scope in ("store/product/inventory/updated", "store/product/updated"):
        assert world.store.hooks.listening(scope) == []


async def test_without_a_mapped_warehouse_the_push_says_what_to_map(
    client: Client, tmp_path: Path
) -> None:
    async with a_world(client, tmp_path, push=PUSH) as world:
        summary = await push(world)
        assert "No warehouse of the ERP is mapped" in summary.stopped
        hold = await world.journal.holds.of(world.connection, "stock:begin")
        assert hold is not None
        assert "map set location" in hold.hold.remedy


async def test_the_connection_test_names_what_of_the_mapping_is_not_there(world: World) -> None:
    rules = Rules(table={RuleKind.LOCATION: {"FG": "1", "NOSUCH": "9"}})
    async with AsyncExitStack() as stack:
        connections = Connections(world.settings, world.journal, stack)
        found = [
            *await examine_store(connections, world.connection, rules),
            *await examine_erp(connections, world.connection, rules),
        ]
    failed = {one.part: one.finding.detail for one in found if not one.finding.ok}
    assert failed == {
        "store": "The store has no location 9; it has 1 (Default).",
        "erp": "No stock code is kept in a warehouse NOSUCH.",
    }


async def test_the_connection_test_says_that_a_push_without_locations_pushes_nothing(
    world: World,
) -> None:
    switched_on = {"stock": {"enabled": True}}
    tree: Any = {**world.tree["connections"][world.connection], "push": switched_on}  # type: ignore[index]
    tree = {**world.tree, "connections": {world.connection: tree}}
    async with AsyncExitStack() as stack:
        connections = Connections(Settings.model_validate(tree), world.journal, stack)
        found = await examine_store(connections, world.connection, Rules())
    [failed] = [one.finding for one in found if not one.finding.ok]
    assert "no warehouse of the ERP is mapped" in failed.detail
    assert "map set location" in failed.remedy


async def test_an_erp_whose_stock_never_falls_with_our_postings_is_not_trusted(
    client: Client, tmp_path: Path
) -> None:
    async with a_world(client, tmp_path, mappings=ONE_LOCATION) as world:
        summary = await push(world)
        assert "would be offered again" in summary.stopped
        hold = await world.journal.holds.of(world.connection, "stock:begin")
        assert hold is not None
        assert "push.stock.posted_counts_hours" in hold.hold.remedy
        assert adjustments(world) == []


async def test_what_the_store_never_applied_is_seen_and_pushed_again(world: World) -> None:
    world.store.settings.inventory_applies_after = 60
    world.erp.set_stock(MUG, on_hand=44)
    lost = await push(world)
    assert (lost.pushed, lost.looked_at, lost.differing) == (1, 1, 1)
    world.store.catalogue._pending.clear()
    world.store.settings.inventory_applies_after = 0
    again = await push(world)
    assert (again.pushed, again.differing) == (1, 0)
    assert world.store.catalogue.on_hand(MUG) == 44


async def test_an_order_that_was_posted_counts_for_as_long_as_the_erp_s_stock_does_not_fall(
    world: World,
) -> None:
    world.erp.release_customer(world.erp.settings.web_customer)
    world.erp.set_stock("GRINDER", on_hand=10)
    await push(world)
    sold = line(8, quantity=3)
    assert sold.sku == "GRINDER"
    await world.post(an_order(lines=(sold,)))
    await push(world)
    assert world.store.catalogue.on_hand("GRINDER") == 7


async def asked_to_adjust(world: World) -> bool | None:
    return any("adjustments" in call.path for call in world.store.faults.calls) or None
