from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from connectors.acumatica.connector import Acumatica
from connectors.contract import Capability
from connectors.errors import Rejected


async def all_levels(erp: Acumatica, warehouses: list[str], **asked: Any) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    cursor, pages = "", 0
    while pages == 0 or cursor:
        page = await erp.stock(warehouses, cursor=cursor, **asked)
        for level in page.levels:
            assert (level.item, level.warehouse) not in found
            found[level.item, level.warehouse] = level
        cursor, pages = page.next_cursor, pages + 1
    return found


async def test_stock_is_listed_by_item_and_warehouse(site: Any, erp: Acumatica) -> None:
    site.stand_in.set_stock("MUG-BLUE", on_hand=7, warehouse="EAST")
    found = await all_levels(erp, ["MAIN", "EAST"])
    assert found["MUG-BLUE", "MAIN"].on_hand == 600
    assert found["MUG-BLUE", "EAST"].available == 7
    assert {warehouse for _, warehouse in found} == {"MAIN", "EAST"}


async def test_pages_lose_no_item_and_cost_no_further_calls(site: Any) -> None:
    erp = site.connect(profile={"page_size": 4})
    whole = await all_levels(site.connect(), ["MAIN"])
    site.stand_in.faults.forget_calls()
    assert await all_levels(erp, ["MAIN"]) == whole
    asked = [c for c in site.stand_in.faults.calls if "StorageDetails" in c.path]
    assert len(asked) == 1


async def test_a_page_that_is_asked_for_by_another_worker_is_read_anew(site: Any) -> None:
    first = await site.connect(profile={"page_size": 4}).stock(["MAIN"])
    other = await site.connect(profile={"page_size": 4}).stock(["MAIN"], cursor=first.next_cursor)
    assert {one.item for one in other.levels}.isdisjoint({one.item for one in first.levels})


async def test_only_items_that_moved_are_listed_with_all_their_levels(
    site: Any, erp: Acumatica
) -> None:
    books, now = site.stand_in.books, datetime.now(UTC)
    for place, level in list(books.levels.items()):
        books.levels[place] = replace(level, modified=now - timedelta(hours=1))
    assert await all_levels(erp, ["MAIN", "EAST"], since=now) == {}
    site.stand_in.set_stock("MUG-BLUE", on_hand=7, warehouse="EAST")
    found = await all_levels(erp, ["MAIN", "EAST"], since=now)
    assert set(found) == {("MUG-BLUE", "MAIN"), ("MUG-BLUE", "EAST")}


async def test_clocks_may_differ_by_minutes(site: Any, erp: Acumatica) -> None:
    behind = datetime.now(UTC) + timedelta(minutes=4)
    assert await all_levels(erp, ["MAIN"], since=behind) != {}


def test_what_goes_back_to_stores_is_announced(erp: Acumatica) -> None:
    assert {Capability.STOCK, Capability.CHANGED_STOCK, Capability.PRICES} <= erp.capabilities


async def test_open_orders_take_from_what_is_available(
    site: Any, erp: Acumatica, make: Any
) -> None:
    await erp.post_document(make.document("BC-1", make.line("10.00", quantity="3")))
    level = (await all_levels(erp, ["MAIN"]))["MUG-BLUE", "MAIN"]
    assert (level.on_hand, level.available, level.allocated) == (600, 597, 3)


async def test_the_settings_say_which_quantity_counts(site: Any, make: Any) -> None:
    erp = site.connect(stock_quantity="on-hand")
    await erp.post_document(make.document("BC-1", make.line("10.00", quantity="3")))
    assert (await all_levels(erp, ["MAIN"]))["MUG-BLUE", "MAIN"].available == 600


async def test_what_is_on_hand_is_known_not_to_fall_with_an_order(site: Any) -> None:
    assert Capability.VALUES_ONLY in site.connect(stock_quantity="on-hand").capabilities
    assert Capability.VALUES_ONLY not in site.connect().capabilities


async def test_prices_come_with_the_cost_that_the_item_is_valued_at(
    site: Any, erp: Acumatica
) -> None:
    site.stand_in.add_item("NOCOST", name="New", price=Decimal("5.00"))
    page = await erp.prices(price_list="", currency="USD")
    prices = {one.item: one for one in page.prices}
    assert prices["MUG-BLUE"].price.amount == Decimal("12.40")  # type: ignore[union-attr]
    for item in ("KETTLE-1L", "KETTLE-2L", "MUG-BLUE"):  # average, standard, FIFO
        assert prices[item].cost is not None
    assert prices["NOCOST"].cost is None
    assert prices["EBOOK-BREW"].price is not None


async def test_prices_come_in_pages(site: Any) -> None:
    erp = site.connect(profile={"page_size": 10})
    seen: list[str] = []
    page = await erp.prices(price_list="", currency="USD")
    seen += [one.item for one in page.prices]
    while page.next_cursor:
        page = await erp.prices(price_list="", currency="USD", cursor=page.next_cursor)
        seen += [one.item for one in page.prices]
    assert len(seen) == len(set(seen)) > 20


async def test_a_price_list_and_another_currency_are_refused(erp: Acumatica) -> None:
    with pytest.raises(Rejected, match="price list RETAIL cannot be read"):
        await erp.prices(price_list="RETAIL", currency="USD")
    with pytest.raises(Rejected, match="in USD, not in EUR"):
        await erp.prices(price_list="", currency="EUR")
