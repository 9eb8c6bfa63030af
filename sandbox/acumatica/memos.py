"""Credit memos against invoices: returned lines, and the invoices that a memo pays."""

from typing import Any

from sandbox.acumatica.amounts import cents
from sandbox.acumatica.books import Books
from sandbox.acumatica.checks import Problems
from sandbox.acumatica.order_lines import invoice_type
from sandbox.acumatica.records import ZERO, Application, Record
from sandbox.acumatica.refusals import invalid, unknown_value
from sandbox.acumatica.standing import document_key, invoice_balance


def credited_line(books: Books, row: dict[str, Any]) -> dict[str, Any]:
    """A line that returns an invoice's, with that line's item and price unless it says others."""
    kind = invoice_type(str(row.get("OrigInvType") or "Invoice"))
    invoice = books.find("SalesInvoice", kind, str(row["OrigInvNbr"]))
    if invoice is None or not invoice["_released"]:
        raise unknown_value("Orig. Inv. Nbr.", row["OrigInvNbr"], "OrigInvNbr")
    lines = {line["LineNbr"]: line for line in invoice["Details"]}
    line = lines.get(row.get("OrigInvLineNbr"))
    if line is None:
        raise unknown_value("Orig. Inv. Line Nbr.", row.get("OrigInvLineNbr"), "OrigInvLineNbr")
    quantity = line["Qty"] if row.get("Qty") is None else row["Qty"]
    before = sum(
        (
            other["Qty"]
            for memo in books.records["SalesInvoice"].values()
            for other in memo["Details"]
            if other["id"] != row["id"]
            and other.get("OrigInvNbr") == invoice["ReferenceNbr"]
            and other.get("OrigInvLineNbr") == line["LineNbr"]
        ),
        ZERO,
    )
    if before + abs(quantity) > line["Qty"]:
        raise invalid("The return quantity exceeds the quantity of the invoice line.", "Qty")
    filled = {**row, "InventoryID": line["InventoryID"], "Qty": quantity, "OrigInvType": kind}
    filled["WarehouseID"] = row.get("WarehouseID") or line.get("WarehouseID")
    if not row.get("ManualPrice"):
        filled |= {"ManualPrice": True, "UnitPrice": line["UnitPrice"]}
    return filled


def put_credits(books: Books, memo: Record, rows: list[dict[str, Any]]) -> None:
    """Notes which invoices a credit memo is to pay when it is released. Raises Invalid."""
    problems = Problems()
    for place, row in enumerate(rows):
        with problems.at("ApplicationsCreditMemo", place):
            _put_credit(books, memo, row)
    problems.end()


def applied_to(books: Books, invoice: Record) -> list[dict[str, Any]]:
    """The payments and memos applied to an invoice, or the refunds of a memo."""
    key = document_key(invoice)
    return [
        {
            "id": _source(books, one).id,
            "AdjustedDocReferenceNbr": key[1],
            "AdjustingDocReferenceNbr": one.source[1],
            "DocType": one.source[0],
            "DocumentType": key[0],
            "AmountPaid": one.amount,
            "Currency": invoice["Currency"],
            "Customer": invoice["CustomerID"],
            "PaymentDate": one.on,
            "PaymentRef": _source(books, one)["PaymentRef"],
            "Status": _source(books, one)["Status"],
        }
        for one in books.applications.to(key)
    ]


def credit_against(books: Books, memo: Record) -> list[dict[str, Any]]:
    """The invoices that a credit memo pays."""
    rows: list[dict[str, Any]] = []
    for one in books.applications.of(document_key(memo)):
        invoice = books.find("SalesInvoice", *one.target)
        if invoice is None:
            raise AssertionError(f"{one} is applied to nothing")
        rows.append(
            {
                "id": invoice.id,
                "DocType": one.target[0],
                "ReferenceNbr": one.target[1],
                "AmountPaid": one.amount,
                "Balance": invoice["Balance"],
                "Currency": invoice["Currency"],
                "Customer": invoice["CustomerID"],
                "CustomerOrder": invoice["CustomerOrder"],
                "Date": invoice["Date"],
                "Status": invoice["Status"],
            }
        )
    return rows


def _put_credit(books: Books, memo: Record, row: dict[str, Any]) -> None:
    if memo["Type"] != "Credit Memo":
        raise invalid("Only a credit memo can be applied.", "ReferenceNbr")
    kind = invoice_type(str(row.get("DocType") or "Invoice"))
    invoice = books.find("SalesInvoice", kind, str(row.get("ReferenceNbr") or ""))
    if invoice is None or not invoice["_released"]:
        raise unknown_value("Reference Nbr.", row.get("ReferenceNbr"), "ReferenceNbr")
    if invoice["CustomerID"] != memo["CustomerID"]:
        raise invalid("The document belongs to another customer.", "ReferenceNbr")
    source, target = document_key(memo), document_key(invoice)
    books.applications.drop(source, target)
    others = sum((one.amount for one in books.applications.of(source)), ZERO)
    pending = sum((one.amount for one in books.applications.to(target) if not one.released), ZERO)
    left = min(invoice_balance(books, invoice) - pending, memo["Amount"] - others)
    sent = row.get("AmountPaid")
    amount = left if sent is None else cents(sent)
    if amount > left or amount <= 0:
        raise invalid("The amount exceeds the balance of the document.", "AmountPaid")
    books.applications.put(
        Application(source=source, target=target, amount=amount, released=False, on=memo["Date"])
    )


def _source(books: Books, one: Application) -> Record:
    found = books.find("Payment", *one.source) or books.find("SalesInvoice", *one.source)
    if found is None:
        raise AssertionError(f"{one} comes from nothing")
    return found
