"""An order's tax lines as the v2 API writes them."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from sandbox.bigcommerce.lines_v2 import money
from sandbox.bigcommerce.pricing import Amount
from sandbox.bigcommerce.records import Order


def taxes_v2(order: Order, *, details: bool) -> list[dict[str, Any]]:
    """One entry per taxed thing; `details` names the thing. Fees are taxed, but not listed."""
    return [
        {
            "id": order.id * 1000 + number,
            "order_id": order.id,
            "order_address_id": address,
            "tax_rate_id": 1,
            "sales_tax_id": "basic-1",
            "tax_class_id": 0,
            "name": order.draft.tax_name,
            "class": "Default Tax Class",
            "rate": money(rate),
            "priority": 0,
            "priority_amount": money(amount.tax),
            "line_amount": money(amount.tax),
            "order_pickup_method_id": 0,
            **({"order_product_id": product, "line_item_type": kind} if details else {}),
        }
        for number, (kind, product, address, rate, amount) in enumerate(_taxed(order))
    ]


def _taxed(order: Order) -> Iterator[tuple[str, str | None, int, Decimal, Amount]]:
    addresses = order.address_ids
    for line_id, line in zip(order.line_ids, order.prices.lines, strict=True):
        ships = line.draft.type == "physical" and addresses
        address = addresses[line.draft.ship_to] if ships else 0
        if line.total.tax:
            yield "item", str(line_id), address, line.rate, line.total
        if line.wrapping.tax:
            yield "gift-wrapping", str(line_id), address, line.rate, line.wrapping
    for address, priced in zip(addresses, order.prices.addresses, strict=True):
        if priced.shipping.tax:
            yield "shipping", None, address, order.draft.tax_rate, priced.shipping
        if priced.handling.tax:
            yield "handling", None, address, order.draft.tax_rate, priced.handling
