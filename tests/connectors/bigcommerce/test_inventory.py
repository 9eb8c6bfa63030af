from decimal import Decimal

import httpx
import pytest

from connectors.bigcommerce.inventory import stock_batches
from connectors.errors import CredentialsRejected, OutcomeUnknown, Rejected
from domain.stock import StoreItem, StoreStock, Taken
from sandbox.faults import FaultKind
from tests.connectors.bigcommerce.conftest import Answering, Shop


async def items_of(shop: Shop) -> dict[str, StoreItem]:
    found: dict[str, StoreItem] = {}
    cursor = ""
    while True:
        page = await shop.connector.variants(cursor=cursor)
        found |= {item.sku: item for item in page.items}
        if not (cursor := page.next_cursor):
            return found


def at_once(shop: Shop) -> None:
    shop.store.settings.inventory_applies_after = 0


def stock(item: StoreItem, quantity: int, location: str = "1") -> StoreStock:
    return StoreStock(sku=item.sku, stock_id=item.stock_id, location=location, quantity=quantity)


def adjustments_of(shop: Shop) -> int:
    return sum(path.endswith("/absolute") for _, path, _ in shop.asked)


async def test_each_sku_is_named_by_how_its_stock_is_tracked(shop: Shop) -> None:
    catalogue = shop.store.catalogue
    catalogue.add_product_with_options("Sock", ["SOCK-S", "SOCK-L"], price=Decimal(9))
    catalogue.add_product_with_options(
        "Hat", ["HAT-S", "HAT-L"], price=Decimal(9), tracking="product"
    )
    items = await items_of(shop)
    mug, sock = catalogue.variant_of("MUG-BLUE"), catalogue.variant_of("SOCK-S")
    assert items["MUG-BLUE"].stock_id == f"product:{mug.product_id}"
    assert items["MUG-BLUE"].price_id == f"product:{mug.product_id}"
    assert items["SOCK-S"].stock_id == items["SOCK-S"].price_id == f"variant:{sock.id}"
    assert items["HAT-S"].stock_id == ""
    assert "track stock by variant" in items["HAT-S"].why
    assert "does not track" in items["EBOOK-BREW"].why
    assert "Sock-PARENT" not in items


async def test_the_catalogue_comes_250_products_a_call(shop: Shop) -> None:
    for number in range(300):
        shop.store.catalogue.add_product(f"MORE-{number}", price=Decimal(1))
    assert len(await items_of(shop)) == len(shop.store.catalogue.products)
    assert [query["page"] for _, _, query in shop.asked] == ["1", "2"]


async def test_quantities_are_set_and_seen(shop: Shop) -> None:
    at_once(shop)
    shop.store.catalogue.add_location("East")
    shop.store.catalogue.add_product_with_options("Sock", ["SOCK-S"], price=Decimal(9))
    items = await items_of(shop)
    wanted = (
        stock(items["MUG-BLUE"], 7),
        stock(items["MUG-BLUE"], 5, "2"),
        stock(items["SOCK-S"], 3, "2"),
    )
    assert await shop.connector.set_stock(wanted) == Taken(calls=1)
    assert set(await shop.connector.stock_now(wanted)) == set(wanted)
    page = await shop.connector.stock_listed(["1", "2"])
    found = {(one.sku, one.location): one.quantity for one in page.stock}
    assert found["MUG-BLUE", "1"] == 7
    assert found["MUG-BLUE", "2"] == 5
    assert found["SOCK-S", "2"] == 3


async def test_one_refused_item_is_found_and_the_others_are_taken(shop: Shop) -> None:
    at_once(shop)
    items = await items_of(shop)
    wrong = stock(items["MUG-BLUE"].model_copy(update={"stock_id": "variant:302"}), 1)
    right = [stock(item, 4) for sku, item in items.items() if item.stock_id and sku != wrong.sku]
    batch = [*right[:7], wrong, *right[7:]]
    taken = await shop.connector.set_stock(batch)
    assert [(one.sku, one.location) for one in taken.refused] == [("MUG-BLUE", "1")]
    assert "is tracked by product" in taken.refused[0].reason
    assert taken.calls == adjustments_of(shop) <= 11
    assert all(shop.store.catalogue.on_hand(one.sku) == 4 for one in right)


async def test_a_batch_that_is_wrong_throughout_is_given_up_in_time(shop: Shop) -> None:
    item = StoreItem(sku="GONE", stock_id="variant:9")
    batch = [stock(item.model_copy(update={"sku": f"GONE-{n}"}), 1) for n in range(500)]
    taken = await shop.connector.set_stock(batch)
    assert len(taken.refused) == 500
    assert taken.calls == 60


async def test_an_answer_that_is_lost_leaves_the_outcome_open(shop: Shop) -> None:
    item = (await items_of(shop))["MUG-BLUE"]
    shop.breaks(FaultKind.DROP_AFTER, path="adjustments")
    with pytest.raises(OutcomeUnknown):
        await shop.connector.set_stock([stock(item, 7)])


async def test_a_location_that_is_no_number_says_how_to_map_it(shop: Shop) -> None:
    item = StoreItem(sku="A", stock_id="variant:1")
    with pytest.raises(Rejected, match="no BigCommerce location") as refusal:
        await shop.connector.set_stock([stock(item, 1, "EAST")])
    assert "map set location" in refusal.value.remedy


async def test_a_token_without_the_scope_is_told_which_one_it_needs(answering: Answering) -> None:
    store = answering(httpx.Response(403, json={"status": 403, "title": "no scope"}))
    with pytest.raises(CredentialsRejected, match="stock") as refusal:
        await store.stock_listed(["1"])
    assert "store_inventory_read_only" in refusal.value.remedy


def test_a_call_takes_2000_grouped_by_location() -> None:
    item = StoreItem(sku="A", stock_id="variant:1")
    batches = stock_batches([stock(item, 1, str(1 + n % 3)) for n in range(4100)])
    assert [len(batch) for batch in batches] == [2000, 2000, 100]
    order = [one.location for batch in batches for one in batch]
    assert order == sorted(order)
