"""Inquiries: read by PUT with parameters, answered with rows."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from sandbox.acumatica import company
from sandbox.acumatica.books import Books
from sandbox.acumatica.records import ZERO, Level
from sandbox.acumatica.refusals import cannot_optimize
from sandbox.acumatica.stock import taken

Inquiry = Callable[[Books, dict[str, Any]], dict[str, Any]]
"""From the parameters sent to the values shown. Raises HttpRefusal."""


def companies(books: Books, sent: dict[str, Any]) -> dict[str, Any]:
    """The tenant's company and its branches."""
    rows = [
        {
            "BranchID": code,
            "BranchName": name,
            "BranchStatus": True,
            "BranchCountry": "US",
            "CompanyID": "TILLCO",
            "CompanyName": "Till Company",
            "CompanyStatus": True,
            "CompanyType": "With Branches Not Requiring Balancing",
            "BaseCurrencyID": books.settings.base_currency,
        }
        for code, name in company.BRANCHES.items()
    ]
    return {**sent, "Results": _with_ids(books, rows)}


def storage_details(books: Books, sent: dict[str, Any]) -> dict[str, Any]:
    """Every item's quantities in a warehouse, or in all of them."""
    wanted = _code(sent, "WarehouseID")
    by_orders = taken(books)
    rows = [
        {
            "InventoryID": level.item,
            "WarehouseID": level.warehouse,
            "QtyOnHand": level.on_hand,
            "QtyAvailable": level.on_hand - by_orders[(level.item, level.warehouse)],
            "QtyAvailableforIssue": level.on_hand,
            "QtyHardAvailable": level.on_hand,
            "LastModifiedDateofWarehouseQty": level.modified,
        }
        for level in books.levels.values()
        if not wanted or level.warehouse == wanted
    ]
    return {**sent, "StorageDetails": _with_ids(books, rows)}


def quantity_available(books: Books, sent: dict[str, Any]) -> dict[str, Any]:
    """What is available of each item in all warehouses, where it moved since a moment."""
    item, since = _code(sent, "InventoryID"), sent.get("LastModifiedDateTime")
    by_orders = taken(books)
    levels: dict[str, list[Level]] = defaultdict(list)
    for level in books.levels.values():
        if not item or level.item == item:
            levels[level.item].append(level)
    rows = [
        {
            "InventoryID": code,
            "QtyAvailable": sum(
                (one.on_hand - by_orders[(one.item, one.warehouse)] for one in found), ZERO
            ),
            "LastModifiedDateTime": max(one.modified for one in found),
        }
        for code, found in levels.items()
    ]
    if isinstance(since, datetime):
        rows = [row for row in rows if row["LastModifiedDateTime"] >= since]
    return {**sent, "Results": _with_ids(books, rows)}


def summary(books: Books, sent: dict[str, Any]) -> dict[str, Any]:
    """One item's quantities by warehouse; without an item there is nothing to see."""
    item, warehouse = _code(sent, "InventoryID"), _code(sent, "WarehouseID")
    by_orders = taken(books)
    rows: list[dict[str, Any]] = []
    for level in books.levels_of(item) if item else []:
        if warehouse and level.warehouse != warehouse:
            continue
        available = level.on_hand - by_orders[(level.item, level.warehouse)]
        rows.append(
            {
                "WarehouseID": level.warehouse,
                "BaseUOM": "EA",
                "QtyOnHand": level.on_hand,
                "QtyAvailable": available,
                "QtyAvailableForShipment": level.on_hand,
                "QtyNotAvailable": Decimal(0),
            }
        )
    return {**sent, "Results": _with_ids(books, rows)}


def sales_prices(_books: Books, _sent: dict[str, Any]) -> dict[str, Any]:
    """Refuses, as it is reported to do for most parameters."""
    raise cannot_optimize("SalesPricesInquiry", "SalesPriceDetails")


INQUIRIES: dict[str, Inquiry] = {
    "CompaniesStructure": companies,
    "StorageDetailsInquiry": storage_details,
    "InventoryQuantityAvailable": quantity_available,
    "InventorySummaryInquiry": summary,
    "SalesPricesInquiry": sales_prices,
}


def _code(sent: dict[str, Any], name: str) -> str:
    return str(sent.get(name) or "").strip().upper()


def _with_ids(books: Books, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"id": books.next_row_id(), **row} for row in rows]
