"""Orders as the v2 API writes them: amounts as strings of four decimals, dates as RFC 2822."""

from datetime import datetime
from decimal import Decimal
from email.utils import format_datetime
from typing import Any

from sandbox.bigcommerce.drafts import AddressDraft
from sandbox.bigcommerce.lines_v2 import amounts, lines_v2, money
from sandbox.bigcommerce.pricing import Amount
from sandbox.bigcommerce.records import Order
from sandbox.bigcommerce.settings import STATUSES, StoreSettings

_INCLUDED_LINES = 50
_COUPON_TYPES = {"per_item": 0, "percent": 1, "per_total": 2, "free_shipping": 4}


def rfc2822(moment: datetime) -> str:
    """A time as v2 shows it, such as `Tue, 05 Mar 2019 21:40:11 +0000`."""
    return format_datetime(moment)


def order_v2(order: Order, settings: StoreSettings, include: frozenset[str]) -> dict[str, Any]:
    """One order, with link stubs for whatever is not included."""
    body = _head(order) | _figures(order) | _currency(order, settings) | _people(order)
    body["products"] = _stub(order, settings, "products")
    body["shipping_addresses"] = _stub(order, settings, "shipping_addresses", "shippingaddresses")
    body["coupons"] = _stub(order, settings, "coupons")
    body["fees"] = fees_v2(order) if "fees" in include else _stub(order, settings, "fees")
    if include & {"consignments", "consignments.line_items"}:
        body["consignments"] = _consignments(
            order, settings, with_lines="consignments.line_items" in include
        )
    else:
        body["consignments"] = _stub(order, settings, "consignments")
    return body


def _head(order: Order) -> dict[str, Any]:
    status = STATUSES[order.status_id]
    return {
        "id": order.id,
        "customer_id": order.customer_id,
        "date_created": rfc2822(order.created),
        "date_modified": rfc2822(order.modified),
        "date_shipped": rfc2822(order.modified) if order.status_id == 2 else "",
        "status_id": order.status_id,
        "status": status,
        "custom_status": status,
        "cart_id": order.cart_id,
        "channel_id": order.draft.channel_id,
        "order_source": "www",
        "external_source": None,
        "external_id": None,
        "external_merchant_id": None,
        "external_order_id": order.external_order_id or "",
        "ebay_order_id": "0",
        "is_deleted": order.is_deleted,
        "is_email_opt_in": False,
        # Sent where null is meant, as live answers do (card, section 11).
        "credit_card_type": {},
        "payment_method": order.payment_label,
        "payment_provider_id": "",
        "payment_status": order.payment_status,
        "staff_notes": order.staff_notes,
        "customer_message": order.draft.customer_message,
        "tax_provider_id": "BasicTaxProvider",
        "customer_locale": "en",
        "ip_address": "127.0.0.1",
        "ip_address_v6": "",
        "geoip_country": order.draft.billing.country,
        "geoip_country_iso2": order.draft.billing.country_iso2,
    }


def _figures(order: Order) -> dict[str, Any]:
    prices = order.prices
    body: dict[str, Any] = {
        **amounts("subtotal", prices.subtotal),
        **amounts("total", prices.total),
        "is_tax_inclusive_pricing": order.inclusive,
        "items_total": sum(line.draft.quantity for line in prices.lines),
        "items_shipped": 0,
        "order_is_digital": all(line.draft.type != "physical" for line in prices.lines),
        "shipping_address_count": len(prices.addresses),
        # Always 0, however much was refunded (card, section 0).
        "refunded_amount": "0.0000",
        "store_credit_amount": money(prices.store_credit),
        "gift_certificate_amount": money(prices.gift_certificate),
        "discount_amount": money(prices.discount),
        "coupon_discount": money(prices.coupon_discount),
    }
    base_shipping = sum((one.base_shipping for one in prices.addresses), Decimal(0))
    charges = (
        ("shipping", prices.shipping),
        ("handling", prices.handling),
        ("wrapping", prices.wrapping),
    )
    for name, charge in charges:
        base = base_shipping if name == "shipping" else _entered(order, charge)
        body |= {f"base_{name}_cost": money(base), f"{name}_cost_tax_class_id": 2}
        body |= amounts(f"{name}_cost", charge)
    return body


def _currency(order: Order, settings: StoreSettings) -> dict[str, Any]:
    foreign = order.currency != settings.currency
    return {
        "currency_id": 2 if foreign else 1,
        "currency_code": order.currency,
        "currency_exchange_rate": "1.0000000000",
        "default_currency_id": 2 if foreign else 1,
        "default_currency_code": order.currency,
        "store_default_currency_code": settings.currency,
        "store_default_to_transactional_exchange_rate": f"{order.draft.exchange_rate:.10f}",
    }


def _people(order: Order) -> dict[str, Any]:
    return {"billing_address": {**_address(order.draft.billing), "form_fields": []}}


def addresses_v2(order: Order, settings: StoreSettings) -> list[dict[str, Any]]:
    """Ship-to addresses, each with its own shipping and handling cost."""
    found: list[dict[str, Any]] = []
    for position, (address_id, priced) in enumerate(
        zip(order.address_ids, order.prices.addresses, strict=True)
    ):
        draft = order.draft.shipping[position]
        mine = [x for x in order.draft.lines if x.ship_to == position and x.type == "physical"]
        quotes = f"shippingaddresses/{address_id}/shippingquotes"
        found.append(
            {
                "id": address_id,
                "order_id": order.id,
                **_address(draft.address),
                "items_total": sum(line.quantity for line in mine),
                "items_shipped": 0,
                "shipping_method": draft.method,
                "base_cost": money(priced.base_shipping),
                **amounts("cost", priced.shipping),
                "cost_tax_class_id": 2,
                "base_handling_cost": money(_entered(order, priced.handling)),
                **amounts("handling_cost", priced.handling),
                "handling_cost_tax_class_id": 2,
                "shipping_zone_id": 1,
                "shipping_zone_name": draft.address.country,
                "form_fields": [],
                "shipping_quotes": _stub(order, settings, quotes),
            }
        )
    return found


def coupons_v2(order: Order) -> list[dict[str, Any]]:
    """The coupons used; amounts are numbers in this resource."""
    return [
        {
            "id": order.id * 10 + number,
            "coupon_id": number + 1,
            "order_id": order.id,
            "code": coupon.draft.code,
            "amount": money(coupon.draft.amount),
            "type": _COUPON_TYPES[coupon.draft.type],
            "discount": float(coupon.discount),
        }
        for number, coupon in enumerate(order.prices.coupons)
    ]


def fees_v2(order: Order) -> list[dict[str, Any]]:
    """Custom fees."""
    return [
        {
            "id": fee_id,
            "type": "custom_fee",
            "display_name_customer": fee.draft.name,
            "display_name_merchant": fee.draft.name,
            "source": "v2",
            "base_cost": money(fee.draft.cost),
            **amounts("cost", fee.cost),
            "tax_class_id": 0,
        }
        for fee_id, fee in zip(order.fee_ids, order.prices.fees, strict=True)
    ]


def _consignments(order: Order, settings: StoreSettings, *, with_lines: bool) -> dict[str, Any]:
    lines = lines_v2(order)
    shipping: list[dict[str, Any]] = []
    for position, address_id in enumerate(order.address_ids):
        draft = order.draft.shipping[position]
        entry = {"id": address_id, **_address(draft.address), "shipping_method": draft.method}
        own = [line for line in lines if line["order_address_id"] == address_id]
        entry["line_items"] = (
            _truncated(own) if with_lines else [_stub(order, settings, "products")]
        )
        shipping.append(entry)
    digital = [line for line in lines if line["type"] == "digital"]
    downloads = [{"line_items": _truncated(digital)}] if digital and with_lines else []
    return {"pickups": [], "shipping": shipping, "downloads": downloads, "gift_certificates": []}


def _truncated(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Included line items are cut at fifty, marked by a warning in the list (card, 4.1)."""
    if len(lines) <= _INCLUDED_LINES:
        return lines
    warning = f"Only the first {_INCLUDED_LINES} line items are included."
    return [*lines[:_INCLUDED_LINES], {"__warning__": warning}]


def _entered(order: Order, amount: Amount) -> Decimal:
    return amount.inc if order.inclusive else amount.ex


def _address(address: AddressDraft) -> dict[str, str]:
    return address.model_dump()


def _stub(order: Order, settings: StoreSettings, name: str, path: str = "") -> dict[str, str]:
    resource = f"/orders/{order.id}/{path or name}"
    root = f"https://api.bigcommerce.com/stores/{settings.store_hash}/v2"
    return {"url": f"{root}{resource}", "resource": resource}
