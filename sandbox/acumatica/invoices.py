"""Sales invoices and memos that are entered directly: the form SO303000, and its action."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sandbox.acumatica.amounts import price_line, tax_rows, total_of
from sandbox.acumatica.books import Books
from sandbox.acumatica.checks import (
    Context,
    Problems,
    branch_of,
    currency_of,
    customer_for_sale,
    item_for_sale,
    merged_rows,
    open_period,
    unit_of,
    warehouse_of,
)
from sandbox.acumatica.forms import Action, Form, merged, new_values
from sandbox.acumatica.invoicing import release_invoice
from sandbox.acumatica.memos import applied_to, credit_against, credited_line, put_credits
from sandbox.acumatica.order_lines import invoice_type
from sandbox.acumatica.records import ZERO, Record
from sandbox.acumatica.refusals import invalid
from sandbox.acumatica.shapes_sales import SALES_INVOICE
from sandbox.acumatica.standing import document_key, refresh_invoice


@dataclass(frozen=True)
class SalesInvoices(Form):
    """The form SO303000."""

    books: Books
    shape = SALES_INVOICE

    def create(self, sent: dict[str, Any], context: Context) -> Record:
        """Enters an invoice, credit or debit memo. Raises Invalid."""
        if not self.books.settings.advanced_so_invoices:
            raise invalid("The invoice cannot be created: Advanced SO Invoices is not enabled.")
        kind = invoice_type(str(sent.get("Type") or "Invoice"))
        customer = customer_for_sale(self.books, sent.get("CustomerID"))
        on = sent.get("Date") or context.business_date
        open_period(self.books.closed, on, "Date")
        hold = sent.get("Hold")
        values = new_values(SALES_INVOICE, sent) | {
            "Type": kind,
            "CustomerID": customer["CustomerID"],
            "Currency": currency_of(customer, sent.get("Currency"), "Currency"),
            "Date": on,
            "DueDate": sent.get("DueDate") or on + timedelta(days=30),
            "Hold": self.books.settings.documents_on_hold if hold is None else hold,
            "_branch": branch_of(None, context),
            "_released": False,
        }
        financial = values.get("FinancialDetails") or {}
        values["FinancialDetails"] = {
            **financial,
            "CustomerTaxZone": financial.get("CustomerTaxZone") or customer["TaxZone"],
        }
        self._put(values, sent, lines_changed=True)
        number = self.books.next_number("invoice")
        values |= {"ReferenceNbr": number, "Balance": values["Amount"], "Status": "On Hold"}
        return self._settled(self.books.add("SalesInvoice", (kind, number), values), sent)

    def update(self, record: Record, sent: dict[str, Any], _: Context) -> Record:
        """Changes an unreleased document. Raises Invalid."""
        if record["_released"] and set(sent) - {"Type", "ReferenceNbr", "id", "note"}:
            raise invalid(f"The document is {record['Status']} and cannot be changed.")
        values = merged(SALES_INVOICE, record.values, sent)
        open_period(self.books.closed, values["Date"], "Date")
        self._put(values, sent, lines_changed="Details" in sent)
        return self._settled(self.books.change(record, **values), sent)

    def present(self, record: Record) -> dict[str, Any]:
        """The document with what is applied to it, or what it is applied to."""
        return {
            **record.values,
            "ApplicationsInvoice": applied_to(self.books, record),
            "ApplicationsCreditMemo": credit_against(self.books, record),
        }

    @property
    def actions(self) -> Mapping[str, Action]:
        """What can be done with an invoice; `Release` is the form's own name of it."""
        return {"ReleaseSalesInvoice": self._release, "Release": self._release}

    def _settled(self, record: Record, sent: dict[str, Any]) -> Record:
        put_credits(self.books, record, sent.get("ApplicationsCreditMemo") or [])
        refresh_invoice(self.books, document_key(record))
        return self.books.records["SalesInvoice"][record.key]

    def _put(self, values: dict[str, Any], sent: dict[str, Any], *, lines_changed: bool) -> None:
        if lines_changed:
            self._put_lines(values, sent)
        lines = total_of(values["Details"], "Amount")
        freight = values.get("FreightPrice") or ZERO
        if lines_changed or "TaxDetails" in sent or "IsTaxValid" in sent:
            given = bool(sent.get("IsTaxValid"))
            zone = str(values["FinancialDetails"].get("CustomerTaxZone") or "")
            values["TaxDetails"] = tax_rows(
                zone, sent.get("TaxDetails"), taxable=lines + freight, given=given
            )
        tax = total_of(values["TaxDetails"], "TaxAmount")
        values |= {
            "FreightPrice": freight,
            "DetailTotal": lines,
            "TaxTotal": tax,
            "DiscountTotal": ZERO,
            "Amount": lines + freight + tax,
        }
        if values["Amount"] < 0:
            raise invalid("The document amount cannot be negative.", "Amount")

    def _put_lines(self, values: dict[str, Any], sent: dict[str, Any]) -> None:
        keys = SALES_INVOICE.details["Details"].keys
        rows: list[dict[str, Any]] = []
        problems = Problems()
        merged_lines = merged_rows(self.books, values["Details"], sent.get("Details") or [], keys)
        for row, place in merged_lines:
            if place is not None:
                with problems.at("Details", place):
                    row = self._filled(row, values)
            rows.append(row)
        problems.end()
        for number, row in enumerate(rows, 1):
            row.setdefault("LineNbr", number)
        values["Details"] = rows

    def _filled(self, row: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
        if row.get("OrigInvNbr"):
            row = credited_line(self.books, row)
        item = item_for_sale(self.books, row.get("InventoryID"))
        quantity = row.get("Qty")
        price = row.get("UnitPrice") if row.get("ManualPrice") else None
        manual = row.get("ManualDiscount")
        priced = price_line(
            Decimal(1 if quantity is None else quantity),
            price=(item["DefaultPrice"] or ZERO) if price is None else price,
            decimals=self.books.settings.price_decimals,
            discount=row.get("DiscountAmount") if manual else None,
            percent=row.get("DiscountPercent") if manual else None,
        )
        return {
            **row,
            "InventoryID": item["InventoryID"],
            "TransactionDescr": row.get("TransactionDescr") or item["Description"],
            "WarehouseID": warehouse_of(item, row.get("WarehouseID")),
            "UOM": unit_of(item, row.get("UOM")),
            "BranchID": row.get("BranchID") or values["_branch"],
            "Account": item["SalesAccount"],
            "TaxCategory": row.get("TaxCategory") or item["TaxCategory"],
            "Qty": Decimal(1 if quantity is None else quantity),
            "UnitPrice": priced.unit_price,
            "DiscountAmount": priced.discount,
            "DiscountPercent": priced.percent,
            "Amount": priced.amount,
        }

    def _release(self, record: Record, _: Context) -> None:
        release_invoice(self.books, record)
