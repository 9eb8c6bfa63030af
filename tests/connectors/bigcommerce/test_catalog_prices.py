from decimal import Decimal

import pytest

from connectors.bigcommerce.catalog import price_batches
from connectors.errors import Rejected
from domain.hold import HoldCode
from domain.money import Money
from domain.price import StorePrice
from domain.stock import StoreItem, Taken
from tests.connectors.bigcommerce.conftest import Shop


def dollars(amount: str, currency: str = "USD") -> Money:
    return Money(amount=Decimal(amount), currency=currency)


@pytest.fixture
async def items(shop: Shop) -> dict[str, StoreItem]:
    shop.store.catalogue.add_product_with_options("Sock", ["SOCK-S", "SOCK-L"], price=Decimal(9))
    return {item.sku: item for item in (await shop.connector.variants()).items}


async def test_a_simple_product_s_prices_are_the_product_s(
    shop: Shop, items: dict[str, StoreItem]
) -> None:
    price = StorePrice(
        sku="MUG-BLUE",
        price_id=items["MUG-BLUE"].price_id,
        price=dollars("13.50"),
        sale_price=dollars("11.10"),
        cost=dollars("4.15"),
    )
    assert await shop.connector.set_prices([price]) == Taken(calls=1)
    mug = shop.store.catalogue.product_of("MUG-BLUE")
    assert (mug.price, mug.sale_price, mug.cost_price) == (
        Decimal("13.50"),
        Decimal("11.10"),
        Decimal("4.15"),
    )
    ended = price.model_copy(update={"sale_price": None, "clears_sale": True})
    await shop.connector.set_prices([ended])
    assert mug.sale_price == 0


async def test_a_variant_has_prices_of_its_own_and_inherits_again(
    shop: Shop, items: dict[str, StoreItem]
) -> None:
    price_id = items["SOCK-S"].price_id
    price = StorePrice(sku="SOCK-S", price_id=price_id, sale_price=dollars("7.77"))
    await shop.connector.set_prices([price])
    sock = shop.store.catalogue.variant_of("SOCK-S")
    assert (sock.price, sock.sale_price) == (None, Decimal("7.77"))
    await shop.connector.set_prices([StorePrice(sku="SOCK-S", price_id=price_id, clears_sale=True)])
    assert sock.sale_price is None


async def test_one_refused_variant_is_found_and_the_others_are_taken(
    shop: Shop, items: dict[str, StoreItem]
) -> None:
    batch = [
        StorePrice(sku=sku, price_id=price_id, price=dollars("5"))
        for sku, price_id in (
            ("SOCK-S", items["SOCK-S"].price_id),
            ("GONE", "variant:9"),
            ("SOCK-L", items["SOCK-L"].price_id),
        )
    ]
    taken = await shop.connector.set_prices(batch)
    assert [one.sku for one in taken.refused] == ["GONE"]
    assert "does not exist" in taken.refused[0].reason
    assert shop.store.catalogue.variant_of("SOCK-L").price == 5


async def test_prices_in_another_currency_than_the_store_s_are_refused(
    shop: Shop, items: dict[str, StoreItem]
) -> None:
    price = StorePrice(
        sku="MUG-BLUE", price_id=items["MUG-BLUE"].price_id, price=dollars("5", "EUR")
    )
    with pytest.raises(Rejected, match="USD") as refusal:
        await shop.connector.set_prices([price])
    assert refusal.value.hold is HoldCode.CURRENCY_DIFFERS


def test_a_call_takes_ten_products_or_fifty_variants() -> None:
    def some(kind: str, count: int) -> list[StorePrice]:
        return [StorePrice(sku=f"{kind}{n}", price_id=f"{kind}:{n}") for n in range(count)]

    batches = price_batches([*some("variant", 120), *some("product", 25)])
    assert [len(batch) for batch in batches] == [10, 10, 5, 50, 50, 20]
    assert all(len({one.price_id.split(":")[0] for one in batch}) == 1 for batch in batches)
