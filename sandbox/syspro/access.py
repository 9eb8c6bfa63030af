"""How a connection reaches a SYSPRO stand-in, and what maps to its chart of accounts."""

from collections.abc import Mapping

from sandbox.syspro.settings import SysproSettings

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
        "card": "CARD",
        "offline": "CASH",
        "store-credit": "CREDIT",
        "gift-certificate": "GIFT",
    },
}


def erp_access(site: SysproSettings, url: str) -> dict[str, object]:
    """Return a connection's `erp` table for the stand-in served at the address."""
    return {
        "type": "syspro",
        "rest_base_url": f"{url}/SYSPROWCFService/Rest",
        "operator": site.operator,
        "operator_password": site.operator_password,
        "company": site.company_id,
        "branch": site.default_branch,
        "area": "N",
        "salesperson": "100",
        "terms": "0",
    }


def odata_access(site: SysproSettings, url: str) -> dict[str, object]:
    """Return what is added to the `erp` table to read by OData."""
    return {
        "odata_url": url,
        "odata_user": site.odata_user,
        "odata_password": site.odata_password,
    }


def rehearsed(erp: Mapping[str, object]) -> dict[str, object]:
    """Return what of a connection's `erp` table decides how it posts, with codes known here."""
    kept = {name: erp[name] for name in ("strategy", "customer_strategy", "profile") if name in erp}
    if kept.get("strategy") == "sales-order":
        kept |= {"warehouse": "FG", "rounding_class": "ROUNDING"}
    if kept.get("customer_strategy") == "single":
        kept["web_customers"] = {"USD": "WEB0001"}
    return kept
