"""The settings of a test's world, as the table that a merchant's file would hold."""

import secrets

from sandbox.bigcommerce import StoreSettings
from sandbox.bigcommerce.access import store_access
from sandbox.common_ledger import ErpStandIn
from sandbox.erps import ErpKind
from tests.support.temporal import PAYLOAD_KEY


def settings_tree(
    connection: str,
    temporal_address: str,
    journal_url: str,
    journal_key: str,
    port: int,
    shop: StoreSettings,
    store_url: str,
    kind: ErpKind,
    standing_in: ErpStandIn,
    erp_url: str,
    *,
    erp: dict[str, object],
    policy: dict[str, object],
    mappings: dict[str, dict[str, str]],
    push: dict[str, dict[str, object]],
    customers: dict[str, object],
) -> dict[str, object]:
    token = next(iter(shop.tokens))
    return {
        "temporal": {"address": temporal_address, "queue_prefix": f"{connection}-"},
        "journal": {"url": journal_url},
        "keys": {"journal": journal_key, "payloads": PAYLOAD_KEY},
        "webhook_service": {"port": port, "public_url": f"http://127.0.0.1:{port}"},
        "worker": {"graceful_seconds": 5},
        "connections": {
            connection: {
                "store": {**store_access(shop, store_url), "stock_settles_seconds": 0.2},
                "erp": {
                    **kind.access(standing_in.settings, erp_url),
                    "profile": {"late_commit_seconds": 0.5},
                    **erp,
                },
                "policy": {"key_prefix": "BC-", "linger_seconds": 0.2, **policy},
                "webhooks": {
                    "path_secret": secrets.token_urlsafe(24),
                    "client_secret": shop.tokens[token].client_secret,
                },
                "mappings": {**kind.mappings, **mappings},
                "push": push,
                "customers": customers,
            }
        },
    }
