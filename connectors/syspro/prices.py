"""Prices by price code: InvPrice, in the company's own currency, and the unit cost beside them."""

from collections.abc import Collection

from connectors.errors import Rejected
from connectors.syspro.find import After, Rows, equals
from connectors.syspro.settings import SysproSettings
from connectors.syspro.stock import whole_items
from connectors.syspro.text import decimal_of
from domain.hold import HoldCode
from domain.money import Money
from domain.price import ItemPrice, PricePage

_KEY = ("StockCode", "PriceCode")


class Prices:
    """One company's price lists."""

    def __init__(self, settings: SysproSettings, rows: Rows) -> None:
        self._settings = settings
        self._limit = settings.profile.find_limit
        self._rows = rows

    async def page(self, *, price_list: str, currency: str, cursor: str) -> PricePage:
        """Read one page of a price code, and of the sale's price code if there is one.

        Raises:
            Unavailable: no answer.
            Rejected: nothing has a price in that list, or the company's currency is another.
        """
        settings = self._settings
        if currency != settings.local_currency:
            raise Rejected(
                f"SYSPRO's price lists are in {settings.local_currency}, not in {currency}.",
                hold=HoldCode.CURRENCY_DIFFERS,
                remedy=f"Set push.prices.currency to {settings.local_currency}.",
            )
        usual, sale = price_list or settings.price_code, settings.sale_price_code
        rows = await self._rows.select(
            "InvPrice",
            (*_KEY, "SellingPrice"),
            where=(equals("PriceCode", *dict.fromkeys(filter(None, (usual, sale)))),),
            order_by=_KEY,
            limit=self._limit,
            after=After(column="StockCode", value=cursor) if cursor else None,
        )
        if not rows and not cursor:
            raise Rejected(
                f"Nothing has a price in SYSPRO's price list {usual}.",
                remedy="Set push.prices.price_list to a price code in use.",
            )
        whole, last = whole_items(rows, limit=self._limit)
        by_code: dict[str, dict[str, Money]] = {}
        for row in whole:
            found = by_code.setdefault(row["StockCode"], {})
            found[row["PriceCode"]] = self._money(row["SellingPrice"])
        costs = await self._costs(by_code, cursor)
        return PricePage(
            prices=tuple(
                ItemPrice(
                    item=code,
                    price=found.get(usual),
                    sale_price=found.get(sale) if sale else None,
                    cost=costs.get(code),
                )
                for code, found in by_code.items()
            ),
            next_cursor=last,
        )

    async def _costs(self, codes: Collection[str], cursor: str) -> dict[str, Money]:
        """Read the unit cost in the usual warehouse, walking the same way as the prices."""
        costs: dict[str, Money] = {}
        last = max(codes, default="")
        while self._settings.warehouse and codes:
            rows = await self._rows.select(
                "InvWarehouse",
                ("StockCode", "Warehouse", "UnitCost"),
                where=(equals("Warehouse", self._settings.warehouse),),
                order_by=("StockCode", "Warehouse"),
                limit=self._limit,
                after=After(column="StockCode", value=cursor) if cursor else None,
            )
            costs |= {row["StockCode"]: self._money(row["UnitCost"]) for row in rows}
            if len(rows) < self._limit or costs.keys() >= {*codes}:
                break
            cursor = rows[-1]["StockCode"]
            # Beyond the page in every order that a database may keep texts in.
            if cursor > last and cursor.casefold() > last.casefold():
                break
        return {code: cost for code, cost in costs.items() if code in codes}

    def _money(self, text: str) -> Money:
        return Money(amount=decimal_of(text), currency=self._settings.local_currency)
