"""Items: what is on file of them, with stock and prices as they are now."""

from collections.abc import Mapping
from decimal import Decimal

from sandbox.sap_business_one.books import ZERO, Books, Level
from sandbox.sap_business_one.entity_types import Row
from sandbox.sap_business_one.refusals import exists_already, invalid, no_match, rejected
from sandbox.sap_business_one.schema import ITEM

_COMPUTED = ("ItemWarehouseInfoCollection", "QuantityOnStock", "QuantityOrderedByCustomers")


def add_item(books: Books, body: Row) -> Row:
    """Files an item. Raises `Refused`; a code that is taken is -2035."""
    code = body.get("ItemCode")
    if not code:
        raise invalid("Item number is missing; specify an item number  [OITM.ItemCode]")
    if code in books.items:
        raise exists_already()
    day, clock = books.stamp
    local = books.settings.local_currency
    row = {
        **ITEM.blank,
        "ItemName": code,
        "ItemsGroupCode": 100,
        "ItemType": "itItems",
        "SalesItem": "tYES",
        "PurchaseItem": "tYES",
        "InventoryItem": "tYES",
        "Valid": "tYES",
        "Frozen": "tNO",
        "ManageSerialNumbers": "tNO",
        "ManageBatchNumbers": "tNO",
        "ManageStockByWarehouse": "tNO",
        "TreeType": "iNotATree",
        "CostAccountingMethod": "bis_MovingAverage",
        "DefaultWarehouse": books.settings.default_warehouse,
        "IncomeAccount": "400010",
        "AvgStdPrice": ZERO,
        "MovingAveragePrice": ZERO,
        "SalesItemsPerUnit": Decimal(1),
        **{name: value for name, value in body.items() if name not in _COMPUTED},
        "CreateDate": day,
        "CreateTime": clock,
    }
    row["ItemPrices"] = [
        {"PriceList": n, "Price": ZERO, "Currency": local, "BasePriceList": n, "Factor": Decimal(1)}
        for n in books.lists["PriceLists"]
    ]
    _merge_prices(row, body)
    return _file(books, row)


def change_item(books: Books, code: str, body: Row, *, replace: bool = False) -> None:
    """Merges a body into an item; prices merge by list, stock cannot be written."""
    del replace  # every item has a price in every list
    before = books.items[code]
    if body.get("ItemCode") not in (None, code):
        raise rejected("Item number cannot be changed")
    kept = {k: v for k, v in body.items() if k not in (*_COMPUTED, "ItemPrices")}
    row = {**before, **kept, "ItemPrices": [dict(price) for price in before["ItemPrices"]]}
    _merge_prices(row, body)
    _file(books, row)


def item_row(books: Books, row: Row) -> Row:
    """An item with what lies in every warehouse."""
    code = row["ItemCode"]
    stocked = row["InventoryItem"] == "tYES"
    places = list(books.lists["Warehouses"]) if stocked else []
    levels = {place: books.levels.get((code, place)) or Level() for place in places}
    known = books.item_views.get(code)
    if known is None or known[0] is not row or known[1] != levels:
        known = (row, levels, _with_levels(row, levels))
        books.item_views[code] = known
    return known[2]


def _with_levels(row: Row, levels: Mapping[str, Level]) -> Row:
    return {
        **row,
        "QuantityOnStock": sum((one.in_stock for one in levels.values()), ZERO),
        "QuantityOrderedByCustomers": sum((one.committed for one in levels.values()), ZERO),
        "QuantityOrderedFromVendors": sum((one.ordered for one in levels.values()), ZERO),
        "ItemWarehouseInfoCollection": [
            {
                "WarehouseCode": code,
                "ItemCode": row["ItemCode"],
                "InStock": level.in_stock,
                "Committed": level.committed,
                "Ordered": level.ordered,
                "StandardAveragePrice": row["AvgStdPrice"],
                "MinimalStock": ZERO,
                "MaximalStock": ZERO,
                "Locked": "tNO",
            }
            for code, level in levels.items()
        ],
    }


def _merge_prices(row: Row, body: Row) -> None:
    for given in body.get("ItemPrices") or []:
        price = next((p for p in row["ItemPrices"] if p["PriceList"] == given["PriceList"]), None)
        if price is None:
            raise no_match()
        price |= given


def _file(books: Books, row: Row) -> Row:
    # The stamp moves with the master record only, never with stock.
    day, clock = books.stamp
    row |= {"UpdateDate": day, "UpdateTime": clock}
    row["DataVersion"] = (row.get("DataVersion") or 0) + 1
    books.items[row["ItemCode"]] = row
    return row
