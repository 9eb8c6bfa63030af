from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.availability import (
    LARGEST_QUANTITY,
    OpenLine,
    Sold,
    StockPolicy,
    available_at,
    quantity_for,
)
from domain.mapping import RuleKind, Rules
from domain.stock import StockLevel

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
FRESH = timedelta(0)
LOCATIONS = {"E": "1", "FG": "1", "W": "2"}
amounts = st.decimals(-100_000, 100_000, places=6, allow_nan=False, allow_infinity=False)
not_negative = st.decimals(0, 10_000, places=3, allow_nan=False, allow_infinity=False)
ages = st.timedeltas(timedelta(0), timedelta(days=30))
policies = st.builds(
    StockPolicy,
    safety_stock=not_negative,
    stale_after=st.timedeltas(timedelta(0), timedelta(hours=4)),
    stale_percent=st.decimals(0, 100, places=1),
)


def level(warehouse: str, available: int, item: str = "MUG") -> StockLevel:
    return StockLevel(
        item=item, warehouse=warehouse, on_hand=Decimal(100), available=Decimal(available)
    )


def sold(*lines: OpenLine, rules: dict[RuleKind, dict[str, str]] | None = None) -> Sold:
    return Sold(lines, rules=Rules(table=rules or {}), locations=LOCATIONS)


def line(quantity: int = 2, posted_at: datetime | None = None, sku: str = "MUG") -> OpenLine:
    return OpenLine(sku=sku, quantity=Decimal(quantity), posted_at=posted_at)


@given(amounts, not_negative, policies, ages)
def test_a_quantity_is_whole_and_never_negative_nor_more_than_there_is(
    available: Decimal, taken: Decimal, policy: StockPolicy, age: timedelta
) -> None:
    quantity = quantity_for(available, sold=taken, policy=policy, age=age)
    assert 0 <= quantity <= max(available - taken, Decimal(0))


@given(amounts, not_negative, policies, ages, ages)
def test_older_numbers_never_offer_more(
    available: Decimal, taken: Decimal, policy: StockPolicy, one: timedelta, other: timedelta
) -> None:
    young, old = sorted([one, other])
    offered = [quantity_for(available, sold=taken, policy=policy, age=a) for a in (young, old)]
    assert offered[1] <= offered[0]


@given(amounts, not_negative, not_negative, policies, ages)
def test_what_is_sold_more_is_never_offered_more(
    available: Decimal, taken: Decimal, more: Decimal, policy: StockPolicy, age: timedelta
) -> None:
    before = quantity_for(available, sold=taken, policy=policy, age=age)
    assert quantity_for(available, sold=taken + more, policy=policy, age=age) <= before


def test_fractions_are_rounded_down() -> None:
    assert quantity_for(Decimal("9.999"), sold=Decimal(0), policy=StockPolicy(), age=FRESH) == 9


def test_a_quantity_stays_within_what_a_store_can_keep() -> None:
    huge = Decimal(LARGEST_QUANTITY) * 10
    assert quantity_for(huge, sold=Decimal(0), policy=StockPolicy(), age=FRESH) == LARGEST_QUANTITY


@pytest.mark.parametrize(
    ("hours", "offered"),
    [
        pytest.param(1, 95, id="not stale yet"),
        pytest.param(1.5, 85, id="in the first hour of being stale"),
        pytest.param(3, 75, id="at the end of the second"),
        pytest.param(10.5, 0, id="nothing in the end"),
        pytest.param(1000, 0, id="nor ever after"),
    ],
)
def test_a_stale_erp_widens_the_buffer(hours: float, offered: int) -> None:
    policy = StockPolicy(safety_stock=Decimal(5))
    age = timedelta(hours=hours)
    assert quantity_for(Decimal(100), sold=Decimal(0), policy=policy, age=age) == offered


def test_warehouses_of_one_location_are_summed_and_others_left_out() -> None:
    levels = [level("E", 5), level("FG", -2), level("W", 7), level("PROD", 99)]
    assert available_at(levels, LOCATIONS) == {("MUG", "1"): 3, ("MUG", "2"): 7}


def test_what_is_not_in_the_erp_yet_counts() -> None:
    assert sold(line(2), line(3)).of("MUG", "1", as_of=NOON) == 5


def test_what_was_posted_after_the_numbers_were_read_still_counts() -> None:
    posted = sold(line(2, NOON + timedelta(seconds=1)), line(4, NOON - timedelta(seconds=1)))
    assert posted.of("MUG", "1", as_of=NOON) == 2


def test_where_posting_takes_nothing_out_of_stock_an_order_counts_for_a_while() -> None:
    posted = Sold(
        [line(2, NOON - timedelta(hours=5)), line(4, NOON - timedelta(hours=25))],
        rules=Rules(),
        locations=LOCATIONS,
        counts_for=timedelta(hours=24),
    )
    assert posted.of("MUG", "1", as_of=NOON) == 2


def test_a_line_counts_where_its_warehouse_rule_says_that_it_ships_from() -> None:
    counted = sold(line(), rules={RuleKind.WAREHOUSE: {"*": "W"}})
    assert counted.of("MUG", "2", as_of=NOON) == 2
    assert counted.of("MUG", "1", as_of=NOON) == 0


def test_a_line_of_which_nobody_says_where_it_ships_from_counts_everywhere() -> None:
    counted = sold(line())
    assert [counted.of("MUG", location, as_of=NOON) for location in "12"] == [2, 2]


def test_skus_that_are_the_same_item_share_its_stock() -> None:
    rules = {RuleKind.ITEM: {"MUG-GIFT": "MUG"}}
    counted = sold(line(2), line(3, sku="MUG-GIFT"), rules=rules)
    assert counted.of("MUG", "1", as_of=NOON) == 5


def test_a_rule_for_everything_else_links_no_sku_to_stock() -> None:
    counted = sold(line(2, sku="SOCK"), rules={RuleKind.ITEM: {"*": "MUG"}})
    assert counted.of("MUG", "1", as_of=NOON) == 0
