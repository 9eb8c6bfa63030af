"""Finding what changed, whatever happens to the list meanwhile."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import httpx
import pytest

from connectors.bigcommerce.connector import BigCommerce
from connectors.contract import ChangedPage
from connectors.errors import Unavailable
from sandbox.bigcommerce.drafts import CustomerDraft
from tests.connectors.bigcommerce.conftest import Answering, Shop, an_order


async def all_orders(shop: Shop, since: datetime) -> list[str]:
    found: list[str] = []
    cursor = ""
    while True:
        page = await shop.connector.changed_orders(since, cursor=cursor)
        found += [change.resource_id for change in page.changes]
        if not (cursor := page.next_cursor):
            return found


async def test_orders_changed_since_then_come_oldest_first(shop: Shop) -> None:
    early, late = (shop.store.place_order(an_order()) for _ in range(2))
    since = shop.clock.advance(hours=1)
    shop.store.set_status(late, 2)
    shop.clock.advance(minutes=1)
    shop.store.set_status(early, 2)
    assert await all_orders(shop, since) == [str(late), str(early)]


async def test_an_order_that_was_only_refunded_is_among_the_changes(shop: Shop) -> None:
    order_id = shop.store.place_order(an_order())
    since = shop.clock.advance(hours=1)
    shop.clock.advance(minutes=1)
    shop.store.refund(order_id)
    assert shop.store.order(order_id).modified < since
    assert await all_orders(shop, since) == [str(order_id)]


async def test_nothing_changed_is_an_empty_page_at_the_end(shop: Shop) -> None:
    assert await all_orders(shop, shop.clock.now) == []


async def test_more_changes_than_a_page_holds_are_all_found(shop: Shop) -> None:
    since = shop.clock.now
    placed = [shop.store.place_order(an_order()) for _ in range(3)]
    for _ in range(300):
        shop.clock.advance(seconds=5)
        placed.append(shop.store.place_order(an_order()))
    assert set(await all_orders(shop, since)) == {str(order_id) for order_id in placed}


async def test_more_changes_in_one_second_than_a_page_holds_are_all_found(shop: Shop) -> None:
    since = shop.clock.now
    placed = {str(shop.store.place_order(an_order())) for _ in range(520)}
    assert set(await all_orders(shop, since)) == placed


async def test_a_list_that_shifts_while_it_is_read_loses_nothing(shop: Shop) -> None:
    since = shop.clock.now
    placed: list[int] = []
    for _ in range(260):
        shop.clock.advance(seconds=5)
        placed.append(shop.store.place_order(an_order()))
    first = await shop.connector.changed_orders(since)
    seen = {change.resource_id for change in first.changes}
    # The first ten move to the end, so that page 2 by number would begin ten rows late.
    shop.clock.advance(seconds=5)
    for order_id in placed[:10]:
        shop.store.set_status(order_id, 2)
    page: ChangedPage = first
    while page.next_cursor:
        page = await shop.connector.changed_orders(since, cursor=page.next_cursor)
        seen |= {change.resource_id for change in page.changes}
    assert seen == {str(order_id) for order_id in placed}


def in_pages_of_fifty(rows: list[dict[str, object]]) -> Callable[[httpx.Request], httpx.Response]:
    def answer(request: httpx.Request) -> httpx.Response:
        if "payment_actions" in request.url.path:
            return httpx.Response(200, json={"data": [], "meta": {}})
        page = int(request.url.params["page"])
        shown = rows[(page - 1) * 50 : page * 50]
        return httpx.Response(200, json=shown) if shown else httpx.Response(204)

    return answer


async def ids(connector: BigCommerce) -> list[str]:
    since = datetime.fromisoformat("2026-01-01T00:00:00Z")
    found: list[str] = []
    cursor = ""
    while True:
        page = await connector.changed_orders(since, cursor=cursor)
        found += [change.resource_id for change in page.changes]
        if not (cursor := page.next_cursor):
            return found


async def test_a_store_that_ignores_the_limit_is_still_read_to_the_end(
    answering: Answering,
) -> None:
    rows = [{"id": number, "date_modified": "2026-01-01T00:00:00Z"} for number in range(120)]
    found = await ids(answering(in_pages_of_fifty(rows)))
    assert found == [str(number) for number in range(120)]


async def test_a_store_that_ignores_the_sort_is_still_read_to_the_end(
    answering: Answering,
) -> None:
    days = [31 - number % 30 for number in range(120)]
    rows = [
        {"id": number, "date_modified": f"2026-01-{day:02}T00:00:00Z"}
        for number, day in enumerate(days)
    ]
    found = await ids(answering(in_pages_of_fifty(rows)))
    assert found == [str(number) for number in range(120)]


async def test_a_row_without_a_total_does_not_stop_the_catching_up(answering: Answering) -> None:
    rows: list[dict[str, object]] = [{"id": 1, "total_inc_tax": {}, "date_modified": ""}]
    assert await ids(answering(in_pages_of_fifty(rows))) == ["1"]


async def test_a_store_that_ignores_the_page_is_found_out(answering: Answering) -> None:
    row = {
        "id": 1,
        "status_id": 11,
        "date_created": "2026-01-01T00:00:00Z",
        "total_inc_tax": "1",
    }
    connector = answering(lambda _: httpx.Response(200, json=[row] * 50))
    since = datetime.fromisoformat("2026-01-01T00:00:00Z")
    first = await connector.changed_orders(since)
    with pytest.raises(Unavailable, match="same page"):
        await connector.changed_orders(since, cursor=first.next_cursor)


async def test_times_in_filters_need_no_escaping(shop: Shop) -> None:
    eastward = timezone(timedelta(hours=5, minutes=30))
    await all_orders(shop, shop.clock.now.astimezone(eastward))
    filters = [query for _, _, query in shop.asked]
    assert filters[0]["min_date_modified"] == "2026-03-05T21:40:11Z"
    assert (filters[0]["sort"], filters[0]["limit"]) == ("date_modified:asc", "250")
    assert filters[1]["created:min"].endswith("Z")


async def test_customers_changed_since_then_are_all_found(shop: Shop) -> None:
    since = shop.clock.now
    people = [
        CustomerDraft(email=f"{number}@example.com", first_name="A", last_name="B")
        for number in range(260)
    ]
    for person in people[:5]:
        shop.store.add_customer(person)
    since = shop.clock.advance(hours=1)
    added = {str(shop.store.add_customer(person)) for person in people[5:]}
    found: set[str] = set()
    cursor = ""
    while True:
        page = await shop.connector.changed_customers(since, cursor=cursor)
        found |= {change.resource_id for change in page.changes}
        if not (cursor := page.next_cursor):
            break
    assert found == added
