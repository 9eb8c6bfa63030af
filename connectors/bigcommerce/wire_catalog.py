"""BigCommerce's products and their stock as they come (v3)."""

from typing import Annotated

from connectors.bigcommerce.fields import Entries, Id, Text
from connectors.bigcommerce.wire import Wire


class WireVariant(Wire):
    """What is sold. A simple product has one, its base variant, with the product's own SKU."""

    id: int
    sku: Text = ""


class WireProduct(Wire):
    """A product. `base_variant_id` is empty where it has options."""

    id: int
    sku: Text = ""
    inventory_tracking: Text = ""
    base_variant_id: Id = 0
    variants: Annotated[tuple[WireVariant, ...], Entries] = ()


class WireIdentity(Wire):
    """By what an inventory item can be named."""

    sku: Text = ""
    product_id: Id = 0
    variant_id: Id = 0


class WireLocationStock(Wire):
    """The stock at one location, before the store's own safety stock is taken off."""

    location_id: int
    total_inventory_onhand: Id = 0


class WireInventoryItem(Wire):
    """An item with its stock by location."""

    identity: WireIdentity
    locations: Annotated[tuple[WireLocationStock, ...], Entries] = ()


class WireLocation(Wire):
    """A place where stock lies; what is not `enabled` is not sold from."""

    id: Id = 0
    label: Text = ""
    enabled: bool = True
