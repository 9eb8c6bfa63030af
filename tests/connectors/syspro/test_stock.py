from datetime import UTC, datetime
from decimal import Decimal

import pytest

from connectors.contract import Capability
from connectors.errors import Rejected
from connectors.syspro.connector import Syspro
from domain.hold import HoldCode
from domain.money import Money
from domain.price import ItemPrice
from domain.stock import StockLevel
from tests.connectors.syspro.conftest import Site

either_way = pytest.mark.parametrize("odata", [False, True], ids=["comfnd", "odata"])


async def levels_of(erp: Syspro, *warehouses: str) -> list[StockLevel]:
    found: list[StockLevel] = []
    cursor = ""
    while True:
        page = await erp.stock(warehouses, cursor=cursor)
        assert page.as_of <= datetime.now(UTC)
        found += page.levels
        if not (cursor := page.next_cursor):
            return found


async def prices_of(erp: Syspro, price_list: str = "") -> dict[str, ItemPrice]:
    found: dict[str, ItemPrice] = {}
    cursor = ""
    while True:
        page = await erp.prices(price_list=price_list, currency="USD", cursor=cursor)
        found |= {one.item: one for one in page.prices}
        if not (cursor := page.next_cursor):
            return found


def dollars(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="USD")


@either_way
@pytest.mark.parametrize("limit", [3, 4, 5, 49, 1000])
async def test_every_level_is_told_once_and_an_item_s_levels_on_one_page(
    site: Site, odata: bool, limit: int
) -> None:
    erp = site.connect(odata=odata, profile={"find_limit": limit})
    pages: list[set[str]] = []
    cursor = ""
    places: list[tuple[str, str]] = []
    while True:
        page = await erp.stock(("FG", "E"), cursor=cursor)
        pages.append({level.item for level in page.levels})
        places += [(level.item, level.warehouse) for level in page.levels]
        if not (cursor := page.next_cursor):
            break
    assert sorted(places) == sorted(
        key for key in site.stand_in.books.levels if key[1] in ("FG", "E")
    )
    assert sum(map(len, pages)) == len(set[str]().union(*pages))


@either_way
async def test_what_is_free_is_what_lies_there_less_what_is_allocated(
    site: Site, odata: bool
) -> None:
    site.stand_in.set_stock("MUG-BLUE", on_hand=10, warehouse="E")
    key = ("MUG-BLUE", "E")
    level = site.stand_in.books.levels[key]
    site.stand_in.books.levels[key] = type(level)(
        stock_code="MUG-BLUE", warehouse="E", on_hand=level.on_hand, allocated=Decimal(12)
    )
    found = await levels_of(site.connect(odata=odata), "E")
    mug = next(one for one in found if one.item == "MUG-BLUE")
    assert (mug.on_hand, mug.allocated, mug.available) == (10, 12, -2)


async def test_what_is_taken_off_is_a_setting(site: Site) -> None:
    erp = site.connect(profile={"stock_taken_columns": ()})
    assert all(level.allocated == 0 for level in await levels_of(erp, "FG"))


async def test_a_page_that_no_item_fits_on_says_which_setting_to_raise(site: Site) -> None:
    erp = site.connect(profile={"find_limit": 2})
    with pytest.raises(Rejected, match="2 rows or more") as refusal:
        await erp.stock(("FG", "E"))
    assert "find_limit" in refusal.value.remedy


async def test_syspro_tells_stock_and_prices_but_not_what_changed(site: Site) -> None:
    capabilities = site.connect().capabilities
    assert {Capability.STOCK, Capability.PRICES} <= capabilities
    assert Capability.CHANGED_STOCK not in capabilities


@either_way
@pytest.mark.parametrize("limit", [3, 4, 1000])
async def test_prices_sale_prices_and_costs_are_told(site: Site, odata: bool, limit: int) -> None:
    site.stand_in.set_price("MUG-BLUE", Decimal("9.90"), price_code="S")
    site.stand_in.set_price("GRINDER", Decimal("60"), price_code="X")
    erp = site.connect(odata=odata, profile={"find_limit": limit}, sale_price_code="S")
    prices = await prices_of(erp)
    assert prices.keys() == site.stand_in.books.items.keys()
    assert prices["MUG-BLUE"] == ItemPrice(
        item="MUG-BLUE",
        price=dollars("12.40"),
        sale_price=dollars("9.90"),
        cost=dollars("4.96"),
    )
    assert prices["GRINDER"].sale_price is None


async def test_another_price_list_may_be_named(site: Site) -> None:
    site.stand_in.set_price("MUG-BLUE", Decimal("8.80"), price_code="W")
    prices = await prices_of(site.connect(), "W")
    assert {item: price.price for item, price in prices.items()} == {"MUG-BLUE": dollars("8.80")}


async def test_a_price_list_that_is_not_there_is_refused(site: Site) -> None:
    with pytest.raises(Rejected, match="price list Z"):
        await site.connect().prices(price_list="Z", currency="USD")


async def test_prices_are_in_the_company_s_currency_alone(site: Site) -> None:
    with pytest.raises(Rejected, match="not in EUR") as refusal:
        await site.connect().prices(price_list="", currency="EUR")
    assert refusal.value.hold is HoldCode.CURRENCY_DIFFERS
