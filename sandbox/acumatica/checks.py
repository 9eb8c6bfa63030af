"""What business logic asks before it takes a document: does the code exist, is the period open."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sandbox.acumatica import company
from sandbox.acumatica.records import Record
from sandbox.acumatica.refusals import Invalid, Path, invalid, unknown_value
from sandbox.acumatica.tables import Tables


@dataclass(frozen=True)
class Context:
    """Under what circumstances a request is carried out."""

    branch: str
    user: str
    business_date: date


@dataclass
class Problems:
    """Collects refusals, so that one answer names every value that is wrong."""

    found: list[tuple[Path, str]] = field(default_factory=list)

    @contextmanager
    def at(self, *path: str | int) -> Iterator[None]:
        """Keeps what the block refuses, under a path."""
        try:
            yield
        except Invalid as refusal:
            self.found += [((*path, *inner), text) for inner, text in refusal.errors]

    def end(self) -> None:
        """Raises when anything was refused."""
        if self.found:
            raise Invalid(self.found)


def customer_for_sale(tables: Tables, code: Any, field_name: str = "CustomerID") -> Record:
    """The customer of a new document; raises for an unknown or a blocked one."""
    if not code:
        raise invalid("'Customer' cannot be empty.", field_name)
    customer = tables.find("Customer", str(code))
    if customer is None:
        raise unknown_value("Customer", code, field_name)
    status = customer["Status"]
    if status in ("Inactive", "On Hold"):
        raise invalid(f"The customer status is '{status}'.", field_name)
    return customer


def item_for_sale(tables: Tables, code: Any) -> Record:
    """The stock or non-stock item of a line; raises for one that is unknown or not sold."""
    if not code:
        raise invalid("'Inventory ID' cannot be empty.", "InventoryID")
    item = tables.find("StockItem", str(code)) or tables.find("NonStockItem", str(code))
    if item is None:
        raise unknown_value("Inventory ID", code, "InventoryID")
    if item["ItemStatus"] != "Active":
        raise invalid(f"The inventory item is {item['ItemStatus']}.", "InventoryID")
    return item


def unit_of(item: Record, sent: Any) -> str:
    """The unit of a line; raises for one that the item is not sold in."""
    base = item["BaseUOM"] or item["BaseUnit"]
    if sent and str(sent).strip().upper() != base:
        raise unknown_value("UOM", sent, "UOM")
    return base


def warehouse_of(item: Record, sent: Any) -> str | None:
    """The warehouse of a line; only stock items have one."""
    if item.entity != "StockItem":
        return None
    code = str(sent or item["DefaultWarehouseID"] or "").strip().upper()
    if not code:
        raise invalid("'Warehouse' cannot be empty.", "WarehouseID")
    if code not in company.WAREHOUSES:
        raise unknown_value("Warehouse", sent, "WarehouseID")
    return code


def branch_of(sent: Any, context: Context) -> str:
    """The branch of a document."""
    code = str(sent or context.branch).strip().upper()
    if code not in company.BRANCHES:
        raise unknown_value("Branch", sent, "Branch")
    return code


def currency_of(customer: Record, sent: Any, field_name: str = "CurrencyID") -> str:
    """The currency of a document; only some customers trade in another than their own."""
    own = customer["CurrencyID"]
    code = str(sent or own).strip().upper()
    if code not in company.CURRENCIES:
        raise unknown_value("Currency", sent, field_name)
    if code != own and not customer["EnableCurrencyOverride"]:
        raise invalid(f"Currency '{code}' is not allowed for the customer.", field_name)
    return code


def open_period(closed: set[str], on: date, field_name: str, module: str = "AR") -> None:
    """Raises when the financial period of a date takes no postings."""
    period = period_of(on)
    if period in closed:
        ledger = {"AR": "Accounts Receivable", "CA": "Cash Management"}[module]
        raise invalid(
            f"The {period} financial period is closed in the {ledger} module.", field_name
        )


def period_of(on: date) -> str:
    """The financial period of a date, MM-yyyy."""
    return f"{on.month:02d}-{on.year}"


def merged_rows(
    tables: Tables, old: list[dict[str, Any]], sent: list[dict[str, Any]], keys: tuple[str, ...]
) -> list[tuple[dict[str, Any], int | None]]:
    """The rows after a PUT, each with its place in what was sent (None: it was not).

    A sent row changes the one with its id or keys; `delete` removes it; else it is a new row.
    """
    result: list[tuple[dict[str, Any], int | None]] = [(dict(row), None) for row in old]
    for place, row in enumerate(sent):
        index = _index_of(result, row, keys)
        plain = {name: value for name, value in row.items() if name != "delete"}
        if index is None:
            if not row.get("delete"):
                plain["id"] = tables.next_row_id()
                result.append((plain, place))
        elif row.get("delete"):
            del result[index]
        else:
            result[index] = ({**result[index][0], **plain}, place)
    return result


def _index_of(
    rows: list[tuple[dict[str, Any], int | None]], sent: dict[str, Any], keys: tuple[str, ...]
) -> int | None:
    named = all(sent.get(key) is not None for key in keys)
    for index, (row, _) in enumerate(rows):
        if sent.get("id") and row["id"] == sent["id"]:
            return index
        if named and all(_same(row.get(key), sent[key]) for key in keys):
            return index
    return None


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return left.strip().upper() == right.strip().upper()
    return left == right
