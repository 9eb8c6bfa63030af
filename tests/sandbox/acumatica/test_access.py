from typing import Any

from connectors.acumatica.settings import AcumaticaSettings as ConnectionSettings
from sandbox.acumatica.access import MAPPINGS, erp_access, rehearsed


async def test_what_is_mapped_exists_in_the_tenant(site: Any) -> None:
    books = site.stand_in.books
    for code in MAPPINGS["revenue"].values():
        assert books.find("NonStockItem", code), code
    for value in MAPPINGS["payment-method"].values():
        method, account = value.split("/")
        rows = books.find("PaymentMethod", method)["AllowedCashAccounts"]
        assert account in [row["CashAccount"] for row in rows]


def test_a_connection_understands_how_it_is_reached(site: Any) -> None:
    for kind in ("password", "authorization-code", "cookie"):
        told = erp_access(site.settings, "http://erp.example.com", kind=kind, refresh_token="r")
        assert told.pop("type") == "acumatica"
        settings = ConnectionSettings.model_validate(told)
        assert settings.endpoint_version in site.settings.versions
        assert (settings.order_type, settings.credit_order_type) == ("SO", "CM")


def test_a_rehearsal_posts_as_the_connection_does_with_codes_known_here(site: Any) -> None:
    erp = {"strategy": "sales-invoice", "customer_strategy": "single", "base_url": "elsewhere"}
    told = rehearsed(erp)
    assert told == {
        "strategy": "sales-invoice",
        "customer_strategy": "single",
        "web_customers": {"USD": "WEBSTORE", "EUR": "WEBSTOREEU"},
    }
    codes = [one.code for one in site.stand_in.books.customers]
    assert codes == ["WEBSTORE", "WEBSTOREEU"]


def test_a_rehearsed_order_type_is_one_that_the_tenant_has(site: Any) -> None:
    assert rehearsed({"order_type": "XX", "credit_order_type": "RC"}) == {"credit_order_type": "RC"}
