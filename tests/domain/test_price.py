from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import Money
from domain.price import ItemPrice, PriceField, StorePrice, store_price

ALL = frozenset(PriceField)
amounts = st.none() | st.decimals(-10, 1000, places=4, allow_nan=False, allow_infinity=False)


def dollars(amount: str | Decimal | None) -> Money | None:
    return None if amount is None else Money(amount=Decimal(amount), currency="USD")


def shown(
    price: str | None = None,
    sale: str | None = None,
    cost: str | None = None,
    owned: frozenset[PriceField] = ALL,
) -> StorePrice | None:
    item = ItemPrice(item="MUG", price=dollars(price), sale_price=dollars(sale), cost=dollars(cost))
    return store_price(item, sku="MUG", price_id="product:1", owned=owned)


@given(amounts, amounts, amounts, st.frozensets(st.sampled_from(PriceField)))
def test_nothing_is_ever_given_away_nor_shown_with_parts_of_a_cent(
    price: Decimal | None, sale: Decimal | None, cost: Decimal | None, owned: frozenset[PriceField]
) -> None:
    item = ItemPrice(item="MUG", price=dollars(price), sale_price=dollars(sale), cost=dollars(cost))
    found = store_price(item, sku="MUG", price_id="product:1", owned=owned)
    for amount in (found.price, found.sale_price, found.cost) if found else ():
        assert amount is None or amount.amount > 0
        assert amount is None or amount.amount == round(amount.amount, 2)


def test_only_what_the_erp_owns_is_told() -> None:
    found = shown("12.40", "9.90", "5.00", frozenset({PriceField.COST}))
    assert found is not None
    assert (found.price, found.sale_price, found.clears_sale) == (None, None, False)
    assert found.cost == dollars("5.00")


def test_a_price_without_a_sale_ends_the_sale() -> None:
    found = shown("12.40")
    assert found is not None
    assert found.clears_sale


@pytest.mark.parametrize("sale", ["12.40", "13.00"])
def test_a_sale_price_that_is_no_lower_is_no_sale(sale: str) -> None:
    found = shown("12.40", sale)
    assert found is not None
    assert found.sale_price is None
    assert found.clears_sale


@pytest.mark.parametrize("price", [None, "0", "-1", "0.004"])
def test_a_price_that_nobody_has_set_changes_nothing(price: str | None) -> None:
    assert shown(price) is None


def test_an_amount_is_rounded_to_what_the_currency_knows() -> None:
    found = shown("12.40500")
    assert found is not None
    assert found.price == dollars("12.41")
