"""Transactions, refunds, customers and hooks as the v3 API writes them: numbers and ISO 8601."""

from collections.abc import Sequence
from decimal import Decimal
from math import ceil
from typing import Any

from sandbox.bigcommerce.hooks import Hook
from sandbox.bigcommerce.records import Customer, CustomerAddress, Refund, Transaction
from sandbox.bigcommerce.refunds import Quote

_INCLUDED_ADDRESSES = 10


def number(amount: Decimal) -> int | float:
    """An amount as a JSON number, which is all v3 offers; only the wire ever sees the float."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def transaction_v3(transaction: Transaction) -> dict[str, Any]:
    """One transaction; the order's id is a string here, and `{}` stands for absent parts."""
    return {
        "id": transaction.id,
        "order_id": str(transaction.order_id),
        "event": transaction.event,
        "method": transaction.method,
        "amount": number(transaction.amount),
        "currency": transaction.currency,
        "gateway": transaction.gateway,
        "gateway_transaction_id": f"ch_{transaction.id}",
        "status": transaction.status,
        "test": False,
        "fraud_review": False,
        "reference_transaction_id": transaction.reference or {},
        "date_created": transaction.created.isoformat(),
        "avs_result": {},
        "cvv_result": {},
        "credit_card": {},
        "gift_certificate": {},
        "store_credit": {},
        "offline": {},
        "custom": {},
        "payment_instrument_token": None,
        "payment_method_id": f"{transaction.gateway}.{transaction.method}",
    }


def refund_v3(refund: Refund) -> dict[str, Any]:
    """One refund with its items and payments."""
    return {
        "id": refund.id,
        "order_id": refund.order_id,
        "user_id": 0,
        "created": refund.created.isoformat(),
        "reason": refund.reason,
        "total_amount": number(refund.total),
        "total_tax": number(refund.tax),
        "uses_merchant_override_values": refund.overridden,
        "items": [
            {
                "item_type": item.item_type,
                "item_id": item.item_id,
                "reason": item.reason,
                "quantity": item.quantity,
                "requested_amount": (
                    None if item.item_type in ("PRODUCT", "GIFT_WRAPPING") else number(item.amount)
                ),
                "adjustments": [
                    {"amount": number(amount), "description": text}
                    for amount, text in item.adjustments
                ],
            }
            for item in refund.items
        ],
        "payments": [
            {
                "id": payment_id,
                "provider_id": payment.provider_id,
                "amount": number(payment.amount),
                "offline": payment.offline,
                "is_declined": False,
                "declined_message": "",
            }
            for payment_id, payment in refund.payments
        ],
    }


def quote_v3(order_id: int, quote: Quote, *, inclusive: bool) -> dict[str, Any]:
    """A refund quote with its alternatives."""
    exempt = (item.amount for item in quote.items if item.item_type == "ORDER")
    return {
        "order_id": order_id,
        "total_refund_amount": number(quote.total),
        "total_refund_tax_amount": number(quote.tax),
        "order_level_refund_amount": number(sum(exempt, Decimal(0))),
        "rounding": 0,
        "adjustment": number(quote.adjustment),
        "tax_inclusive": inclusive,
        "refund_methods": [
            [
                {
                    "provider_id": payment.provider_id,
                    "provider_description": payment.provider_id.title(),
                    "amount": number(payment.amount),
                    "offline": payment.offline,
                    "offline_provider": payment.offline,
                    "offline_reason": "Offline provider" if payment.offline else "",
                }
                for payment in method
            ]
            for method in quote.methods
        ],
    }


def customer_v3(customer: Customer, include: frozenset[str]) -> dict[str, Any]:
    """One customer; included addresses stop at ten, whatever `address_count` says."""
    body: dict[str, Any] = {
        "id": customer.id,
        "email": customer.email,
        "first_name": customer.first_name,
        "last_name": customer.last_name,
        "company": customer.company,
        "phone": customer.phone,
        "notes": customer.notes,
        "tax_exempt_category": customer.tax_exempt_category,
        "registration_ip_address": "",
        "customer_group_id": customer.customer_group_id,
        "date_created": customer.created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "date_modified": customer.modified.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "address_count": len(customer.addresses),
        "attribute_count": 0,
        "authentication": {"force_password_reset": False},
        "accepts_product_review_abandoned_cart_emails": False,
        "origin_channel_id": 1,
        "channel_ids": None,
    }
    if "addresses" in include:
        body["addresses"] = [address_v3(one) for one in customer.addresses[:_INCLUDED_ADDRESSES]]
    if "storecredit" in include:
        body["store_credit_amounts"] = [{"amount": number(customer.store_credit)}]
    if "attributes" in include:
        body["attributes"] = []
    if "formfields" in include:
        body["form_fields"] = []
    return body


def address_v3(entry: CustomerAddress) -> dict[str, Any]:
    """One entry of an address book, with the v3 field names."""
    address = entry.address
    return {
        "id": entry.id,
        "customer_id": entry.customer_id,
        "first_name": address.first_name,
        "last_name": address.last_name,
        "company": address.company,
        "address1": address.street_1,
        "address2": address.street_2,
        "city": address.city,
        "state_or_province": address.state,
        "postal_code": address.zip,
        "country": address.country,
        "country_code": address.country_iso2,
        "phone": address.phone,
        "address_type": "commercial" if address.company else "residential",
    }


def hook_v3(hook: Hook, store_hash: str) -> dict[str, Any]:
    """One webhook registration."""
    return {
        "id": hook.id,
        "client_id": hook.client_id,
        "store_hash": store_hash,
        "scope": hook.scope,
        "destination": hook.destination,
        "headers": hook.headers or None,
        "is_active": hook.is_active,
        "created_at": hook.created_at,
        "updated_at": hook.updated_at,
    }


def page_v3(found: Sequence[Any], *, page: int, limit: int) -> tuple[list[Any], dict[str, Any]]:
    """One page and its `meta.pagination`."""
    shown = list(found[(page - 1) * limit : page * limit])
    pages = max(ceil(len(found) / limit), 1)
    links = {"current": f"?page={page}&limit={limit}"}
    if page > 1:
        links["previous"] = f"?page={page - 1}&limit={limit}"
    if page < pages:
        links["next"] = f"?page={page + 1}&limit={limit}"
    pagination = {
        "total": len(found),
        "count": len(shown),
        "per_page": limit,
        "current_page": page,
        "total_pages": pages,
        "links": links,
    }
    return shown, {"pagination": pagination}
