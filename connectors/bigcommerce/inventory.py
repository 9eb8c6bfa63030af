"""Stock by location: listing it, and setting it absolutely (Inventory API v3)."""

from collections.abc import Collection, Mapping, Sequence

from connectors.bigcommerce.answers import parsed_rows
from connectors.bigcommerce.catalog import PRODUCT, VARIANT
from connectors.bigcommerce.client import BigCommerceClient
from connectors.bigcommerce.singling import singled_out
from connectors.bigcommerce.wire_catalog import WireInventoryItem
from connectors.errors import Rejected
from domain.stock import Refused, StoreStock, StoreStockPage, Taken

_ITEMS = "/v3/inventory/items"
_LARGEST_PAGE = 1000
_MOST_ADJUSTMENTS = 2000
_REASON = "Stock of the ERP"


class Inventory:
    """One store's stock."""

    def __init__(self, client: BigCommerceClient) -> None:
        self._client = client

    async def listed(self, locations: Collection[str], cursor: str) -> StoreStockPage:
        """Read one page of everything at these locations. The cursor is the page's number."""
        page = int(cursor or "1")
        found = await self._client.v3_page(
            _ITEMS,
            operation="stock",
            params={
                "location_id:in": _ids(locations),
                "page": str(page),
                "limit": str(_LARGEST_PAGE),
            },
        )
        items = parsed_rows(WireInventoryItem, found.rows, operation="stock")
        return StoreStockPage(
            stock=tuple(
                _stock(item, at.location_id, at.total_inventory_onhand)
                for item in items
                for at in item.locations
                if item.identity.sku
            ),
            next_cursor=str(page + 1) if found.more else "",
        )

    async def now(self, wanted: Sequence[StoreStock]) -> tuple[StoreStock, ...]:
        """Read what these SKUs have at these locations; what the store does not know is left out.

        By id, in one call for each way of tracking: a SKU may contain the comma of the list.
        """
        places = {(one.stock_id, one.location): one for one in wanted}
        found: list[StoreStock] = []
        for kind in (PRODUCT, VARIANT):
            ids = {one.stock_id.partition(":")[2] for one in wanted if _kind(one) == kind}
            if not ids:
                continue
            params = {
                f"{kind}_id:in": ",".join(sorted(ids, key=int)),
                "location_id:in": _ids({one.location for one in wanted}),
                "limit": str(_LARGEST_PAGE),
            }
            rows = await self._client.v3_list(_ITEMS, operation="stock", params=params)
            for item in parsed_rows(WireInventoryItem, rows, operation="stock"):
                known = item.identity
                number = known.product_id if kind == PRODUCT else known.variant_id
                for at in item.locations:
                    place = places.get((f"{kind}:{number}", str(at.location_id)))
                    if place is not None:
                        quantity = at.total_inventory_onhand
                        found.append(place.model_copy(update={"quantity": quantity}))
        return tuple(found)

    async def set(self, batch: Sequence[StoreStock]) -> Taken:
        """Set quantities on hand. The platform answers first and applies them afterwards."""

        async def send(items: Sequence[Mapping[str, object]]) -> None:
            body = {"reason": _REASON, "items": items}
            await self._client.put(
                "/v3/inventory/adjustments/absolute", body, operation="an adjustment of stock"
            )

        singled = await singled_out([_adjustment(one) for one in batch], send)
        return Taken(
            refused=tuple(
                Refused(sku=batch[position].sku, location=batch[position].location, reason=reason)
                for position, reason in sorted(singled.refused.items())
            ),
            calls=singled.calls,
        )


def stock_batches(items: Sequence[StoreStock]) -> tuple[tuple[StoreStock, ...], ...]:
    """Divide into calls of 2,000, grouped by location as the documentation asks."""
    grouped = sorted(items, key=lambda one: (_number(one.location), one.sku))
    starts = range(0, len(grouped), _MOST_ADJUSTMENTS)
    return tuple(tuple(grouped[start : start + _MOST_ADJUSTMENTS]) for start in starts)


def _adjustment(stock: StoreStock) -> Mapping[str, object]:
    kind, _, number = stock.stock_id.partition(":")
    return {
        "location_id": _number(stock.location),
        f"{kind}_id": int(number),
        "quantity": stock.quantity,
    }


def _stock(item: WireInventoryItem, location: int, quantity: int) -> StoreStock:
    known = item.identity
    return StoreStock(
        sku=known.sku,
        stock_id=f"{VARIANT}:{known.variant_id}",
        location=str(location),
        quantity=quantity,
    )


def _kind(stock: StoreStock) -> str:
    return stock.stock_id.partition(":")[0]


def _ids(locations: Collection[str]) -> str:
    return ",".join(str(number) for number in sorted(map(_number, locations)))


def _number(location: str) -> int:
    if not (location.isascii() and location.isdigit()):
        raise Rejected(
            f"'{location}' is no BigCommerce location.",
            remedy="Map each warehouse to a location's number: "
            "tillbridge map set location WAREHOUSE 1",
        )
    return int(location)
