"""What a store and an ERP must be able to do for stock and prices. Part of their contract."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from domain.price import PricePage, StorePrice
from domain.stock import StockPage, StoreItemPage, StoreStock, StoreStockPage, Taken


class TakesStock(Protocol):
    """A store whose stock and prices can be set. The names are those of `Capability`."""

    async def variants(self, *, cursor: str = "") -> StoreItemPage:
        """List every SKU that can be sold, a page at a time, one call each.

        With `Capability.STOCK_IN` or `PRICES_IN`.
        """
        ...

    async def stock_now(self, items: Sequence[StoreStock]) -> tuple[StoreStock, ...]:
        """Read what the store has of these SKUs at these locations now; meant for a sample.

        What the store does not know is left out. With `Capability.STOCK_IN`.
        """
        ...

    async def stock_listed(self, locations: Collection[str], *, cursor: str = "") -> StoreStockPage:
        """List what the store has at these locations now, a page at a time, one call each.

        With `Capability.STOCK_IN`.
        """
        ...

    def stock_batches(self, items: Sequence[StoreStock]) -> tuple[tuple[StoreStock, ...], ...]:
        """Divide into what one call can take, in as few calls as there can be."""
        ...

    async def set_stock(self, batch: Sequence[StoreStock]) -> Taken:
        """Set quantities, absolutely: repeating it is harmless. One caller at a time.

        The store may apply them a while later: an immediate `stock_now` proves nothing. What
        it refuses is found out and told; the rest of the batch is taken all the same.

        Raises:
            OutcomeUnknown: they may have been applied; set them again, with newer numbers.
        """
        ...

    @property
    def stock_settles_seconds(self) -> float:
        """Return after how long `stock_now` can be believed about what was set."""
        ...

    def price_batches(self, prices: Sequence[StorePrice]) -> tuple[tuple[StorePrice, ...], ...]:
        """Divide into what one call can take, in as few calls as there can be."""
        ...

    async def set_prices(self, batch: Sequence[StorePrice]) -> Taken:
        """Set prices. As `set_stock`; with `Capability.PRICES_IN`.

        Raises:
            Rejected: the store's prices are in another currency.
        """
        ...


class TellsStock(Protocol):
    """An ERP that tells stock and prices. The names are those of `Capability`."""

    async def stock(
        self, warehouses: Collection[str], *, since: datetime | None = None, cursor: str = ""
    ) -> StockPage:
        """List the stock of these warehouses, a page at a time. With `Capability.STOCK`.

        With `Capability.CHANGED_STOCK` and a `since` only items whose stock changed in one of
        the warehouses since then, rather too many than too few, each with its levels in all of
        them. Without that capability `since` is ignored and everything is listed. Items are
        listed by code, so that a cursor stays good while stock moves.
        """
        ...

    async def prices(self, *, price_list: str, currency: str, cursor: str = "") -> PricePage:
        """List the prices of a list, a page at a time. With `Capability.PRICES`.

        `price_list` is the ERP's own code of it; empty: the ERP's usual one. Prices are per one
        stock unit, for anybody, at the smallest quantity, and valid now.

        Raises:
            Rejected: there is no such list, or it is not kept in that currency.
        """
        ...
