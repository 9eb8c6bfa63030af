"""Incoming and outgoing payments: money on an account, put against invoices and credit notes.

In a foreign currency the sums are in the payment's currency, and `AppliedFC` says what is applied.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sandbox.sap_business_one import company
from sandbox.sap_business_one.books import ZERO, Allocation, Books, Entry, Source, rounded
from sandbox.sap_business_one.documents import (
    check_branch,
    check_period,
    customer_of,
    document_number,
    series_of,
)
from sandbox.sap_business_one.effects import open_local
from sandbox.sap_business_one.entity_types import Row
from sandbox.sap_business_one.refusals import (
    Refused,
    at,
    invalid,
    no_match,
    rate_missing,
    rejected,
)
from sandbox.sap_business_one.schema import PAYMENT

_TABLE = {"IncomingPayments": "ORCT", "VendorPayments": "OVPM"}
_OBJECT = {
    "IncomingPayments": "bopot_IncomingPayments",
    "VendorPayments": "bopot_OutgoingPayments",
}
_DOCUMENTS = {"it_Invoice": "Invoices", "it_CredItnote": "CreditNotes"}


@dataclass(frozen=True)
class Money:
    """One part of a payment and the account that it lies on."""

    account: str
    amount: Decimal


@dataclass(frozen=True)
class Share:
    """What a payment puts against one document, in the document's currency."""

    source: Source
    amount: Decimal
    given: Row


def add_payment(books: Books, set_name: str, body: Row) -> Row | None:
    """Posts a payment; None when an approval procedure has made a draft of it instead.

    Raises `Refused`, and then nothing was written.
    """
    table = _TABLE[set_name]
    mandatory = books.settings.mandatory_fields.get(set_name)
    if mandatory and body.get(mandatory) in (None, ""):
        raise rejected(f"(1) Enter a value for {mandatory}")
    if body.get("DocType") not in (None, "rCustomer"):
        raise rejected("This stand-in pays customers and is paid by them only")
    partner = customer_of(books, table, body.get("CardCode"))
    day = body.get("DocDate") or books.today
    check_period(books, table, day)
    currency, rate = _currency(books, table, body, partner)
    money = _money(books, table, body)
    total = sum((part.amount for part in money), ZERO)
    sign = 1 if set_name == "IncomingPayments" else -1
    shares = _shares(books, body, partner, currency, sign * total)
    applied = sum((_signed(share) for share in shares), ZERO) * sign
    if applied > total:
        raise rejected("Total applied is greater than the payment")
    if not total and not shares:
        raise rejected("Enter the means of payment")
    if set_name in books.settings.approval:
        _file_draft(books, _row(books, (set_name, 0), body, partner, day, currency, rate))
        return None
    source = (set_name, books.next_number(f"{set_name} entry"))
    row = _row(books, source, body, partner, day, currency, rate)
    row["PaymentInvoices"] = [
        _applied_row(books, index, share, currency) for index, share in enumerate(shares)
    ]
    row |= {"_total": total, "_money": money, "_applied": applied}
    books.payments[set_name][source[1]] = row
    _post(books, source, row, shares, rate, sign)
    return row


def _file_draft(books: Books, row: Row) -> None:
    entry = books.next_number("PaymentDrafts entry")
    draft = {**row, "DocEntry": entry, "DocNum": entry, "AuthorizationStatus": "pasPending"}
    books.payments["PaymentDrafts"][entry] = draft


def cancel_payment(books: Books, source: Source, row: Row) -> None:
    """Takes a payment back: what it paid is open again."""
    if row["Cancelled"] == "tYES":
        raise rejected("Document is already cancelled")
    check_period(books, _TABLE[source[0]], books.today)
    books.undo_allocations(source)
    books.reverse(source, source, dated=books.today)
    books.payments[source[0]][source[1]] = {**row, "Cancelled": "tYES"}


def _currency(books: Books, table: str, body: Row, partner: Row) -> tuple[str, Decimal]:
    local = books.settings.local_currency
    held = partner.get("Currency") or local
    currency = body.get("DocCurrency") or (local if held == "##" else held)
    if body.get("LocalCurrency") == "tYES":
        currency = local
    if currency not in books.lists["Currencies"]:
        raise no_match()
    rate = body.get("DocRate") if currency != local else None
    rate = rate or books.rate(currency)
    if rate is None:
        raise rate_missing(table, currency)
    return currency, rate


def _money(books: Books, table: str, body: Row) -> list[Money]:
    found: list[Money] = []
    for amount, account, column in (
        ("CashSum", "CashAccount", "CashAcct"),
        ("TransferSum", "TransferAccount", "TrsfrAcct"),
    ):
        if body.get(amount):
            found.append(_part(books, table, body.get(account), body[amount], column))
    for card in body.get("PaymentCreditCards") or []:
        part = _part(
            books, table, card.get("CreditAcct"), card.get("CreditSum") or ZERO, "CreditAcct"
        )
        found.append(part)
    return found


def _part(books: Books, table: str, account: str | None, amount: Decimal, column: str) -> Money:
    if not account:
        raise invalid(f"G/L account is missing  {at(table, column)}")
    row = books.lists["ChartOfAccounts"].get(account)
    if row is None:
        raise no_match()
    if row["FrozenFor"] == "tYES" or row["LockManualTransaction"] == "tYES":
        raise rejected(f"G/L account '{account}' cannot be used  {at(table, column)}")
    if amount < 0:
        raise invalid(f"Amount must be positive  {at(table, column)}")
    return Money(account, amount)


def _shares(books: Books, body: Row, partner: Row, currency: str, left: Decimal) -> list[Share]:
    """What each document gets; `left` is the money, positive when it came in."""
    shares: list[Share] = []
    for index, given in enumerate(body.get("PaymentInvoices") or []):
        set_name = _DOCUMENTS.get(given.get("InvoiceType") or "it_Invoice")
        if set_name is None:
            raise rejected("This stand-in pays invoices and credit notes only")
        source = (set_name, given.get("DocEntry") or 0)
        document = books.document(source)
        if document is None:
            raise no_match()
        if any(share.source == source for share in shares):
            raise _bad_invoice("Invoice is paid twice by the same payment", index)
        if document["CardCode"] != partner["CardCode"]:
            raise _bad_invoice("Invoice belongs to another business partner", index)
        if document["DocCurrency"] != currency:
            raise _bad_invoice("Invoice is in another currency than the payment", index)
        share = Share(source, _amount(books, document, source, given, index, left), given)
        shares.append(share)
        left -= _signed(share)
    return shares


def _amount(
    books: Books, document: Row, source: Source, given: Row, index: int, left: Decimal
) -> Decimal:
    open_amount = document["_total"] - document["_paid"]
    if document["CancelStatus"] != "csNo" or not open_amount:
        raise _bad_invoice("Invoice is already closed or blocked", index)
    foreign = document["DocCurrency"] != books.settings.local_currency
    said = given.get("AppliedFC") if foreign else given.get("SumApplied")
    if said is None and foreign and given.get("SumApplied") is not None:
        said = rounded(given["SumApplied"] / document["DocRate"])
    incoming_invoice = source[0] == "Invoices" and left > 0
    outgoing_credit = source[0] == "CreditNotes" and left < 0
    if said is None:
        natural = incoming_invoice or outgoing_credit
        said = min(open_amount, abs(left)) if natural else open_amount
    # Netting shows the opposite kind of document with a minus; its size is what counts.
    amount = abs(rounded(said, books.decimals(document["DocCurrency"])))
    if not amount or amount > open_amount:
        raise _bad_invoice("Sum applied exceeds the balance due", index)
    return amount


def _bad_invoice(text: str, index: int) -> Refused:
    return invalid(f"{text}  {at('RCT2', 'SumApplied', index)}")


def _signed(share: Share) -> Decimal:
    return share.amount if share.source[0] == "Invoices" else -share.amount


def _row(
    books: Books,
    source: Source,
    body: Row,
    partner: Row,
    day: date,
    currency: str,
    rate: Decimal,
) -> Row:
    series = series_of(source[0], body.get("Series"))
    given = {name: value for name, value in body.items() if name != "PaymentInvoices"}
    cards = [
        {"CreditType": "cr_Regular", **card, "LineNum": index}
        for index, card in enumerate(body.get("PaymentCreditCards") or [])
    ]
    return {
        **PAYMENT.blank,
        **given,
        "PaymentCreditCards": cards,
        "DocEntry": source[1],
        "DocNum": document_number(books, source[0], series),
        "Series": series,
        "DocType": "rCustomer",
        "DocObjectCode": _OBJECT[source[0]],
        "CardName": partner["CardName"],
        "DocDate": day,
        "TaxDate": body.get("TaxDate") or day,
        "DueDate": body.get("DueDate") or day,
        "DocCurrency": currency,
        "DocRate": rate if currency != books.settings.local_currency else ZERO,
        "LocalCurrency": body.get("LocalCurrency") or "tNO",
        "CashSum": body.get("CashSum") or ZERO,
        "TransferSum": body.get("TransferSum") or ZERO,
        "BPLID": check_branch(books, _TABLE[source[0]], body.get("BPLID")),
        "ControlAccount": company.RECEIVABLES,
        "HandWritten": "tNO",
        "Cancelled": "tNO",
        "AuthorizationStatus": "pasWithout",
    }


def _applied_row(books: Books, index: int, share: Share, currency: str) -> Row:
    document = books.documents[share.source[0]][share.source[1]]
    foreign = currency != books.settings.local_currency
    return {
        "LineNum": index,
        "DocEntry": share.source[1],
        "DocNum": document["DocNum"],
        "InvoiceType": share.given.get("InvoiceType") or "it_Invoice",
        "SumApplied": open_local(document, share.amount),
        "AppliedFC": share.amount if foreign else ZERO,
        "PaidSum": ZERO,
        "DocRate": document["DocRate"] if foreign else ZERO,
        "InstallmentId": 1,
        "DocLine": 0,
        "DiscountPercent": ZERO,
    }


def _post(
    books: Books, source: Source, row: Row, shares: list[Share], rate: Decimal, sign: int
) -> None:
    """Money to its accounts; the customer is relieved at the rates of the documents."""
    entries = [Entry(m.account, sign * rounded(m.amount * rate)) for m in row["_money"]]
    received = sum((entry.value for entry in entries), ZERO)
    relieved = ZERO
    for share in shares:
        document = books.documents[share.source[0]][share.source[1]]
        local = open_local(document, share.amount)
        relieved += local if share.source[0] == "Invoices" else -local
        books.allocate(Allocation(share.source, source, share.amount, local))
    on_account = rounded(sign * (row["_total"] - row["_applied"]) * rate)
    entries.append(Entry(company.RECEIVABLES, -relieved - on_account, row["CardCode"]))
    entries.append(Entry(company.EXCHANGE, relieved + on_account - received))
    books.post(source, entries, dated=row["DocDate"])
    books.payments[source[0]][source[1]] = {**row, "_on_account": on_account}
