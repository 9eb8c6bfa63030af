import asyncio
from decimal import Decimal
from typing import Any

import pytest

from sandbox.bigcommerce.drafts import (
    AddressDraft,
    CustomerDraft,
    FeeDraft,
    LineDraft,
    OrderDraft,
    PaymentDraft,
    RefundDraft,
    RefundItemDraft,
    ShippingDraft,
)
from tests.support.waiting import until

ZOE = CustomerDraft(email="zoe@example.com", first_name="Zoë", last_name="Ångström")
LINES = (LineDraft(sku="MUG-BLUE", price=Decimal("3.33"), quantity=3, discount=Decimal(1)),)
PAID = OrderDraft(lines=LINES, shipping=(ShippingDraft(cost=Decimal(5)),))
ONE_MUG = {"items": [{"item_type": "PRODUCT", "item_id": 1, "quantity": 1}]}


async def refund_one_mug(shop: Any, order: int = 100, **more: Any) -> Any:
    actions = f"/v3/orders/{order}/payment_actions"
    mug = {**ONE_MUG["items"][0], "item_id": shop.store.order(order).line_ids[0]}
    quoted = await shop.http.post(f"{actions}/refund_quotes", json={"items": [mug]})
    method = quoted.json()["data"]["refund_methods"][0]
    body = {"items": [mug], "payments": method, "reason": "CM-1", **more}
    return await shop.http.post(f"{actions}/refunds", json=body)


async def test_tenders_are_transactions_of_their_own(shop: Any) -> None:
    shop.store.place_order(
        PAID.model_copy(update={"gift_certificate": Decimal(2), "store_credit": Decimal(3)})
    )
    made = (await shop.json("/v3/orders/100/transactions"))["data"]
    assert [(t["gateway"], t["amount"]) for t in made][:2] == [
        ("giftcertificate", 2),
        ("storecredit", 3),
    ]
    assert made[2]["gateway"] == "stripe"
    assert (made[0]["order_id"], made[0]["reference_transaction_id"]) == ("100", {})


async def test_a_capture_refers_to_its_authorization(shop: Any) -> None:
    shop.store.place_order(PAID.model_copy(update={"payment": PaymentDraft(event="authorization")}))
    shop.store.pay(100, PaymentDraft(event="capture"))
    first, second = (await shop.json("/v3/orders/100/transactions"))["data"]
    assert second["reference_transaction_id"] == first["id"]
    assert (await shop.json("/v2/orders/100"))["payment_status"] == "captured"


async def test_a_refund_pays_back_and_leaves_the_v2_amounts_at_zero(shop: Any) -> None:
    shop.store.place_order(PAID)
    response = await refund_one_mug(shop)
    assert response.status_code == 201
    order, line = await shop.json("/v2/orders/100"), (await shop.json("/v2/orders/100/products"))[0]
    assert (order["status_id"], order["refunded_amount"]) == (14, "0.0000")
    assert (line["quantity_refunded"], line["refund_amount"]) == (1, "0.0000")
    made = (await shop.json("/v3/orders/100/transactions"))["data"]
    assert (made[-1]["event"], made[-1]["amount"]) == (
        "refund",
        response.json()["data"]["total_amount"],
    )


async def test_payments_must_be_one_whole_alternative_of_the_quote(shop: Any) -> None:
    shop.store.place_order(PAID)
    response = await refund_one_mug(shop, payments=[{"provider_id": "stripe", "amount": 0.01}])
    assert response.status_code == 422
    assert response.json()["data"][0]["status"] == 422


async def test_a_guest_cannot_be_refunded_in_store_credit(shop: Any) -> None:
    shop.store.place_order(PAID)
    response = await refund_one_mug(shop, payments=[{"provider_id": "storecredit", "amount": 3}])
    assert "guest" in response.json()["data"][0]["title"]


async def test_an_unsettled_order_cannot_be_refunded(shop: Any) -> None:
    shop.store.place_order(PAID.model_copy(update={"payment": None}))
    url = "/v3/orders/100/payment_actions/refund_quotes"
    assert (await shop.http.post(url, json=ONE_MUG)).status_code == 422


async def test_only_one_refund_of_an_order_runs_at_a_time(shop: Any) -> None:
    shop.store.settings.refund_seconds = 0.2

    async def one_was_refused() -> bool:
        order = shop.store.place_order(PAID)
        both = await asyncio.gather(refund_one_mug(shop, order), refund_one_mug(shop, order))
        return sorted(r.status_code for r in both) == [201, 422]

    # On a machine that stalls, the second may come only when the first has ended.
    await until(one_was_refused, "two refunds at once")


async def test_refunding_unit_by_unit_returns_the_lines_own_amount(shop: Any) -> None:
    shop.store.place_order(PAID)
    for _ in range(3):
        shop.store.refund(100, RefundDraft(items=(RefundItemDraft(item_type="PRODUCT"),)))
    line = shop.store.order(100).prices.lines[0]
    assert sum(r.total for r in shop.store.refunds) == line.discounted_inc
    assert sum(r.tax for r in shop.store.refunds) == line.total.tax


async def test_a_full_refund_returns_lines_charges_and_fees(shop: Any) -> None:
    shop.store.place_order(
        PAID.model_copy(update={"fees": (FeeDraft(name="Fee", cost=Decimal(2)),)})
    )
    shop.store.refund(100)
    order = shop.store.order(100)
    assert (order.refunded, order.status_id) == (order.prices.total.inc, 4)
    assert shop.store.refunds[0].tax == order.prices.total.tax


async def test_an_order_level_refund_carries_no_tax(shop: Any) -> None:
    shop.store.place_order(PAID)
    item = RefundItemDraft(item_type="ORDER", amount=Decimal(4))
    shop.store.refund(100, RefundDraft(items=(item,)))
    data = (await shop.json("/v3/orders/100/payment_actions/refunds"))["data"]
    assert (data[0]["total_amount"], data[0]["total_tax"]) == (4, 0)


async def test_refunds_are_found_across_orders_by_the_time_they_were_made(shop: Any) -> None:
    for _ in range(2):
        shop.store.place_order(PAID)
    shop.store.refund(100)
    shop.clock.advance(hours=1)
    shop.store.refund(101)
    path = "/v3/orders/payment_actions/refunds"
    found = await shop.json(path, **{"created:min": "2026-03-05T22:00:00Z"})
    assert [refund["order_id"] for refund in found["data"]] == [101]
    assert (await shop.json(f"{path}/1"))["data"]["order_id"] == 100


async def test_a_refund_does_not_move_the_modification_date_unless_set_to(shop: Any) -> None:
    shop.store.place_order(PAID)
    before = shop.store.order(100).modified
    shop.clock.advance(hours=1)
    shop.store.refund(100)
    assert shop.store.order(100).modified == before


@pytest.mark.parametrize("name", ["id:in", "email:in"])
async def test_an_unknown_customer_is_an_empty_list(shop: Any, name: str) -> None:
    assert (await shop.json("/v3/customers", **{name: "999"}))["data"] == []


async def test_customers_are_found_by_id_mail_and_change(shop: Any) -> None:
    shop.store.add_customer(ZOE)
    shop.store.add_customer(ZOE.model_copy(update={"email": "other@example.com"}))
    shop.clock.advance(hours=1)
    shop.store.update_customer(2, company="Tea & Co")
    since = {"date_modified:min": "2026-03-05T22:00:00Z"}
    by_mail = await shop.json("/v3/customers", **{"email:in": "ZOE@example.com"})
    by_change = await shop.json("/v3/customers", **since)
    by_id = await shop.json("/v3/customers", **{"id:in": "1,2"})
    found = [[c["id"] for c in answer["data"]] for answer in (by_mail, by_change, by_id)]
    assert found == [[1], [2], [1, 2]]


async def test_included_addresses_stop_at_ten_and_the_book_has_them_all(shop: Any) -> None:
    shop.store.add_customer(ZOE.model_copy(update={"addresses": (AddressDraft(),) * 12}))
    customer = (await shop.json("/v3/customers", include="addresses"))["data"][0]
    book = await shop.json("/v3/customers/addresses", **{"customer_id:in": 1})
    assert (len(customer["addresses"]), customer["address_count"]) == (10, 12)
    assert book["meta"]["pagination"]["total"] == 12
