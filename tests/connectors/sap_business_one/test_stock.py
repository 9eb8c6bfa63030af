from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import Rejected, Unavailable
from connectors.sap_business_one.stock_query import STOCK_QUERY

both_protocols = pytest.mark.parametrize("protocol", ["v2", "v1"])


async def swept(erp: Any, *warehouses: str) -> list[Any]:
    levels: list[Any] = []
    cursor = ""
    while True:
        page = await erp.stock(warehouses, cursor=cursor)
        levels += page.levels
        cursor = page.next_cursor
        if not cursor:
            return levels


@both_protocols
async def test_stock_is_what_lies_there_less_what_orders_have_committed(
    site: Any, erp: Any, make: Any
) -> None:
    chain = site.connect(document="order-delivery-invoice")
    site.stand_in.refuse_next("DeliveryNotes", method="POST")
    with pytest.raises(Rejected):
        await chain.post_document(chain.prepared(make.document(), tolerance=make.money("1")))
    [level] = [one for one in await swept(erp, "01") if one.item == make.item]
    assert (level.on_hand, level.allocated, level.available) == (100, 2, 98)


async def test_every_item_is_listed_once_in_every_warehouse_asked_for(site: Any, make: Any) -> None:
    erp = site.connect(profile={"sweep_page_size": 7})
    for number in range(45):
        site.stand_in.add_item(f"BULK-{number:03d}", name="Bulk", price=Decimal(1), stock=number)
    levels = await swept(erp, "01", "02")
    places = [(one.item, one.warehouse) for one in levels]
    assert len(places) == len(set(places))
    bulk = {one.item: one.on_hand for one in levels if one.warehouse == "01"}
    assert [bulk[f"BULK-{number:03d}"] for number in range(45)] == list(range(45))
    assert {one.warehouse for one in levels} == {"01", "02"}


async def created(erp: Any, code: str) -> None:
    body = {"SqlCode": code, "SqlName": code, "SqlText": STOCK_QUERY}
    await erp._client.create("SQLQueries", body)


@pytest.mark.parametrize("protocol", ["v2", "v1"])
async def test_a_stored_query_tells_the_same_stock_in_smaller_answers(
    site: Any, erp: Any, protocol: str
) -> None:
    for number in range(30):
        site.stand_in.add_item(f"O'BULK {number:03d}", name="Bulk", price=Decimal(1), stock=number)
    await created(erp, "till_stock")
    profile = {"stock_query": "till_stock", "page_size": 50}
    queried = site.connect(protocol=protocol, profile=profile)
    assert await swept(queried, "01", "02") == await swept(erp, "01", "02")


async def test_a_page_too_small_for_one_items_warehouses_says_so(site: Any, erp: Any) -> None:
    await created(erp, "till_stock")
    small = site.connect(profile={"stock_query": "till_stock", "page_size": 2})
    with pytest.raises(Unavailable, match="not even one item"):
        await swept(small, "01")


async def test_a_stored_query_that_nobody_created_says_so(site: Any) -> None:
    erp = site.connect(profile={"stock_query": "till_stock"})
    with pytest.raises(Rejected, match="till_stock does not exist") as caught:
        await swept(erp, "01")
    assert "docs/sap-business-one.md" in caught.value.remedy


def test_the_page_has_the_text_of_the_stored_query() -> None:
    page = Path(__file__).parents[3] / "docs" / "sap-business-one.md"
    assert STOCK_QUERY in " ".join(page.read_text(encoding="utf-8").split())


async def test_what_changed_is_not_told_so_that_everything_is_listed(erp: Any) -> None:
    page = await erp.stock(["01"])
    again = await erp.stock(["01"], since=page.as_of)
    assert again.levels == page.levels
    assert again.as_of > page.as_of


@both_protocols
async def test_prices_are_those_of_the_list_and_costs_the_average(
    site: Any, erp: Any, make: Any
) -> None:
    site.stand_in.set_price(make.item, price=Decimal("45.5"), price_list=2)
    page = await erp.prices(price_list="2", currency="USD")
    [found] = [one for one in page.prices if one.item == make.item]
    assert (found.price, found.sale_price) == (make.money("45.5"), None)
    assert found.cost == make.money("20.00")


async def test_the_usual_price_list_is_a_setting(site: Any, make: Any) -> None:
    site.stand_in.set_price(make.item, price=Decimal("45.5"), price_list=2)
    page = await site.connect(price_list=2).prices(price_list="", currency="USD")
    [found] = [one for one in page.prices if one.item == make.item]
    assert found.price == make.money("45.5")


@pytest.mark.parametrize("asked", ["", "99", "Web"])
async def test_a_price_list_that_is_not_there_is_refused(erp: Any, asked: str) -> None:
    with pytest.raises(Rejected, match="price list"):
        await erp.prices(price_list=asked, currency="USD")


async def test_prices_in_another_currency_are_refused(erp: Any) -> None:
    with pytest.raises(Rejected, match="is kept in USD, not in EUR"):
        await erp.prices(price_list="1", currency="EUR")


async def test_an_item_priced_in_another_currency_than_its_list_has_no_price(
    site: Any, erp: Any, make: Any
) -> None:
    row = site.stand_in.books.items[make.item]
    prices = [{**price, "Currency": "EUR"} for price in row["ItemPrices"]]
    site.stand_in.books.items[make.item] = {**row, "ItemPrices": prices}
    page = await erp.prices(price_list="1", currency="USD")
    [found] = [one for one in page.prices if one.item == make.item]
    assert (found.price, found.cost) == (None, make.money("20.00"))


async def test_items_are_told_with_the_account_left_to_sap(erp: Any, make: Any) -> None:
    found = await erp.items([make.item, "NOTHING", ""])
    assert list(found) == [make.item]
    assert (found[make.item].description, found[make.item].revenue_class) == ("A thing", "default")


async def test_a_code_with_a_quote_is_looked_up_as_it_is(site: Any, erp: Any) -> None:
    site.stand_in.add_item("O'NEIL+50%", name="Board", price=Decimal(1))
    assert list(await erp.items(["O'NEIL+50%"])) == ["O'NEIL+50%"]
