"""Settings, and what follows from them without asking the store."""

import pytest
from pydantic import ValidationError

from connectors.bigcommerce.connector import bigcommerce
from connectors.bigcommerce.settings import BigCommerceSettings
from connectors.contract import Capability, Store
from domain.plan import Gate

GIVEN = {"store_hash": "abc123", "access_token": "t0p"}


def settings(**more: object) -> BigCommerceSettings:
    return BigCommerceSettings.model_validate({**GIVEN, **more})


@pytest.mark.parametrize(
    ("status", "gate"),
    [
        *((str(status), Gate.EXPORT) for status in (2, 3, 4, 8, 9, 10, 11, 14)),
        *((str(status), Gate.WAIT) for status in (1, 12, 13)),
        *((str(status), Gate.CANCEL) for status in (5, 6)),
        ("7", Gate.AWAIT_PAYMENT),
        ("0", Gate.IGNORE),
    ],
)
def test_a_status_means_what_the_trade_takes_it_for(status: str, gate: Gate) -> None:
    assert settings().gates[status] is gate


def test_a_connection_may_see_a_status_differently() -> None:
    gates = settings(statuses={"9": "wait"}).gates
    assert (gates["9"], gates["11"], len(gates)) == (Gate.WAIT, Gate.EXPORT, 15)


@pytest.mark.parametrize(
    "wrong",
    [
        {"statuses": {"15": "export"}},
        {"statuses": {"Completed": "export"}},
        {"store_hash": "stores/abc123"},
        {"api_url": "api.bigcommerce.com"},
        {"api_url": "https://api.bigcommerce.com/stores/abc123/v3"},
        {"quota_floor_percent": 100},
        {"acess_token": "typo"},
    ],
    ids=str,
)
def test_a_wrong_setting_is_refused_at_once(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        settings(**wrong)


def test_every_setting_says_what_it_is_for() -> None:
    assert all(field.description for field in BigCommerceSettings.model_fields.values())


def test_secrets_are_not_shown() -> None:
    assert "t0p" not in repr(settings(client_secret="hush"))
    assert "hush" not in repr(settings(client_secret="hush"))


async def test_the_connector_is_a_store_that_reports_back_and_can_be_told() -> None:
    connector = bigcommerce(settings())
    store: Store = connector
    assert store.capabilities == {
        Capability.REPORT_BACK,
        Capability.WEBHOOKS,
        Capability.STOCK_IN,
        Capability.PRICES_IN,
        Capability.CUSTOMERS_IN,
    }
    assert "store/order/refund/created" in store.webhook_scopes
    await connector.aclose()
