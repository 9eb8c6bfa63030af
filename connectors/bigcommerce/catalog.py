"""The catalogue: which SKUs there are, and their prices (Catalog API v3)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from connectors.bigcommerce.answers import parsed_rows
from connectors.bigcommerce.client import LARGEST_PAGE, BigCommerceClient
from connectors.bigcommerce.singling import singled_out
from connectors.bigcommerce.wire_catalog import WireProduct, WireVariant
from domain.money import Money
from domain.price import StorePrice
from domain.stock import Refused, StoreItem, StoreItemPage, Taken

PRODUCT, VARIANT = "product", "variant"
# "The maximum items allowed in the array" of both endpoints' 413.
_MOST_PRODUCTS, _MOST_VARIANTS = 10, 50


class Catalog:
    """One store's products and variants."""

    def __init__(self, client: BigCommerceClient) -> None:
        self._client = client

    async def variants(self, cursor: str) -> StoreItemPage:
        """Read one page of products with their variants. The cursor is the page's number.

        The variants come with their products because only these tell how stock is tracked, and
        an adjustment under the wrong identity is refused.
        """
        page = int(cursor or "1")
        operation = "products"
        found = await self._client.v3_page(
            "/v3/catalog/products",
            operation=operation,
            params={
                "include": "variants",
                "include_fields": "sku,inventory_tracking,base_variant_id",
                "sort": "id",
                "page": str(page),
                "limit": str(LARGEST_PAGE),
            },
        )
        products = parsed_rows(WireProduct, found.rows, operation=operation)
        return StoreItemPage(
            items=tuple(item for product in products for item in store_items(product)),
            next_cursor=str(page + 1) if found.more else "",
        )

    async def set_prices(self, batch: Sequence[StorePrice]) -> Taken:
        """Set the prices of products, or of variants; a batch holds only one kind."""
        kind = batch[0].price_id.partition(":")[0]
        path = f"/v3/catalog/{kind}s"
        operation = f"prices of {kind}s"

        async def send(prices: Sequence[StorePrice]) -> None:
            body = [_written(price) for price in prices]
            await self._client.put(path, body, operation=operation)

        singled = await singled_out(batch, send)
        return Taken(
            refused=tuple(
                Refused(sku=batch[position].sku, reason=reason)
                for position, reason in sorted(singled.refused.items())
            ),
            calls=singled.calls,
        )


def store_items(product: WireProduct) -> tuple[StoreItem, ...]:
    """Return a product's SKUs. The SKU of a product with options is not for sale itself.

    Without options prices are the product's; of one with options each variant has its own.
    """
    simple = bool(product.base_variant_id)
    variants = product.variants
    if simple and not variants:
        variants = (WireVariant(id=product.base_variant_id, sku=product.sku),)
    items: list[StoreItem] = []
    for variant in variants:
        sku = variant.sku or (product.sku if simple else "")
        if not sku:
            continue
        stock_id, why = "", ""
        if product.inventory_tracking == "variant":
            stock_id = f"{VARIANT}:{variant.id}"
        elif product.inventory_tracking == "product" and len(variants) == 1:
            stock_id = f"{PRODUCT}:{product.id}"
        elif product.inventory_tracking == "product":
            why = "The store counts this product's options as one; have it track stock by variant."
        else:
            why = "The store does not track this product's stock."
        price_id = f"{PRODUCT}:{product.id}" if simple else f"{VARIANT}:{variant.id}"
        items.append(StoreItem(sku=sku, stock_id=stock_id, price_id=price_id, why=why))
    return tuple(items)


def price_batches(prices: Sequence[StorePrice]) -> tuple[tuple[StorePrice, ...], ...]:
    """Divide into calls: 10 products or 50 variants each."""
    batches: list[tuple[StorePrice, ...]] = []
    for kind, most in ((PRODUCT, _MOST_PRODUCTS), (VARIANT, _MOST_VARIANTS)):
        ours = [price for price in prices if price.price_id.startswith(f"{kind}:")]
        batches += [tuple(ours[start : start + most]) for start in range(0, len(ours), most)]
    return tuple(batches)


def _written(price: StorePrice) -> Mapping[str, object]:
    kind, _, number = price.price_id.partition(":")
    body: dict[str, object] = {"id": int(number)}
    for name, amount in (
        ("price", price.price),
        ("sale_price", price.sale_price),
        ("cost_price", price.cost),
    ):
        if amount is not None:
            body[name] = _amount(amount)
    if price.clears_sale:
        # A variant's null inherits from its product; a product has no null, and 0 is no sale.
        body["sale_price"] = None if kind == VARIANT else 0
    return body


def _amount(amount: Money) -> Decimal:
    return amount.amount.normalize() + Decimal(0)
