from typing import Any

from sandbox.assortment import UNLISTED_SKU
from sandbox.bigcommerce.drafts import OrderDraft
from sandbox.shopper import shop as go_shopping
from sandbox.shopper import shopping


def is_plain(draft: OrderDraft) -> bool:
    known = all(line.sku != UNLISTED_SKU for line in draft.lines)
    return draft.status_id == 11 and known and not draft.afterwards


def test_the_same_seed_gives_the_same_orders() -> None:
    assert shopping(7, 25) == shopping(7, 25)
    assert shopping(7, 25) != shopping(8, 25)


def test_most_of_twenty_five_orders_are_plainly_postable() -> None:
    assert sum(is_plain(draft) for draft in shopping(7, 25)) >= 18


def test_the_mix_has_what_makes_orders_hard() -> None:
    drafts = shopping(7, 25)
    assert any(draft.status_id == 0 for draft in drafts)
    assert any(draft.customer is None for draft in drafts)
    assert any(len(draft.lines) > 50 for draft in drafts)
    assert any(len(draft.shipping) > 1 for draft in drafts)
    assert any(draft.gift_certificate for draft in drafts)
    assert any(draft.store_credit for draft in drafts)
    assert any(line.sku == UNLISTED_SKU for draft in drafts for line in draft.lines)
    done = [action.do for draft in drafts for action in draft.afterwards]
    assert sorted(done) == ["cancel", "refund", "refund", "status"]


async def test_shopping_places_every_order_and_does_what_follows(shop: Any) -> None:
    drafts = shopping(7, 25)
    placed = await go_shopping(shop.server.base_url, drafts)
    assert placed == tuple(range(100, 125))
    statuses = [shop.store.order(order_id).status_id for order_id in placed]
    assert {0, 2, 4, 5, 7, 11, 14} == set(statuses)


async def test_the_control_interface_refuses_a_draft_it_does_not_understand(shop: Any) -> None:
    response = await shop.http.post(f"{shop.server.base_url}/_sandbox/orders", json={"lines": []})
    assert response.status_code == 422


async def test_each_action_has_a_control_path(shop: Any) -> None:
    await go_shopping(shop.server.base_url, shopping(7, 1))
    base = f"{shop.server.base_url}/_sandbox/orders/100"
    answers = [
        await shop.http.post(f"{base}/status", json={"status_id": 9}),
        await shop.http.post(f"{base}/edit", json={"quantities": {"0": 2}}),
        await shop.http.post(f"{base}/pay", json={"amount": "1.00"}),
        await shop.http.post(f"{base}/refund", json={}),
        await shop.http.post(f"{base}/cancel"),
    ]
    assert [answer.status_code for answer in answers] == [204, 204, 201, 201, 204]
