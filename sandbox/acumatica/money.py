"""Entering and releasing payments, prepayments and refunds, and putting them on documents."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from sandbox.acumatica import company
from sandbox.acumatica.amounts import cents
from sandbox.acumatica.books import Books
from sandbox.acumatica.checks import Context, branch_of, open_period
from sandbox.acumatica.forms import new_values
from sandbox.acumatica.order_lines import invoice_type
from sandbox.acumatica.records import ZERO, Application, DocumentKey, Entry, Record
from sandbox.acumatica.refusals import invalid, unknown_value
from sandbox.acumatica.shapes_sales import PAYMENT
from sandbox.acumatica.standing import (
    document_key,
    invoice_balance,
    payment_available,
    payment_balance,
    refresh_invoice,
    refresh_payment,
)

_TYPES = {"PMT": "Payment", "PPM": "Prepayment", "REF": "Refund", "CUSTOMER REFUND": "Refund"}


def payment_type(sent: str) -> str:
    """The displayed text of a payment type, which may be sent as its code."""
    shown = _TYPES.get(sent.strip().upper(), sent.strip().title())
    if shown not in _TYPES.values():
        raise unknown_value("Type", sent, "Type")
    return shown


def enter_payment(books: Books, sent: dict[str, Any], context: Context) -> Record:
    """Files a payment that is applied to nothing yet. Raises Invalid."""
    kind = payment_type(str(sent.get("Type") or "Payment"))
    customer = books.find("Customer", str(sent.get("CustomerID") or ""))
    if customer is None:
        raise unknown_value("Customer", sent.get("CustomerID") or "", "CustomerID")
    if customer["Status"] == "Inactive":
        raise invalid("The customer status is 'Inactive'.", "CustomerID")
    method, account = _way_of_paying(sent)
    amount = cents(sent.get("PaymentAmount") or ZERO)
    if amount <= 0:
        raise invalid("The payment amount must be greater than zero.", "PaymentAmount")
    if books.settings.require_payment_reference and not sent.get("PaymentRef"):
        raise invalid("'Payment Ref.' cannot be empty.", "PaymentRef")
    on = sent.get("ApplicationDate") or context.business_date
    open_period(books.closed, on, "ApplicationDate")
    hold = sent.get("Hold")
    number = books.next_number("payment")
    values = new_values(PAYMENT, sent) | {
        "Type": kind,
        "ReferenceNbr": number,
        "CustomerID": customer["CustomerID"],
        "PaymentMethod": method,
        "CashAccount": account.code,
        "CurrencyID": account.currency,
        "PaymentAmount": amount,
        "ApplicationDate": on,
        "Branch": branch_of(sent.get("Branch"), context),
        "Hold": books.settings.documents_on_hold if hold is None else hold,
        "IsCCPayment": False,
        "AvailableBalance": amount,
        "AppliedToOrders": ZERO,
        "AppliedToDocuments": ZERO,
        "_released": False,
        "_voided": False,
    }
    values["Status"] = "On Hold" if values["Hold"] else "Balanced"
    return books.add("Payment", (kind, number), values)


def apply(books: Books, payment: Record, row: dict[str, Any]) -> None:
    """Puts money on an invoice; a refund on what it gives back. Raises Invalid."""
    source = document_key(payment)
    target = _target(books, payment, row)
    key = document_key(target)
    before = books.applications.between(source, key)
    if before is not None and before.released:
        raise invalid("The application has been released already.", "ReferenceNbr")
    if row.get("delete"):
        books.applications.drop(source, key)
        refresh_payment(books, source)
        return
    books.applications.drop(source, key)
    _check_match(payment, target)
    left = _left_of(books, target)
    sent = row.get("AmountPaid")
    amount = min(left, payment_available(books, payment)) if sent is None else cents(sent)
    if amount <= 0:
        raise invalid("The amount paid must be greater than zero.", "AmountPaid")
    if amount > left:
        raise invalid("The amount paid exceeds the balance of the document.", "AmountPaid")
    books.applications.put(
        Application(
            source=source,
            target=key,
            amount=amount,
            released=False,
            on=payment["ApplicationDate"],
        )
    )
    refresh_payment(books, source)
    if payment_available(books, payment) < 0:
        raise invalid("The amount paid exceeds the available balance.", "AmountPaid")


def release_payment(books: Books, payment: Record) -> None:
    """Posts a payment, and what it is applied to; of a released one only the new applications."""
    key = document_key(payment)
    pending = [one for one in books.applications.of(key) if not one.released]
    if payment["_voided"] or (payment["_released"] and not pending):
        raise invalid("Document Status is invalid for processing.")
    if payment["Hold"]:
        raise invalid("The document is on hold and cannot be released.")
    open_period(books.closed, payment["ApplicationDate"], "ApplicationDate")
    if not payment["_released"]:
        if payment["Type"] == "Refund" and payment_available(books, payment):
            raise invalid("The document is out of the balance.")
        _post(books, payment)
        books.change(payment, _released=True)
    release_applications(books, key)


def release_applications(books: Books, key: DocumentKey) -> None:
    """Makes the applications final of which both documents are released, and refreshes them."""
    for one in (*books.applications.of(key), *books.applications.to(key)):
        if not one.released and _released(books, one.source) and _released(books, one.target):
            books.applications.put(replace(one, released=True))
        for end in (one.source, one.target):
            refresh_payment(books, end)
            refresh_invoice(books, end)
    refresh_payment(books, key)
    refresh_invoice(books, key)


def void_payment(books: Books, payment: Record) -> None:
    """Takes a payment back with everything it was applied to."""
    key = document_key(payment)
    if payment["_voided"]:
        raise invalid("Document Status is invalid for processing.")
    if books.applications.to(key):
        raise invalid("The payment has been refunded and cannot be voided.")
    if payment["_released"]:
        _post(books, payment, sign=-1)
    touched = [one.target for one in books.applications.of(key)]
    for target in touched:
        books.applications.drop(key, target)
    for kept in books.reservations.of(key):
        books.reservations.drop(key, kept.target)
    books.change(payment, _voided=True)
    refresh_payment(books, key)
    for target in touched:
        refresh_payment(books, target)
        refresh_invoice(books, target)


def _way_of_paying(sent: dict[str, Any]) -> tuple[str, company.CashAccount]:
    method = str(sent.get("PaymentMethod") or "").strip().upper()
    if not method:
        raise invalid("'Payment Method' cannot be empty.", "PaymentMethod")
    if method not in company.RECEIVABLES_METHODS:
        raise unknown_value("Payment Method", sent["PaymentMethod"], "PaymentMethod")
    allowed = {one.code: one for one in company.CASH_ACCOUNTS.values() if method in one.methods}
    code = str(sent.get("CashAccount") or next(iter(allowed))).strip()
    if code not in allowed:
        raise unknown_value("Cash Account", code, "CashAccount")
    return method, allowed[code]


def _target(books: Books, payment: Record, row: dict[str, Any]) -> Record:
    number = str(row.get("ReferenceNbr") or "")
    sent = str(row.get("DocType") or "Invoice")
    found: Record | None
    if payment["Type"] == "Refund" and sent.strip().upper() in (*_TYPES, "PAYMENT", "PREPAYMENT"):
        found = books.find("Payment", payment_type(sent), number)
    else:
        found = books.find("SalesInvoice", invoice_type(sent), number)
    if found is None:
        raise unknown_value("Reference Nbr.", number, "ReferenceNbr")
    gives_back = found.entity == "Payment" or found["Type"] == "Credit Memo"
    if gives_back is not (payment["Type"] == "Refund"):
        raise invalid(f"A {payment['Type']} cannot be applied to a {found['Type']}.", "DocType")
    if not found["_released"]:
        raise invalid("The document has not been released.", "ReferenceNbr")
    return found


def _check_match(payment: Record, target: Record) -> None:
    if payment["CustomerID"] != target["CustomerID"]:
        raise invalid("The document belongs to another customer.", "ReferenceNbr")
    if payment["CurrencyID"] != (target["Currency"] or target["CurrencyID"]):
        raise invalid("The document's currency differs from the payment's.", "ReferenceNbr")


def _left_of(books: Books, target: Record) -> Decimal:
    if target.entity == "Payment":
        return min(payment_balance(books, target), payment_available(books, target))
    key = document_key(target)
    touching = (*books.applications.to(key), *books.applications.of(key))
    pending = sum((one.amount for one in touching if not one.released), ZERO)
    return invoice_balance(books, target) - pending


def _released(books: Books, key: DocumentKey) -> bool:
    record = books.find("Payment", *key) or books.find("SalesInvoice", *key)
    return record is not None and bool(record["_released"])


def _post(books: Books, payment: Record, *, sign: int = 1) -> None:
    amount = payment["PaymentAmount"] * sign * (-1 if payment["Type"] == "Refund" else 1)
    reference = payment["ReferenceNbr"]
    books.post(
        document_key(payment),
        payment["CurrencyID"],
        [
            Entry(account=company.RECEIVABLES, value=-amount, reference=reference),
            Entry(account=payment["CashAccount"], value=amount, reference=reference),
        ],
    )
