import asyncio
import base64
import hashlib
import hmac
import json
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from sandbox.bigcommerce import Signing
from sandbox.bigcommerce.drafts import CustomerDraft, LineDraft, OrderDraft
from sandbox.bigcommerce.signing import signature_headers

PLAIN = OrderDraft(lines=(LineDraft(sku="MUG-BLUE", price=Decimal("12.40")),))
SECRET = "sandbox-client-secret"


async def subscribe(shop: Any, destination: str, scope: str = "store/order/*", **more: Any) -> int:
    sent = {"scope": scope, "destination": destination, **more}
    response = await shop.http.post("/v3/hooks", json=sent)
    assert response.status_code == 200, response.text
    return response.json()["data"]["id"]


def told(receiver: Any) -> list[dict[str, Any]]:
    return [json.loads(body) for _, body in receiver.came]


async def test_the_body_is_a_pointer_with_the_tenant_as_producer(shop: Any, receiver: Any) -> None:
    endpoint, url = receiver
    await subscribe(shop, url, "store/order/created")
    shop.store.place_order(PLAIN)
    await shop.store.courier.settle()
    (event,) = told(endpoint)
    assert event["scope"] == "store/order/created"
    assert event["data"] == {"type": "order", "id": 100}
    assert (event["store_id"], event["producer"]) == ("1025646", "stores/abc123")
    assert event["created_at"] == int(shop.clock.now.timestamp())
    assert len(event["hash"]) == 40


async def test_a_delivery_is_signed_as_standard_webhooks_asks(shop: Any, receiver: Any) -> None:
    endpoint, url = receiver
    await subscribe(shop, url, "store/order/created", headers={"X-Sync-Token": "t0ken"})
    shop.store.place_order(PLAIN)
    await shop.store.courier.settle()
    headers, body = endpoint.came[0]
    Webhook(base64.b64encode(SECRET.encode()).decode()).verify(body.decode(), headers)
    assert headers["x-sync-token"] == "t0ken"


async def test_the_legacy_signature_is_a_hex_digest_of_the_body(shop: Any, receiver: Any) -> None:
    endpoint, url = receiver
    shop.store.courier.signing = Signing.LEGACY
    await subscribe(shop, url, "store/order/created")
    shop.store.place_order(PLAIN)
    await shop.store.courier.settle()
    headers, body = endpoint.came[0]
    wanted = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert headers["x-bc-signature"] == wanted


def test_the_signature_agrees_with_the_published_test_vector() -> None:
    body = (
        b'{"scope":"store/order/created","store_id":"1025646","data":{"type":"order","id":250},'
        b'"hash":"dd70c0976e06b67aaf671e73f49dcb79230ebf9d","created_at":1561479335,'
        b'"producer":"stores/abc123"}'
    )
    headers = signature_headers(
        Signing.STANDARD,
        "s3cr3t_client_secret_for_tests",
        "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W",
        1674087231,
        body,
    )
    assert headers["webhook-signature"] == "v1,mEiC8gwmlbip8y2B2Qej1qFB03Qlylr5jgeLv+4NYXA="


async def test_a_refund_tells_of_itself_its_money_and_the_status(shop: Any, receiver: Any) -> None:
    endpoint, url = receiver
    shop.store.place_order(PLAIN)
    await subscribe(shop, url)
    shop.store.refund(100)
    await shop.store.courier.settle()
    assert Counter(event["scope"] for event in told(endpoint)) == Counter(
        [
            "store/order/transaction/created",
            "store/order/refund/created",
            "store/order/statusUpdated",
            "store/order/updated",
        ]
    )


async def test_customers_have_events_of_their_own(shop: Any, receiver: Any) -> None:
    endpoint, url = receiver
    await subscribe(shop, url, "store/customer/*")
    shop.store.add_customer(CustomerDraft(email="a@example.com", first_name="A", last_name="B"))
    shop.store.update_customer(1, phone="1")
    await shop.store.courier.settle()
    assert {e["scope"] for e in told(endpoint)} == {
        "store/customer/created",
        "store/customer/updated",
    }


async def test_an_endpoint_that_never_accepts_is_tried_twelve_times_and_given_up(
    shop: Any, receiver: Any
) -> None:
    endpoint, url = receiver
    endpoint.status = 500
    hook_id = await subscribe(shop, url, "store/order/created")
    shop.store.place_order(PLAIN)
    await shop.store.courier.settle()
    assert len(endpoint.came) == 12
    assert len({headers["webhook-id"] for headers, _ in endpoint.came}) == 1
    admin = (await shop.json("/v3/hooks/admin"))["data"]["hooks_list"][0]
    assert (admin["is_active"], admin["status"]) == (False, "deactivated")
    await shop.http.put(f"/v3/hooks/{hook_id}", json={"is_active": True})
    admin = (await shop.json("/v3/hooks/admin"))["data"]["hooks_list"][0]
    assert admin["status"] == "active"


async def test_a_failing_destination_is_block_listed(shop: Any, receiver: Any) -> None:
    endpoint, url = receiver
    endpoint.status = 500
    await subscribe(shop, url, "store/order/created")
    shop.store.courier.block_after = 1
    shop.store.courier.pace = 1.0
    shop.store.place_order(PLAIN)
    while not endpoint.came or not shop.store.hooks.blocks():  # noqa: ASYNC110 - blocking has no event
        await asyncio.sleep(0.01)
    (blocked,) = (await shop.json("/v3/hooks/admin"))["data"]["blocked_domains"]
    assert 0 < blocked["time_left"] <= 180


async def test_held_events_are_released_shuffled_and_repeated(shop: Any, receiver: Any) -> None:
    endpoint, url = receiver
    await subscribe(shop, url, "store/order/created")
    shop.store.hold_webhooks()
    for _ in range(5):
        shop.store.place_order(PLAIN)
    assert (shop.store.courier.held, endpoint.came) == (5, [])
    shop.store.release_webhooks("shuffled", duplicate=1)
    await shop.store.courier.settle()
    ids = [event["data"]["id"] for event in told(endpoint)]
    assert Counter(ids) == Counter([100, 101, 102, 103, 104] * 2)
    assert ids != sorted(ids)


async def test_lost_events_never_leave(shop: Any, receiver: Any) -> None:
    endpoint, url = receiver
    await subscribe(shop, url, "store/order/created")
    shop.store.lose_next(1)
    for _ in range(2):
        shop.store.place_order(PLAIN)
    await shop.store.courier.settle()
    assert [event["data"]["id"] for event in told(endpoint)] == [101]
    assert [attempt.lost for attempt in shop.store.courier.attempts] == [True, False]


@pytest.mark.parametrize(
    "destination",
    ["http://example.com/hooks", "https://example.com:8443/hooks", "ftp://127.0.0.1/x"],
)
async def test_a_destination_the_platform_cannot_reach_is_refused(
    shop: Any, destination: str
) -> None:
    sent = {"scope": "store/order/created", "destination": destination}
    assert (await shop.http.post("/v3/hooks", json=sent)).status_code == 422


async def test_plain_http_to_this_machine_can_be_forbidden(shop: Any, receiver: Any) -> None:
    shop.store.settings.allow_http_loopback = False
    sent = {"scope": "store/order/created", "destination": receiver[1]}
    assert (await shop.http.post("/v3/hooks", json=sent)).status_code == 422


async def test_scope_and_destination_are_unique_and_ten_to_a_scope(shop: Any) -> None:
    for number in range(10):
        await subscribe(shop, f"https://example.com/{number}")
    for path in ("0", "10"):
        sent = {"scope": "store/order/*", "destination": f"https://example.com/{path}"}
        assert (await shop.http.post("/v3/hooks", json=sent)).status_code == 422


async def test_a_missing_destination_is_named(shop: Any) -> None:
    response = await shop.http.post("/v3/hooks", json={"scope": "store/order/*"})
    assert response.json()["errors"] == {"destination": "error.path.missing."}


async def test_the_hooks_of_another_account_are_invisible(shop: Any) -> None:
    hook_id = await subscribe(shop, "https://example.com/hooks")
    other = {"X-Auth-Token": "orders-only"}
    assert (await shop.http.get("/v3/hooks", headers=other)).json()["data"] == []
    assert (await shop.http.get(f"/v3/hooks/{hook_id}", headers=other)).status_code == 404


async def test_a_deleted_hook_is_given_back_and_gone(shop: Any) -> None:
    hook_id = await subscribe(shop, "https://example.com/hooks")
    deleted = await shop.http.delete(f"/v3/hooks/{hook_id}")
    assert (deleted.status_code, deleted.json()["data"]["id"]) == (200, hook_id)
    assert (await shop.get(f"/v3/hooks/{hook_id}")).status_code == 404
