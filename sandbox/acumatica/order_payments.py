"""The Payments tab of a sales order: money entered with the order, or kept for it."""

from dataclasses import replace
from typing import Any

from sandbox.acumatica import company
from sandbox.acumatica.books import Books
from sandbox.acumatica.checks import Context, Problems
from sandbox.acumatica.money import enter_payment, payment_type
from sandbox.acumatica.records import ZERO, Record, Reservation
from sandbox.acumatica.refusals import invalid, unknown_value
from sandbox.acumatica.standing import document_key, payment_available, refresh_payment, unpaid


def put_payments(books: Books, order: Record, rows: list[dict[str, Any]], context: Context) -> None:
    """Enters or applies each row's money. Raises Invalid naming each row that cannot be."""
    problems = Problems()
    for place, row in enumerate(rows):
        with problems.at("Payments", place):
            _put(books, order, row, context)
    problems.end()


def reserve(books: Books, payment: Record, order: Record, amount: Any) -> None:
    """Keeps money for an order, `amount` in place of what was kept before. Raises Invalid."""
    if payment["CustomerID"] != order["CustomerID"]:
        raise invalid("The payment belongs to another customer.", "ReferenceNbr")
    if payment["CurrencyID"] != order["CurrencyID"]:
        raise invalid("The payment's currency differs from the order's.", "CurrencyID")
    if order["Status"] in ("Canceled", "Completed"):
        raise invalid(f"The sales order is {order['Status']}.", "OrderNbr")
    returns = company.ORDER_TYPES[order["OrderType"]].returns
    if (payment["Type"] == "Refund") is not returns:
        raise invalid(f"A {payment['Type']} cannot be applied to an order of this type.", "DocType")
    source, target = document_key(payment), document_key(order)
    before = books.reservations.between(source, target)
    if amount is None:
        free = payment_available(books, payment) + (before.amount if before else ZERO)
        left = unpaid(books, order) + (before.amount if before else ZERO)
        amount = max(min(free, left), ZERO)
    if amount < 0:
        raise invalid("The applied amount cannot be negative.", "AppliedToOrder")
    books.reservations.put(
        replace(before, amount=amount)
        if before
        else Reservation(source=source, target=target, amount=amount)
    )
    refresh_payment(books, source)
    if payment_available(books, payment) < 0:
        raise invalid(
            "The amount applied exceeds the available balance of the payment.", "AppliedToOrder"
        )


def drop_payments(books: Books, order: Record) -> None:
    """Lets go of all money kept for an order."""
    for kept in books.reservations.to(document_key(order)):
        books.reservations.drop(kept.source, kept.target)
        refresh_payment(books, kept.source)


def payment_rows(books: Books, order: Record) -> list[dict[str, Any]]:
    """The rows of the tab as they are now."""
    rows: list[dict[str, Any]] = []
    for kept in books.reservations.to(document_key(order)):
        payment = books.find("Payment", *kept.source)
        if payment is not None:
            rows.append(_row(payment, kept))
    return rows


def _put(books: Books, order: Record, row: dict[str, Any], context: Context) -> None:
    payment = _existing(books, row)
    if payment is None:
        sent = {**row, "Type": row.get("DocType") or "Payment", "CustomerID": order["CustomerID"]}
        sent |= {"CurrencyID": order["CurrencyID"], "Branch": order["Branch"]}
        sent["OrigTransaction"] = row.get("OrigTransactionNbr")
        payment = enter_payment(books, sent, context)
    elif row.get("delete"):
        books.reservations.drop(document_key(payment), document_key(order))
        refresh_payment(books, document_key(payment))
        return
    reserve(books, payment, order, row.get("AppliedToOrder"))


def _existing(books: Books, row: dict[str, Any]) -> Record | None:
    if row.get("id") and not row.get("ReferenceNbr"):
        return books.by_id("Payment", str(row["id"]))
    number = row.get("ReferenceNbr")
    if not number or str(number).strip() == "<NEW>":
        return None
    payment = books.find("Payment", payment_type(row.get("DocType") or "Payment"), str(number))
    if payment is None:
        raise unknown_value("Reference Nbr.", number, "ReferenceNbr")
    return payment


def _row(payment: Record, kept: Reservation) -> dict[str, Any]:
    same = (
        "PaymentMethod", "CashAccount", "PaymentAmount", "PaymentRef", "ExternalRef", "Status",
        "ApplicationDate", "Hold", "Description", "ReferenceNbr", "ProcessingCenterID",
    )  # fmt: skip
    return {
        **{name: payment[name] for name in same},
        "id": payment.id,
        "NoteID": payment.id,
        "DocType": payment["Type"],
        "Currency": payment["CurrencyID"],
        "Refund": payment["Type"] == "Refund",
        "OrigTransactionNbr": payment["OrigTransaction"],
        "AppliedToOrder": kept.amount,
        "TransferredtoInvoice": kept.transferred,
        "Balance": payment["AvailableBalance"],
        "LastModifiedDateTime": payment.modified,
    }
