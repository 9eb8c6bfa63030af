"""Each ERP's ledger, as its stand-in tells it, is judged alike: once, and to the cent."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from starters.faults.books import ViolationKind, judged
from starters.faults.facts import LedgerFacts, StoreFacts, references_by_order
from starters.faults.ledgers import acumatica_ledger, sap_business_one_ledger

ORDER = StoreFacts(
    order_id="118",
    status=4,
    total=Decimal("100.00"),
    currency="USD",
    payments=(Decimal("100.00"),),
    refunds={"3": Decimal("25.00")},
    paid_back=(Decimal("25.00"),),
)
CUSTOMER = {"code": "W5", "name": "Ann Lee", "email": "a@example.com", "currency": "USD"}
TOTALS = {"accounts": {"110000": "75.00", "400000": "-75.00"}}


def acumatica(*refunds: str, **changed: Any) -> LedgerFacts:
    def row(kind: str, number: str, reference: str, total: str, **more: Any) -> dict[str, Any]:
        told = {"kind": kind, "number": number, "external_ref": reference, "total": total}
        return {**told, "customer": "W5", "status": "Open", **more}

    orders = [row("SO", "000001", "BC-118", "100.00") | changed]
    orders += [row("CM", f"00001{n}", "BC-118-R3", one) for n, one in enumerate(refunds)]
    paid = row("Prepayment", "000001", "BC-118-P7", "0", amount="100.00")
    back = row("Refund", "000002", "BC-118-B3-9", "0", amount="25.00")
    documents = {"orders": orders, "invoices": [], "credit_notes": []}
    return acumatica_ledger({**_ledger(), **documents, "payments": [paid], "refunds": [back]})


def sap_business_one(*refunds: str, **changed: Any) -> LedgerFacts:
    def row(set_name: str, number: int, reference: str, **more: Any) -> dict[str, Any]:
        told = {"set_name": set_name, "doc_entry": number, "doc_num": number}
        return {**told, "reference": reference, "customer": "W5", "cancel_status": "csNo", **more}

    invoice = row("Invoices", 1, "BC-118", total="100.00") | changed
    credits = [
        row("CreditNotes", n, "BC-118-R3", total=one) for n, one in enumerate(refunds, start=1)
    ]
    paid = row("IncomingPayments", 1, "BC-118-P7", amount="100.00", cancelled=False)
    back = row("VendorPayments", 2, "BC-118-B3-9", amount="25.00", cancelled=False)
    documents = {"invoices": [invoice], "credit_notes": credits}
    return sap_business_one_ledger(
        {**_ledger(), **documents, "payments": [paid], "refunds": [back]}
    )


def _ledger() -> Mapping[str, Any]:
    return {"customers": [{**CUSTOMER, "postcode": "78701"}], "totals": TOTALS}


BOTH = pytest.mark.parametrize("ledger", [acumatica, sap_business_one])


def kinds(ledger: LedgerFacts) -> set[ViolationKind]:
    return {one.kind for one in judged([ORDER], ledger, prefix="BC-", held={})}


@BOTH
def test_an_order_its_payment_and_its_refund_are_each_there_once(ledger: Any) -> None:
    assert kinds(ledger("25.00")) == set()


@BOTH
def test_a_credit_that_is_doubled_is_found(ledger: Any) -> None:
    assert ViolationKind.DUPLICATED in kinds(ledger("25.00", "25.00"))


@BOTH
def test_a_refund_that_is_not_credited_is_lost(ledger: Any) -> None:
    assert kinds(ledger()) == {ViolationKind.LOST}


@BOTH
def test_a_cent_too_many_is_a_wrong_total(ledger: Any) -> None:
    assert kinds(ledger("25.00", total="100.01")) == {ViolationKind.WRONG_TOTAL}


@pytest.mark.parametrize(
    ("ledger", "void"),
    [(acumatica, {"status": "Canceled"}), (sap_business_one, {"cancel_status": "csYes"})],
)
def test_what_was_cancelled_does_not_count(ledger: Any, void: Mapping[str, str]) -> None:
    assert ViolationKind.LOST in kinds(ledger("25.00", **void))


def test_what_our_links_call_a_document_is_its_number_there() -> None:
    named = references_by_order(acumatica("25.00"), prefix="BC-")
    assert named == {"118": {"SO 000001", "CM 000010", "Prepayment 000001", "Refund 000002"}}
    named = references_by_order(sap_business_one("25.00"), prefix="BC-")
    assert named == {"118": {"1", "2"}}
