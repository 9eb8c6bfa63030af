"""Sales orders: what the form does with a new or a changed one, and its actions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.acumatica import company
from sandbox.acumatica.books import Books
from sandbox.acumatica.checks import Context, branch_of, currency_of, customer_for_sale
from sandbox.acumatica.forms import Action, Form, merged, new_values
from sandbox.acumatica.invoicing import invoice_order
from sandbox.acumatica.ledger_views import owed
from sandbox.acumatica.order_lines import put_lines, put_totals
from sandbox.acumatica.order_payments import drop_payments, payment_rows, put_payments
from sandbox.acumatica.records import ZERO, Record
from sandbox.acumatica.refusals import invalid, unknown_value
from sandbox.acumatica.shapes_sales import SALES_ORDER
from sandbox.acumatica.standing import document_key, refresh_order
from sandbox.acumatica.stock import touch_stock

_FINAL = frozenset({"Completed", "Canceled"})


@dataclass(frozen=True)
class SalesOrders(Form):
    """The form SO301000."""

    books: Books
    shape = SALES_ORDER

    def create(self, sent: dict[str, Any], context: Context) -> Record:
        """Enters an order with its payments. Raises Invalid."""
        kind = self._kind(sent)
        values = new_values(SALES_ORDER, sent, leave=("Details", "Payments", "TaxDetails"))
        customer = customer_for_sale(self.books, sent.get("CustomerID"))
        values |= {
            "OrderType": kind.code,
            "CustomerID": customer["CustomerID"],
            "Branch": branch_of(sent.get("Branch"), context),
            "CurrencyID": currency_of(customer, sent.get("CurrencyID")),
            "BaseCurrencyID": self.books.settings.base_currency,
            "Date": sent.get("Date") or context.business_date,
            "Status": "On Hold",
            "_approved_credit": False,
        }
        values["Hold"] = self._hold(sent.get("Hold"))
        financial = values.get("FinancialSettings") or {}
        if not financial.get("OverrideTaxZone"):
            financial = {**financial, "CustomerTaxZone": customer["TaxZone"]}
        values["FinancialSettings"] = financial
        self._check_customer_order(values, "")
        put_lines(self.books, values, sent, kind)
        put_totals(values, sent, zone=_zone(values), lines_changed=True)
        number = self.books.next_number(f"order {kind.code}")
        values["OrderNbr"] = number
        record = self.books.add("SalesOrder", (kind.code, number), values)
        return self._settled(record, sent, context)

    def update(self, record: Record, sent: dict[str, Any], context: Context) -> Record:
        """Changes an order. Raises Invalid for one that is done with."""
        touches = set(sent) - {"OrderType", "OrderNbr", "id", "note", "custom"}
        if record["Status"] in _FINAL and touches:
            raise invalid(f"The document is {record['Status']} and cannot be changed.")
        values = merged(SALES_ORDER, record.values, sent)
        self._check_customer_order(values, record["OrderNbr"])
        lines_changed = "Details" in sent
        if lines_changed:
            put_lines(self.books, values, sent, company.ORDER_TYPES[record["OrderType"]])
        put_totals(values, sent, zone=_zone(values), lines_changed=lines_changed)
        return self._settled(self.books.change(record, **values), sent, context)

    def present(self, record: Record) -> dict[str, Any]:
        """The order with its payments as they are now."""
        return {
            **record.values,
            "Payments": payment_rows(self.books, record),
        }

    @property
    def actions(self) -> Mapping[str, Action]:
        """What can be done with an order."""
        return {
            "CancelSalesOrder": self._cancel,
            "ReopenSalesOrder": self._reopen,
            "OpenSalesOrder": self._open,
            "ReleaseFromCreditHoldSalesOrder": self._release_credit,
            "PrepareSalesInvoice": self._prepare_invoice,
        }

    def _kind(self, sent: dict[str, Any]) -> company.OrderType:
        code = str(sent.get("OrderType") or "SO").strip().upper()
        if code not in company.ORDER_TYPES or code not in self.books.settings.order_types:
            raise unknown_value("Order Type", sent.get("OrderType") or "SO", "OrderType")
        return company.ORDER_TYPES[code]

    def _hold(self, sent: bool | None) -> bool:
        return self.books.settings.orders_on_hold if sent is None else sent

    def _check_customer_order(self, values: dict[str, Any], own: str) -> None:
        reference = (values.get("CustomerOrder") or "").strip().upper()
        kind = values["OrderType"]
        if not reference or kind not in self.books.settings.forbid_duplicates:
            return
        for other in self.books.records.get("SalesOrder", {}).values():
            if (
                (other["CustomerOrder"] or "").strip().upper() == reference
                and (other["OrderType"], other["CustomerID"]) == (kind, values["CustomerID"])
                and other["OrderNbr"] != own
                and other["Status"] != "Canceled"
            ):
                raise invalid(
                    f"The customer order number '{values['CustomerOrder']}' has already been used "
                    f"in the sales order {kind} {other['OrderNbr']}.",
                    "CustomerOrder",
                )

    def _settled(self, record: Record, sent: dict[str, Any], context: Context) -> Record:
        """Applies payments, then says what status all of it makes."""
        put_payments(self.books, record, sent.get("Payments") or [], context)
        refresh_order(self.books, document_key(record))
        record = self._again(record)
        left = record["Totals"]["UnpaidBalance"]
        if left < 0:
            raise invalid("The total amount applied to the order exceeds the order total.")
        credit_hold = not record["_approved_credit"] and self._beyond_credit(record)
        touch_stock(self.books, record["Details"])
        status = "On Hold" if record["Hold"] else "Credit Hold" if credit_hold else "Open"
        return self.books.change(record, Status=status, CreditHold=credit_hold)

    def _beyond_credit(self, record: Record) -> bool:
        customer = self.books.find("Customer", record["CustomerID"])
        if customer is None or company.ORDER_TYPES[record["OrderType"]].returns:
            return False
        limit = customer["CreditLimit"] or ZERO
        if customer["Status"] == "Credit Hold":
            return True
        if not limit:
            return False
        orders = (
            one["Totals"]["UnpaidBalance"]
            for one in self.books.records["SalesOrder"].values()
            if one["CustomerID"] == record["CustomerID"] and one["Status"] not in _FINAL
        )
        return sum(orders, ZERO) + owed(self.books, record["CustomerID"]) > limit

    def _again(self, record: Record) -> Record:
        return self.books.records["SalesOrder"][record.key]

    def _cancel(self, record: Record, _: Context) -> None:
        _require(record, "Cancel Order", "On Hold", "Open", "Credit Hold")
        drop_payments(self.books, record)
        refresh_order(self.books, document_key(record))
        touch_stock(self.books, record["Details"])
        self.books.change(self._again(record), Status="Canceled")

    def _reopen(self, record: Record, _: Context) -> None:
        _require(record, "Reopen Order", "Canceled")
        self._check_customer_order(record.values, record["OrderNbr"])
        self.books.change(record, Status="On Hold" if record["Hold"] else "Open")

    def _open(self, record: Record, context: Context) -> None:
        _require(record, "Open", "On Hold")
        self._settled(self.books.change(record, Hold=False), {}, context)

    def _release_credit(self, record: Record, _: Context) -> None:
        _require(record, "Release from Credit Hold", "Credit Hold")
        self.books.change(record, Status="Open", CreditHold=False, _approved_credit=True)

    def _prepare_invoice(self, record: Record, context: Context) -> None:
        if company.ORDER_TYPES[record["OrderType"]].ships:
            raise invalid("The Prepare Invoice action needs a confirmed shipment.")
        _require(record, "Prepare Invoice", "Open")
        invoice_order(self.books, record, context)


def _require(record: Record, action: str, *statuses: str) -> None:
    if record["Status"] not in statuses:
        raise invalid(f"The {action} action is not available: the order is {record['Status']}.")


def _zone(values: dict[str, Any]) -> str:
    return str((values.get("FinancialSettings") or {}).get("CustomerTaxZone") or "")
