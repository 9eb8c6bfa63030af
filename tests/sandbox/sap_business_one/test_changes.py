"""Changing, cancelling, closing: what moves and what is protected."""

from decimal import Decimal
from typing import Any


def ordered(*lines: dict[str, Any], **changed: object) -> dict[str, Any]:
    body: dict[str, Any] = {"CardCode": "C1", "DocDueDate": "2026-05-12"}
    return body | {"DocumentLines": list(lines)} | changed


async def patch(site: Any, path: str, body: Any, **headers: str) -> int:
    answer = await site.send("PATCH", path, body, **headers)
    return answer.status_code


def committed(site: Any, sku: str = "MUG-BLUE") -> Decimal:
    return site.stand_in.books.level(sku, "01").committed


async def test_a_patch_merges_lines_by_number_and_leaves_the_others(
    site: Any, make_line: Any
) -> None:
    await site.post("Orders", ordered(make_line(quantity=2), make_line("APRON")))
    body = {"DocumentLines": [{"LineNum": 0, "Quantity": 3}, make_line("SCALE")]}
    assert await patch(site, "Orders(1)", body) == 204
    lines = (await site.get("Orders(1)"))["DocumentLines"]
    assert [(one["LineNum"], one["ItemCode"], one["Quantity"]) for one in lines] == [
        (0, "MUG-BLUE", 3),
        (1, "APRON", 1),
        (2, "SCALE", 1),
    ]
    assert committed(site) == 3


async def test_lines_go_only_when_the_collection_is_replaced(site: Any, make_line: Any) -> None:
    await site.post("Orders", ordered(make_line(quantity=2), make_line("APRON")))
    header = {"B1S_ReplaceCollectionsOnPatch": "true"}
    body = {"DocumentLines": [{"LineNum": 1, "ItemCode": "APRON"}]}
    assert await patch(site, "Orders(1)", body, **header) == 204
    lines = (await site.get("Orders(1)"))["DocumentLines"]
    assert [(one["LineNum"], one["ItemCode"]) for one in lines] == [(1, "APRON")]
    assert committed(site) == 0


async def test_a_changed_quantity_gives_up_the_tax_that_was_sent(site: Any, make_line: Any) -> None:
    await site.post("Orders", ordered(make_line(UnitPrice=100, TaxCode="CA", TaxTotal=9)))
    await patch(site, "Orders(1)", {"Comments": "kept"})
    assert (await site.get("Orders(1)"))["VatSum"] == 9
    await patch(site, "Orders(1)", {"DocumentLines": [{"LineNum": 0, "Quantity": 2}]})
    assert (await site.get("Orders(1)"))["VatSum"] == Decimal("16.5")


async def test_a_posted_invoice_takes_texts_and_nothing_else(site: Any) -> None:
    await site.invoice()
    assert await patch(site, "Invoices(1)", {"Comments": "x", "U_C2_ExtRef": "k"}) == 204
    assert (await site.get("Invoices(1)"))["Comments"] == "x"
    code, text = await site.refused(
        "Invoices(1)", {"DocumentLines": [{"LineNum": 0, "Quantity": 5}]}, method="PATCH"
    )
    assert code == -1029
    assert "cannot be updated" in text
    assert (await site.refused("Invoices(1)", {"CardCode": "X"}, method="PATCH"))[0] == -1029


async def test_a_stale_etag_is_412_and_a_missing_one_overwrites(site: Any) -> None:
    etag = (await site.send("GET", "BusinessPartners('C1')")).headers["etag"]
    assert await patch(site, "BusinessPartners('C1')", {"CardName": "A"}, If_Match=etag) == 204
    answer = await site.send("PATCH", "BusinessPartners('C1')", {"CardName": "B"}, If_Match=etag)
    assert answer.status_code == 412
    assert answer.json()["error"]["code"] == "-2039"
    assert await patch(site, "BusinessPartners('C1')", {"CardName": "B"}) == 204


async def test_a_cancelled_order_frees_its_stock(site: Any, make_line: Any) -> None:
    await site.post("Orders", ordered(make_line(quantity=2)))
    await site.post("Orders(1)/Cancel")
    order = await site.get("Orders(1)")
    assert (order["Cancelled"], order["CancelStatus"]) == ("tYES", "csYes")
    assert committed(site) == 0
    assert await site.refused("Orders(1)/Cancel") == (-5002, "Document is already cancelled")


async def test_an_order_with_targets_can_only_be_closed(site: Any, make_line: Any) -> None:
    await site.post("Orders", ordered(make_line(quantity=2)))
    part = {"BaseType": 17, "BaseEntry": 1, "BaseLine": 0, "Quantity": 1}
    await site.post("DeliveryNotes", {"CardCode": "C1", "DocumentLines": [part]})
    assert (await site.refused("Orders(1)/Cancel"))[0] == -5002
    await site.post("Orders(1)/Close")
    assert committed(site) == 0
    assert (await site.get("Orders(1)"))["Cancelled"] == "tNO"


async def test_an_invoice_is_cancelled_by_a_document_that_reverses_it(site: Any) -> None:
    await site.invoice(U_C2_ExtRef="k")
    mirror = await site.post("Invoices(1)/CreateCancellationDocument")
    assert (mirror["DocEntry"], mirror["CancelStatus"]) == (2, "csCancellation")
    assert mirror["DocumentLines"][0]["BaseType"] == 13
    original = await site.get("Invoices(1)")
    assert (original["Cancelled"], original["CancelStatus"]) == ("tYES", "csYes")
    assert all(value == 0 for value in site.stand_in.balances.values())
    assert site.stand_in.books.level("MUG-BLUE", "01").in_stock == 600
    assert [one.live for one in site.stand_in.invoices] == [False, False]


async def test_a_paid_invoice_cannot_be_cancelled(site: Any) -> None:
    await site.invoice()
    await site.pay(1, 5)
    assert (await site.refused("Invoices(1)/Cancel"))[0] == -5002


async def test_cancelling_an_invoice_opens_its_order_again(site: Any, make_line: Any) -> None:
    await site.post("Orders", ordered(make_line(quantity=2)))
    line = {"BaseType": 17, "BaseEntry": 1, "BaseLine": 0}
    await site.post("Invoices", {"CardCode": "C1", "DocumentLines": [line]})
    await site.post("Invoices(1)/Cancel")
    assert (await site.get("Orders(1)"))["DocumentStatus"] == "bost_Open"
    assert committed(site) == 2


async def test_a_cancelled_credit_note_opens_its_invoice_again(site: Any) -> None:
    await site.invoice()
    line = {"BaseType": 13, "BaseEntry": 1, "BaseLine": 0}
    await site.post("CreditNotes", {"CardCode": "C1", "DocumentLines": [line]})
    await site.post("CreditNotes(1)/CreateCancellationDocument")
    (invoice,) = site.stand_in.invoices
    assert (invoice.balance, invoice.status) == (Decimal("12.40"), "bost_Open")


async def test_documents_are_never_deleted(site: Any) -> None:
    await site.invoice()
    assert (await site.send("DELETE", "Invoices(1)")).status_code == 405
