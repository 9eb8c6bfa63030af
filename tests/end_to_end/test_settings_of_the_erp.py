"""The same orders under other settings: sales orders, OData, one web customer, PostgreSQL."""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
from temporalio.client import Client

from domain.hold import HoldCode
from sandbox.bigcommerce.drafts import (
    CouponDraft,
    FeeDraft,
    RefundDraft,
    ShippingDraft,
)
from sandbox.faults import Fault, FaultKind
from tests.end_to_end.drafts import JANE, an_order, line
from tests.support.postgres import Postgres
from tests.support.world import World
from tests.support.worlds import a_world

SALES_ORDERS: dict[str, object] = {
    "strategy": "sales-order",
    "warehouse": "FG",
    "rounding_class": "ROUNDING",
    "profile": {"late_commit_seconds": 0.5, "sales_order_tax": "TAX"},
}


@pytest.fixture
async def sales_orders(client: Client, tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(client, tmp_path, erp=SALES_ORDERS) as world:
        yield world


async def test_a_sales_order_is_invoiced_with_its_lines_and_relieves_stock(
    sales_orders: World,
) -> None:
    order = await sales_orders.post(
        an_order(
            lines=(line(0, quantity=2), line(1, quantity=1)),
            shipping=(ShippingDraft(cost=Decimal("9.95"), handling=Decimal("2.25")),),
            fees=(FeeDraft(name="Insurance", cost=Decimal("3.10")),),
        )
    )
    invoice = sales_orders.invoice(order)
    assert invoice.value == sales_orders.store_total(order)
    assert invoice.sales_order
    assert invoice.balance == 0
    moved = {move.stock_code: move.quantity for move in sales_orders.erp.books.stock_moves.values()}
    assert {abs(quantity) for quantity in moved.values()} == {Decimal(2), Decimal(1)}


async def test_a_discount_that_no_unit_price_can_say_goes_to_the_rounding_line(
    sales_orders: World,
) -> None:
    order = await sales_orders.post(
        an_order(
            lines=(line(0, quantity=3), line(1, quantity=7)),
            coupons=(CouponDraft(code="TEN", type="percent", amount=Decimal(10)),),
        )
    )
    assert sales_orders.invoice(order).value == sales_orders.store_total(order)


async def test_a_sales_order_whose_answer_was_lost_is_finished_not_doubled(
    sales_orders: World,
) -> None:
    sales_orders.erp.faults.add(
        Fault(kind=FaultKind.DROP_AFTER, path="Transaction/Post", contains="SORTOI")
    )
    order = await sales_orders.post(an_order())
    assert sales_orders.invoice(order).value == sales_orders.store_total(order)
    assert len(sales_orders.erp.orders) == 1


async def test_a_refund_of_a_sales_order_is_credited_against_its_invoice(
    sales_orders: World,
) -> None:
    order = await sales_orders.post(an_order())
    sales_orders.store.refund(int(order), RefundDraft())
    await sales_orders.settled(order)
    assert sum(sales_orders.credits(order)) == sales_orders.store_total(order)


async def test_odata_and_comfnd_find_the_same(client: Client, tmp_path: Path) -> None:
    async with a_world(client, tmp_path, odata=True) as world:
        order = await world.post(an_order(customer=JANE))
        world.erp.settings.odata = False  # as after a licence ran out
        second = await world.post(an_order(customer=JANE))
        assert world.invoice(order).customer == world.invoice(second).customer


async def test_every_order_goes_to_the_one_web_customer_where_that_is_wanted(
    client: Client, tmp_path: Path
) -> None:
    single: dict[str, object] = {
        "customer_strategy": "single",
        "web_customers": {"USD": "WEB0001", "EUR": "WEBEUR"},
    }
    async with a_world(client, tmp_path, erp=single) as world:
        dollars = await world.post(an_order(customer=JANE))
        euros = await world.post(an_order(currency="EUR", exchange_rate=Decimal("0.92")))
        assert world.invoice(dollars).customer.endswith("WEB0001")
        assert world.invoice(euros).customer.endswith("WEBEUR")


async def test_a_currency_without_a_web_customer_is_held(client: Client, tmp_path: Path) -> None:
    single: dict[str, object] = {
        "customer_strategy": "single",
        "web_customers": {"USD": "WEB0001"},
    }
    async with a_world(client, tmp_path, erp=single) as world:
        order = world.place(an_order(currency="EUR", exchange_rate=Decimal("0.92")))
        await world.held(order, HoldCode.CURRENCY_DIFFERS)


async def test_a_customer_updated_in_the_store_is_updated_in_the_erp(world: World) -> None:
    order = await world.post(an_order(customer=JANE))
    customer = world.store.order(int(order)).customer_id
    world.store.update_customer(customer, company="Doe Trading")
    await world.store.courier.settle()
    account = world.invoice(order).customer

    async def renamed() -> bool | None:
        rows = {row.customer: row for row in world.erp.customers}
        return True if rows[account]["Name"] == "Doe Trading" else None

    await world.until(renamed, "the update of the account")


async def test_the_journal_may_be_postgresql(
    client: Client, tmp_path: Path, postgres: Postgres
) -> None:
    with postgres.fresh_database() as url:
        async with a_world(client, tmp_path, journal_url=url) as world:
            orders = [world.place(an_order(customer=JANE)) for _ in range(5)]
            for order in orders:
                await world.settled(order)
                assert world.invoice(order).balance == 0
