"""Stock by warehouse: InvWarehouse, read whole, as nothing in it tells when it changed."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from decimal import Decimal

from connectors.errors import Rejected
from connectors.syspro.find import After, Row, Rows, equals
from connectors.syspro.settings import SysproSettings
from connectors.syspro.text import decimal_of
from domain.stock import StockLevel, StockPage

_TABLE = "InvWarehouse"
_KEY = ("StockCode", "Warehouse")


class Stock:
    """The levels of one company's warehouses."""

    def __init__(self, settings: SysproSettings, rows: Rows) -> None:
        self._taken = settings.profile.stock_taken_columns
        self._limit = settings.profile.find_limit
        self._rows = rows

    async def page(self, warehouses: Collection[str], *, cursor: str) -> StockPage:
        """Read one page. The cursor is the last stock code that was told of.

        Raises:
            Unavailable: no answer.
            Rejected: one item has more warehouses than a page has rows.
        """
        as_of = datetime.now(UTC)
        rows = await self._rows.select(
            _TABLE,
            (*_KEY, "QtyOnHand", *self._taken),
            where=(equals("Warehouse", *sorted(warehouses)),),
            order_by=_KEY,
            limit=self._limit,
            after=After(column="StockCode", value=cursor) if cursor else None,
        )
        whole, last = whole_items(rows, limit=self._limit)
        return StockPage(
            levels=tuple(self._level(row) for row in whole), as_of=as_of, next_cursor=last
        )

    async def is_kept_in(self, warehouse: str) -> bool:
        """Tell whether any stock code is kept in the warehouse."""
        found = await self._rows.select(
            _TABLE, _KEY, where=(equals("Warehouse", warehouse),), order_by=_KEY, limit=1
        )
        return bool(found)

    def _level(self, row: Row) -> StockLevel:
        on_hand = decimal_of(row["QtyOnHand"])
        taken = sum((decimal_of(row[column]) for column in self._taken), Decimal(0))
        return StockLevel(
            item=row["StockCode"],
            warehouse=row["Warehouse"],
            on_hand=on_hand,
            allocated=taken,
            available=on_hand - taken,
        )


def whole_items(
    rows: tuple[Mapping[str, str], ...], *, limit: int
) -> tuple[tuple[Mapping[str, str], ...], str]:
    """Cut a page behind its last whole item; return it and the code to go on from, if any.

    Raises:
        Rejected: not even the page's first item is whole.
    """
    if len(rows) < limit:
        return rows, ""
    perhaps_cut = rows[-1]["StockCode"]
    whole = tuple(row for row in rows if row["StockCode"] != perhaps_cut)
    if not whole:
        raise Rejected(
            f"SYSPRO has {limit} rows or more of item {perhaps_cut}.",
            remedy="Raise find_limit in the connection's erp.profile.",
        )
    return whole, whole[-1]["StockCode"]
