"""What is left of documents and money after all that was applied, and the status it makes."""

from decimal import Decimal

from sandbox.acumatica.records import ZERO, DocumentKey, Record
from sandbox.acumatica.tables import Tables


def document_key(record: Record) -> DocumentKey:
    """Type and number of an order, an invoice or a payment."""
    kind, number = ("OrderType", "OrderNbr") if record["OrderNbr"] else ("Type", "ReferenceNbr")
    return (record[kind], record[number])


def unpaid(tables: Tables, order: Record) -> Decimal:
    """What of a sales order no payment is kept for."""
    key = document_key(order)
    kept = tables.reservations.to(key)
    return order["OrderTotal"] - sum((one.amount + one.transferred for one in kept), ZERO)


def invoice_balance(tables: Tables, invoice: Record) -> Decimal:
    """What is open of an invoice, or unused of a credit memo."""
    return invoice["Amount"] - _used(tables, document_key(invoice), released_only=True)


def payment_balance(tables: Tables, payment: Record) -> Decimal:
    """What of a payment is neither applied to documents nor given back, by released documents."""
    return payment["PaymentAmount"] - _used(tables, document_key(payment), released_only=True)


def payment_available(tables: Tables, payment: Record) -> Decimal:
    """What of a payment is free: neither applied, kept for orders nor given back."""
    if payment["_voided"]:
        return ZERO
    key = document_key(payment)
    kept = tables.reservations.of(key)
    used = _used(tables, key, released_only=False) + sum((one.amount for one in kept), ZERO)
    return payment["PaymentAmount"] - used


def refresh_order(tables: Tables, key: DocumentKey) -> None:
    """Brings an order's balance up to date with its payments."""
    order = tables.find("SalesOrder", *key)
    if order is not None:
        totals = {**order["Totals"], "UnpaidBalance": unpaid(tables, order)}
        tables.change(order, Totals=totals)


def refresh_invoice(tables: Tables, key: DocumentKey) -> None:
    """Brings an invoice's balance and status up to date."""
    invoice = tables.find("SalesInvoice", *key)
    if invoice is None:
        return
    balance = invoice_balance(tables, invoice)
    if not invoice["_released"]:
        status = "On Hold" if invoice["Hold"] else "Balanced"
    else:
        status = "Open" if balance else "Closed"
    tables.change(invoice, Balance=balance, Status=status, PaymentTotal=invoice["Amount"] - balance)


def refresh_payment(tables: Tables, key: DocumentKey) -> None:
    """Brings a payment's amounts and status up to date."""
    payment = tables.find("Payment", *key)
    if payment is None:
        return
    kept, applied = tables.reservations.of(key), tables.applications.of(key)
    tables.change(
        payment,
        AppliedToOrders=sum((one.amount for one in kept), ZERO),
        AppliedToDocuments=sum((one.amount for one in applied), ZERO),
        AvailableBalance=payment_available(tables, payment),
        Status=_status(tables, payment),
    )


def _status(tables: Tables, payment: Record) -> str:
    if payment["_voided"]:
        return "Voided"
    if not payment["_released"]:
        return "On Hold" if payment["Hold"] else "Balanced"
    return "Open" if payment_balance(tables, payment) else "Closed"


def _used(tables: Tables, key: DocumentKey, *, released_only: bool) -> Decimal:
    touching = (*tables.applications.of(key), *tables.applications.to(key))
    return sum((one.amount for one in touching if one.released or not released_only), ZERO)
