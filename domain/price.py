"""What an item costs: from the ERP's price list to what a store is to show. Pure."""

from collections.abc import Collection
from decimal import ROUND_HALF_UP
from enum import StrEnum

from domain.money import Money, minor_unit
from domain.record import Record


class PriceField(StrEnum):
    """What of a SKU's prices the ERP may own. What it does not own is the merchant's."""

    PRICE = "price"
    SALE_PRICE = "sale-price"
    COST = "cost"


class ItemPrice(Record):
    """One item's prices in the ERP. What is None the ERP does not say."""

    item: str
    price: Money | None = None
    sale_price: Money | None = None
    cost: Money | None = None


class PricePage(Record):
    """A page of prices. `next_cursor` is empty on the last page."""

    prices: tuple[ItemPrice, ...]
    next_cursor: str = ""


class StorePrice(Record):
    """The prices that a SKU is to have in the store, in the store's own currency.

    What is None stays as it is there, except that `clears_sale` ends a sale.
    """

    sku: str
    price_id: str
    price: Money | None = None
    sale_price: Money | None = None
    cost: Money | None = None
    clears_sale: bool = False


def store_price(
    item: ItemPrice, *, sku: str, price_id: str, owned: Collection[PriceField]
) -> StorePrice | None:
    """Say what the store is to show of an item's prices; None: the ERP says nothing that it owns.

    A price of zero or less is taken for a price nobody has set: it would give the goods away. A
    sale price that is no lower than the price is no sale.
    """
    price = _set(item.price) if PriceField.PRICE in owned else None
    cost = _set(item.cost) if PriceField.COST in owned else None
    sale = _set(item.sale_price) if PriceField.SALE_PRICE in owned else None
    usual = _set(item.price)
    if sale is not None and usual is not None and not sale < usual:
        sale = None
    # Without a price of its own the ERP does not know the item, so it cannot have ended its sale.
    ends_sale = PriceField.SALE_PRICE in owned and sale is None and usual is not None
    if price is None and cost is None and sale is None and not ends_sale:
        return None
    return StorePrice(
        sku=sku, price_id=price_id, price=price, sale_price=sale, cost=cost, clears_sale=ends_sale
    )


def _set(amount: Money | None) -> Money | None:
    if amount is None or amount.amount <= 0:
        return None
    unit = minor_unit(amount.currency)
    rounded = amount.amount.quantize(unit, rounding=ROUND_HALF_UP)
    return Money(amount=rounded, currency=amount.currency) if rounded > 0 else None
