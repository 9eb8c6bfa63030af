"""From an order to its invoice, and from an invoice to the ledger."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sandbox.acumatica import company
from sandbox.acumatica.books import Books
from sandbox.acumatica.checks import Context, open_period, period_of
from sandbox.acumatica.money import release_applications
from sandbox.acumatica.records import ZERO, Application, Entry, Record
from sandbox.acumatica.refusals import invalid
from sandbox.acumatica.standing import document_key, refresh_invoice, refresh_order, refresh_payment
from sandbox.acumatica.stock import move_stock

_LINE = ("InventoryID", "UOM", "WarehouseID", "UnitPrice", "DiscountAmount", "Amount", "Account")


def invoice_order(books: Books, order: Record, context: Context, *, shipment: str = "") -> Record:
    """Bills an order whole: its lines, taxes, freight and payments go on to the invoice."""
    returns = company.ORDER_TYPES[order["OrderType"]].returns
    kind = "Credit Memo" if returns else "Invoice"
    number = books.next_number("invoice")
    lines = [_billed(books, order, row, shipment) for row in order["Details"]]
    values: dict[str, Any] = {
        "Type": kind,
        "ReferenceNbr": number,
        "CustomerID": order["CustomerID"],
        "CustomerOrder": order["CustomerOrder"],
        "ExternalRef": order["ExternalRef"],
        "Currency": order["CurrencyID"],
        "Date": context.business_date,
        "DueDate": context.business_date + timedelta(days=30),
        "Hold": False,
        "Details": lines,
        "TaxDetails": [{**row, "id": books.next_row_id()} for row in order["TaxDetails"]],
        "FreightPrice": order["Totals"]["Freight"],
        "DetailTotal": sum((row["Amount"] for row in lines), ZERO),
        "TaxTotal": order["TaxTotal"],
        "Amount": order["OrderTotal"],
        "Balance": order["OrderTotal"],
        "Status": "Balanced",
        "_branch": order["Branch"],
        "_released": False,
    }
    invoice = books.add("SalesInvoice", (kind, number), values)
    _complete(books, order, invoice, shipment)
    refresh_invoice(books, document_key(invoice))
    return books.records["SalesInvoice"][invoice.key]


def release_invoice(books: Books, invoice: Record) -> None:
    """Posts an invoice, moves its stock, and settles what is applied. Raises Invalid."""
    if invoice["_released"]:
        raise invalid("Document Status is invalid for processing.")
    if invoice["Hold"]:
        raise invalid("The document is on hold and cannot be released.")
    open_period(books.closed, invoice["Date"], "Date")
    sign = -1 if invoice["Type"] == "Credit Memo" else 1
    number = invoice["ReferenceNbr"]
    entries = [_entry(company.RECEIVABLES, sign * invoice["Amount"], number)]
    for row in invoice["Details"]:
        entries.append(_entry(row["Account"], -sign * row["Amount"], number))
        if row.get("WarehouseID") and not row.get("ShipmentNbr"):
            # What was shipped has left the warehouse with its shipment.
            move_stock(books, row["InventoryID"], row["WarehouseID"], -sign * row["Qty"])
    for row in invoice["TaxDetails"]:
        entries.append(_entry(company.TAX_PAYABLE, -sign * row["TaxAmount"], number))
    freight = invoice["FreightPrice"] or ZERO
    entries.append(_entry(company.FREIGHT_INCOME, -sign * freight, number))
    if invoice["Amount"] or any(one.value for one in entries):
        books.post(document_key(invoice), invoice["Currency"], entries)
    books.change(invoice, _released=True, PostPeriod=period_of(invoice["Date"]))
    release_applications(books, document_key(invoice))


def _billed(books: Books, order: Record, row: dict[str, Any], shipment: str) -> dict[str, Any]:
    return {
        **{name: row.get(name) for name in _LINE},
        "id": books.next_row_id(),
        "LineNbr": row["LineNbr"],
        "Qty": row["OrderQty"],
        "TransactionDescr": row.get("LineDescription"),
        "OrderType": order["OrderType"],
        "OrderNbr": order["OrderNbr"],
        "OrderLineNbr": row["LineNbr"],
        "ShipmentNbr": shipment,
        "OrigInvType": row.get("InvoiceType"),
        "OrigInvNbr": row.get("InvoiceNbr"),
        "OrigInvLineNbr": row.get("InvoiceLineNbr"),
    }


def _complete(books: Books, order: Record, invoice: Record, shipment: str) -> None:
    source, bill = document_key(order), document_key(invoice)
    for kept in books.reservations.to(source):
        books.applications.put(
            Application(
                source=kept.source,
                target=bill,
                amount=kept.amount,
                released=False,
                on=invoice["Date"],
            )
        )
        books.reservations.put(replace(kept, amount=ZERO, transferred=kept.amount))
        refresh_payment(books, kept.source)
    row = {
        "id": books.next_row_id(),
        "ShipmentNbr": shipment or "<NEW>",
        "ShipmentType": "Shipment" if shipment else "Direct",
        "ShipmentDate": invoice["Date"],
        "ShippedQty": order["OrderedQty"],
        "InvoiceType": bill[0],
        "InvoiceNbr": bill[1],
        "Status": "Completed",
    }
    done = [{**line, "OpenQty": Decimal(0), "Completed": True} for line in order["Details"]]
    books.change(order, Status="Completed", Details=done, Shipments=[*order["Shipments"], row])
    refresh_order(books, source)


def _entry(account: str, value: Decimal, reference: str) -> Entry:
    return Entry(account=account, value=value, reference=reference)
