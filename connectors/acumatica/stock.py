"""Stock by warehouse, prices and costs: out of the ERP, never into it."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from connectors.acumatica.client import AcumaticaClient
from connectors.acumatica.masters import (
    NonStockItem,
    StockItem,
    StorageDetail,
    StorageDetailsInquiry,
)
from connectors.acumatica.query import Wanted
from connectors.acumatica.settings import AcumaticaSettings
from connectors.acumatica.sweep import Sweep
from connectors.acumatica.wire import Value, number, of, text
from connectors.errors import Rejected
from domain.money import Money
from domain.price import ItemPrice, PricePage
from domain.stock import StockLevel, StockPage

_LEVELS = Wanted(
    select=(
        "WarehouseID",
        "StorageDetails/InventoryID",
        "StorageDetails/WarehouseID",
        "StorageDetails/QtyOnHand",
        "StorageDetails/QtyAvailable",
        "StorageDetails/QtyAvailableforIssue",
        "StorageDetails/QtyHardAvailable",
        "StorageDetails/LastModifiedDateofWarehouseQty",
    ),
    expand=("StorageDetails",),
)
_STOCK_PRICES = Wanted(
    select=(
        "InventoryID",
        "ItemStatus",
        "DefaultPrice",
        "ValuationMethod",
        "AverageCost",
        "LastCost",
        "CurrentStdCost",
    )
)
_OTHER_PRICES = Wanted(
    select=("InventoryID", "ItemStatus", "DefaultPrice", "LastCost", "CurrentStdCost")
)
# Their clock is not ours, and they store the time when a posting began.
_OVERLAP = timedelta(minutes=5)

_Levels = tuple[StockLevel, ...]


class Stock:
    """Reads quantities and prices, whole, and hands them on in pages."""

    def __init__(self, settings: AcumaticaSettings, client: AcumaticaClient) -> None:
        self._settings = settings
        self._client = client
        size = settings.profile.page_size
        good_for = timedelta(seconds=settings.profile.sweep_seconds)
        self._levels: Sweep[_Levels] = Sweep(page_size=size, good_for=good_for)
        self._prices: Sweep[ItemPrice] = Sweep(page_size=size, good_for=good_for)

    async def levels(
        self, warehouses: Collection[str], *, since: datetime | None, cursor: str
    ) -> StockPage:
        """List levels (inquiry IN408050), those that moved since then and their neighbours.

        Raises:
            Unsupported: the user may not see the inquiry.
            Unavailable: no answer.
        """
        wanted = tuple(sorted(set(warehouses)))

        async def read() -> Mapping[str, _Levels]:
            return await self._read_levels(wanted, since)

        page = await self._levels.page((wanted, since), cursor, read)
        levels = tuple(level for item in page.rows for level in item)
        return StockPage(levels=levels, as_of=page.as_of, next_cursor=page.next_cursor)

    async def prices(self, *, price_list: str, currency: str, cursor: str) -> PricePage:
        """List default prices, and costs by each item's valuation method.

        Raises:
            Rejected: a price list is named, or the base currency is another one.
        """
        if price_list:
            raise Rejected(
                f"Acumatica's price list {price_list} cannot be read: only items' default prices "
                "can.",
                remedy="Leave the price list empty.",
            )
        if currency != self._settings.local_currency:
            raise Rejected(
                f"Acumatica's default prices are in {self._settings.local_currency}, not in "
                f"{currency}.",
                remedy="Push prices to a store in the base currency, or correct local_currency.",
            )
        page = await self._prices.page(currency, cursor, self._read_prices)
        return PricePage(prices=page.rows, next_cursor=page.next_cursor)

    async def _read_levels(
        self, warehouses: Collection[str], since: datetime | None
    ) -> Mapping[str, _Levels]:
        levels: dict[str, list[StockLevel]] = {}
        moved: set[str] = set()
        for warehouse in warehouses:
            inquiry = StorageDetailsInquiry(warehouse_id=of(warehouse))
            found = await self._client.inquire(inquiry, _LEVELS)
            for row in found.storage_details or ():
                item = text(row.inventory_id)
                levels.setdefault(item, []).append(self._level(row, item, warehouse))
                if since is None or _moved(row, since):
                    moved.add(item)
        return {item: tuple(levels[item]) for item in moved}

    def _level(self, row: StorageDetail, item: str, warehouse: str) -> StockLevel:
        on_hand = number(row.qty_on_hand)
        counted = {
            "available": row.qty_available,
            "available-for-issue": row.qty_available_for_issue,
            "hard-available": row.qty_hard_available,
            "on-hand": row.qty_on_hand,
        }[self._settings.stock_quantity]
        available = number(counted)
        return StockLevel(
            item=item,
            warehouse=warehouse,
            on_hand=on_hand,
            allocated=max(on_hand - available, Decimal(0)),
            available=available,
        )

    async def _read_prices(self) -> Mapping[str, ItemPrice]:
        stocked = await self._client.rows(StockItem, _STOCK_PRICES)
        others = await self._client.rows(NonStockItem, _OTHER_PRICES)
        prices = [self._price(row, row.default_price, _stocked_cost(row)) for row in stocked]
        for row in others:
            cost = row.current_std_cost if _known(row.current_std_cost) else row.last_cost
            prices.append(self._price(row, row.default_price, cost))
        return {price.item: price for price in prices if price.item}

    def _price(
        self,
        row: StockItem | NonStockItem,
        price: Value[Decimal] | None,
        cost: Value[Decimal] | None,
    ) -> ItemPrice:
        return ItemPrice(
            item=text(row.inventory_id), price=self._money(price), cost=self._money(cost)
        )

    def _money(self, field: Value[Decimal] | None) -> Money | None:
        if field is None or field.value is None:
            return None  # unknown, which is not nothing
        return Money(amount=field.value, currency=self._settings.local_currency)


def _stocked_cost(item: StockItem) -> Value[Decimal] | None:
    """Pick the cost that the item is valued at."""
    method = text(item.valuation_method).casefold()
    if method == "average":
        return item.average_cost
    return item.current_std_cost if method == "standard" else item.last_cost


def _known(field: Value[Decimal] | None) -> bool:
    return field is not None and bool(field.value)


def _moved(row: StorageDetail, since: datetime) -> bool:
    when = row.last_modified_of_quantity
    if when is None or when.value is None or when.value.tzinfo is None:
        return True  # rather one too many
    return when.value >= since - _OVERLAP
