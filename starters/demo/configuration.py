"""The settings of the demo: a store, an ERP and what they map to, written as a merchant would."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from settings.keyring import Keyring

CONNECTION = "demo"
KEY_PREFIX = "BC-"


@dataclass(frozen=True)
class Ports:
    """Where everything listens on 127.0.0.1."""

    temporal: int
    temporal_ui: int
    webhooks: int
    codec: int
    store: int
    erp: int


_TOML = """\
# Written by `tillbridge demo`; what it names `env:` lies in .env beside it.

[temporal]
address = "127.0.0.1:{ports.temporal}"

[journal]
url = "sqlite+aiosqlite:///{folder}/journal.db"

[keys]
journal = "env:DEMO_JOURNAL_KEY"
payloads = "env:DEMO_PAYLOAD_KEY"

[webhook_service]
port = {ports.webhooks}
public_url = "http://127.0.0.1:{ports.webhooks}"

[codec_server]
port = {ports.codec}
allowed_origins = ["http://127.0.0.1:{ports.temporal_ui}", "http://localhost:{ports.temporal_ui}"]

[connections.{connection}.policy]
key_prefix = "{prefix}"
linger_seconds = 2

[connections.{connection}.webhooks]
path_secret = "env:DEMO_PATH_SECRET"
client_secret = "env:DEMO_STORE_CLIENT_SECRET"

[connections.{connection}.store]
type = "bigcommerce"
api_url = "http://127.0.0.1:{ports.store}"
store_hash = "abc123"
access_token = "env:DEMO_STORE_TOKEN"

[connections.{connection}.erp]
type = "syspro"
rest_base_url = "http://127.0.0.1:{ports.erp}/SYSPROWCFService/Rest"
operator = "TILL"
operator_password = "env:DEMO_ERP_PASSWORD"
company = "EDU1"
odata_url = "http://127.0.0.1:{ports.erp}"
odata_user = "TILL-ODATA"
odata_password = "env:DEMO_ODATA_PASSWORD"
branch = "10"
area = "N"
salesperson = "100"
terms = "0"

[connections.{connection}.mappings.revenue]
shipping = "FREIGHT"
handling = "FEES"
wrapping = "WRAP"
fee = "FEES"
gift-certificate = "GIFTCERT"
rounding = "ROUNDING"

[connections.{connection}.mappings.payment-method]
card = "CARD"
offline = "CASH"
store-credit = "CREDIT"
gift-certificate = "GIFT"
"""


def write_configuration(folder: Path, ports: Ports, overrides: Mapping[str, str]) -> Path:
    """Write tillbridge.toml and .env into the folder, keys and secrets made anew.

    `overrides` are further variables for .env that change single settings.
    Returns the path of the settings file.
    """
    settings = folder / "tillbridge.toml"
    settings.write_text(
        _TOML.format(ports=ports, folder=folder, connection=CONNECTION, prefix=KEY_PREFIX),
        encoding="utf-8",
    )
    secrets_file = folder / ".env"
    secrets_file.touch(mode=0o600)
    values = {
        "DEMO_JOURNAL_KEY": Keyring.new_key("demo"),
        "DEMO_PAYLOAD_KEY": Keyring.new_key("demo"),
        "DEMO_PATH_SECRET": secrets.token_urlsafe(24),
        "DEMO_STORE_CLIENT_SECRET": "sandbox-client-secret",
        "DEMO_STORE_TOKEN": "sandbox-token",
        "DEMO_ERP_PASSWORD": "till-password",
        "DEMO_ODATA_PASSWORD": "odata-password",
        **overrides,
    }
    secrets_file.write_text("".join(f"{name}={value}\n" for name, value in values.items()))
    return settings
