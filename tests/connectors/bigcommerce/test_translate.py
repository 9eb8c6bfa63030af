"""The documentation's own payloads, and odd ones, as the domain sees them."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.bigcommerce.pricing import OrderParts
from connectors.bigcommerce.translate import to_order
from connectors.bigcommerce.wire import (
    WireCoupon,
    WireLine,
    WireOrder,
    WireRefund,
    WireShippingAddress,
    WireTransaction,
)
from connectors.errors import Rejected
from domain.hold import HoldCode
from domain.order import ChargeKind, LineKind, Order, Pricing, Tender, conservation

# Order 218 of the API description, as documented: flagged tax-exclusive, but its parts make its
# total only on the inclusive side.
ORDER_218 = json.loads(
    """{"id":218,"customer_id":11,"date_created":"Tue, 05 Mar 2019 21:40:11 +0000",
    "date_modified":"Mon, 11 Mar 2019 15:17:25 +0000","date_shipped":"","status_id":7,
    "status":"Awaiting Payment","subtotal_ex_tax":"62.6793","subtotal_inc_tax":"67.8400",
    "subtotal_tax":"4.4000","shipping_cost_ex_tax":"11.0900","shipping_cost_inc_tax":"12.0000",
    "shipping_cost_tax":"0.9100","handling_cost_inc_tax":"0.0000","wrapping_cost_inc_tax":"0.0000",
    "total_ex_tax":"64.5300","total_inc_tax":"69.8400","total_tax":"5.3100",
    "is_tax_inclusive_pricing":false,"items_total":4,"payment_method":"Cash",
    "payment_provider_id":"","payment_status":"authorized","refunded_amount":"0.0000",
    "store_credit_amount":"0.0000","gift_certificate_amount":"0.0000","currency_code":"USD",
    "currency_exchange_rate":"1.0000000000","default_currency_code":"USD","staff_notes":"",
    "discount_amount":"5.0000","coupon_discount":"5.0000","shipping_address_count":1,
    "credit_card_type":{},
    "billing_address":{"first_name":"Jane","last_name":"Doe","company":"",
    "street_1":"555 East Street","street_2":"","city":"Austin","state":"Texas","zip":"78108",
    "country":"United States","country_iso2":"US","phone":"1234567890",
    "email":"janedoe@example.com"},"channel_id":1,"external_source":null,
    "products":{"url":"https://api.bigcommerce.com/x","resource":"/orders/218/products"},
    "fees":{"url":"https://api.bigcommerce.com/x","resource":"/orders/218/fees"},
    "external_id":null,"tax_provider_id":"BasicTaxProvider","store_default_currency_code":"",
    "custom_status":"Awaiting Payment","external_order_id":"external-order-id"}"""
)
LINE_65 = json.loads(
    """{"id":65,"order_id":149,"product_id":77,"order_address_id":51,"name":"Chambray Towel",
    "sku":"S-ORAN","type":"physical","base_price":"55.9900","price_ex_tax":"55.9900",
    "price_inc_tax":"65.2300","price_tax":"9.2400","total_ex_tax":"55.9900",
    "total_inc_tax":"65.2300","total_tax":"9.2400","quantity":1,"refund_amount":"0.0000",
    "wrapping_cost_inc_tax":"0.0000","parent_order_product_id":null,"is_bundled_product":false,
    "applied_discounts":[{"id":"manual-discount","amount":"1.5900","name":"Manual Discount",
    "code":null,"target":"order"}],"gift_certificate_id":null,"discounted_total_inc_tax":"63.6400"}
    """
)
TRANSACTION = json.loads(
    """{"id":85926313,"order_id":"121","event":"purchase","method":"nonce","amount":1,
    "currency":"USD","gateway":"squarev2","gateway_transaction_id":"pN5Kd7R9ilEI2ygBawCy7tMF",
    "status":"ok","test":false,"fraud_review":false,"reference_transaction_id":{},
    "date_created":"2018-05-08T15:06:12+00:00","credit_card":{},"gift_certificate":{},
    "store_credit":{},"offline":{},"custom":{},"payment_method_id":"squarev2.card"}"""
)
REFUND = json.loads(
    """{"id":12,"order_id":180,"user_id":0,"created":"2022-06-16T16:44:15+00:00",
    "reason":"Customer requires a refund.","total_amount":50,"total_tax":5,
    "uses_merchant_override_values":false,
    "payments":[{"id":13,"provider_id":"storecredit","amount":50,"offline":true,
    "is_declined":false,"declined_message":""}],
    "items":[{"item_type":"PRODUCT","item_id":87,"quantity":1,"requested_amount":null}]}"""
)


def line(ex: str, inc: str, **more: Any) -> dict[str, Any]:
    return {"id": 1, "quantity": 1, "total_ex_tax": ex, "total_inc_tax": inc, **more}


def head(total: str, **more: Any) -> dict[str, Any]:
    return {
        "id": 1,
        "status_id": 11,
        "date_created": "Tue, 05 Mar 2019 21:40:11 +0000",
        "default_currency_code": "USD",
        "total_inc_tax": total,
        **more,
    }


def translated(
    order: dict[str, Any],
    *lines: dict[str, Any],
    addresses: Any = (),
    coupons: Any = (),
    transactions: Any = (),
    refunds: Any = (),
    test_payments: bool = False,
) -> Order:
    return to_order(
        OrderParts(
            WireOrder.model_validate(order),
            [WireLine.model_validate(one) for one in lines],
            [WireShippingAddress.model_validate(one) for one in addresses],
            [WireCoupon.model_validate(one) for one in coupons],
        ),
        transactions=[WireTransaction.model_validate(one) for one in transactions],
        refunds=[WireRefund.model_validate(one) for one in refunds],
        test_payments=test_payments,
    )


def the_218() -> Order:
    return translated(ORDER_218, line("62.6793", "67.8400", total_tax="4.4000", quantity=4))


def test_the_documented_order_218_conserves_although_its_flag_says_otherwise() -> None:
    order = the_218()
    assert order.pricing is Pricing.TAX_INCLUSIVE
    assert conservation(order) is None
    assert (order.total.amount, order.tax.amount) == (Decimal("69.84"), Decimal("5.31"))
    assert all(charge.kind is not ChargeKind.ROUNDING for charge in order.charges)


def test_the_documented_order_218_keeps_its_people_times_and_reference() -> None:
    order = the_218()
    assert order.placed_at == datetime(2019, 3, 5, 21, 40, 11, tzinfo=UTC)
    assert order.changed_at == datetime(2019, 3, 11, 15, 17, 25, tzinfo=UTC)
    assert (order.email, order.customer_id) == ("janedoe@example.com", "11")
    assert (order.status.code, order.status.label) == ("7", "Awaiting Payment")
    assert (order.reported_reference, order.payment_method) == ("external-order-id", "Cash")


def test_a_custom_label_is_shown_while_the_status_id_decides() -> None:
    order = translated({**ORDER_218, "custom_status": "Waiting for the bank"})
    assert (order.status.code, order.status.label) == ("7", "Waiting for the bank")


def test_customer_id_zero_is_a_guest() -> None:
    assert translated(head("0", customer_id=0)).customer_id == ""


def test_the_currency_is_what_the_shopper_pays_in_not_what_was_displayed() -> None:
    order = translated(head("10", default_currency_code="EUR", currency_code="USD"))
    assert order.currency == "EUR"


def test_an_order_without_any_currency_is_refused() -> None:
    with pytest.raises(Rejected, match="names no currency"):
        translated(head("10", default_currency_code=""))


def test_the_flag_decides_where_both_sides_add_up() -> None:
    untaxed = line("10", "10")
    for flag, side in ((True, Pricing.TAX_INCLUSIVE), (False, Pricing.TAX_EXCLUSIVE)):
        assert translated(head("10", is_tax_inclusive_pricing=flag), untaxed).pricing is side


def test_parts_that_make_the_total_on_neither_side_are_left_as_they_are() -> None:
    order = translated(head("12.00", total_tax="1.00"), line("10.00", "11.00"))
    assert order.pricing is Pricing.TAX_EXCLUSIVE
    assert conservation(order) is not None
    assert order.charges == ()


def test_sub_cent_remainders_become_a_rounding_charge() -> None:
    thirds = [line("3.3333", "3.3333") for _ in range(3)]
    order = translated(head("9.9999"), *thirds)
    (charge,) = order.charges
    assert (charge.kind, charge.id, charge.amount.amount) == (
        ChargeKind.ROUNDING,
        "rounding",
        Decimal("0.01"),
    )
    assert conservation(order) is None


def test_a_currency_without_decimals_is_rounded_to_whole_units() -> None:
    order = translated(head("110.0000", default_currency_code="JPY"), line("109.6", "110.0000"))
    assert order.total.amount == Decimal(110)
    assert conservation(order) is None


def test_an_amount_is_never_a_float() -> None:
    with pytest.raises(ValidationError):
        WireOrder.model_validate(head("1") | {"total_inc_tax": 1.5})


def test_an_order_without_a_total_is_no_order() -> None:
    broken = head("1")
    del broken["total_inc_tax"]
    with pytest.raises(ValidationError):
        WireOrder.model_validate(broken)


def test_the_documented_line_translates_with_its_share_of_the_discount() -> None:
    order = translated(
        head("63.64", discount_amount="1.59", is_tax_inclusive_pricing=True), LINE_65
    )
    (only,) = order.lines
    assert (only.id, only.sku, only.address_id, only.parent_id) == ("65", "S-ORAN", "51", "")
    assert (only.amount.amount, only.discount.amount) == (Decimal("65.23"), Decimal("1.59"))
    assert order.discounts[0].name == "Manual Discount"
    assert conservation(order) is None


def test_shares_that_do_not_make_the_discount_are_not_believed() -> None:
    order = translated(
        head("62.23", discount_amount="3.00", is_tax_inclusive_pricing=True), LINE_65
    )
    assert not order.lines[0].discount
    assert conservation(order) is None


def test_shares_of_the_other_side_of_the_tax_are_not_believed() -> None:
    other = {**LINE_65, "discounted_total_inc_tax": "63.3800"}
    order = translated(head("63.64", discount_amount="1.59", is_tax_inclusive_pricing=True), other)
    assert not order.lines[0].discount


def test_each_coupon_is_a_discount_of_its_own_where_they_make_the_whole() -> None:
    coupons = [{"code": "TEN", "discount": Decimal("1.5")}, {"code": "FIVE", "discount": 1}]
    order = translated(head("7.50", coupon_discount="2.50"), line("10", "10"), coupons=coupons)
    assert [(one.name, one.amount.amount) for one in order.discounts] == [
        ("Coupon TEN", Decimal("1.50")),
        ("Coupon FIVE", Decimal("1.00")),
    ]


def test_coupons_that_do_not_make_the_whole_give_only_their_names() -> None:
    coupons = [{"code": "TEN", "discount": 9}, {"code": "SHIP", "discount": 0}]
    order = translated(head("7.50", coupon_discount="2.50"), line("10", "10"), coupons=coupons)
    assert [(one.name, one.amount.amount) for one in order.discounts] == [
        ("Coupon TEN, SHIP", Decimal("2.50"))
    ]


def shipping(address_id: int, cost: str) -> dict[str, Any]:
    return {"id": address_id, "cost_ex_tax": cost, "cost_inc_tax": cost, "cost_tax": "0"}


def test_shipping_is_charged_per_address() -> None:
    costs = {"shipping_cost_ex_tax": "9", "shipping_cost_inc_tax": "9"}
    addresses = [shipping(51, "4"), shipping(52, "5")]
    order = translated(head("19", **costs), line("10", "10"), addresses=addresses)
    assert [(charge.id, charge.amount.amount) for charge in order.charges] == [
        ("51", Decimal("4.00")),
        ("52", Decimal("5.00")),
    ]
    assert [address.id for address in order.shipping] == ["51", "52"]


def test_addresses_that_contradict_the_orders_shipping_are_overruled_by_it() -> None:
    costs = {"shipping_cost_ex_tax": "9", "shipping_cost_inc_tax": "9"}
    order = translated(head("19", **costs), line("10", "10"), addresses=[shipping(51, "4")])
    assert [(charge.id, charge.amount.amount) for charge in order.charges] == [("", Decimal(9))]


def test_fees_count_also_where_their_name_is_misspelt() -> None:
    fee = {"id": 7, "display_name_customer": "Insurance", "cost_exc_tax": "2.50"}
    order = translated(head("12.50", fees=[fee]), line("10", "10"))
    assert [(c.kind, c.id, c.name) for c in order.charges] == [(ChargeKind.FEE, "7", "Insurance")]
    assert conservation(order) is None


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ("physical", LineKind.GOODS),
        ("digital", LineKind.DIGITAL),
        ("giftcertificate", LineKind.GIFT_CERTIFICATE),
    ],
)
def test_a_line_is_of_the_kind_that_it_says(told: str, kind: LineKind) -> None:
    assert translated(head("1"), line("1", "1", type=told)).lines[0].kind is kind


def test_a_component_of_a_bundle_names_its_parent() -> None:
    child = line("0", "0", parent_order_product_id=64, is_bundled_product=True)
    assert translated(head("0"), child).lines[0].parent_id == "64"


def test_the_documented_transaction_is_a_card_payment() -> None:
    (payment,) = translated(head("1"), transactions=[TRANSACTION]).payments
    assert (payment.id, payment.tender, payment.method) == ("85926313", Tender.CARD, "squarev2")
    assert payment.amount.amount == Decimal(1)
    assert payment.taken_at == datetime(2018, 5, 8, 15, 6, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "change",
    [
        {"status": "error"},
        {"event": "authorization"},
        {"event": "pending"},
        {"event": "refund"},
        {"event": "void"},
        {"test": True},
    ],
    ids=str,
)
def test_what_took_no_money_is_no_payment(change: dict[str, Any]) -> None:
    assert translated(head("1"), transactions=[TRANSACTION | change]).payments == ()


def test_a_payment_that_was_voided_is_no_payment() -> None:
    void = TRANSACTION | {"id": 9, "event": "void", "reference_transaction_id": 85926313}
    assert translated(head("1"), transactions=[TRANSACTION, void]).payments == ()


def test_test_payments_count_where_the_connection_says_so() -> None:
    made = [TRANSACTION | {"test": True}]
    assert len(translated(head("1"), transactions=made, test_payments=True).payments) == 1


def test_a_payment_in_another_currency_holds_the_order() -> None:
    with pytest.raises(Rejected) as refused:
        translated(head("1"), transactions=[TRANSACTION | {"currency": "EUR"}])
    assert refused.value.hold is HoldCode.CURRENCY_DIFFERS


@pytest.mark.parametrize("told_twice", [False, True], ids=["order only", "transaction too"])
def test_store_credit_is_one_payment_however_often_it_is_told(told_twice: bool) -> None:
    twin = TRANSACTION | {"method": "store_credit", "gateway": "storecredit", "amount": 4}
    order = translated(
        head("10", store_credit_amount="4.0000"), transactions=[twin] if told_twice else []
    )
    (payment,) = order.payments
    assert (payment.id, payment.tender) == ("store-credit", Tender.STORE_CREDIT)
    assert payment.amount.amount == Decimal(4)


def test_a_gift_certificate_told_only_by_a_transaction_counts() -> None:
    made = TRANSACTION | {"method": "gift_certificate", "gateway": "giftcertificate"}
    (payment,) = translated(head("1"), transactions=[made]).payments
    assert (payment.id, payment.tender) == ("85926313", Tender.GIFT_CERTIFICATE)


def test_an_offline_order_without_transactions_has_no_payments() -> None:
    assert translated(head("10", payment_method="Bank Deposit")).payments == ()


def test_the_documented_refund_translates_with_its_tax() -> None:
    (refund,) = translated(head("100"), refunds=[REFUND]).refunds
    assert (refund.id, refund.amount.amount, refund.tax.amount) == ("12", Decimal(50), Decimal(5))
    (item,) = refund.items
    assert (item.kind, item.ref, item.quantity, item.amount) == ("line", "87", Decimal(1), None)


def test_a_refund_that_every_provider_declined_is_none() -> None:
    declined = [{**REFUND["payments"][0], "is_declined": True}]
    assert translated(head("100"), refunds=[REFUND | {"payments": declined}]).refunds == ()


def test_what_one_of_two_providers_declined_was_not_given_back() -> None:
    payments = [
        {"amount": 30, "is_declined": False},
        {"amount": 20, "is_declined": True},
    ]
    (refund,) = translated(head("100"), refunds=[REFUND | {"payments": payments}]).refunds
    assert (refund.amount.amount, refund.tax.amount) == (Decimal(30), Decimal(3))


@pytest.mark.parametrize(
    ("item_type", "kind", "ref"),
    [
        ("SHIPPING", "shipping", "7"),
        ("HANDLING", "handling", "7"),
        ("FEE", "fee", "7"),
        ("ORDER", "order", ""),
        ("TAX", "order", ""),
    ],
)
def test_a_refunded_charge_is_named_by_kind_and_amount(item_type: str, kind: str, ref: str) -> None:
    item = {"item_type": item_type, "item_id": 7, "quantity": 1, "requested_amount": 3}
    (refund,) = translated(head("100"), refunds=[REFUND | {"items": [item]}]).refunds
    (found,) = refund.items
    assert (found.kind, found.ref, found.amount and found.amount.amount) == (kind, ref, Decimal(3))


def test_refunded_wrapping_weighs_what_its_line_was_wrapped_for() -> None:
    item = {"item_type": "GIFT_WRAPPING", "item_id": 1, "quantity": 1, "requested_amount": None}
    wrapped = line("10", "10", wrapping_cost_inc_tax="2.5000")
    (refund,) = translated(head("100"), wrapped, refunds=[REFUND | {"items": [item]}]).refunds
    assert refund.items[0].amount is not None
    assert refund.items[0].amount.amount == Decimal("2.50")


@pytest.mark.parametrize(
    "told",
    ["2023-07-17 06:30:41", "2023-07-17T06:30:41Z", "Mon, 17 Jul 2023 06:30:41 +0000", 1689575441],
)
def test_every_notation_of_a_time_is_read_as_utc(told: str | int) -> None:
    order = translated(head("1") | {"date_created": told, "date_modified": ""})
    assert order.placed_at == order.changed_at == datetime(2023, 7, 17, 6, 30, 41, tzinfo=UTC)
