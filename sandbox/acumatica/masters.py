"""Master data that a connection reads: items, warehouses, payment methods, taxes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sandbox.acumatica.books import Books
from sandbox.acumatica.checks import Context
from sandbox.acumatica.forms import Action, Form, merged
from sandbox.acumatica.records import Record
from sandbox.acumatica.refusals import invalid
from sandbox.acumatica.shapes import Shape
from sandbox.acumatica.shapes_masters import (
    NON_STOCK_ITEM,
    PAYMENT_METHOD,
    STOCK_ITEM,
    TAX,
    TAX_ZONE,
    WAREHOUSE,
)


@dataclass(frozen=True)
class Masters(Form):
    """A form whose records are set up by people: they can be changed, not created, from outside."""

    books: Books
    shape: ClassVar[Shape]

    def create(self, _sent: dict[str, Any], _: Context) -> Record:
        """Refuses: nothing of this kind is entered through the endpoint."""
        raise invalid(f"A new {self.shape.name} cannot be inserted by this user.")

    def update(self, record: Record, sent: dict[str, Any], _: Context) -> Record:
        """Changes the plain fields of a record."""
        return self.books.change(record, **merged(self.shape, record.values, sent))

    def present(self, record: Record) -> dict[str, Any]:
        """The record as it is filed."""
        return record.values

    @property
    def actions(self) -> Mapping[str, Action]:
        """None that the stand-in has."""
        return {}


class StockItems(Masters):
    """The form IN202500."""

    shape = STOCK_ITEM

    def present(self, record: Record) -> dict[str, Any]:
        """The item with what is on hand of it."""
        item = record["InventoryID"]
        rows = [
            {
                "id": self.books.next_row_id(),
                "WarehouseID": level.warehouse,
                "QtyOnHand": level.on_hand,
                "Status": "Active",
                "IsDefault": level.warehouse == record["DefaultWarehouseID"],
            }
            for level in self.books.levels_of(item)
        ]
        return {**record.values, "WarehouseDetails": rows}


class NonStockItems(Masters):
    """The form IN202000."""

    shape = NON_STOCK_ITEM


class Warehouses(Masters):
    """The form IN204000."""

    shape = WAREHOUSE


class PaymentMethods(Masters):
    """The form CA204000."""

    shape = PAYMENT_METHOD


class Taxes(Masters):
    """The form TX205000."""

    shape = TAX


class TaxZones(Masters):
    """The form TX206000."""

    shape = TAX_ZONE
