from decimal import Decimal
from typing import Any

import pytest

ROOT = "/entity/Default/24.200.001"
PAID = Decimal("26.85")


async def test_a_payment_is_released_in_the_background(site: Any) -> None:
    await site.entered("Payment", {
        "Type": "Payment", "CustomerID": "WEBSTORE", "PaymentMethod": "CASH", "PaymentAmount": 5,
        "Hold": False,
    })  # fmt: skip
    body = {"entity": {"Type": {"value": "Payment"}, "ReferenceNbr": {"value": "000001"}}}
    started = await site.http.post(f"{ROOT}/Payment/ReleasePayment", json=body)
    assert started.status_code == 202
    location = started.headers["location"]
    assert location.startswith(f"{ROOT}/Payment/ReleasePayment/status/")
    busy = await site.get("Payment")
    assert "has not been completed" in busy.json()["exceptionMessage"]
    assert [(await site.http.get(location)).status_code for _ in range(2)] == [202, 204]
    assert site.stand_in.books.payments[0].released


async def test_an_action_may_also_be_done_at_once_without_a_location(site: Any) -> None:
    site.settings.long_operation_polls = 0
    await site.entered("Payment", {
        "CustomerID": "WEBSTORE", "PaymentMethod": "CASH", "PaymentAmount": 5, "Hold": False
    })  # fmt: skip
    done = await site.act("Payment", "Release", {"ReferenceNbr": "000001"})
    assert done.status_code == 204
    assert "location" not in done.headers


async def test_an_action_that_nobody_asks_after_still_lands(site: Any) -> None:
    site.settings.long_operation_seconds = 0
    site.settings.long_operation_polls = 1000
    key = await site.paid()
    assert key["ReferenceNbr"] == "000001"


async def test_an_unknown_action_is_not_found(site: Any) -> None:
    body = {"entity": {"CustomerID": {"value": "WEBSTORE"}}}
    answer = await site.http.post(f"{ROOT}/Customer/Promote", json=body)
    assert answer.status_code == 404


async def test_a_failed_action_tells_why_when_asked(site: Any) -> None:
    await site.entered("Payment", {
        "CustomerID": "WEBSTORE", "PaymentMethod": "CASH", "PaymentAmount": 5, "Hold": True
    })  # fmt: skip
    failed = await site.act("Payment", "ReleasePayment", {"ReferenceNbr": "000001"})
    assert failed.status_code == 500
    assert "on hold" in failed.json()["exceptionMessage"]


async def test_releasing_twice_is_refused(site: Any) -> None:
    key = await site.paid()
    again = await site.act("Payment", "ReleasePayment", key)
    assert again.json()["exceptionMessage"] == "Document Status is invalid for processing."
    assert site.stand_in.books.balances()["10600"] == PAID


async def test_a_payment_settles_an_invoice(site: Any) -> None:
    await site.invoiced()
    row = {"DocType": "INV", "ReferenceNbr": "000001", "AmountPaid": 26.85}
    key = await site.paid(DocumentsToApply=[row])
    (bill,) = site.stand_in.books.invoices
    assert (bill.balance, bill.status) == (0, "Closed")
    shown = (
        await site.get("Payment/Payment/000001", expand="DocumentsToApply,ApplicationHistory")
    ).json()
    assert shown["DocumentsToApply"] == []
    assert shown["ApplicationHistory"][0]["AdjustedRefNbr"]["value"] == "000001"
    assert shown["Status"]["value"] == "Closed"
    assert key["Type"] == "Payment"
    assert site.stand_in.books.customers[0].balance == 0


async def test_an_application_waits_in_documents_to_apply_until_the_release(site: Any) -> None:
    await site.invoiced()
    await site.entered("Payment", {
        "CustomerID": "WEBSTORE", "PaymentMethod": "CASH", "PaymentAmount": 5,
        "DocumentsToApply": [{"ReferenceNbr": "000001"}],
    })  # fmt: skip
    shown = (await site.get("Payment/PMT/000001", expand="DocumentsToApply")).json()
    assert shown["DocumentsToApply"][0]["AmountPaid"]["value"] == 5
    assert site.stand_in.books.invoices[0].balance == PAID


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ({"ReferenceNbr": "999999"}, "cannot be found"),
        ({"ReferenceNbr": "000001", "AmountPaid": 30}, "exceeds the balance"),
        ({"DocType": "BARTER", "ReferenceNbr": "000001"}, "cannot be found"),
    ],
)
async def test_an_application_that_cannot_be_is_refused(
    site: Any, row: dict[str, Any], text: str
) -> None:
    await site.invoiced()
    told = await site.refused("Payment", {
        "CustomerID": "WEBSTORE", "PaymentMethod": "CASH", "PaymentAmount": 50,
        "DocumentsToApply": [row],
    })  # fmt: skip
    assert any(text in str(cell) for cell in told["DocumentsToApply"][0].values())
    assert site.stand_in.books.payments == []


async def test_an_unreleased_invoice_takes_no_payment(site: Any) -> None:
    await site.entered("SalesInvoice", {"CustomerID": "WEBSTORE", "Details": []})
    told = await site.refused("Payment", {
        "CustomerID": "WEBSTORE", "PaymentMethod": "CASH", "PaymentAmount": 5,
        "DocumentsToApply": [{"ReferenceNbr": "000001", "AmountPaid": 5}],
    })  # fmt: skip
    assert "has not been released" in str(told)


async def test_a_prepayment_is_kept_for_an_order_from_the_payments_side(site: Any) -> None:
    await site.ordered()
    row = {"OrderType": "SO", "OrderNbr": "000001", "AppliedToOrder": 20}
    await site.paid(Type="Prepayment", OrdersToApply=[row])
    assert site.stand_in.books.order("000001").balance == Decimal("6.85")
    row |= {"AppliedToOrder": 26.85}
    await site.entered(
        "Payment", {"Type": "Prepayment", "ReferenceNbr": "000001", "OrdersToApply": [row]}
    )
    assert site.stand_in.books.order("000001").balance == 0


async def test_an_order_is_not_paid_beyond_its_balance(site: Any) -> None:
    await site.ordered()
    row = {"OrderType": "SO", "OrderNbr": "000001", "AppliedToOrder": 30}
    told = await site.refused("Payment", {
        "Type": "Prepayment", "CustomerID": "WEBSTORE", "PaymentMethod": "CASH",
        "PaymentAmount": 30, "OrdersToApply": [row],
    })  # fmt: skip
    assert "exceeds the unpaid balance" in told["OrdersToApply"][0]["AppliedToOrder"]["error"]


@pytest.mark.parametrize(
    ("changed", "field", "text"),
    [
        ({"PaymentMethod": "WIRE"}, "PaymentMethod", "cannot be found"),
        ({"PaymentMethod": None}, "PaymentMethod", "cannot be empty"),
        ({"CashAccount": "99999"}, "CashAccount", "cannot be found"),
        ({"CustomerID": "NOBODY"}, "CustomerID", "cannot be found"),
        ({"PaymentAmount": 0}, "PaymentAmount", "greater than zero"),
    ],
)
async def test_a_payment_with_a_wrong_code_is_refused(
    site: Any, changed: dict[str, Any], field: str, text: str
) -> None:
    body = {"CustomerID": "WEBSTORE", "PaymentMethod": "CASH", "PaymentAmount": 5}
    told = await site.refused("Payment", body | changed)
    assert text in told[field]["error"]


async def test_a_payment_reference_may_be_required(site: Any) -> None:
    site.settings.require_payment_reference = True
    body = {"CustomerID": "WEBSTORE", "PaymentMethod": "CASH", "PaymentAmount": 5}
    assert "cannot be empty" in (await site.refused("Payment", body))["PaymentRef"]["error"]


async def test_a_closed_period_takes_neither_payment_nor_invoice(site: Any) -> None:
    site.stand_in.close_period("05-2026")
    on = "2026-05-10T00:00:00"
    body = {"CustomerID": "WEBSTORE", "PaymentMethod": "CASH", "PaymentAmount": 5}
    told = await site.refused("Payment", body | {"ApplicationDate": on})
    assert "05-2026 financial period is closed" in told["ApplicationDate"]["error"]
    told = await site.refused("SalesInvoice", {"CustomerID": "WEBSTORE", "Date": on})
    assert "05-2026 financial period is closed" in told["Date"]["error"]
    site.stand_in.open_period("05-2026")
    await site.entered("Payment", body | {"ApplicationDate": on})


async def test_a_period_closed_meanwhile_fails_the_release(site: Any) -> None:
    body = {"CustomerID": "WEBSTORE", "PaymentMethod": "CASH", "PaymentAmount": 5, "Hold": False}
    await site.entered("Payment", body | {"ApplicationDate": "2026-05-10T00:00:00"})
    site.stand_in.close_period("05-2026")
    failed = await site.act("Payment", "ReleasePayment", {"ReferenceNbr": "000001"})
    assert "closed" in failed.json()["exceptionMessage"]


async def test_a_refund_gives_back_what_a_payment_has_left(site: Any) -> None:
    await site.paid(Type="Prepayment")
    row = {"DocType": "Prepayment", "ReferenceNbr": "000001", "AmountPaid": 10}
    refund = {"Type": "Refund", "PaymentAmount": 10, "DocumentsToApply": [row]}
    await site.paid(**refund, ExternalRef="BC-100-R1")
    (money,) = site.stand_in.books.refunds
    assert money.to_documents == {("Prepayment", "000001"): Decimal(10)}
    assert site.stand_in.books.payments[0].available == Decimal("16.85")
    assert site.stand_in.books.balances()["10600"] == Decimal("16.85")
    told = await site.refused("Payment", {
        "CustomerID": "WEBSTORE", "PaymentMethod": "CASH", **refund, "PaymentAmount": 20,
        "DocumentsToApply": [row | {"AmountPaid": 20}],
    })  # fmt: skip
    assert "exceeds the balance" in str(told)


async def test_a_refund_of_nothing_in_particular_cannot_be_released(site: Any) -> None:
    body = {"Type": "REF", "CustomerID": "WEBSTORE", "PaymentMethod": "CASH", "Hold": False}
    await site.entered("Payment", body | {"PaymentAmount": 5})
    failed = await site.act("Payment", "ReleasePayment", {"Type": "REF", "ReferenceNbr": "000001"})
    assert "out of the balance" in failed.json()["exceptionMessage"]


async def test_a_voided_payment_leaves_nothing_behind(site: Any) -> None:
    await site.invoiced()
    key = await site.paid(DocumentsToApply=[{"ReferenceNbr": "000001"}])
    assert (await site.act("Payment", "VoidPayment", key)).status_code == 204
    assert site.stand_in.books.payments_of("BC-100-P1") == []
    assert site.stand_in.books.invoices[0].balance == PAID
    assert site.stand_in.books.balances()["10600"] == 0


async def test_a_released_document_takes_no_change(site: Any) -> None:
    await site.invoiced()
    told = await site.refused("SalesInvoice", {"ReferenceNbr": "000001", "Description": "Late"})
    assert "cannot be changed" in told["error"]
    await site.paid()
    told = await site.refused("Payment", {"ReferenceNbr": "000001", "PaymentAmount": 1})
    assert "cannot be changed" in told["error"]


async def test_a_direct_invoice_is_posted_when_it_is_released(site: Any) -> None:
    await site.entered("SalesInvoice", {
        "CustomerID": "WEBSTORE", "Hold": False, "IsTaxValid": True,
        "Details": [
            {"InventoryID": "GRINDER", "Qty": 1, "ManualPrice": True, "UnitPrice": 64},
            {"InventoryID": "FREIGHT", "Qty": 1, "ManualPrice": True, "UnitPrice": 5},
        ],
        "TaxDetails": [{"TaxID": "STORETAX", "TaxAmount": 4}],
    })  # fmt: skip
    assert site.stand_in.books.balances() == {}
    key = {"Type": "Invoice", "ReferenceNbr": "000001"}
    assert (await site.act("SalesInvoice", "ReleaseSalesInvoice", key)).status_code == 204
    assert site.stand_in.books.balances() == {
        "11000": Decimal(73),
        "20500": Decimal(-4),
        "40000": Decimal(-64),
        "40500": Decimal(-5),
    }
    assert site.stand_in.available("GRINDER") == 54


async def test_a_direct_invoice_needs_its_feature(site: Any) -> None:
    site.settings.advanced_so_invoices = False
    told = await site.refused("SalesInvoice", {"CustomerID": "WEBSTORE"})
    assert "Advanced SO Invoices" in told["error"]


async def test_a_credit_memo_returns_invoice_lines_and_pays_the_invoice(site: Any) -> None:
    await site.invoiced()
    line = {"OrigInvType": "Invoice", "OrigInvNbr": "000001", "OrigInvLineNbr": 1, "Qty": 1}
    await site.invoiced(
        Type="Credit Memo",
        ExternalRef="BC-100-R1",
        Details=[line],
        TaxDetails=[{"TaxID": "STORETAX", "TaxAmount": 1.02}],
        ApplicationsCreditMemo=[
            {"DocType": "Invoice", "ReferenceNbr": "000001", "AmountPaid": 13.42}
        ],
    )
    bill, memo = site.stand_in.books.invoices
    assert (memo.total, memo.status) == (Decimal("13.42"), "Closed")
    assert bill.balance == Decimal("13.43")
    shown = (await site.get("SalesInvoice/Invoice/000001", expand="ApplicationsInvoice")).json()
    assert shown["ApplicationsInvoice"][0]["AmountPaid"]["value"] == 13.42
    told = await site.refused(
        "SalesInvoice",
        {"Type": "CRM", "CustomerID": "WEBSTORE", "Details": [line | {"Qty": 2}]},
    )
    assert "exceeds the quantity" in told["Details"][0]["Qty"]["error"]


async def test_a_credit_memo_is_paid_out_by_a_refund(site: Any) -> None:
    await site.invoiced(Type="Credit Memo")
    row = {"DocType": "Credit Memo", "ReferenceNbr": "000001"}
    await site.paid(Type="Refund", DocumentsToApply=[row])
    assert site.stand_in.books.invoices[0].status == "Closed"
    assert site.stand_in.books.balances()["10600"] == -PAID


def refund(**changed: Any) -> dict[str, Any]:
    """A row of money given back, on an order's tab of payments."""
    return {
        "DocType": "Refund", "Refund": True, "PaymentMethod": "STORECC", "CashAccount": "10600",
        "PaymentAmount": 26.85, "AppliedToOrder": 26.85, "ExternalRef": "BC-100-B1-13",
        "Hold": False, **changed,
    }  # fmt: skip


async def test_a_credit_order_is_paid_out_by_a_refund_entered_with_it(site: Any) -> None:
    await site.ordered(OrderType="CM", ExternalRef="BC-100-R1")
    key = {"OrderType": "CM", "OrderNbr": "000001"}
    await site.entered("SalesOrder", {**key, "Payments": [refund()]})
    released = await site.act(
        "Payment", "ReleasePayment", {"Type": "REF", "ReferenceNbr": "000001"}
    )
    assert released.status_code == 204
    [money] = site.stand_in.books.refunds
    assert (money.released, money.to_orders) == (True, {("CM", "000001"): PAID})
    assert site.stand_in.books.balances() == {"10600": -PAID, "11000": PAID}
    [counted] = site.stand_in.common_ledger().payouts
    assert (counted.reference, counted.amount) == ("BC-100-B1-13", PAID)
    assert counted.account == "STORECC/10600"


@pytest.mark.parametrize(
    ("kind", "changed", "words"),
    [
        ("SO", {}, "cannot be applied to an order of this type"),
        ("CM", {"PaymentAmount": 30, "AppliedToOrder": 30}, "exceeds the order total"),
        ("CM", {"AppliedToOrder": 30}, "exceeds the available balance"),
        ("CM", {"DocType": "Payment"}, "cannot be applied to an order of this type"),
    ],
    ids=["on a sale", "over the credit", "over its own amount", "money coming in"],
)
async def test_a_refund_is_refused_where_it_does_not_belong(
    site: Any, kind: str, changed: dict[str, Any], words: str
) -> None:
    await site.ordered(OrderType=kind)
    key = {"OrderType": kind, "OrderNbr": "000001"}
    told = await site.refused("SalesOrder", {**key, "Payments": [refund(**changed)]})
    assert words in str(told)
    assert site.stand_in.books.refunds == []


async def test_a_refund_takes_no_closed_period_and_no_other_customers_memo(site: Any) -> None:
    await site.invoiced(Type="Credit Memo")
    row = {"DocType": "Credit Memo", "ReferenceNbr": "000001"}
    site.stand_in.add_customer("OTHER", name="Other")
    told = await site.refused("Payment", {
        "Type": "Refund", "CustomerID": "OTHER", "PaymentMethod": "CASH", "PaymentAmount": 5,
        "DocumentsToApply": [row],
    })  # fmt: skip
    assert "another customer" in str(told)
    site.stand_in.close_period("05-2026")
    told = await site.refused("Payment", {
        "Type": "Refund", "CustomerID": "WEBSTORE", "PaymentMethod": "CASH", "PaymentAmount": 5,
        "DocumentsToApply": [row], "ApplicationDate": "2026-05-10T00:00:00",
    })  # fmt: skip
    assert "closed" in str(told)


async def test_foreign_money_balances_in_the_base_currency(site: Any) -> None:
    changed = {"CustomerID": "WEBSTOREEU", "Currency": "EUR"}
    await site.invoiced(**changed)
    row = {"ReferenceNbr": "000001", "AmountPaid": 26.85}
    await site.paid(CustomerID="WEBSTOREEU", CashAccount="10610", DocumentsToApply=[row])
    balances = site.stand_in.books.balances()
    assert balances["10610"] == Decimal("29.13")
    assert sum(balances.values()) == 0
