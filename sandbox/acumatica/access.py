"""How a connection reaches an Acumatica stand-in, and what maps to its items and accounts."""

from collections.abc import Mapping
from typing import Literal

from sandbox.acumatica.settings import AcumaticaSettings

MAPPINGS: dict[str, dict[str, str]] = {
    "revenue": {
        "shipping": "FREIGHT",
        "handling": "FEES",
        "wrapping": "WRAP",
        "fee": "FEES",
        "gift-certificate": "GIFTCERT",
        "rounding": "ROUNDING",
    },
    "payment-method": {
        "card": "STORECC/10600",
        "card:EUR": "STORECC/10610",
        "card:JPY": "STORECC/10620",
        "offline": "CASH/10200",
        "store-credit": "STORECR/10700",
        "gift-certificate": "GIFTCERT/10710",
    },
}
"""Charges become non-stock items; money goes through a payment method and its cash account."""

AuthKind = Literal["password", "authorization-code", "cookie"]


def erp_access(
    site: AcumaticaSettings, url: str, *, kind: AuthKind = "password", refresh_token: str = ""
) -> dict[str, object]:
    """Return a connection's `erp` table for the stand-in served at the address.

    With `authorization-code` the refresh token is what `stand_in.identity.authorise()` returns.
    """
    return {
        "type": "acumatica",
        "base_url": url,
        "tenant": site.tenant,
        "branch": site.default_branch,
        "auth": _auth(site, kind, refresh_token),
        "tax_id": site.tax_id,
        "default_warehouse": site.default_warehouse,
        "rounding_item": "ROUNDING",
        "adjustment_item": "ADJUST",
        # What takes long there has ended here by the first look.
        "profile": {"action_poll_seconds": 0.1},
    }


def rehearsed(erp: Mapping[str, object]) -> dict[str, object]:
    """Return what of a connection's `erp` table decides how it posts, with codes known here."""
    decisive = ("strategy", "customer_strategy", "profile")
    kept = {name: erp[name] for name in decisive if name in erp}
    # A customer's own order type is rehearsed as the one that it was copied from.
    known = AcumaticaSettings().order_types
    kinds = ("order_type", "credit_order_type")
    kept |= {name: erp[name] for name in kinds if erp.get(name) in known}
    if kept.get("customer_strategy") == "single":
        kept["web_customers"] = {"USD": "WEBSTORE", "EUR": "WEBSTOREEU"}
    return kept


def _auth(site: AcumaticaSettings, kind: AuthKind, refresh_token: str) -> dict[str, object]:
    auth: dict[str, object] = {"kind": kind}
    if kind != "cookie":
        auth |= {"client_id": site.client_id, "client_secret": site.client_secret}
    if kind == "authorization-code":
        return auth | {"refresh_token": refresh_token}
    return auth | {"username": site.username, "password": site.password}
