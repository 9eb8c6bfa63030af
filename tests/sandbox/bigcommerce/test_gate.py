from decimal import Decimal
from typing import Any

import pytest

from sandbox.bigcommerce.drafts import LineDraft, OrderDraft
from sandbox.faults import Fault, FaultKind

PLAIN = OrderDraft(lines=(LineDraft(sku="MUG-BLUE", price=Decimal("12.40")),))


@pytest.mark.parametrize("path", ["/v2/orders", "/v3/customers", "/v3/hooks"])
async def test_an_unknown_token_is_401_everywhere(shop: Any, path: str) -> None:
    response = await shop.http.get(path, headers={"X-Auth-Token": "stolen"})
    assert response.status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v2/orders/100", 200),
        ("GET", "/v3/orders/100/payment_actions/refunds", 200),
        ("PUT", "/v2/orders/100", 403),
        ("GET", "/v3/orders/100/transactions", 403),
        ("GET", "/v3/customers", 403),
        ("GET", "/v2/store", 403),
        ("GET", "/v3/hooks", 200),
    ],
)
async def test_a_token_reaches_as_far_as_its_scopes(
    shop: Any, method: str, path: str, status: int
) -> None:
    shop.store.place_order(PLAIN)
    headers = {"X-Auth-Token": "orders-only"}
    response = await shop.http.request(method, path, headers=headers, json={"staff_notes": "x"})
    assert response.status_code == status


async def test_another_stores_hash_is_403(shop: Any) -> None:
    url = f"{shop.server.base_url}/stores/someone-else/v2/orders"
    assert (await shop.http.get(url)).status_code == 403


async def test_every_answer_tells_what_is_left_of_the_quota(shop: Any) -> None:
    shop.store.settings.quota = 10
    first, second = await shop.get("/v2/time"), await shop.get("/v2/orders/404")
    left = [int(r.headers["x-rate-limit-requests-left"]) for r in (first, second)]
    assert left == [9, 8]
    assert second.headers["x-rate-limit-requests-quota"] == "10"
    assert 0 < int(second.headers["x-rate-limit-time-reset-ms"]) <= 30_000


async def test_an_exhausted_quota_is_429_until_the_window_ends(shop: Any) -> None:
    shop.store.settings.stopwatch = shop.clock.seconds
    shop.clock.advance(days=1)  # a window begins with the next request
    shop.store.settings.quota = 1
    assert (await shop.get("/v2/time")).status_code == 200
    shop.clock.advance(seconds=29.1)
    limited = await shop.get("/v2/time")
    assert (limited.status_code, limited.headers["x-retry-after"]) == (429, "1")
    shop.clock.advance(seconds=1)
    assert (await shop.get("/v2/time")).status_code == 200


async def test_a_429_can_come_without_any_header(shop: Any) -> None:
    shop.store.settings.quota = 0
    shop.store.settings.bare_throttle = True
    response = await shop.get("/v2/time")
    assert response.status_code == 429
    assert not [name for name in response.headers if name.startswith("x-")]


async def test_too_many_requests_at_once_are_429_without_headers(shop: Any) -> None:
    shop.store.settings.max_concurrent = 0
    response = await shop.get("/v2/time")
    assert response.status_code == 429
    assert "x-rate-limit-requests-left" not in response.headers


async def test_an_injected_throttle_looks_like_the_platforms_own(shop: Any) -> None:
    shop.store.faults.add(Fault(kind=FaultKind.THROTTLE, path="/v2/time"))
    response = await shop.get("/v2/time")
    assert (response.status_code, response.headers["x-retry-after"]) == (429, "1")


async def test_a_write_whose_answer_was_dropped_has_happened(shop: Any) -> None:
    shop.store.place_order(PLAIN)
    shop.store.faults.add(Fault(kind=FaultKind.DROP_AFTER, method="PUT"))
    with pytest.raises(Exception, match="peer closed connection"):
        await shop.http.put("/v2/orders/100", json={"external_order_id": "SO-9"})
    assert (await shop.json("/v2/orders/100"))["external_order_id"] == "SO-9"
