import json
from collections import Counter
from decimal import Decimal
from typing import Any

import httpx
import pytest

from sandbox.bigcommerce.drafts import CustomerDraft, LineDraft, OrderDraft

PLAIN = OrderDraft(lines=(LineDraft(sku="MUG-BLUE", price=Decimal("12.40")),))
JANE = CustomerDraft(email="jane@example.com", first_name="Jane", last_name="Doe")


@pytest.fixture
async def control(shop: Any) -> Any:
    async with httpx.AsyncClient(base_url=f"{shop.server.base_url}/_sandbox") as http:
        yield http


async def subscribe(shop: Any, destination: str) -> None:
    sent = {"scope": "store/order/created", "destination": destination}
    assert (await shop.http.post("/v3/hooks", json=sent)).is_success


def orders_told(endpoint: Any) -> list[int]:
    return [json.loads(body)["data"]["id"] for _, body in endpoint.came]


async def test_a_late_webhook_is_overtaken_by_the_next(
    shop: Any, receiver: Any, control: Any
) -> None:
    endpoint, url = receiver
    await subscribe(shop, url)
    assert (await control.post("/webhooks/delay", json={"count": 1, "seconds": 0.3})).is_success
    late, next_one = shop.store.place_order(PLAIN), shop.store.place_order(PLAIN)
    await shop.store.courier.settle()
    assert orders_told(endpoint) == [next_one, late]
    assert shop.store.courier.meddled == {"late": 1}


async def test_a_repeated_webhook_arrives_as_often_as_asked_under_one_id(
    shop: Any, receiver: Any, control: Any
) -> None:
    endpoint, url = receiver
    await subscribe(shop, url)
    assert (await control.post("/webhooks/repeat", json={"count": 1, "times": 2})).is_success
    often, once = shop.store.place_order(PLAIN), shop.store.place_order(PLAIN)
    await shop.store.courier.settle()
    assert Counter(orders_told(endpoint)) == {often: 3, once: 1}
    assert len({headers["webhook-id"] for headers, _ in endpoint.came}) == 2


async def test_a_customer_is_changed_by_the_merchant(shop: Any, control: Any) -> None:
    jane = shop.store.add_customer(JANE)
    assert (await control.post(f"/customers/{jane}", json={"phone": "555"})).is_success
    changed = shop.store.customers[jane]
    assert (changed.phone, changed.last_name) == ("555", "Doe")
    assert (await control.post("/customers/999", json={"phone": "1"})).status_code == 404


async def test_the_stores_books_tell_what_was_paid_and_given_back(shop: Any, control: Any) -> None:
    order = shop.store.place_order(PLAIN)
    refund = shop.store.refund(order)
    total = str(shop.store.order(order).prices.total.inc)
    assert (await control.get("/orders")).json() == [
        {
            "id": order,
            "status_id": 4,
            "total": total,
            "currency": "USD",
            "customer_id": 0,
            "payments": [total],
            "refunds": {str(refund): total},
            "paid_back": [total],
        }
    ]
