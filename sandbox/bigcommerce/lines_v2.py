"""Product lines as the v2 API writes them."""

from decimal import Decimal
from typing import Any

from sandbox.assortment import ASSORTMENT, UNLISTED_SKU
from sandbox.bigcommerce.pricing import Amount, Discount, PricedLine
from sandbox.bigcommerce.records import Order

_SKUS = [*(product.sku for product in ASSORTMENT), UNLISTED_SKU]
_NAMES = {product.sku: product.name for product in ASSORTMENT} | {UNLISTED_SKU: "Mystery box"}
_WEIGHTS = {product.sku: product.weight for product in ASSORTMENT}


def money(amount: Decimal) -> str:
    """An amount as v2 shows it."""
    return f"{amount:.4f}"


def amounts(name: str, amount: Amount) -> dict[str, str]:
    """An amount as its three fields."""
    return {
        f"{name}_ex_tax": money(amount.ex),
        f"{name}_inc_tax": money(amount.inc),
        f"{name}_tax": money(amount.tax),
    }


def product_id(sku: str) -> int:
    """The catalogue id of a SKU; 0 marks a custom line."""
    return 101 + _SKUS.index(sku) if sku in _SKUS else 0


def lines_v2(order: Order) -> list[dict[str, Any]]:
    """The order's product lines."""
    return [_line(order, position) for position in range(len(order.prices.lines))]


def _line(order: Order, position: int) -> dict[str, Any]:
    line = order.prices.lines[position]
    draft = line.draft
    line_id = order.line_ids[position]
    known = product_id(draft.sku)
    refunded = order.quantity_refunded(line_id)
    ships = draft.type == "physical" and bool(order.address_ids)
    parent = None if draft.parent is None else order.line_ids[draft.parent]
    name = draft.name or _NAMES.get(draft.sku, draft.sku)
    return _UNUSED | {
        "id": line_id,
        "order_id": order.id,
        "product_id": known,
        "variant_id": known and known + 1000,
        "order_pickup_method_id": 0,
        "order_address_id": order.address_ids[draft.ship_to] if ships else 0,
        "name": name,
        "name_customer": name,
        "name_merchant": name,
        "sku": draft.sku,
        "upc": "",
        "brand": "",
        "type": draft.type,
        "base_price": money(draft.price),
        **amounts("price", line.unit),
        "base_total": money(draft.price * draft.quantity),
        **amounts("total", line.total),
        "quantity": draft.quantity,
        "weight": money(_WEIGHTS.get(draft.sku, Decimal(0))),
        "is_refunded": refunded >= draft.quantity > 0,
        "quantity_refunded": refunded,
        "refund_amount": "0.0000",
        "return_id": 0,
        "quantity_shipped": draft.quantity if order.status_id == 2 else 0,
        **_wrapping(line),
        "parent_order_product_id": parent,
        "is_bundled_product": parent is not None,
        "gift_certificate_id": line_id if draft.type == "giftcertificate" else None,
        "applied_discounts": [_discount(discount) for discount in line.discounts],
        "discounted_total_inc_tax": money(line.discounted_inc),
        "product_options": [_option(line_id, *option) for option in enumerate(draft.options)],
        "configurable_fields": [],
    }


def _wrapping(line: PricedLine) -> dict[str, Any]:
    return {
        "wrapping_id": 1 if line.draft.wrapping else 0,
        "wrapping_name": "Gift wrapping" if line.draft.wrapping else None,
        "wrapping_message": "",
        "base_wrapping_cost": money(line.draft.wrapping),
        **amounts("wrapping_cost", line.wrapping),
    }


def _discount(discount: Discount) -> dict[str, Any]:
    return {
        "id": discount.id,
        "amount": money(discount.amount),
        "name": discount.name,
        "code": discount.code,
        "target": discount.target,
    }


def _option(line_id: int, number: int, option: tuple[str, str]) -> dict[str, Any]:
    name, value = option
    return {
        "id": line_id * 10 + number,
        "option_id": number + 1,
        "order_product_id": line_id,
        "product_option_id": number + 1,
        "display_name": name,
        "display_value": value,
        "display_name_customer": name,
        "display_value_customer": value,
        "display_name_merchant": name,
        "display_value_merchant": value,
        "value": value,
        "type": "Multiple choice",
        "name": name,
        "display_style": "Pick list",
    }


_UNUSED: dict[str, Any] = {
    "width": "0.0000",
    "height": "0.0000",
    "depth": "0.0000",
    "base_cost_price": "0.0000",
    **amounts("cost_price", Amount()),
    "fixed_shipping_cost": "0.0000",
    "ebay_item_id": "",
    "ebay_transaction_id": "",
    "option_set_id": None,
    "bin_picking_number": "",
    "event_name": None,
    "event_date": None,
    "external_id": None,
}
"""Fields that every line has and that the stand-in gives no meaning."""
