from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.money import CurrencyMismatch, Money, allocate, minor_unit
from tests.support.orders import CURRENCIES, money, units_of

currencies = st.sampled_from(CURRENCIES)
weights = st.lists(
    st.decimals(0, 10_000, places=3, allow_nan=False, allow_infinity=False), min_size=1, max_size=12
)
totals = st.integers(-10_000_000, 10_000_000)


def dollars(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="USD")


@pytest.mark.parametrize(
    "mix",
    [
        pytest.param(lambda a, b: a + b, id="added"),
        pytest.param(lambda a, b: a - b, id="subtracted"),
        pytest.param(lambda a, b: a < b, id="compared"),
        pytest.param(lambda a, b: a >= b, id="compared or equal"),
        pytest.param(lambda a, b: Money.total([a, b], "USD"), id="summed"),
        pytest.param(lambda _, b: Money.total([b], "USD"), id="summed under another currency"),
    ],
)
def test_amounts_of_two_currencies_cannot_be_mixed(mix) -> None:
    with pytest.raises(CurrencyMismatch, match="different currencies"):
        mix(dollars("1"), Money(amount=Decimal(1), currency="EUR"))


def test_the_same_amount_of_two_currencies_is_not_equal() -> None:
    assert dollars("1") != Money(amount=Decimal(1), currency="CAD")


def test_an_amount_is_equal_however_many_decimals_it_is_written_with() -> None:
    assert dollars("1.5") == dollars("1.5000")


@pytest.mark.parametrize("amount", [1.0, 0.1, float("nan"), float("inf")])
def test_a_float_is_never_money(amount: float) -> None:
    with pytest.raises(ValidationError, match="never a float"):
        Money.model_validate({"amount": amount, "currency": "USD"})


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "ten", True])
def test_what_is_not_a_number_is_not_money(amount: object) -> None:
    with pytest.raises(ValidationError):
        Money.model_validate({"amount": amount, "currency": "USD"})


@pytest.mark.parametrize("code", ["", "US", "DOLLAR", "U5D"])
def test_a_currency_is_a_three_letter_code(code: str) -> None:
    with pytest.raises(ValidationError, match="three-letter"):
        Money(amount=Decimal(1), currency=code)


def test_a_currency_code_is_kept_in_upper_case() -> None:
    assert Money(amount=Decimal(1), currency="usd").currency == "USD"


def test_an_amount_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        dollars("1").amount = Decimal(2)


@pytest.mark.parametrize(
    ("currency", "unit"), [("USD", "0.01"), ("JPY", "1"), ("KWD", "0.001"), ("XXX", "0.01")]
)
def test_each_currency_has_its_smallest_unit(currency: str, unit: str) -> None:
    assert minor_unit(currency) == Decimal(unit)


@pytest.mark.parametrize(
    ("amount", "currency", "rounded"),
    [
        ("2.345", "USD", "2.35"),
        ("-2.345", "USD", "-2.35"),
        ("2.5", "JPY", "3"),
        ("0.0005", "KWD", "0.001"),
    ],
)
def test_halves_are_rounded_away_from_zero(amount: str, currency: str, rounded: str) -> None:
    money = Money(amount=Decimal(amount), currency=currency)
    assert money.rounded().amount == Decimal(rounded)


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [("1234.5", "USD", "1234.50 USD"), ("12", "JPY", "12 JPY"), ("1", "KWD", "1.000 KWD")],
)
def test_an_amount_is_shown_with_its_currency_s_decimals(
    amount: str, currency: str, text: str
) -> None:
    assert str(Money(amount=Decimal(amount), currency=currency)) == text


@given(currencies, st.integers(-(10**12), 10**12))
def test_an_amount_survives_json_exactly(currency: str, units: int) -> None:
    amount = money(units, currency)
    assert Money.model_validate_json(amount.model_dump_json()) == amount


@given(totals, weights, currencies)
def test_shares_add_up_to_the_total_exactly(
    units: int, weights: list[Decimal], currency: str
) -> None:
    total = money(units, currency)
    shares = allocate(total, weights)
    assert len(shares) == len(weights)
    assert Money.total(shares, currency) == total


@given(totals, weights, currencies)
def test_a_share_has_the_sign_of_the_total_and_whole_minor_units(
    units: int, weights: list[Decimal], currency: str
) -> None:
    for share in allocate(money(units, currency), weights):
        assert units_of(share) * units >= 0


@given(totals, weights.filter(any), currencies)
def test_a_share_is_less_than_one_minor_unit_from_the_exact_one(
    units: int, weights: list[Decimal], currency: str
) -> None:
    whole = sum(weights)
    for share, weight in zip(allocate(money(units, currency), weights), weights, strict=True):
        assert abs(units_of(share) * whole - units * weight) < whole


@given(totals, weights.filter(any).flatmap(lambda w: st.tuples(st.just(w), st.permutations(w))))
def test_the_order_of_the_weights_changes_no_weight_s_share_by_more_than_a_minor_unit(
    units: int, both: tuple[list[Decimal], list[Decimal]]
) -> None:
    straight, permuted = both
    one, other = allocate(money(units, "USD"), straight), allocate(money(units, "USD"), permuted)
    assert Money.total(one, "USD") == Money.total(other, "USD")
    by_weight = sorted(zip(straight, map(units_of, one), strict=True))
    permuted_by_weight = sorted(zip(permuted, map(units_of, other), strict=True))
    for (_, share), (_, other_share) in zip(by_weight, permuted_by_weight, strict=True):
        assert abs(share - other_share) <= 1


@given(totals, weights.filter(any))
def test_what_weighs_nothing_gets_nothing(units: int, weights: list[Decimal]) -> None:
    shares = allocate(money(units, "USD"), [*weights, Decimal(0)])
    assert not shares[-1]


def test_equal_weights_give_the_odd_cent_to_the_first() -> None:
    shares = allocate(dollars("10.00"), [Decimal(1)] * 3)
    assert shares == (dollars("3.34"), dollars("3.33"), dollars("3.33"))


def test_without_any_weight_everything_goes_to_the_first() -> None:
    assert allocate(dollars("5"), [Decimal(0)] * 2) == (dollars("5"), dollars("0"))


@pytest.mark.parametrize("weights", [[], [Decimal(1), Decimal(-1)]], ids=["none", "negative"])
def test_there_must_be_weights_and_none_below_zero(weights: list[Decimal]) -> None:
    with pytest.raises(ValueError, match="at least one weight"):
        allocate(dollars("5"), weights)
