"""Money in and out, and what it is put against."""

from decimal import Decimal
from typing import Any

import pytest


async def test_a_payment_settles_its_invoice(site: Any) -> None:
    await site.invoice()
    told = await site.pay(1, 12.40, TransferReference="txn_1", U_C2_ExtRef="bc:1:p1")
    assert told["PaymentInvoices"][0]["SumApplied"] == Decimal("12.4")
    assert told["Cancelled"] == "tNO"
    invoice = await site.get("Invoices(1)")
    assert (invoice["PaidToDate"], invoice["DocumentStatus"]) == (Decimal("12.4"), "bost_Close")
    (payment,) = site.stand_in.incoming_payments
    assert payment.accounts == (("161010", Decimal("12.40")),)
    assert payment.applied == (("Invoices", 1, Decimal("12.40")),)
    assert site.stand_in.by_reference("bc:1:p1") == [payment]
    assert site.stand_in.balances["161010"] == Decimal("12.40")


async def test_a_part_leaves_the_rest_open(site: Any) -> None:
    await site.invoice()
    await site.pay(1, 5)
    assert site.stand_in.invoices[0].balance == Decimal("7.40")
    assert (await site.get("Invoices(1)"))["DocumentStatus"] == "bost_Open"


async def test_cards_and_cash_make_up_a_payment_too(site: Any, make_payment: Any) -> None:
    await site.invoice()
    card = {"CreditCard": 1, "CreditAcct": "161030", "CreditSum": 2.40}
    body = make_payment(1, 12.40) | {
        "TransferSum": 0,
        "CashAccount": "161020",
        "CashSum": 10,
        "PaymentCreditCards": [card],
    }
    await site.post("IncomingPayments", body)
    assert site.stand_in.incoming_payments[0].accounts == (
        ("161020", Decimal(10)),
        ("161030", Decimal("2.4")),
    )


async def test_money_on_account_is_the_customer_s(site: Any, make_payment: Any) -> None:
    await site.post("IncomingPayments", make_payment(1, 30) | {"PaymentInvoices": []})
    (partner,) = [one for one in site.stand_in.partners if one.code == "C1"]
    assert partner.balance == -30
    told = await site.get("BusinessPartners('C1')?$select=CurrentAccountBalance")
    assert told["CurrentAccountBalance"] == -30


@pytest.mark.parametrize(
    ("changed", "code", "text"),
    [
        ({"TransferAccount": "999"}, -2028, "No matching"),
        ({"TransferAccount": None}, -10, "G/L account is missing"),
        ({"TransferAccount": "140000"}, -5002, "cannot be used"),
        ({"CardCode": "NO"}, -10, "Invalid BP code  [ORCT.CardCode], 'NO'"),
        ({"CardCode": "WEB0001"}, -10, "another business partner"),
        ({"TransferSum": 5}, -5002, "greater than the payment"),
        ({"PaymentInvoices": [{"DocEntry": 9}]}, -2028, "No matching"),
        ({"PaymentInvoices": [{"DocEntry": 1, "SumApplied": 20}]}, -10, "exceeds the balance"),
        ({"U_Nope": "1"}, -1000, "Property 'U_Nope' of 'Payment' is invalid"),
        ({"TransferReference": "x" * 28}, -1004, "Value too long"),
    ],
)
async def test_what_is_wrong_with_a_payment_is_refused(
    site: Any, make_payment: Any, changed: dict[str, Any], code: int, text: str
) -> None:
    await site.invoice()
    told = await site.refused("IncomingPayments", make_payment(1, 12.40) | changed)
    assert told[0] == code
    assert text in told[1]
    assert site.stand_in.incoming_payments == []


async def test_a_settled_invoice_takes_no_more(site: Any, make_payment: Any) -> None:
    await site.invoice()
    await site.pay(1, 12.40)
    code, text = await site.refused("IncomingPayments", make_payment(1, 1))
    assert code == -10
    assert text.startswith("Invoice is already closed or blocked")


async def test_a_cancelled_payment_opens_its_invoice(site: Any) -> None:
    await site.invoice()
    await site.pay(1, 12.40)
    await site.post("IncomingPayments(1)/Cancel")
    assert (await site.get("IncomingPayments(1)"))["Cancelled"] == "tYES"
    assert site.stand_in.invoices[0].balance == Decimal("12.40")
    assert site.stand_in.balances["161010"] == 0
    assert site.stand_in.incoming_payments[0].applied == ()
    assert (await site.refused("IncomingPayments(1)/Cancel"))[0] == -5002


async def test_a_refund_pays_out_a_credit_note(site: Any, make_document: Any) -> None:
    await site.post("CreditNotes", make_document())
    body = {
        "CardCode": "C1",
        "TransferAccount": "161010",
        "TransferSum": 12.40,
        "U_C2_ExtRef": "bc:1:r1",
        "PaymentInvoices": [{"DocEntry": 1, "InvoiceType": "it_CredItnote"}],
    }
    await site.post("VendorPayments", body)
    (refund,) = site.stand_in.vendor_payments
    assert refund.applied == (("CreditNotes", 1, Decimal("12.40")),)
    assert site.stand_in.credit_notes[0].status == "bost_Close"
    assert site.stand_in.balances["161010"] == Decimal("-12.40")
    (counted,) = site.stand_in.common_ledger().payouts
    assert (counted.reference, counted.amount) == ("bc:1:r1", Decimal("12.40"))
    assert await site.refused("VendorPayments", body | {"TransferSum": 1})


async def test_a_refund_is_refused_over_its_credit_note_for_others_and_in_a_closed_period(
    site: Any, make_document: Any
) -> None:
    await site.post("CreditNotes", make_document())
    row = {"DocEntry": 1, "InvoiceType": "it_CredItnote"}
    body = {"CardCode": "C1", "TransferAccount": "161010", "TransferSum": 12.40}
    over = body | {"TransferSum": 20, "PaymentInvoices": [row | {"SumApplied": 20}]}
    assert "exceeds the balance due" in (await site.refused("VendorPayments", over))[1]
    site.stand_in.add_partner("C2", name="Bea")
    others = body | {"CardCode": "C2", "PaymentInvoices": [row]}
    assert "another business partner" in (await site.refused("VendorPayments", others))[1]
    today = site.stand_in.books.today
    site.stand_in.close_period(today.year, today.month)
    assert await site.refused("VendorPayments", body | {"PaymentInvoices": [row]})
    assert site.stand_in.vendor_payments == []


async def test_a_foreign_payment_at_another_rate_leaves_an_exchange_difference(site: Any) -> None:
    site.stand_in.add_partner("CEUR", name="Bea", currency="EUR")
    await site.invoice(
        {"ItemCode": "EBOOK-BREW", "UnitPrice": 100, "TaxCode": "EX"}, CardCode="CEUR"
    )
    site.stand_in.set_rate("EUR", rate=Decimal("1.1000"))
    told = await site.pay(
        1, 100, CardCode="CEUR", PaymentInvoices=[{"DocEntry": 1, "AppliedFC": 100}]
    )
    assert told["PaymentInvoices"][0]["AppliedFC"] == 100
    assert site.stand_in.invoices[0].balance == 0
    assert site.stand_in.balances["590000"] == Decimal("-1.50")
    assert site.stand_in.balances["140000"] == 0


async def test_a_payment_is_found_by_our_field_while_it_is_not_cancelled(site: Any) -> None:
    await site.invoice()
    await site.pay(1, 12.40, U_C2_ExtRef="k")
    path = "IncomingPayments?$filter=U_C2_ExtRef%20eq%20'k'%20and%20Cancelled%20eq%20'tNO'"
    assert len((await site.get(path))["value"]) == 1
    await site.post("IncomingPayments(1)/Cancel")
    assert (await site.get(path))["value"] == []


async def test_payments_lack_the_field_where_only_documents_have_it(
    site: Any, make_payment: Any
) -> None:
    site.stand_in.remove_user_field(table="ORCT")
    await site.invoice(U_C2_ExtRef="k")
    body = make_payment(1, 12.40, U_C2_ExtRef="p")
    assert (await site.refused("IncomingPayments", body))[0] == -1000
