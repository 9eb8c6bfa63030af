"""The chain of documents: what is copied, what is used up, what happens to stock."""

from decimal import Decimal
from typing import Any

SHIPPING = {"ExpenseCode": 1, "LineTotal": 5.00, "TaxCode": "EX"}


def based(number: int, entry: int, line: int = 0, **changed: object) -> dict[str, Any]:
    return {"BaseType": number, "BaseEntry": entry, "BaseLine": line} | changed


async def level(site: Any, sku: str = "MUG-BLUE") -> tuple[Decimal, Decimal]:
    held = site.stand_in.books.level(sku, "01")
    return held.in_stock, held.committed


async def test_an_order_commits_stock_and_a_delivery_takes_it(site: Any, make_line: Any) -> None:
    order = await site.post(
        "Orders", {"CardCode": "C1", "DocDueDate": "2026-05-12", "DocumentLines": [make_line()]}
    )
    assert await level(site) == (600, 1)
    delivery = await site.post(
        "DeliveryNotes",
        {"CardCode": "C1", "DocumentLines": [based(17, order["DocEntry"])]},
    )
    assert await level(site) == (599, 0)
    assert (await site.get("Orders(1)"))["DocumentStatus"] == "bost_Close"
    await site.post(
        "Invoices", {"CardCode": "C1", "DocumentLines": [based(15, delivery["DocEntry"])]}
    )
    assert await level(site) == (599, 0)
    assert (await site.get("DeliveryNotes(1)"))["DocumentStatus"] == "bost_Close"


async def test_a_copy_keeps_price_discount_and_the_tax_that_was_sent(
    site: Any, make_line: Any
) -> None:
    order = await site.post(
        "Orders",
        {
            "CardCode": "C1",
            "DocDueDate": "2026-05-12",
            "DocumentLines": [make_line(quantity=2, UnitPrice=7, TaxTotal=1.03, TaxCode="CA")],
        },
    )
    told = await site.post("Invoices", {"CardCode": "C1", "DocumentLines": [based(17, 1)]})
    assert (told["DocTotal"], told["VatSum"]) == (order["DocTotal"], order["VatSum"])


async def test_freight_is_copied_only_where_its_base_is_named(site: Any, make_line: Any) -> None:
    body = {"CardCode": "C1", "DocDueDate": "2026-05-12", "DocumentLines": [make_line(quantity=2)]}
    await site.post("Orders", {**body, "DocumentAdditionalExpenses": [SHIPPING]})
    copy = {"CardCode": "C1", "DocumentLines": [based(17, 1, Quantity=1)]}
    assert (await site.post("Invoices", copy))["DocTotal"] == Decimal("12.4")
    freight = {"BaseDocType": 17, "BaseDocEntry": 1, "BaseDocLine": 0}
    told = await site.post("Invoices", {**copy, "DocumentAdditionalExpenses": [freight]})
    assert told["DocTotal"] == Decimal("17.4")


async def test_a_base_line_is_used_up_once(site: Any, make_line: Any) -> None:
    body = {"CardCode": "C1", "DocDueDate": "2026-05-12", "DocumentLines": [make_line(quantity=3)]}
    await site.post("Orders", body)
    part = {"CardCode": "C1", "DocumentLines": [based(17, 1, Quantity=2)]}
    await site.post("DeliveryNotes", part)
    order = await site.get("Orders(1)")
    assert order["DocumentLines"][0]["RemainingOpenQuantity"] == 1
    assert order["DocumentStatus"] == "bost_Open"
    code, text = await site.refused("DeliveryNotes", part)
    assert (code, "exceeds" in text) == (-5002, True)
    await site.post("DeliveryNotes", {"CardCode": "C1", "DocumentLines": [based(17, 1)]})
    code, text = await site.refused("DeliveryNotes", part)
    assert code == -5002
    assert "One of the base documents has already been closed" in text


async def test_a_base_belongs_to_its_customer(site: Any) -> None:
    await site.invoice()
    body = {"CardCode": "WEB0001", "DocumentLines": [based(13, 1)]}
    _, text = await site.refused("CreditNotes", body)
    assert text == "Base document card and target document card do not match."


async def test_a_credit_of_an_open_invoice_settles_it_and_brings_stock_back(site: Any) -> None:
    await site.invoice()
    await site.post("CreditNotes", {"CardCode": "C1", "DocumentLines": [based(13, 1)]})
    (invoice,), (credit,) = site.stand_in.invoices, site.stand_in.credit_notes
    assert (invoice.balance, credit.balance) == (0, 0)
    assert (invoice.status, credit.status) == ("bost_Close", "bost_Close")
    assert await level(site) == (600, 0)


async def test_a_credit_may_leave_stock_alone(site: Any) -> None:
    await site.invoice()
    line = based(13, 1, WithoutInventoryMovement="tYES")
    await site.post("CreditNotes", {"CardCode": "C1", "DocumentLines": [line]})
    assert await level(site) == (599, 0)


async def test_a_paid_invoice_is_no_base_until_it_is_reopened(site: Any) -> None:
    await site.invoice()
    await site.pay(1, 12.40)
    credit = {"CardCode": "C1", "DocumentLines": [based(13, 1)]}
    code, text = await site.refused("CreditNotes", credit)
    assert code == -5002
    assert "already been closed" in text
    await site.post("Invoices(1)/Reopen")
    await site.post("CreditNotes", credit)
    assert site.stand_in.credit_notes[0].balance == Decimal("12.40")
    assert (await site.get("Invoices(1)"))["DocumentStatus"] == "bost_Close"


async def test_a_site_may_let_paid_invoices_be_credited(site: Any) -> None:
    site.settings.credit_of_paid_invoices = "allow"
    await site.invoice()
    await site.pay(1, 12.40)
    await site.post("CreditNotes", {"CardCode": "C1", "DocumentLines": [based(13, 1)]})
    assert site.stand_in.credit_notes[0].balance == Decimal("12.40")
