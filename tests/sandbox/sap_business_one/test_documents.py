"""What B1 accepts as a document, what it answers, and what it refuses."""

from decimal import Decimal
from typing import Any

import pytest

SHIPPING = {"ExpenseCode": 1, "LineTotal": 5.00, "TaxCode": "EX"}


async def level(site: Any, sku: str = "MUG-BLUE") -> tuple[Decimal, Decimal]:
    held = site.stand_in.books.level(sku, "01")
    return held.in_stock, held.committed


async def test_an_invoice_is_numbered_and_told_whole(site: Any, make_line: Any) -> None:
    answer = await site.send(
        "POST",
        "Invoices",
        {
            "CardCode": "C1",
            "DocDate": "2026-05-11",
            "NumAtCard": "BC-1",
            "U_C2_ExtRef": "bc:1",
            "DocumentLines": [make_line(quantity=2)],
            "DocumentAdditionalExpenses": [SHIPPING],
        },
    )
    assert answer.status_code == 201
    assert answer.headers["location"].endswith("/b1s/v2/Invoices(1)")
    told = answer.json()
    assert (told["DocEntry"], told["DocNum"], told["DocTotal"]) == (1, 1, 29.8)
    assert told["DocumentStatus"] == "bost_Open"
    assert told["CancelStatus"] == "csNo"
    assert told["U_C2_ExtRef"] == "bc:1"
    assert told["DocumentLines"][0]["LineNum"] == 0
    (invoice,) = site.stand_in.invoices
    assert (invoice.reference, invoice.total, invoice.balance) == (
        "bc:1",
        Decimal("29.80"),
        Decimal("29.80"),
    )


async def test_an_answer_without_content_has_only_the_address(
    site: Any, make_document: Any
) -> None:
    answer = await site.send("POST", "Invoices", make_document(), Prefer="return-no-content")
    assert answer.status_code == 204
    assert answer.headers["location"].endswith("Invoices(1)")


async def test_an_invoice_over_nothing_is_closed_at_once(site: Any, make_line: Any) -> None:
    told = await site.invoice(make_line(UnitPrice=0))
    assert told["DocumentStatus"] == "bost_Close"


@pytest.mark.parametrize(
    ("changed", "code", "text"),
    [
        ({"CardCode": "NOBODY"}, -10, "Invalid BP code  [OINV.CardCode], 'NOBODY'"),
        ({"DocumentLines": []}, -5002, "at least one row"),
        ({"DocumentLines": [{"Quantity": 1}]}, -10, "Item number is missing"),
        ({"DocumentLines": [{"ItemCode": "NO"}]}, -2028, "No matching records found"),
        (
            {"DocumentLines": [{"ItemCode": "APRON", "TaxCode": "XX"}]},
            -10,
            "Specify valid tax code  [INV1.TaxCode][line: 1]",
        ),
        ({"DocumentLines": [{"ItemCode": "APRON", "VatGroup": "S1"}]}, -10, "Specify valid tax"),
        ({"DocumentLines": [{"ItemCode": "APRON", "WarehouseCode": "99"}]}, -2028, "No matching"),
        ({"DocumentLines": [{"ItemCode": "APRON", "AccountCode": "400800"}]}, -5002, "inactive"),
        ({"DocumentLines": [{"ItemCode": "APRON", "TaxTotal": -1}]}, -5002, "cannot be negative"),
        ({"DocCurrency": "EUR"}, -5002, "does not match"),
        ({"DocCurrency": "XXX"}, -2028, "No matching"),
        ({"Series": 999}, -2028, "No matching"),
        ({"U_Other": "x"}, -1000, "Property 'U_Other' of 'Document' is invalid"),
        ({"Nonsense": 1}, -1000, "Property 'Nonsense' of 'Document' is invalid"),
        ({"NumAtCard": "x" * 101}, -1004, "Value too long"),
        ({"DocType": "dWrong"}, -1000, "Invalid value"),
        ({"DocDate": "11.5.2026"}, -1000, "Invalid value"),
        ({"DiscountPercent": 1e20}, -1000, "Invalid value"),
        ({"DiscountPercent": 100}, -5002, "discount percentage of less than 100"),
        ({"DocTotal": 99}, -5002, "computes nothing from DocTotal"),
        ({"HandWritten": "tYES", "DocNum": 7}, -5002, "numbers every document itself"),
        ({"DocumentAdditionalExpenses": [{"ExpenseCode": 99}]}, -2028, "No matching"),
    ],
)
async def test_what_is_wrong_is_refused_and_leaves_no_trace(
    site: Any, make_document: Any, changed: dict[str, Any], code: int, text: str
) -> None:
    told = await site.refused("Invoices", make_document(**changed))
    assert told[0] == code
    assert text in told[1]
    assert site.stand_in.invoices == []
    assert (await site.invoice())["DocEntry"] == 1


async def test_an_order_needs_a_delivery_date(site: Any, make_line: Any) -> None:
    body = {"CardCode": "C1", "DocumentLines": [make_line()]}
    assert "DocDueDate" in (await site.refused("Orders", body))[1]


async def test_business_blocks_are_refusals_with_minus_ten(site: Any, make_document: Any) -> None:
    site.stand_in.freeze_partner("C1")
    code, text = await site.refused("Invoices", make_document())
    assert (code, "Customer is inactive" in text) == (-10, True)
    site.stand_in.thaw_partner("C1")
    site.stand_in.close_period(2026, 5)
    code, text = await site.refused("Invoices", make_document())
    assert (code, "Posting period locked" in text) == (-10, True)
    site.stand_in.open_period(2026, 5)
    site.stand_in.deactivate_item("MUG-BLUE")
    code, text = await site.refused("Invoices", make_document())
    assert (code, "Item is inactive" in text) == (-10, True)


async def test_negative_stock_is_refused_where_the_company_blocks_it(
    site: Any, make_document: Any, make_line: Any
) -> None:
    body = make_document(make_line(quantity=400), make_line(quantity=201))
    site.settings.block_negative_inventory = True
    code, text = await site.refused("Invoices", body)
    assert (code, text) == (-10, "Quantity falls into negative inventory  [INV1.ItemCode][line: 2]")
    site.settings.block_negative_inventory = False
    await site.post("Invoices", body)
    assert await level(site) == (-1, 0)


async def test_a_currency_without_a_rate_is_refused(site: Any, make_document: Any) -> None:
    site.stand_in.add_partner("CEUR", name="Bea", currency="EUR")
    site.stand_in.remove_rate("EUR")
    _, text = await site.refused("Invoices", make_document(CardCode="CEUR"))
    assert text.startswith("Update the exchange rate")


async def test_a_removed_user_field_is_an_unknown_property(site: Any, make_document: Any) -> None:
    site.stand_in.remove_user_field()
    told = await site.refused("Invoices", make_document(U_C2_ExtRef="x"))
    assert told == (-1000, "Property 'U_C2_ExtRef' of 'Document' is invalid")


async def test_another_add_on_s_field_may_be_mandatory(site: Any, make_document: Any) -> None:
    site.stand_in.add_user_field("Salon", table="OINV")
    site.settings.mandatory_fields["Invoices"] = "U_Salon"
    assert (await site.refused("Invoices", make_document()))[0] == -5002
    await site.post("Invoices", make_document(U_Salon="7"))


async def test_branches_are_mandatory_where_the_company_has_them(
    site: Any, make_document: Any
) -> None:
    site.settings.branches = True
    assert "branch" in (await site.refused("Invoices", make_document()))[1]
    told = await site.post("Invoices", make_document(BPL_IDAssignedToInvoice=1))
    assert told["BPL_IDAssignedToInvoice"] == 1


async def test_a_vat_company_takes_groups(site: Any, make_document: Any) -> None:
    site.settings.tax_field = "VatGroup"
    body = make_document({"ItemCode": "APRON", "UnitPrice": 10, "VatGroup": "S1"})
    assert (await site.post("Invoices", body))["VatSum"] == 2
    assert (await site.get("VatGroups('S1')"))["VatGroups_Lines"][0]["Rate"] == 20
    assert (await site.get("SalesTaxCodes"))["value"] == []


async def test_an_approval_procedure_answers_nothing_and_keeps_a_draft(
    site: Any, make_document: Any, make_payment: Any
) -> None:
    site.settings.approval = ("Invoices", "IncomingPayments")
    assert await site.post("Invoices", make_document(U_C2_ExtRef="k")) is None
    drafts = await site.get("Drafts?$filter=U_C2_ExtRef%20eq%20'k'")
    assert drafts["value"][0]["AuthorizationStatus"] == "dasPending"
    assert site.stand_in.invoices == []
    site.settings.approval = ("IncomingPayments",)
    await site.invoice()
    assert await site.post("IncomingPayments", make_payment(1, 12.40)) is None
    assert len((await site.get("PaymentDrafts"))["value"]) == 1
    assert site.stand_in.incoming_payments == []


async def test_an_approved_draft_becomes_the_document(site: Any, make_document: Any) -> None:
    site.settings.approval = ("Invoices",)
    await site.post("Invoices", make_document(U_C2_ExtRef="k"))
    site.stand_in.approve_drafts()
    (invoice,) = site.stand_in.invoices
    assert (invoice.reference, invoice.total) == ("k", Decimal("12.40"))
    (draft,) = (await site.get("Drafts"))["value"]
    assert (draft["AuthorizationStatus"], draft["DocumentStatus"]) == (
        "dasGenerated",
        "bost_Close",
    )


async def test_a_service_document_books_to_accounts(site: Any) -> None:
    lines = [{"AccountCode": "420010", "ItemDescription": "Shipping", "LineTotal": 5}]
    told = await site.invoice(*lines, DocType="dDocument_Service")
    assert told["DocTotal"] == 5
    assert site.stand_in.balances["420010"] == -5


async def test_a_preview_computes_and_files_nothing(site: Any, make_document: Any) -> None:
    answer = await site.send("POST", "OrdersService_Preview", {"Document": make_document()})
    assert answer.json()["DocTotal"] == 12.4
    assert site.stand_in.orders == []


async def test_the_web_series_numbers_from_its_own_start(site: Any) -> None:
    assert (await site.invoice(Series=80))["DocNum"] == 800000
    assert (await site.invoice())["DocNum"] == 1
