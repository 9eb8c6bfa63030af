"""What lies where: stock as the ERP tells it, and as a store is to show it. Pure."""

from datetime import datetime
from decimal import Decimal

from domain.record import Record


class StockLevel(Record):
    """One item in one warehouse as the ERP tells it, in the item's stock unit.

    `available` is what the ERP itself calls free to promise; it may be negative.
    """

    item: str
    warehouse: str
    on_hand: Decimal
    allocated: Decimal = Decimal(0)
    available: Decimal


class StockPage(Record):
    """A page of levels. All levels asked for of one item stand on one page, changed or not.

    `as_of` is the time up to which the ERP's own postings are in the numbers, by our clock and
    rather too early than too late. `next_cursor` is empty on the last page.
    """

    levels: tuple[StockLevel, ...]
    as_of: datetime
    next_cursor: str = ""


class StoreItem(Record):
    """A SKU of the store. The ids are the store's own, opaque to everybody but its connector.

    An empty `stock_id` means that the store keeps no stock of this SKU, an empty `price_id` that
    it has no price of its own; `why` says so in words.
    """

    sku: str
    stock_id: str = ""
    price_id: str = ""
    why: str = ""


class StoreItemPage(Record):
    """A page of the store's SKUs. `next_cursor` is empty on the last page."""

    items: tuple[StoreItem, ...]
    next_cursor: str = ""


class StoreStock(Record):
    """How many of a SKU a location of the store has, or is to have: whole, never negative."""

    sku: str
    stock_id: str
    location: str
    quantity: int


class StoreStockPage(Record):
    """A page of what the store has. `next_cursor` is empty on the last page."""

    stock: tuple[StoreStock, ...]
    next_cursor: str = ""


class Refused(Record):
    """What a store did not take of a push, and why, in its words."""

    sku: str
    location: str = ""
    reason: str


class Taken(Record):
    """What became of one batch: what the store refused of it, and how many calls it took."""

    refused: tuple[Refused, ...] = ()
    calls: int = 1
