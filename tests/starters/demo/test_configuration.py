"""What the demo writes: settings a merchant could have, whose secrets lie beside them in .env."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from dotenv import dotenv_values
from pydantic import SecretStr

from connectors.acumatica.settings import AcumaticaSettings
from connectors.bigcommerce.settings import BigCommerceSettings
from connectors.sap_business_one.settings import SapBusinessOneSettings
from connectors.syspro.settings import SysproSettings
from domain.mapping import RuleKind
from sandbox.bigcommerce import StoreSettings
from sandbox.erps import ERPS
from settings.load import load_settings
from settings.model import Settings
from starters.demo.configuration import CONNECTION, Ports, write_configuration

MODELS: dict[str, Any] = {
    "syspro": SysproSettings,
    "acumatica": AcumaticaSettings,
    "sap-business-one": SapBusinessOneSettings,
}
PORTS = Ports(temporal=7, temporal_ui=8, webhooks=9, codec=10, store=11, erp=12)


@pytest.fixture(params=list(ERPS))
def erp(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def settings(erp: str, tmp_path: Path) -> Settings:
    kind = ERPS[erp]
    path = write_configuration(
        tmp_path, PORTS, store=StoreSettings(), erp=kind.open(None), kind=kind, overrides={}
    )
    return load_settings(path, env={})


def secret_names(read: Any, *path: str) -> set[tuple[str, ...]]:
    """Return where a connector's settings hold something that it takes for a secret."""
    if isinstance(read, SecretStr):
        return {path} if read.get_secret_value() else set()
    if not isinstance(read, dict):
        return set()
    return {found for name, value in read.items() for found in secret_names(value, *path, name)}


def at(tree: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        tree = tree[name]
    return tree


def test_what_a_connector_takes_for_a_secret_stands_in_the_file_as_a_reference(
    settings: Settings, erp: str, tmp_path: Path
) -> None:
    connection = settings.connection(CONNECTION)
    written = tomllib.loads((tmp_path / "tillbridge.toml").read_text(encoding="utf-8"))
    there = written["connections"][CONNECTION]
    for side, model in (("erp", MODELS[erp]), ("store", BigCommerceSettings)):
        given = {name: value for name, value in getattr(connection, side).items() if name != "type"}
        secret = secret_names(model.model_validate(given).model_dump(exclude_unset=True))
        assert secret
        assert all(at(there[side], path).startswith("env:DEMO_") for path in secret)


@pytest.mark.usefixtures("settings")
def test_no_secret_stands_in_the_file_in_the_clear(tmp_path: Path) -> None:
    written = (tmp_path / "tillbridge.toml").read_text(encoding="utf-8")
    secrets = dotenv_values(tmp_path / ".env").values()
    assert [value for value in secrets if value is None or value in written] == []


def test_orders_ship_from_the_warehouse_whose_stock_the_store_shows(
    settings: Settings, erp: str
) -> None:
    connection = settings.connection(CONNECTION)
    warehouse = ERPS[erp].selling_warehouse
    assert connection.mappings[RuleKind.LOCATION] == {warehouse: "1"}
    assert connection.mappings[RuleKind.WAREHOUSE] == {"*": warehouse}
    assert connection.push.stock.enabled
    # Where posting takes goods out of stock, a posted order must not be taken off twice.
    falls = not ERPS[erp].settings_for_stock
    assert (connection.push.stock.posted_counts_hours == 0) is falls
