"""Products, variants and stock as the v3 API writes them."""

from decimal import Decimal
from typing import Any

from sandbox.bigcommerce.catalogue import Catalogue, Location, Product, Variant
from sandbox.bigcommerce.wire_v3 import number


def product_v3(product: Product, *, variants: bool, fields: frozenset[str]) -> dict[str, Any]:
    """One product; with `fields` only those of its own, the id always."""
    whole: dict[str, Any] = {
        "id": product.id,
        "name": product.name,
        "type": "digital" if product.digital else "physical",
        "sku": product.sku,
        "weight": 1,
        "price": number(product.price),
        "cost_price": number(product.cost_price),
        "retail_price": 0,
        "sale_price": number(product.sale_price),
        "map_price": 0,
        "calculated_price": number(_effective(product.price, product.sale_price)),
        "inventory_tracking": product.tracking,
        "is_visible": True,
        "availability": "available",
        "base_variant_id": product.variants[0].id if product.simple else None,
    }
    shown = {name: whole[name] for name in whole if not fields or name in fields | {"id"}}
    if variants:
        shown["variants"] = [variant_v3(product, one) for one in product.variants]
    return shown


def variant_v3(product: Product, variant: Variant) -> dict[str, Any]:
    """One variant; the base variant of a simple product has no id of a SKU and no options."""
    price = product.price if variant.price is None else variant.price
    sale = product.sale_price if variant.sale_price is None else variant.sale_price
    options = [
        {
            "id": variant.id,
            "label": variant.label,
            "option_id": product.id,
            "option_display_name": "Kind",
        }
    ]
    return {
        "id": variant.id,
        "product_id": product.id,
        "sku": variant.sku,
        "sku_id": None if product.simple else variant.id + 1000,
        "price": None if variant.price is None else number(variant.price),
        "calculated_price": number(_effective(price, sale)),
        "sale_price": None if variant.sale_price is None else number(variant.sale_price),
        "retail_price": None,
        "map_price": {},
        "weight": None,
        "cost_price": number(variant.cost_price),
        "purchasing_disabled": False,
        "option_values": [] if product.simple else options,
    }


def inventory_v3(
    catalogue: Catalogue, variant: Variant, locations: list[Location]
) -> dict[str, Any]:
    """One item of the inventory with its stock at the locations."""
    product = catalogue.products[variant.product_id]
    return {
        "identity": {
            "sku": variant.sku,
            "sku_id": None if product.simple else variant.id + 1000,
            "variant_id": variant.id,
            "product_id": product.id,
        },
        "locations": [
            {
                "location_id": location.id,
                "location_code": location.code,
                "location_name": location.label,
                "location_enabled": True,
                "available_to_sell": catalogue.on_hand(variant.sku, location.id) or 0,
                "total_inventory_onhand": catalogue.on_hand(variant.sku, location.id) or 0,
                "settings": {
                    "safety_stock": 0,
                    "is_in_stock": True,
                    "warning_level": 0,
                    "bin_picking_number": "",
                },
            }
            for location in locations
        ],
    }


def location_v3(location: Location) -> dict[str, Any]:
    """One location."""
    return {
        "id": location.id,
        "code": location.code,
        "label": location.label,
        "enabled": True,
        "type_id": "PHYSICAL",
        "managed_by_external_source": False,
        "storefront_visibility": True,
    }


def _effective(price: Decimal, sale: Decimal) -> Decimal:
    return sale if 0 < sale < price else price
