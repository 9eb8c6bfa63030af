"""Webhook registrations."""

import httpx
import pytest

from connectors.errors import Rejected
from sandbox.bigcommerce import Token
from tests.connectors.bigcommerce.conftest import Answering, Shop

SCOPE, HERE = "store/order/updated", "https://hooks.example.com/webhooks/acme/secret"
HEADERS = {"X-Sync-Token": "s3cret"}


async def test_a_webhook_is_created_active_and_with_its_headers(shop: Shop) -> None:
    await shop.connector.create_webhook(SCOPE, HERE, HEADERS)
    (hook,) = (await shop.connector.webhooks()).hooks
    assert (hook.scope, hook.destination, hook.active) == (SCOPE, HERE, True)
    stored = shop.store.hooks.get(int(hook.id))
    assert stored is not None
    assert stored.headers == HEADERS


async def test_an_equal_webhook_is_left_alone(shop: Shop) -> None:
    for _ in range(2):
        await shop.connector.create_webhook(SCOPE, HERE, HEADERS)
    assert len((await shop.connector.webhooks()).hooks) == 1
    assert [method for method, _, _ in shop.asked if method != "GET"] == ["POST"]


async def test_a_rotated_header_secret_reaches_the_webhook_that_is_there(shop: Shop) -> None:
    await shop.connector.create_webhook(SCOPE, HERE, HEADERS)
    await shop.connector.create_webhook(SCOPE, HERE, {"X-Sync-Token": "n3w"})
    (hook,) = (await shop.connector.webhooks()).hooks
    stored = shop.store.hooks.get(int(hook.id))
    assert stored is not None
    assert stored.headers == {"X-Sync-Token": "n3w"}


async def test_every_scope_that_a_connection_needs_can_be_registered(shop: Shop) -> None:
    for scope in shop.connector.webhook_scopes:
        await shop.connector.create_webhook(scope, HERE, {})
    hooks = (await shop.connector.webhooks()).hooks
    assert {hook.scope for hook in hooks} == shop.connector.webhook_scopes


async def test_a_webhook_that_was_switched_off_is_seen_and_switched_on(shop: Shop) -> None:
    await shop.connector.create_webhook(SCOPE, HERE, {})
    (hook,) = (await shop.connector.webhooks()).hooks
    shop.store.hooks.deactivate(int(hook.id))
    (hook,) = (await shop.connector.webhooks()).hooks
    assert not hook.active
    await shop.connector.activate_webhook(hook.id)
    (hook,) = (await shop.connector.webhooks()).hooks
    assert hook.active


async def test_a_blocked_host_of_ours_is_reported_in_words(shop: Shop) -> None:
    await shop.connector.create_webhook(SCOPE, HERE, {})
    (hook,) = (await shop.connector.webhooks()).hooks
    assert (await shop.connector.webhooks()).blocked_reason == ""
    stored = shop.store.hooks.get(int(hook.id))
    assert stored is not None
    shop.store.hooks.block(stored, seconds=180, failures=12)
    reason = (await shop.connector.webhooks()).blocked_reason
    assert "hooks.example.com" in reason
    assert "Unsuccessful responses" in reason


async def test_a_blocked_host_of_somebody_else_is_no_matter_of_ours(answering: Answering) -> None:
    hook = {"id": 1, "scope": SCOPE, "destination": HERE, "is_active": True, "headers": None}
    blocked = [{"destination": "https://other.example.com", "time_left": 60, "reasons": []}]

    def answer(request: httpx.Request) -> httpx.Response:
        admin = request.url.path.endswith("/admin")
        data = {"emails": [], "blocked_domains": blocked} if admin else [hook]
        return httpx.Response(200, json={"data": data, "meta": {}})

    health = await answering(answer).webhooks()
    assert health.blocked_reason == ""
    assert health.hooks[0].active


async def test_a_scope_kept_with_a_slash_at_its_end_is_the_same_scope(
    answering: Answering,
) -> None:
    hook = {"id": 1, "scope": f"{SCOPE}/", "destination": HERE, "is_active": True}

    def answer(request: httpx.Request) -> httpx.Response:
        admin = request.url.path.endswith("/admin")
        return httpx.Response(200, json={"data": {} if admin else [hook], "meta": {}})

    assert (await answering(answer).webhooks()).hooks[0].scope == SCOPE


async def test_webhooks_of_another_account_are_not_ours(shop: Shop) -> None:
    shop.store.settings.tokens["other"] = Token(client_id="other-client")
    await shop.connect(access_token="other").create_webhook(SCOPE, HERE, {})
    assert (await shop.connector.webhooks()).hooks == ()


async def test_a_destination_that_the_platform_refuses_is_refused_in_its_words(shop: Shop) -> None:
    with pytest.raises(Rejected, match="https on port 443"):
        await shop.connector.create_webhook(SCOPE, "http://hooks.example.com:8080/x", {})


async def test_more_webhooks_than_a_page_holds_are_all_seen(answering: Answering) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/admin"):
            return httpx.Response(200, json={"data": {}, "meta": {}})
        page = int(request.url.params.get("page", "1"))
        asked.append(str(page))
        hook = {"id": page, "scope": SCOPE, "destination": f"{HERE}{page}", "is_active": True}
        pagination = {"current_page": page, "total_pages": 3, "per_page": 1}
        return httpx.Response(200, json={"data": [hook], "meta": {"pagination": pagination}})

    assert len((await answering(answer).webhooks()).hooks) == 3
    assert asked == ["1", "2", "3"]
