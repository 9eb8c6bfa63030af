"""Secrets that stand in the settings file itself are named, and never shown."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel, SecretStr

from connectors.bigcommerce.settings import BigCommerceSettings
from connectors.syspro.settings import SysproSettings
from settings.in_the_clear import remedy, secrets_in_the_clear
from settings.model import Settings, WebhookSettings

EXAMPLE = Path(__file__).parents[2] / "tillbridge.example.toml"

CLEAR = """
[temporal]
api_key = "planted-1"
[journal]
url = "postgresql+psycopg://till:planted-2@db/journal"
[keys]
journal = "k:planted-3"
payloads = "env:PAYLOAD_KEYS"
[connections.main.store]
type = "bigcommerce"
store_hash = "abc123"
access_token = "planted-4"
[connections.main.erp]
type = "syspro"
operator = "TILL"
operator_password = "secret:operator"
company_password = ""
[connections.main.webhooks]
path_secret = "planted-5"
header_name = "X-Tillbridge-Token"
"""


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    path = tmp_path / "tillbridge.toml"
    path.write_text(CLEAR, encoding="utf-8")
    return path


def test_each_secret_in_the_clear_is_named_without_its_value(settings: Path) -> None:
    named = secrets_in_the_clear(settings)
    assert named == (
        "temporal.api_key",
        "journal.url",
        "keys.journal",
        "connections.main.store.access_token",
        "connections.main.webhooks.path_secret",
    )
    told = "\n".join((*named, *map(remedy, named)))
    assert "planted" not in told


def test_the_remedy_says_where_the_secret_belongs() -> None:
    assert "tillbridge secrets set access_token --connection main" in remedy(
        "connections.main.store.access_token"
    )
    assert remedy("temporal.api_key").startswith("Write env:NAME")


def test_an_address_without_a_password_is_no_secret(tmp_path: Path) -> None:
    path = tmp_path / "tillbridge.toml"
    path.write_text('[journal]\nurl = "sqlite+aiosqlite:///var/till@home.db"\n', encoding="utf-8")
    assert secrets_in_the_clear(path) == ()


def test_the_example_leads_nobody_into_it() -> None:
    assert secrets_in_the_clear(EXAMPLE) == ()


def test_every_secret_of_ours_and_of_the_connectors_would_be_noticed(tmp_path: Path) -> None:
    path = tmp_path / "tillbridge.toml"
    tables = {
        "connections.main.store": BigCommerceSettings,
        "connections.main.erp": SysproSettings,
        "connections.main.webhooks": WebhookSettings,
    }
    for name, field in Settings.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            tables[name] = field.annotation
    secret = [
        f"{table}.{name}"
        for table, model in tables.items()
        for name, field in model.model_fields.items()
        if re.search(SecretStr.__name__, str(field.annotation)) and name != "url"
    ]
    text = "\n".join(f'{name} = "in the clear"' for name in secret)
    path.write_text(text, encoding="utf-8")
    assert set(secrets_in_the_clear(path)) == set(secret)
    assert len(secret) > 10
