"""Writes documents: checks the header, resolves lines and totals, numbers and files the result."""

from datetime import date
from decimal import Decimal
from typing import Any

from sandbox.sap_business_one import company
from sandbox.sap_business_one.books import Books
from sandbox.sap_business_one.effects import apply
from sandbox.sap_business_one.entity_types import Row
from sandbox.sap_business_one.lines import resolve
from sandbox.sap_business_one.papers import PAPER_BY_NUMBER, PAPERS, Desk, Paper
from sandbox.sap_business_one.refusals import (
    at,
    invalid,
    no_match,
    period_locked,
    rate_missing,
    rejected,
)
from sandbox.sap_business_one.schema import DOCUMENT
from sandbox.sap_business_one.totals import add_up, expense_of

_KEPT = (
    "NumAtCard", "Reference1", "Reference2", "Comments", "TrackingNumber", "TransportationCode",
    "PaymentGroupCode", "PaymentMethod", "PaymentReference", "SalesPersonCode", "Project",
    "ContactPersonCode", "AttachmentEntry", "Indicator", "FederalTaxID", "DocumentsOwner",
    "OpeningRemarks", "ClosingRemarks", "Address", "Address2", "AddressExtension", "PartialSupply",
)  # fmt: skip


def add_document(books: Books, set_name: str, body: Row) -> Row | None:
    """Posts a document; None when an approval procedure has made a draft of it instead.

    Raises `Refused`, and then nothing was written.
    """
    paper = PAPERS[set_name]
    row = build(books, paper, body)
    if set_name in books.settings.approval:
        entry = books.next_number("Drafts entry")
        draft = {**row, "DocEntry": entry, "DocNum": entry, "AuthorizationStatus": "dasPending"}
        books.put_document(("Drafts", entry), draft, _of=set_name)
        return None
    return _filed(books, paper, row)


def approve(books: Books, draft: Row) -> None:
    """Adds the document that a draft was made of; the draft stays, closed."""
    _filed(books, PAPERS[draft["_of"]], {**draft, "AuthorizationStatus": "dasGenerated"})
    generated = {"AuthorizationStatus": "dasGenerated", "DocumentStatus": "bost_Close"}
    books.put_document(("Drafts", draft["DocEntry"]), draft, **generated)


def _refuse_what_is_not_imitated(body: Row, row: Row) -> None:
    """What a real company would compute from, and this one would silently pass over."""
    if body.get("HandWritten") == "tYES":
        raise rejected("This stand-in numbers every document itself")
    for name in ("DocTotal", "DocTotalFc", "VatSum"):
        if body.get(name) not in (None, row[name]):
            raise rejected(f"This stand-in computes nothing from {name}")


def _filed(books: Books, paper: Paper, row: Row) -> Row:
    set_name = paper.set_name
    source = (set_name, books.next_number(f"{set_name} entry"))
    number = document_number(books, set_name, row["Series"])
    day, clock = books.stamp
    row |= {"DocEntry": source[1], "DocNum": number, "CreationDate": day, "DocTime": clock}
    row["DocumentLines"] = [{**line, "DocEntry": source[1]} for line in row["DocumentLines"]]
    books.put_document(source, row)
    apply(books, paper, source)
    return books.documents[set_name][source[1]]


def build(books: Books, paper: Paper, body: Row) -> Row:
    """The document that a body makes, checked and computed, but not filed."""
    mandatory = books.settings.mandatory_fields.get(paper.set_name)
    if mandatory and body.get(mandatory) in (None, ""):
        raise rejected(f"(1) Enter a value for {mandatory}")
    partner = customer_of(books, paper.table, body.get("CardCode"))
    _check_dates(books, paper, body)
    currency, rate = _currency(books, paper, body, partner)
    service = body.get("DocType") == "dDocument_Service"
    desk = Desk(books, paper, partner, currency, rate, service)
    given = body.get("DocumentLines") or []
    if not given:
        raise rejected("Document must contain at least one row")
    lines = [resolve(desk, index, line) for index, line in enumerate(given)]
    expenses = [
        expense_of(desk, index, one)
        for index, one in enumerate(body.get("DocumentAdditionalExpenses") or [])
    ]
    row = _header(desk, body) | add_up(desk, body, lines, expenses)
    _refuse_what_is_not_imitated(body, row)
    return row


def customer_of(books: Books, table: str, code: str | None) -> Row:
    """The customer that a document or payment may be written for."""
    partner = books.partners.get(code or "")
    if partner is None or partner["CardType"] != "cCustomer":
        raise invalid(f"Invalid BP code  {at(table, 'CardCode')}, '{code or ''}'")
    if is_inactive(partner, books.today):
        raise invalid(f"10001071 - Customer is inactive  {at(table, 'CardCode')} , '{code}'")
    return partner


def is_inactive(record: Row, day: date) -> bool:
    """Whether a customer or an item is out of use on that day: frozen, or not valid any more."""
    frozen = record["Frozen"] == "tYES" and _covers(record, "Frozen", day)
    return frozen or record["Valid"] == "tNO"


def _covers(record: Row, name: str, day: date) -> bool:
    first, last = record.get(f"{name}From"), record.get(f"{name}To")
    return (first is None or first <= day) and (last is None or day <= last)


def check_period(books: Books, table: str, day: date) -> None:
    """Raises when the posting period of a day is closed."""
    if (day.year, day.month) in books.closed:
        raise period_locked(table)


def check_branch(books: Books, table: str, branch: int | None) -> int | None:
    """The branch of a document; every document names one where the company has them."""
    if not books.settings.branches:
        return None
    if branch not in books.lists["BusinessPlaces"]:
        raise invalid(f"Specify an active branch  {at(table, 'BPLId')}")
    return branch


def _check_dates(books: Books, paper: Paper, body: Row) -> None:
    if paper.set_name == "Orders" and body.get("DocDueDate") is None:
        raise invalid(f"Enter a delivery date  {at(paper.table, 'DocDueDate')}")
    check_period(books, paper.table, body.get("DocDate") or books.today)


def _currency(books: Books, paper: Paper, body: Row, partner: Row) -> tuple[str, Decimal]:
    local = books.settings.local_currency
    held = partner.get("Currency") or local
    currency = body.get("DocCurrency") or _base_currency(books, body)
    currency = currency or (local if held == "##" else held)
    if currency not in books.lists["Currencies"]:
        raise no_match()
    if held not in ("##", currency):
        text = "Document currency does not match the business partner's"
        raise rejected(f"{text}  {at(paper.table, 'DocCur')} , '{currency}'")
    rate = body.get("DocRate") if currency != local else None
    rate = rate or books.rate(currency)
    if rate is None:
        raise rate_missing(paper.table, currency)
    return currency, rate


def _base_currency(books: Books, body: Row) -> str:
    for line in body.get("DocumentLines") or []:
        base = PAPER_BY_NUMBER.get(line.get("BaseType") or 0)
        document = base and books.document((base.set_name, line.get("BaseEntry") or 0))
        if document:
            return document["DocCurrency"]
    return ""


def _header(desk: Desk, body: Row) -> Row:
    books, partner = desk.books, desk.partner
    day = body.get("DocDate") or books.today
    kept: dict[str, Any] = {name: body[name] for name in _KEPT if name in body}
    kept |= {name: value for name, value in body.items() if name.startswith("U_")}
    return {
        **DOCUMENT.blank,
        **kept,
        "Series": series_of(desk.paper.set_name, body.get("Series")),
        "HandWritten": "tNO",
        "DocType": "dDocument_Service" if desk.service else "dDocument_Items",
        "DocObjectCode": desk.paper.object_code,
        "CardCode": partner["CardCode"],
        "CardName": body.get("CardName") or partner["CardName"],
        "DocDate": day,
        "TaxDate": body.get("TaxDate") or day,
        "DocDueDate": body.get("DocDueDate") or day,
        "DocCurrency": desk.currency,
        "DocRate": desk.rate,
        "ShipToCode": body.get("ShipToCode") or partner.get("ShipToDefault"),
        "PayToCode": body.get("PayToCode") or partner.get("BilltoDefault"),
        "JournalMemo": body.get("JournalMemo")
        or f"{_TITLES[desk.paper.set_name]} - {partner['CardCode']}",
        "BPL_IDAssignedToInvoice": check_branch(
            books, desk.paper.table, body.get("BPL_IDAssignedToInvoice")
        ),
        "ControlAccount": company.RECEIVABLES,
        "Confirmed": "tYES",
        "ReserveInvoice": "tNO",
        "AuthorizationStatus": "dasWithout",
        "DocumentStatus": "bost_Open",
        "Cancelled": "tNO",
        "CancelStatus": "csNo",
        "PaidToDate": Decimal(0),
        "PaidToDateFC": Decimal(0),
        "_paid": Decimal(0),
        "_paid_local": Decimal(0),
    }


_TITLES = {
    "Orders": "Sales Orders",
    "DeliveryNotes": "Deliveries",
    "Invoices": "A/R Invoices",
    "CreditNotes": "A/R Credit Memos",
}


def series_of(set_name: str, given: int | None) -> int:
    """The series that numbers a record; raises for one that the set does not have."""
    default = company.SERIES[set_name][0]
    if given is None:
        return default
    if given not in (default, company.WEB_SERIES):
        raise no_match()
    return given


def document_number(books: Books, set_name: str, series: int) -> int:
    """The next number of a series."""
    first = 800_000 if series == company.WEB_SERIES else company.SERIES[set_name][1]
    return books.next_number(f"{set_name} series {series}", first)
