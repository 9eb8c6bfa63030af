"""Orders that must work, in every ERP: each becomes one document of the store's total."""

from decimal import Decimal
from pathlib import Path

import pytest
from temporalio.client import Client

from domain.hold import HoldCode
from domain.mapping import RuleKind
from sandbox.assortment import UNLISTED_SKU
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
from tests.support.world import World
from tests.support.worlds import a_world

pytestmark = pytest.mark.seconds(75)

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
async def test_an_order_becomes_one_document_of_the_stores_total(
    client: Client, tmp_path: Path, system: str, prices: str
) -> None:
    shop = StoreSettings(quota=1_000_000, prices_include_tax=prices == "tax inclusive")
    async with a_world(client, tmp_path, system=system, store=shop) as world:
        placed = {name: world.place(draft) for name, draft in ORDERS.items()}
        for order_id in placed.values():
            await world.settled(order_id)
        ledger = world.ledger
        for name, order_id in placed.items():
            key, total = world.number(order_id), world.store_total(order_id)
            assert [one.total for one in ledger.documents_of(key)] == [total], name
            assert ledger.paid(key) == total, name
        assert ledger.twice == []


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


async def test_a_zero_total_order_is_posted_at_zero(any_world: World) -> None:
    everything = CouponDraft(code="FREE", type="percent", amount=Decimal(100))
    order = await any_world.post(an_order(shipping=(), coupons=(everything,)))
    any_world.assert_posted_once(order, payments=0)


async def test_a_foreign_currency_is_booked_on_an_account_in_that_currency(
    any_world: World,
) -> None:
    order = await any_world.post(an_order(currency="EUR", exchange_rate=Decimal("0.92")))
    any_world.assert_posted_once(order)
    (document,) = any_world.ledger.documents_of(any_world.number(order))
    assert document.currency == "EUR"


async def test_a_currency_without_cents_is_booked_exactly(any_world: World) -> None:
    order = await any_world.post(
        an_order(
            lines=(line(price=Decimal(1999), quantity=3),),
            shipping=(ShippingDraft(cost=Decimal(550)),),
            currency="JPY",
        )
    )
    any_world.assert_posted_once(order)


async def test_store_credit_and_the_card_are_two_payments_on_their_own_accounts(
    any_world: World,
) -> None:
    customer = JANE.model_copy(update={"store_credit": Decimal(50)})
    order = await any_world.post(an_order(customer=customer, store_credit=Decimal(10)))
    any_world.assert_posted_once(order, payments=2)
    payments = any_world.ledger.payments_of(any_world.number(order))
    accounts = any_world.settings.connections[any_world.connection].mappings[
        RuleKind.PAYMENT_METHOD
    ]
    assert {one.account for one in payments} == {accounts["card"], accounts["store-credit"]}


async def test_an_unpaid_offline_order_is_posted_and_left_open(any_world: World) -> None:
    order = await any_world.post(an_order(payment=None))
    (document,) = any_world.ledger.documents_of(any_world.number(order))
    assert document.balance == document.total == any_world.store_total(order)


async def test_an_incomplete_order_is_posted_once_it_is_paid(any_world: World) -> None:
    order = await any_world.post(an_order(status_id=0, payment=None))
    assert not any_world.has_invoice(order)

    any_world.store.pay(int(order), PaymentDraft())
    any_world.store.set_status(int(order), 11)
    await any_world.settled(order)
    any_world.assert_posted_once(order)


async def test_an_order_awaiting_payment_waits_with_a_reason(world: World) -> None:
    order = world.place(an_order(status_id=7, payment=None))
    hold = await world.waiting_in_store(order)
    assert "Awaiting Payment" in hold.reason
    assert not world.has_invoice(order)


async def test_two_orders_of_a_new_customer_at_once_open_one_account(any_world: World) -> None:
    draft: OrderDraft = an_order(customer=JANE)
    orders = [any_world.place(draft) for _ in range(5)]
    for order in orders:
        await any_world.settled(order)
    ledger = any_world.ledger
    used = {one.customer for o in orders for one in ledger.documents_of(any_world.number(o))}
    assert len(used) == 1
    assert len([one for one in ledger.accounts if one.email == JANE.email]) == 1


async def test_an_unknown_sku_holds_the_order_until_it_is_mapped(any_world: World) -> None:
    order = any_world.place(an_order(lines=(line(sku=UNLISTED_SKU),)))
    hold = await any_world.held(order, HoldCode.MAPPING_MISSING)
    assert UNLISTED_SKU in hold.reason
    assert not any_world.has_invoice(order)
    await any_world.map("item", UNLISTED_SKU, line(0).sku)
    await any_world.settled(order)
    any_world.assert_posted_once(order)


async def test_the_store_shows_the_erps_own_number(any_world: World) -> None:
    order = await any_world.post(an_order())
    link = (await any_world.links(order))["document"]
    assert link.ref
    assert any_world.store.order(int(order)).external_order_id == link.ref
