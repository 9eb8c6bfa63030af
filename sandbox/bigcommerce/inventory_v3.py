"""The v3 endpoints of stock: items by location, absolute adjustments, locations."""

import asyncio
from typing import Any, Literal, cast

from fastapi import APIRouter, Request
from fastapi.responses import Response

from sandbox.bigcommerce.asking import json_object, listed, paging
from sandbox.bigcommerce.catalogue import Catalogue, Item, Variant
from sandbox.bigcommerce.refusals import Refused, json_answer
from sandbox.bigcommerce.settings import StoreSettings
from sandbox.bigcommerce.wire_catalogue import inventory_v3 as item_v3
from sandbox.bigcommerce.wire_catalogue import location_v3
from sandbox.bigcommerce.wire_v3 import page_v3

_LARGEST_PAGE = 1000
_MOST_ADJUSTMENTS = 2000


def inventory_v3(catalogue: Catalogue, settings: StoreSettings) -> APIRouter:
    """Routes over one catalogue."""
    router = APIRouter(prefix="/stores/{store_hash}/v3/inventory")
    one_at_a_time = asyncio.Lock()

    @router.get("/items")
    async def list_items(request: Request) -> Response:
        page, limit = paging(request, largest=_LARGEST_PAGE)
        asked = listed(request, "location_id:in")
        locations = [
            one for one in catalogue.locations.values() if asked is None or str(one.id) in asked
        ]
        tracked = [
            one
            for one in catalogue.variants.values()
            if catalogue.products[one.product_id].tracking != "none" and _wanted(request, one)
        ]
        shown, meta = page_v3(tracked, page=page, limit=limit)
        data = [item_v3(catalogue, one, locations) for one in shown]
        return json_answer({"data": data, "meta": meta})

    @router.get("/locations")
    async def list_locations(request: Request) -> Response:
        page, limit = paging(request)
        shown, meta = page_v3(list(catalogue.locations.values()), page=page, limit=limit)
        return json_answer({"data": [location_v3(one) for one in shown], "meta": meta})

    @router.put("/adjustments/absolute")
    async def adjust(request: Request) -> Response:
        if one_at_a_time.locked():
            raise Refused(429, "Another adjustment is being processed.")
        async with one_at_a_time:
            wanted = _adjustment(catalogue, await json_object(request))
            await asyncio.sleep(settings.adjustment_seconds)
            catalogue.adjust(wanted)
        return json_answer({"transaction_id": f"txn-{len(catalogue.adjustments):08d}"})

    return router


def _wanted(request: Request, variant: Variant) -> bool:
    skus, variants = listed(request, "sku:in"), listed(request, "variant_id:in")
    products = listed(request, "product_id:in")
    return (
        (skus is None or variant.sku in skus)
        and (variants is None or str(variant.id) in variants)
        and (products is None or str(variant.product_id) in products)
    )


def _adjustment(catalogue: Catalogue, sent: dict[str, Any]) -> dict[tuple[Item, int], int]:
    items = sent.get("items")
    if not isinstance(items, list) or not items:
        raise Refused(422, "items is required.")
    if len(items) > _MOST_ADJUSTMENTS:
        raise Refused(422, f"At most {_MOST_ADJUSTMENTS} items are allowed.")
    wanted: dict[tuple[Item, int], int] = {}
    for one in items:
        item, location = _identity(catalogue, one), one.get("location_id")
        catalogue.checked(item, location, one.get("quantity"))
        wanted[item, location] = one["quantity"]
    return wanted


def _identity(catalogue: Catalogue, one: Any) -> Item:
    named = [name for name in ("sku", "variant_id", "product_id") if name in one]
    if len(named) != 1:
        raise Refused(422, "Exactly one of sku, variant_id and product_id is required.")
    if named == ["sku"]:
        try:
            return ("variant", catalogue.variant_of(str(one["sku"])).id)
        except KeyError:
            raise Refused(422, f"[Item with sku {one['sku']} does not exist]") from None
    kind = cast(Literal["product", "variant"], named[0].removesuffix("_id"))
    return (kind, one[named[0]])
