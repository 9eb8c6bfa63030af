"""The ERP's prices get into the store, and what people see of a push."""

import asyncio
import json
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
from temporalio.client import Client
from typer.testing import CliRunner, Result

from activities.push_records import Flow, PushKey, PushSummary
from activities.push_start import PushWish, start_push
from sandbox.bigcommerce import StoreSettings
from starters.cli.main import app
from tests.support.world import World
from tests.support.worlds import a_world

MUG = "MUG-BLUE"
SOCKS = [f"SOCK-{number}" for number in range(60)]
ERP: dict[str, object] = {"sale_price_code": "S", "warehouse": "FG"}


@pytest.fixture(scope="module")
async def shared(client: Client, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    folder = tmp_path_factory.mktemp("world")
    store = StoreSettings(quota=1_000_000, inventory_applies_after=0)
    async with a_world(
        client,
        folder,
        store=store,
        erp=ERP,
        mappings={"location": {"FG": "1"}},
        push={"stock": {"posted_counts_hours": 24}},
    ) as world:
        world.store.catalogue.add_product_with_options("Sock", SOCKS, price=Decimal(9))
        for sku in SOCKS:
            world.erp.add_item(sku, name=sku, price=Decimal("9.00"), stock=5)
        yield world


@pytest.fixture
async def world(shared: World) -> World:
    """The world of this module, its prices pushed; each test counts from there."""
    await push(shared)
    shared.store.catalogue.price_updates.clear()
    return shared


async def push(world: World, *, full: bool = False) -> PushSummary:
    key = PushKey(connection=world.connection, flow=Flow.PRICES)
    handle = await start_push(world.client, PushWish(key=key, full=full), queue=world.queue)
    return PushSummary.model_validate(await handle.result())


async def test_only_prices_that_differ_are_sent_ten_products_or_fifty_variants_a_call(
    world: World,
) -> None:
    products = [one.stock_code for one in world.erp.books.items.values()][:12]
    for code in [*products, *SOCKS]:
        before = world.erp.books.items[code].price
        world.erp.set_price(code, before + 1)
    summary = await push(world)
    assert (summary.changed, summary.pushed, summary.calls) == (72, 72, 4)
    assert world.store.catalogue.price_updates == [10, 2, 50, 10]
    assert world.store.catalogue.product_of(products[0]).price == Decimal("39.50")
    assert world.store.catalogue.variant_of(SOCKS[-1]).price == 10
    assert (await push(world)).changed == 0


async def test_a_sale_begins_and_ends_and_the_cost_follows(world: World) -> None:
    usual = world.erp.books.items[MUG].price
    world.erp.set_price(MUG, usual - 2, price_code="S")
    assert (await push(world)).pushed == 1
    mug = world.store.catalogue.product_of(MUG)
    assert (mug.price, mug.sale_price) == (usual, usual - 2)
    assert mug.cost_price == world.erp.books.items[MUG].unit_cost
    del world.erp.books.prices[MUG, "S"]
    assert (await push(world)).pushed == 1
    assert mug.sale_price == 0


async def test_a_full_pass_sends_every_price_again(world: World) -> None:
    world.store.catalogue.product_of(MUG).price = Decimal(1)
    assert (await push(world)).changed == 0
    everything = await push(world, full=True)
    assert everything.pushed == everything.changed > len(SOCKS)
    assert world.store.catalogue.product_of(MUG).price == world.erp.books.items[MUG].price


async def test_a_price_that_nobody_has_set_gives_nothing_away(world: World) -> None:
    before = world.store.catalogue.product_of("GRINDER").price
    world.erp.set_price("GRINDER", Decimal(0))
    await push(world)
    assert world.store.catalogue.product_of("GRINDER").price == before


async def test_the_command_line_pushes_and_reports_what_is_not_linked(
    world: World, tmp_path: Path
) -> None:
    world.erp.add_item("NO-SKU", name="Only in the ERP", price=Decimal(1), stock=1)
    settings = str(world.settings_file(tmp_path))

    async def tillbridge(*command: str) -> Result:
        arguments = ["push", *command, "--config", settings]
        return await asyncio.to_thread(CliRunner().invoke, app, arguments)

    pushed = await tillbridge("stock", "--full", "--json")
    summary = PushSummary.model_validate_json(pushed.stdout)
    assert summary.pushed == summary.changed > len(SOCKS)
    assert (pushed.exit_code, summary.refused) == (1, 3)  # two e-books and a service

    again = await tillbridge("stock")
    assert again.exit_code == 0
    assert "changed" in again.stdout

    listed = await tillbridge("report", "--json")
    report = json.loads(listed.stdout)
    assert (listed.exit_code, report["items_without_sku"]) == (0, ["NO-SKU"])
    assert report["skus_without_item"] == ["MYSTERY-BOX"]
    refused = {one["sku"]: one["reason"] for one in report["refused"]}
    assert set(refused) == {"EBOOK-BREW", "COURSE-ROAST", "ENGRAVING"}
    assert "does not track" in refused["EBOOK-BREW"]
    shown = await tillbridge("report")
    assert "Items of the ERP without a SKU in the store: 1" in shown.stdout
