"""How a connection reaches a BigCommerce stand-in: its `store` settings."""

from sandbox.bigcommerce.settings import StoreSettings


def store_access(store: StoreSettings, url: str) -> dict[str, object]:
    """Return a connection's `store` table for the stand-in served at the address."""
    return {
        "type": "bigcommerce",
        "api_url": url,
        "store_hash": store.store_hash,
        "access_token": next(iter(store.tokens)),
    }
