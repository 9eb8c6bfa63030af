"""Stock, prices and costs, swept item by item: SAP keeps no mark of what has changed."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field

from connectors.errors import NotFound, Rejected
from connectors.sap_business_one.answers import parsed
from connectors.sap_business_one.client import ServiceLayerClient, keyed
from connectors.sap_business_one.settings import SapBusinessOneSettings
from connectors.sap_business_one.stock_query import queried_levels
from connectors.sap_business_one.wire import Flag, Number, Text, Wire
from domain.money import Money
from domain.price import ItemPrice, PricePage
from domain.stock import StockLevel, StockPage


def _rows(value: object) -> object:
    return [] if value is None else value


class WireLevel(Wire):
    """An item in one warehouse."""

    warehouse: Text = Field(alias="WarehouseCode", default="")
    on_hand: Number = Field(alias="InStock", default=Decimal(0))
    committed: Number = Field(alias="Committed", default=Decimal(0))
    cost: Number = Field(alias="StandardAveragePrice", default=Decimal(0))


class WirePrice(Wire):
    """An item's price in one price list."""

    price_list: int = Field(alias="PriceList")
    price: Number = Field(alias="Price", default=Decimal(0))
    currency: Text = Field(alias="Currency", default="")


class WireStockedItem(Wire):
    """An item with its warehouses and prices."""

    code: Text = Field(alias="ItemCode")
    average: Number = Field(alias="AvgStdPrice", default=Decimal(0))
    levels: Annotated[tuple[WireLevel, ...], BeforeValidator(_rows)] = Field(
        alias="ItemWarehouseInfoCollection", default=()
    )
    prices: Annotated[tuple[WirePrice, ...], BeforeValidator(_rows)] = Field(
        alias="ItemPrices", default=()
    )


class WirePriceList(Wire):
    """A price list."""

    number: int = Field(alias="PriceListNo")
    name: Text = Field(alias="PriceListName", default="")
    currency: Text = Field(alias="DefaultPrimeCurrency", default="")
    gross: Flag = Field(alias="IsGrossPrice", default=False)
    active: Flag = Field(alias="Active", default=True)


class Stock:
    """Reads items by code, a page at a time."""

    def __init__(self, settings: SapBusinessOneSettings, client: ServiceLayerClient) -> None:
        self._settings = settings
        self._client = client

    async def levels(self, warehouses: Collection[str], *, cursor: str = "") -> StockPage:
        """List the stock of these warehouses, a page of items at a time.

        Available is what is in stock less what orders have committed; what is on its way from
        suppliers does not count.
        """
        if self._settings.profile.stock_query:
            return await queried_levels(self._client, self._settings, warehouses, cursor=cursor)
        as_of = datetime.now(UTC)
        rows, more = await self._client.page_after(
            "Items",
            ("ItemCode", "ItemWarehouseInfoCollection"),
            key="ItemCode",
            last=cursor,
            where="InventoryItem eq 'tYES'",
            size=self._settings.profile.sweep_page_size,
        )
        items = [parsed(WireStockedItem, row, "Items") for row in rows]
        wanted = frozenset(warehouses)
        levels = [
            StockLevel(
                item=item.code,
                warehouse=level.warehouse,
                on_hand=level.on_hand,
                allocated=level.committed,
                available=level.on_hand - level.committed,
            )
            for item in items
            for level in item.levels
            if level.warehouse in wanted
        ]
        following = items[-1].code if items and more else ""
        return StockPage(levels=tuple(levels), as_of=as_of, next_cursor=following)

    async def price_list(self, number: str) -> WirePriceList:
        """Return the price list of that number.

        Raises:
            Rejected: there is none.
        """
        code = number or str(self._settings.price_list or "")
        if not (code.isascii() and code.isdigit()):
            raise Rejected(
                f"'{code}' is no price list of SAP Business One.",
                remedy="Name the list by its number, or set price_list.",
            )
        try:
            return await self._client.read(keyed("PriceLists", int(code)), WirePriceList)
        except NotFound:
            raise Rejected(
                f"SAP Business One has no price list {code}.",
                remedy="Name a list that exists, by its number.",
            ) from None

    async def prices(self, *, price_list: str, currency: str, cursor: str = "") -> PricePage:
        """List the prices of a list and the average cost, a page of items at a time.

        A single item's price in another currency than its list's is none that could be told.

        Raises:
            Rejected: there is no such list, or it is not kept in that currency.
        """
        chosen = await self.price_list(price_list)
        kept_in = self._settings.iso_currency(chosen.currency)
        if kept_in != currency:
            raise Rejected(
                f"Price list {chosen.number} ({chosen.name}) is kept in {kept_in}, not in "
                f"{currency}.",
                remedy="Name a price list in the store's currency.",
            )
        rows, more = await self._client.page_after(
            "Items",
            ("ItemCode", "AvgStdPrice", "ItemPrices"),
            key="ItemCode",
            last=cursor,
            size=self._settings.profile.sweep_page_size,
        )
        items = [parsed(WireStockedItem, row, "Items") for row in rows]
        prices = [self._prices_of(item, chosen, currency) for item in items]
        following = items[-1].code if items and more else ""
        return PricePage(prices=tuple(prices), next_cursor=following)

    def _prices_of(self, item: WireStockedItem, chosen: WirePriceList, currency: str) -> ItemPrice:
        told: Mapping[int, WirePrice] = {one.price_list: one for one in item.prices}
        own = told.get(chosen.number)
        price: Money | None = None
        if own and own.price and self._settings.iso_currency(own.currency) == currency:
            price = Money(amount=own.price, currency=currency)
        local = self._settings.local_currency
        # Cost is in the company's currency, whatever the prices are in.
        cost = Money(amount=item.average, currency=local) if item.average else None
        return ItemPrice(item=item.code, price=price, cost=cost if local == currency else None)
