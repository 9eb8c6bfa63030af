"""Payments and applications: the form AR302000, and its actions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.acumatica.books import Books
from sandbox.acumatica.checks import Context, Problems
from sandbox.acumatica.forms import Action, Form, merged
from sandbox.acumatica.money import apply, enter_payment, release_payment, void_payment
from sandbox.acumatica.order_payments import reserve
from sandbox.acumatica.records import Application, Record
from sandbox.acumatica.refusals import invalid, unknown_value
from sandbox.acumatica.shapes_sales import PAYMENT
from sandbox.acumatica.standing import document_key, refresh_order, refresh_payment, unpaid

_AFTER_RELEASE = frozenset(
    {"DocumentsToApply", "OrdersToApply", "Type", "ReferenceNbr", "id", "note", "Description"}
)


@dataclass(frozen=True)
class Payments(Form):
    """The form AR302000."""

    books: Books
    shape = PAYMENT

    def create(self, sent: dict[str, Any], context: Context) -> Record:
        """Enters a payment with its applications. Raises Invalid."""
        return self._applied(enter_payment(self.books, sent, context), sent)

    def update(self, record: Record, sent: dict[str, Any], _: Context) -> Record:
        """Changes a payment; of a released one only what it is applied to. Raises Invalid."""
        if record["_voided"]:
            raise invalid("The document is Voided and cannot be changed.")
        changed = {name for name, value in sent.items() if value != record[name]}
        if record["_released"] and not changed <= _AFTER_RELEASE:
            raise invalid("The document is released and cannot be changed.")
        values = merged(PAYMENT, record.values, sent)
        for name in ("PaymentMethod", "CashAccount", "PaymentAmount"):
            # Money does not change its way; such a payment is voided and entered anew.
            values[name] = record[name]
        return self._applied(self.books.change(record, **values), sent)

    def present(self, record: Record) -> dict[str, Any]:
        """The payment with its applications: pending ones to apply, final ones in the history."""
        key = document_key(record)
        applied = self.books.applications.of(key)
        kept = self.books.reservations.of(key)
        return {
            **record.values,
            "DocumentsToApply": [self._pending(one) for one in applied if not one.released],
            "OrdersToApply": [
                {
                    "id": f"{record.id[:-4]}{number:04d}",
                    "OrderType": one.target[0],
                    "OrderNbr": one.target[1],
                    "AppliedToOrder": one.amount,
                }
                for number, one in enumerate(kept, 1)
            ],
            "ApplicationHistory": [self._final(record, one) for one in applied if one.released],
        }

    @property
    def actions(self) -> Mapping[str, Action]:
        """What can be done with a payment; `Release` is the form's own name of ReleasePayment."""
        return {
            "ReleasePayment": self._release,
            "Release": self._release,
            "VoidPayment": self._void,
        }

    def _applied(self, record: Record, sent: dict[str, Any]) -> Record:
        problems = Problems()
        for place, row in enumerate(sent.get("DocumentsToApply") or []):
            with problems.at("DocumentsToApply", place):
                apply(self.books, self._again(record), row)
        for place, row in enumerate(sent.get("OrdersToApply") or []):
            with problems.at("OrdersToApply", place):
                self._reserve(self._again(record), row)
        problems.end()
        refresh_payment(self.books, document_key(record))
        return self._again(record)

    def _reserve(self, record: Record, row: dict[str, Any]) -> None:
        kind, number = str(row.get("OrderType") or "SO"), str(row.get("OrderNbr") or "")
        order = self.books.find("SalesOrder", kind, number)
        if order is None:
            raise unknown_value("Order Nbr.", number, "OrderNbr")
        if row.get("delete"):
            self.books.reservations.drop(document_key(record), document_key(order))
        else:
            reserve(self.books, record, order, row.get("AppliedToOrder"))
        if unpaid(self.books, order) < 0:
            raise invalid(
                "The amount applied exceeds the unpaid balance of the order.", "AppliedToOrder"
            )
        refresh_order(self.books, document_key(order))

    def _pending(self, one: Application) -> dict[str, Any]:
        target = self._target(one)
        return {
            "id": target.id,
            "DocType": one.target[0],
            "ReferenceNbr": one.target[1],
            "AmountPaid": one.amount,
            "CustomerOrder": target["CustomerOrder"],
        }

    def _final(self, record: Record, one: Application) -> dict[str, Any]:
        target = self._target(one)
        left = target["AvailableBalance"]
        return {
            "id": target.id,
            "AdjustingDocType": record["Type"],
            "AdjustingRefNbr": record["ReferenceNbr"],
            "AdjustedDocType": one.target[0],
            "AdjustedRefNbr": one.target[1],
            "DisplayDocType": one.target[0],
            "DisplayRefNbr": one.target[1],
            "AmountPaid": one.amount,
            "Balance": target["Balance"] if left is None else left,
            "CurrencyID": record["CurrencyID"],
            "Customer": record["CustomerID"],
            "CustomerOrder": target["CustomerOrder"],
            "Date": one.on,
        }

    def _target(self, one: Application) -> Record:
        found = self.books.find("SalesInvoice", *one.target) or self.books.find(
            "Payment", *one.target
        )
        if found is None:
            raise AssertionError(f"{one} is applied to nothing")
        return found

    def _again(self, record: Record) -> Record:
        return self.books.records["Payment"][record.key]

    def _release(self, record: Record, _: Context) -> None:
        release_payment(self.books, record)

    def _void(self, record: Record, _: Context) -> None:
        orders = [one.target for one in self.books.reservations.of(document_key(record))]
        void_payment(self.books, record)
        for key in orders:
            refresh_order(self.books, key)
