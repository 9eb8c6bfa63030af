"""The store's API as the demo asks it: what orders hold and how many of each SKU there are."""

import httpx

from sandbox.bigcommerce import StoreSettings

_STORE = StoreSettings()
_LARGEST_V2_PAGE = 250
_LARGEST_INVENTORY_PAGE = 1000


def storefront(base_url: str) -> httpx.AsyncClient:
    """Return a client below the store's root, with its token."""
    token = next(iter(_STORE.tokens))
    return httpx.AsyncClient(
        base_url=f"{base_url}/stores/{_STORE.store_hash}/",
        headers={"X-Auth-Token": token, "Accept": "application/json"},
        trust_env=False,
    )


async def sold_by(http: httpx.AsyncClient, order_id: str) -> dict[str, int]:
    """Return how many of each SKU an order sells."""
    params = {"limit": str(_LARGEST_V2_PAGE)}
    answer = await http.get(f"v2/orders/{order_id}/products", params=params)
    sold: dict[str, int] = {}
    for line in answer.raise_for_status().json():
        if line["sku"]:
            sold[line["sku"]] = sold.get(line["sku"], 0) + int(line["quantity"])
    return sold


async def inventory(http: httpx.AsyncClient, location: str) -> dict[str, int]:
    """Return how many the store has of each SKU whose stock it tracks."""
    params = {"location_id:in": location, "limit": str(_LARGEST_INVENTORY_PAGE)}
    answer = await http.get("v3/inventory/items", params=params)
    return {
        item["identity"]["sku"]: item["locations"][0]["total_inventory_onhand"]
        for item in answer.raise_for_status().json()["data"]
    }
