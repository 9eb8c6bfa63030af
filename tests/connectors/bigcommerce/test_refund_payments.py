from decimal import Decimal
from typing import Any

import pytest

from connectors.bigcommerce.payments import refunds_of
from connectors.bigcommerce.wire import WireOrder, WireRefund
from domain.order import Refund, Tender

HEAD = WireOrder.model_validate({
    "id": 180, "status_id": 4, "date_created": "Thu, 16 Jun 2022 16:00:00 +0000",
    "total_inc_tax": "50.0000", "default_currency_code": "USD",
})  # fmt: skip


def refund_with(*payments: dict[str, Any]) -> Refund:
    wire = WireRefund.model_validate({
        "id": 12, "order_id": 180, "created": "2022-06-16T16:44:15+00:00",
        "total_amount": Decimal(50), "total_tax": Decimal(5), "payments": list(payments),
    })  # fmt: skip
    (refund,) = refunds_of(HEAD, [wire], [])
    return refund


def back(provider: str, *, offline: bool = True, **changed: Any) -> dict[str, Any]:
    return {
        "id": 13, "provider_id": provider, "amount": Decimal(50), "offline": offline,
        "is_declined": False, "declined_message": "", **changed,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("provider", "offline", "tender", "method"),
    [
        ("stripe", False, Tender.CARD, "stripe"),
        ("custom", True, Tender.OFFLINE, "custom"),
        ("storecredit", True, Tender.STORE_CREDIT, "store-credit"),
        ("giftcertificate", True, Tender.GIFT_CERTIFICATE, "gift-certificate"),
    ],
)
def test_money_given_back_is_named_as_a_payment_that_way_is(
    provider: str, offline: bool, tender: Tender, method: str
) -> None:
    (one,) = refund_with(back(provider, offline=offline)).payments
    assert (one.id, one.tender, one.method) == ("13", tender, method)
    assert one.amount.amount == Decimal(50)


def test_what_one_of_two_providers_declined_did_not_go_back() -> None:
    declined = back("stripe", id=14, offline=False, amount=Decimal(20), is_declined=True)
    refund = refund_with(back("storecredit", amount=Decimal(30)), declined)
    assert [one.id for one in refund.payments] == ["13"]
    assert refund.amount == refund.payments[0].amount


def test_a_refund_that_names_no_way_back_gave_nobody_money() -> None:
    assert refund_with().payments == ()
