"""How a connection reaches a Business One stand-in, and what maps to its items and accounts."""

from collections.abc import Mapping

from sandbox.sap_business_one.settings import SapSettings

GUEST = "WEB0001"
GUEST_EUR = "WEBEUR"

MAPPINGS: dict[str, dict[str, str]] = {
    "revenue": {
        "shipping": "expense:1",
        "handling": "expense:2",
        "wrapping": "expense:3",
        "fee": "item:FEES",
        "gift-certificate": "item:GIFTCERT",
        "rounding": "expense:5",
    },
    "payment-method": {
        "card": "161010",
        "offline": "161020",
        "store-credit": "212010",
        "gift-certificate": "212020",
    },
}


def erp_access(site: SapSettings, base_url: str) -> dict[str, object]:
    """Return a connection's `erp` table for the stand-in served at the address."""
    return {
        "type": "sap-business-one",
        "base_url": base_url,
        "protocol": "v2",
        "company_db": site.company_db,
        "username": site.username,
        "password": site.password,
        "language": 23,
        "document": "invoice",
        "tax_field": site.tax_field,
        "tax_code": "WEB" if site.tax_field == "TaxCode" else "S1",
        "exempt_tax_code": "EX" if site.tax_field == "TaxCode" else "S0",
        "default_warehouse": site.default_warehouse,
        "reference_field": f"U_{site.user_field}",
        "charge_item": "FEES",
        "freight_expense": 1,
        "rounding_class": "expense:5",
        "local_currency": site.local_currency,
    }


def rehearsed(erp: Mapping[str, object]) -> dict[str, object]:
    """Return what of a connection's `erp` table decides how it posts, with codes known here."""
    decisive = ("document", "protocol", "customer_strategy", "profile")
    kept = {name: erp[name] for name in decisive if name in erp}
    if kept.get("customer_strategy") == "single":
        kept["web_customers"] = {"USD": GUEST, "EUR": GUEST_EUR}
    return kept
