"""Stock by a stored SQL query over OITW: the few columns that count, instead of whole items.

SQLQueries('code')/List takes parameters in its address (Service Layer user manual, SQL Queries).
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from pydantic import Field

from connectors.errors import NotFound, Rejected, Unavailable
from connectors.sap_business_one.answers import parsed
from connectors.sap_business_one.client import ServiceLayerClient
from connectors.sap_business_one.settings import SapBusinessOneSettings
from connectors.sap_business_one.wire import Number, Text, Wire
from domain.stock import StockLevel, StockPage

STOCK_QUERY = (
    "SELECT T0.[ItemCode], T0.[WhsCode], T0.[OnHand], T0.[IsCommited] FROM [OITW] T0 "
    "WHERE T0.[ItemCode] > :after ORDER BY T0.[ItemCode], T0.[WhsCode]"
)


class WireStockRow(Wire):
    """A row of OITW; SAP spells the committed quantity so."""

    item: Text = Field(alias="ItemCode")
    warehouse: Text = Field(alias="WhsCode")
    on_hand: Number = Field(alias="OnHand", default=Decimal(0))
    committed: Number = Field(alias="IsCommited", default=Decimal(0))


async def queried_levels(
    client: ServiceLayerClient,
    settings: SapBusinessOneSettings,
    warehouses: Collection[str],
    *,
    cursor: str,
) -> StockPage:
    """Return the page of stock that follows an item code.

    Raises:
        Rejected: the stored query does not exist.
        Unavailable: one item has more warehouses than a page has rows.
    """
    as_of = datetime.now(UTC)
    try:
        told, more = await client.query_page(settings.profile.stock_query, after=cursor)
    except NotFound:
        raise Rejected(
            f"The stored query {settings.profile.stock_query} does not exist in SAP Business One.",
            remedy="Create it as docs/sap-business-one.md says, or clear profile.stock_query.",
        ) from None
    rows = [parsed(WireStockRow, row, "SQLQueries") for row in told]
    whole = _whole_items(rows) if more else rows
    if more and not whole:
        raise Unavailable("A page of SAP Business One's stock query holds not even one item.")
    wanted = frozenset(warehouses)
    levels = tuple(
        StockLevel(
            item=row.item,
            warehouse=row.warehouse,
            on_hand=row.on_hand,
            allocated=row.committed,
            available=row.on_hand - row.committed,
        )
        for row in whole
        if row.warehouse in wanted
    )
    return StockPage(levels=levels, as_of=as_of, next_cursor=whole[-1].item if more else "")


def _whole_items(rows: Sequence[WireStockRow]) -> Sequence[WireStockRow]:
    """Leave out the last item, of which the page may have cut something off."""
    return [row for row in rows if row.item != rows[-1].item]
