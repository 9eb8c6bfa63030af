from decimal import Decimal
from typing import Any

ZERO = Decimal(0)


def prepayment(**changed: Any) -> dict[str, Any]:
    return {
        "DocType": "Prepayment",
        "PaymentMethod": "STORECC",
        "CashAccount": "10600",
        "PaymentAmount": 26.85,
        "AppliedToOrder": 26.85,
        "PaymentRef": "txn-1",
        "ExternalRef": "BC-100-P1",
        "Hold": False,
    } | changed


async def test_fulfilling_an_order_makes_its_released_invoice(site: Any) -> None:
    await site.ordered(Payments=[prepayment()])
    key = {"Type": "Prepayment", "ReferenceNbr": "000001"}
    assert (await site.act("Payment", "ReleasePayment", key)).status_code == 204
    site.stand_in.fulfil("000001")
    (bill,) = site.stand_in.books.invoices
    assert (bill.total, bill.tax, bill.balance) == (Decimal("26.85"), Decimal("2.05"), ZERO)
    assert (bill.status, bill.external_ref) == ("Closed", "BC-100")
    shown = (await site.get("SalesOrder/SO/000001", expand="Shipments,Payments")).json()
    assert shown["Status"]["value"] == "Completed"
    assert shown["Shipments"][0]["InvoiceNbr"]["value"] == "000001"
    assert shown["Payments"][0]["TransferredtoInvoice"]["value"] == 26.85
    assert site.stand_in.books.balances() == {
        "10600": Decimal("26.85"),
        "11000": ZERO,
        "20500": Decimal("-2.05"),
        "40000": Decimal("-24.80"),
    }


async def test_a_return_order_credits_an_invoice_line_no_further_than_it_goes(site: Any) -> None:
    await site.ordered()
    site.stand_in.fulfil("000001")
    line = {"InventoryID": "MUG-BLUE", "OrderQty": 3, "InvoiceType": "Invoice"}
    line |= {"InvoiceNbr": "000001", "InvoiceLineNbr": 1}
    body = {"OrderType": "CM", "CustomerID": "WEBSTORE", "Hold": False, "Details": [line]}
    told = await site.refused("SalesOrder", body)
    assert "exceeds the quantity" in told["Details"][0]["OrderQty"]["error"]
    await site.entered("SalesOrder", body | {"Details": [line | {"OrderQty": 2}]})


async def test_a_credit_memo_order_is_invoiced_by_a_credit_memo(site: Any) -> None:
    line = {"InventoryID": "ADJUST", "OrderQty": 1, "ManualPrice": True, "UnitPrice": 5}
    await site.ordered(OrderType="CM", Details=[line], TaxDetails=[])
    key = {"OrderType": "CM", "OrderNbr": "000001"}
    assert (await site.act("SalesOrder", "PrepareSalesInvoice", key)).status_code == 204
    memo = {"Type": "Credit Memo", "ReferenceNbr": "000001"}
    assert (await site.act("SalesInvoice", "ReleaseSalesInvoice", memo)).status_code == 204
    assert site.stand_in.books.balances() == {"11000": Decimal(-5), "49200": Decimal(5)}
