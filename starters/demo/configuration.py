"""The settings of the demo: a store, an ERP and what they map to, written as a merchant would."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.bigcommerce import StoreSettings
from sandbox.bigcommerce.access import store_access
from sandbox.common_ledger import ErpStandIn
from sandbox.erps import ErpKind
from settings.keyring import Keyring
from settings.written import as_toml

CONNECTION = "demo"
KEY_PREFIX = "BC-"
STORE_LOCATION = "1"

_HEADING = "# Written by `tillbridge demo`; what it names `env:` lies in .env beside it.\n\n"
_SECRET = ("password", "secret", "token")  # how the names of secret settings end
_POSTED_COUNTS_HOURS = 1.0


@dataclass(frozen=True)
class Ports:
    """Where everything listens on 127.0.0.1."""

    temporal: int
    temporal_ui: int
    webhooks: int
    codec: int
    store: int
    erp: int


def write_configuration(
    folder: Path,
    ports: Ports,
    *,
    store: StoreSettings,
    erp: ErpStandIn,
    kind: ErpKind,
    overrides: Mapping[str, str],
) -> Path:
    """Write tillbridge.toml and .env into the folder, keys and secrets made anew.

    `overrides` are further variables for .env that change single settings.
    Returns the path of the settings file.
    """
    values = {
        "DEMO_JOURNAL_KEY": Keyring.new_key("demo"),
        "DEMO_PAYLOAD_KEY": Keyring.new_key("demo"),
    }
    connection = _apart(_connection(ports, store, erp, kind), "DEMO", values)
    tree = {**_installation(folder, ports), "connections": {CONNECTION: connection}}
    settings = folder / "tillbridge.toml"
    settings.write_text(_HEADING + as_toml(tree), encoding="utf-8")
    secrets_file = folder / ".env"
    secrets_file.touch(mode=0o600)
    lines = (f"{name}={value}\n" for name, value in {**values, **overrides}.items())
    secrets_file.write_text("".join(lines), encoding="utf-8")
    return settings


def _installation(folder: Path, ports: Ports) -> dict[str, object]:
    ui = ports.temporal_ui
    return {
        "temporal": {"address": f"127.0.0.1:{ports.temporal}"},
        "journal": {"url": f"sqlite+aiosqlite:///{folder}/journal.db"},
        "keys": {"journal": "env:DEMO_JOURNAL_KEY", "payloads": "env:DEMO_PAYLOAD_KEY"},
        "webhook_service": {
            "port": ports.webhooks,
            "public_url": f"http://127.0.0.1:{ports.webhooks}",
        },
        "codec_server": {
            "port": ports.codec,
            "allowed_origins": [f"http://127.0.0.1:{ui}", f"http://localhost:{ui}"],
        },
    }


def _connection(
    ports: Ports, store: StoreSettings, erp: ErpStandIn, kind: ErpKind
) -> dict[str, object]:
    stock: dict[str, object] = {"enabled": True}
    if kind.settings_for_stock:
        # As it is set up here, what is posted takes nothing out of this ERP's stock.
        stock["posted_counts_hours"] = _POSTED_COUNTS_HOURS
    token = next(iter(store.tokens.values()))
    return {
        "policy": {"key_prefix": KEY_PREFIX, "linger_seconds": 2},
        "webhooks": {
            "path_secret": secrets.token_urlsafe(24),
            "client_secret": token.client_secret,
        },
        "store": {
            **store_access(store, f"http://127.0.0.1:{ports.store}"),
            "stock_settles_seconds": 0.5,
        },
        "erp": kind.access(erp.settings, f"http://127.0.0.1:{ports.erp}"),
        "mappings": {
            **kind.mappings,
            "location": {kind.selling_warehouse: STORE_LOCATION},
            "warehouse": {"*": kind.selling_warehouse},
        },
        "push": {"stock": stock},
    }


def _apart(table: Mapping[str, object], path: str, values: dict[str, str]) -> dict[str, object]:
    """Return the table with references instead of its secrets, which are added to the values."""
    written: dict[str, object] = {}
    for name, value in table.items():
        variable = f"{path}_{name.upper()}"
        if isinstance(value, Mapping):
            written[name] = _apart(value, variable, values)
        elif isinstance(value, str) and name.endswith(_SECRET):
            values[variable] = value
            written[name] = f"env:{variable}"
        else:
            written[name] = value
    return written
