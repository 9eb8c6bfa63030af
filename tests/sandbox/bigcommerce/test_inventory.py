import asyncio
from decimal import Decimal
from typing import Any

import pytest

from sandbox.bigcommerce.drafts import LineDraft, OrderDraft
from tests.sandbox.bigcommerce.conftest import Receiver, Shop
from tests.support.waiting import until

ABSOLUTE = "/v3/inventory/adjustments/absolute"


async def adjust(shop: Shop, *items: dict[str, Any]) -> int:
    return (await shop.http.put(ABSOLUTE, json={"items": list(items)})).status_code


async def test_an_adjustment_is_answered_first_and_applied_afterwards(shop: Shop) -> None:
    shop.store.settings.stopwatch = shop.clock.seconds
    shop.store.settings.inventory_applies_after = 0.2
    product = shop.store.catalogue.product_of("MUG-BLUE")
    assert await adjust(shop, {"location_id": 1, "product_id": product.id, "quantity": 7}) == 200
    assert shop.store.catalogue.on_hand("MUG-BLUE") is None
    shop.clock.advance(seconds=0.25)
    assert shop.store.catalogue.on_hand("MUG-BLUE") == 7


@pytest.mark.parametrize(
    "item",
    [
        pytest.param({"sku": "MUG-BLUE"}, id="by SKU where the product is tracked"),
        pytest.param({"sku": "NO-SUCH"}, id="an unknown SKU"),
        pytest.param({"product_id": 77, "quantity": 1.5}, id="a fraction"),
        pytest.param({"product_id": 77, "location_id": 9}, id="an unknown location"),
        pytest.param({"product_id": 77, "sku": "MUG-BLUE"}, id="two identities"),
    ],
)
async def test_one_wrong_item_refuses_the_whole_adjustment(
    shop: Shop, item: dict[str, Any]
) -> None:
    shop.store.settings.inventory_applies_after = 0
    right = {"location_id": 1, "product_id": 78, "quantity": 7}
    assert await adjust(shop, right, {"location_id": 1, "quantity": 1, **item}) == 422
    assert shop.store.catalogue.on_hand("KETTLE-2L") is None


async def test_two_adjustments_at_once_are_one_too_many(shop: Shop) -> None:
    shop.store.settings.adjustment_seconds = 0.2
    item = {"location_id": 1, "product_id": 77, "quantity": 7}

    async def one_was_refused() -> bool:
        return sorted(await asyncio.gather(adjust(shop, item), adjust(shop, item))) == [200, 429]

    # On a machine that stalls, the second may come only when the first has ended.
    await until(one_was_refused, "two adjustments at once")


async def test_a_sale_takes_from_the_stock_and_says_so(
    shop: Shop, receiver: tuple[Receiver, str]
) -> None:
    endpoint, address = receiver
    hook = {"scope": "store/product/inventory/order/updated", "destination": address}
    assert (await shop.http.post("/v3/hooks", json=hook)).status_code == 200
    shop.store.catalogue.count("MUG-BLUE", 5)
    line = LineDraft(sku="MUG-BLUE", price=Decimal("12.40"), quantity=2)
    shop.store.place_order(OrderDraft(lines=(line,)))
    assert shop.store.catalogue.on_hand("MUG-BLUE") == 3
    await shop.store.courier.settle(within=30)
    assert b'"method":"relative","value":-2' in endpoint.came[0][1]


async def test_prices_are_updated_ten_products_or_fifty_variants_at_a_time(shop: Shop) -> None:
    ids = [product.id for product in shop.store.catalogue.products.values()][:11]
    body = [{"id": number, "price": 5.25} for number in ids]
    assert (await shop.http.put("/v3/catalog/products", json=body)).status_code == 413
    assert (await shop.http.put("/v3/catalog/products", json=body[:10])).status_code == 200
    assert shop.store.catalogue.products[ids[0]].price == Decimal("5.25")
    variants = [{"id": 300, "price": 1}] * 51
    assert (await shop.http.put("/v3/catalog/variants", json=variants)).status_code == 413
    unknown = await shop.http.put("/v3/catalog/variants", json=[{"id": 1, "price": 1}])
    assert (unknown.status_code, len(unknown.json()["batch_errors"])) == (422, 1)


async def test_stock_and_catalogue_need_their_own_scopes(shop: Shop) -> None:
    headers = {"X-Auth-Token": "orders-only"}
    for path in ("/v3/catalog/products", "/v3/inventory/items", "/v3/inventory/locations"):
        assert (await shop.http.get(path, headers=headers)).status_code == 403
