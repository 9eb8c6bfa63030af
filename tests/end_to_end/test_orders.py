"""Orders that must work: each becomes one invoice of the store's total, to the cent."""

from decimal import Decimal
from pathlib import Path

import pytest
from temporalio.client import Client

from sandbox.bigcommerce import StoreSettings
from sandbox.bigcommerce.drafts import (
    CouponDraft,
    FeeDraft,
    LineDraft,
    OrderDraft,
    PaymentDraft,
    ShippingDraft,
)
from tests.end_to_end.drafts import JANE, a_person, an_order, line
from tests.support.world import World, a_world

ORDERS = {
    "guest": an_order(),
    "registered": an_order(customer=JANE),
    "coupon": an_order(coupons=(CouponDraft(code="SAVE5", amount=Decimal("5.00")),)),
    "percent coupon on odd cents": an_order(
        lines=(line(1, quantity=3), line(2), line(3, quantity=7)),
        coupons=(CouponDraft(code="TEN", type="percent", amount=Decimal(10)),),
    ),
    "free shipping coupon": an_order(coupons=(CouponDraft(code="SHIP", type="free_shipping"),)),
    "manual discount on a line": an_order(lines=(line(quantity=2, discount=Decimal("1.59")),)),
    "discount on the order": an_order(discount=Decimal("7.77")),
    "shipping, handling, wrapping and a fee": an_order(
        lines=(line(wrapping=Decimal("4.50")),),
        shipping=(ShippingDraft(cost=Decimal("9.95"), handling=Decimal("2.25")),),
        fees=(FeeDraft(name="Insurance", cost=Decimal("3.10")),),
    ),
    "store credit": an_order(
        customer=JANE.model_copy(update={"store_credit": Decimal(50)}), store_credit=Decimal(10)
    ),
    "gift certificate": an_order(gift_certificate=Decimal(15)),
    "gift certificate sold": an_order(
        lines=(
            line(),
            LineDraft(sku="", name="Gift Certificate", price=Decimal(50), type="giftcertificate",
                      tax_rate=Decimal(0)),
        ),
    ),
    "several addresses": an_order(
        lines=(line(0), line(1, ship_to=1)),
        shipping=(
            ShippingDraft(cost=Decimal("9.95")),
            ShippingDraft(address=a_person("Bob", "Roe", "bob@example.com"), cost=Decimal("4.20")),
        ),
    ),
    "bundle with children at zero": an_order(
        lines=(line(0), line(1, price=Decimal(0), parent=0), line(2, price=Decimal(0), parent=0)),
    ),
    "more than fifty lines": an_order(lines=tuple(line(n % 20, quantity=1) for n in range(120))),
    "unicode names": an_order(billing=a_person("Łukasz", "Żółć-Ångström", "l.zolc@example.com")),
    "a name that Windows-1252 cannot hold": an_order(
        billing=a_person("太郎", "山田", "taro@example.com")
    ),
    "no shipping": an_order(shipping=()),
    "several tax rates": an_order(
        lines=(line(0, tax_rate=Decimal("20")), line(1, tax_rate=Decimal("5.5")), line(2))
    ),
}  # fmt: skip


@pytest.mark.parametrize("prices", ["tax exclusive", "tax inclusive"])
async def test_an_order_becomes_one_invoice_of_the_stores_total(
    client: Client, tmp_path: Path, prices: str
) -> None:
    shop = StoreSettings(quota=1_000_000, prices_include_tax=prices == "tax inclusive")
    async with a_world(client, tmp_path, store=shop) as world:
        placed = {name: world.place(draft) for name, draft in ORDERS.items()}
        for name, order_id in placed.items():
            await world.settled(order_id)
            invoice = world.invoice(order_id)
            assert invoice.value == world.store_total(order_id), name
            paid = sum((payment.value for payment in world.payments(order_id)), Decimal(0))
            assert paid == world.store_total(order_id), name
            assert invoice.balance == 0, name


async def test_revenue_reaches_the_class_of_each_part(world: World) -> None:
    order = await world.post(
        an_order(
            lines=(line(wrapping=Decimal("4.50")),),
            shipping=(ShippingDraft(cost=Decimal("9.95"), handling=Decimal("2.25")),),
            fees=(FeeDraft(name="Insurance", cost=Decimal("3.10")),),
        )
    )
    classes = world.classes(order)
    assert classes["FREIGHT"] == Decimal("9.95")
    assert classes["WRAP"] == Decimal("4.50")
    assert classes["FEES"] == Decimal("5.35")


async def test_a_zero_total_order_is_invoiced_at_zero(world: World) -> None:
    everything = CouponDraft(code="FREE", type="percent", amount=Decimal(100))
    order = await world.post(an_order(shipping=(), coupons=(everything,)))
    assert world.invoice(order).value == 0
    assert world.payments(order) == []


async def test_a_foreign_currency_is_booked_on_an_account_in_that_currency(world: World) -> None:
    order = await world.post(an_order(currency="EUR", exchange_rate=Decimal("0.92")))
    invoice = world.invoice(order)
    assert invoice.currency == "EUR"
    assert invoice.value == world.store_total(order)


async def test_a_currency_without_cents_is_booked_exactly(world: World) -> None:
    order = await world.post(
        an_order(
            lines=(line(price=Decimal(1999), quantity=3),),
            shipping=(ShippingDraft(cost=Decimal(550)),),
            currency="JPY",
        )
    )
    assert world.invoice(order).value == world.store_total(order)


async def test_store_credit_and_the_card_are_two_payments_on_their_own_accounts(
    world: World,
) -> None:
    customer = JANE.model_copy(update={"store_credit": Decimal(50)})
    order = await world.post(an_order(customer=customer, store_credit=Decimal(10)))
    assert {payment.bank for payment in world.payments(order)} == {"CARD", "CREDIT"}


async def test_an_unpaid_offline_order_is_invoiced_and_left_open(world: World) -> None:
    order = await world.post(an_order(payment=None))
    invoice = world.invoice(order)
    assert invoice.balance == invoice.value


async def test_an_incomplete_order_is_posted_once_it_is_paid(world: World) -> None:
    order = await world.post(an_order(status_id=0, payment=None))
    assert not world.has_invoice(order)

    world.store.pay(int(order), PaymentDraft())
    world.store.set_status(int(order), 11)
    await world.settled(order)
    assert world.invoice(order).balance == 0


async def test_an_order_awaiting_payment_waits_with_a_reason(world: World) -> None:
    order = world.place(an_order(status_id=7, payment=None))
    hold = await world.waiting_in_store(order)
    assert "Awaiting Payment" in hold.reason
    assert not world.has_invoice(order)


async def test_two_orders_of_a_new_customer_at_once_open_one_account(world: World) -> None:
    draft: OrderDraft = an_order(customer=JANE)
    orders = [world.place(draft) for _ in range(5)]
    for order in orders:
        await world.settled(order)
    assert len({world.invoice(order).customer for order in orders}) == 1


async def test_the_store_shows_the_invoice_number(world: World) -> None:
    order = await world.post(an_order())
    assert world.store.order(int(order)).external_order_id == world.number(order)
