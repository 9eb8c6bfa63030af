import re
from decimal import Decimal
from typing import Any

import pytest

from sandbox.bigcommerce.drafts import (
    CustomerDraft,
    LineDraft,
    OrderDraft,
    OrderEdit,
    ShippingDraft,
)

MUG = LineDraft(sku="MUG-BLUE", price=Decimal("12.40"), quantity=2)
PLAIN = OrderDraft(lines=(MUG,))


async def test_order_ids_start_at_a_hundred_and_count_up(shop: Any) -> None:
    assert [shop.store.place_order(PLAIN) for _ in range(2)] == [100, 101]


async def test_amounts_are_strings_of_four_decimals_and_dates_are_rfc_2822(shop: Any) -> None:
    shop.store.place_order(PLAIN)
    order = await shop.json("/v2/orders/100")
    assert order["subtotal_ex_tax"] == "24.8000"
    assert order["date_created"] == "Thu, 05 Mar 2026 21:40:11 +0000"
    assert order["date_shipped"] == ""


async def test_parts_of_an_order_are_links_until_they_are_included(shop: Any) -> None:
    shop.store.place_order(PLAIN)
    order = await shop.json("/v2/orders/100")
    assert order["products"]["resource"] == "/orders/100/products"
    assert (await shop.json("/v2/orders/100", include="fees"))["fees"] == []


async def test_included_lines_stop_at_fifty_with_a_warning(shop: Any) -> None:
    shop.store.place_order(OrderDraft(lines=(MUG,) * 57))
    order = await shop.json("/v2/orders/100", include="consignments.line_items")
    lines = order["consignments"]["shipping"][0]["line_items"]
    assert len(lines) == 51
    assert "__warning__" in lines[-1]


async def test_products_come_fifty_to_a_page_and_all_with_the_largest_limit(shop: Any) -> None:
    shop.store.place_order(OrderDraft(lines=(MUG,) * 57))
    assert len(await shop.json("/v2/orders/100/products")) == 50
    assert len(await shop.json("/v2/orders/100/products", page=2)) == 7
    assert len(await shop.json("/v2/orders/100/products", limit=900)) == 57


@pytest.mark.parametrize("path", ["/v2/orders", "/v2/orders/100/fees", "/v2/orders/100/coupons"])
async def test_an_empty_list_is_204_without_a_body(shop: Any, path: str) -> None:
    shop.store.place_order(PLAIN)
    response = await shop.get(path, min_id=5000, page=2)
    assert (response.status_code, response.content) == (204, b"")


@pytest.mark.parametrize(
    "since", ["Thu, 05 Mar 2026 22:00:00 +0000", "2026-03-05T22:00:00+00:00"], ids=["rfc", "iso"]
)
async def test_changed_orders_are_found_by_either_date_notation(shop: Any, since: str) -> None:
    for _ in range(3):
        shop.store.place_order(PLAIN)
    shop.clock.advance(hours=1)
    shop.store.set_status(101, 2)
    found = await shop.json("/v2/orders", min_date_modified=since, sort="date_modified:asc")
    assert [order["id"] for order in found] == [101]


async def test_an_offset_whose_plus_was_not_encoded_is_refused(shop: Any) -> None:
    response = await shop.http.get("/v2/orders?min_date_modified=2026-03-05T22:00:00+00:00")
    assert response.status_code == 400


async def test_orders_are_filtered_by_status_external_id_and_least_id(shop: Any) -> None:
    for status_id in (11, 1, 11):
        shop.store.place_order(OrderDraft(lines=(MUG,), status_id=status_id))
    await shop.http.put("/v2/orders/102", json={"external_order_id": "SO-1"})
    by_status = await shop.json("/v2/orders", status_id=1)
    by_external = await shop.json("/v2/orders", external_order_id="SO-1")
    by_id = await shop.json("/v2/orders", min_id=101, sort="id:desc")
    assert [[o["id"] for o in found] for found in (by_status, by_external, by_id)] == [
        [101],
        [102],
        [102, 101],
    ]


async def test_count_tells_how_many_orders_each_status_has(shop: Any) -> None:
    shop.store.place_order(PLAIN)
    count = await shop.json("/v2/orders/count")
    assert count["count"] == 1
    assert {s["id"]: s["count"] for s in count["statuses"]}[11] == 1


async def test_the_safe_fields_can_be_written_and_the_external_id_cleared(shop: Any) -> None:
    shop.store.place_order(PLAIN)
    sent = {"status_id": 2, "external_order_id": "SO-1", "staff_notes": "Posted"}
    written = (await shop.http.put("/v2/orders/100", json=sent)).json()
    assert {name: written[name] for name in sent} == sent
    cleared = await shop.http.put("/v2/orders/100", json={"external_order_id": None})
    assert cleared.json()["external_order_id"] == ""


@pytest.mark.parametrize("field", ["id", "total_inc_tax", "external_id", "nonsense"])
async def test_a_field_that_cannot_be_written_is_refused_by_name(shop: Any, field: str) -> None:
    shop.store.place_order(PLAIN)
    response = await shop.http.put("/v2/orders/100", json={field: "1", "staff_notes": "x"})
    assert response.status_code == 400
    assert f"'{field}' cannot be written" in response.json()[0]["message"]
    assert shop.store.order(100).staff_notes == ""


async def test_v2_says_no_in_a_list_and_v3_in_an_object(shop: Any) -> None:
    v2, v3 = await shop.get("/v2/orders/1"), await shop.get("/v3/orders/1/transactions")
    assert v2.json()[0]["status"] == v3.json()["status"] == 404


async def test_tax_lines_name_what_they_tax_and_add_up(shop: Any) -> None:
    shop.store.place_order(
        OrderDraft(lines=(MUG,), shipping=(ShippingDraft(cost=Decimal(5), handling=Decimal(1)),))
    )
    order = await shop.json("/v2/orders/100")
    taxes = await shop.json("/v2/orders/100/taxes", details="true")
    assert [tax["line_item_type"] for tax in taxes] == ["item", "shipping", "handling"]
    assert sum(Decimal(tax["line_amount"]) for tax in taxes) == Decimal(order["total_tax"])
    assert "line_item_type" not in (await shop.json("/v2/orders/100/taxes"))[0]


async def test_a_bundle_has_free_components_that_name_their_parent(shop: Any) -> None:
    part = LineDraft(sku="JAR-500", price=Decimal(0), parent=0)
    shop.store.place_order(OrderDraft(lines=(MUG, part)))
    parent, child = await shop.json("/v2/orders/100/products")
    assert child["parent_order_product_id"] == parent["id"]
    assert (child["is_bundled_product"], child["total_inc_tax"]) == (True, "0.0000")


async def test_every_address_carries_its_own_shipping_cost(shop: Any) -> None:
    there = LineDraft(sku="JAR-500", price=Decimal(4), ship_to=1)
    ways = (ShippingDraft(cost=Decimal(5)), ShippingDraft(cost=Decimal(7)))
    shop.store.place_order(OrderDraft(lines=(MUG, there), shipping=ways))
    addresses = await shop.json("/v2/orders/100/shipping_addresses")
    lines = await shop.json("/v2/orders/100/products")
    assert [address["cost_ex_tax"] for address in addresses] == ["5.0000", "7.0000"]
    assert lines[1]["order_address_id"] == addresses[1]["id"]


async def test_an_edit_recomputes_the_totals_and_moves_the_modification_date(shop: Any) -> None:
    shop.store.place_order(PLAIN)
    shop.clock.advance(minutes=5)
    shop.store.edit_order(100, OrderEdit(quantities={0: 3}, add=(MUG,)))
    order = await shop.json("/v2/orders/100")
    assert (order["subtotal_ex_tax"], order["items_total"]) == ("62.0000", 5)
    assert order["date_modified"] == "Thu, 05 Mar 2026 21:45:11 +0000"


async def test_a_foreign_order_is_in_the_currency_the_shopper_pays(shop: Any) -> None:
    line = LineDraft(sku="MUG-BLUE", price=Decimal(1900))
    shop.store.place_order(
        OrderDraft(lines=(line,), currency="JPY", exchange_rate=Decimal("151.5"))
    )
    order = await shop.json("/v2/orders/100")
    assert order["default_currency_code"] == "JPY"
    assert order["store_default_to_transactional_exchange_rate"] == "151.5000000000"
    assert re.fullmatch(r"\d+\.0000", order["total_inc_tax"])


async def test_a_free_order_has_no_transactions(shop: Any) -> None:
    free = LineDraft(sku="MUG-BLUE", price=Decimal(0))
    shop.store.place_order(OrderDraft(lines=(free,), shipping=()))
    assert (await shop.get("/v3/orders/100/transactions")).status_code == 204


async def test_a_guest_is_customer_zero_and_a_returning_shopper_keeps_the_id(shop: Any) -> None:
    zoe = CustomerDraft(email="zoe@example.com", first_name="Zoë", last_name="Ångström")
    for customer in (None, zoe, zoe):
        shop.store.place_order(OrderDraft(lines=(MUG,), customer=customer))
    assert [order["customer_id"] for order in await shop.json("/v2/orders")] == [0, 1, 1]
