"""Stock by warehouse: what is on hand, what open orders have taken of it, and when it moved."""

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal

from sandbox.acumatica.records import Level
from sandbox.acumatica.tables import Tables

_HOLDS_STOCK = frozenset({"Open", "Credit Hold"})
"""Orders on hold take no stock."""


def move_stock(tables: Tables, item: str, warehouse: str, quantity: Decimal) -> None:
    """Adds to what is on hand. The item itself does not count as changed."""
    level = tables.levels.get((item, warehouse))
    now = tables.now
    tables.levels[(item, warehouse)] = (
        replace(level, on_hand=level.on_hand + quantity, modified=now)
        if level
        else Level(item=item, warehouse=warehouse, on_hand=quantity, modified=now)
    )


def touch_stock(tables: Tables, lines: list[dict[str, object]]) -> None:
    """Moves the time of change of every level that lines of an order lie in."""
    for line in lines:
        if line.get("WarehouseID"):
            move_stock(tables, str(line["InventoryID"]), str(line["WarehouseID"]), Decimal(0))


def taken(tables: Tables) -> dict[tuple[str, str], Decimal]:
    """What open sales orders have taken, by item and warehouse."""
    quantities: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for order in tables.records.get("SalesOrder", {}).values():
        if order["Status"] in _HOLDS_STOCK:
            for line in order["Details"]:
                if line.get("WarehouseID") and line["Operation"] == "Issue":
                    quantities[(line["InventoryID"], line["WarehouseID"])] += line["OpenQty"]
    return quantities
