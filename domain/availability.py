"""How many of an item may be sold: what the ERP has less what is sold or kept back. Pure."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from domain.mapping import RuleKind, Rules, item_of
from domain.order import LineKind, Order
from domain.record import Record
from domain.stock import StockLevel

# Stores save nothing above this (BigCommerce documentation, "Inventory adjustments").
LARGEST_QUANTITY = 2_147_483_647
_ALL = Decimal(100)
_HOUR = Decimal(3600)

Place = tuple[str, str]  # ERP item, location of the store


class StockPolicy(Record):
    """What is kept back. Once the ERP's numbers are stale more is, the older they are.

    `stale_percent` of what could be sold is kept back for every hour begun after `stale_after`,
    until nothing is offered any more.
    """

    safety_stock: Decimal = Decimal(0)
    stale_after: timedelta = timedelta(hours=1)
    stale_percent: Decimal = Decimal(10)

    def kept_back(self, sellable: Decimal, *, age: timedelta) -> Decimal:
        """Return how many to keep back of what could be sold, with numbers of that age."""
        late = Decimal((age - self.stale_after) // timedelta(seconds=1))
        if late <= 0 or sellable <= 0:
            return self.safety_stock
        hours = (late / _HOUR).to_integral_value(ROUND_CEILING)
        percent = min(hours * self.stale_percent, _ALL)
        return self.safety_stock + sellable * percent / _ALL


class OpenLine(Record):
    """So many of a SKU that the store has sold. `posted_at`: since when the ERP knows of it."""

    sku: str
    quantity: Decimal
    posted_at: datetime | None = None


def sold_by(order: Order) -> dict[str, Decimal]:
    """Return how many of each SKU an order sells."""
    sold: dict[str, Decimal] = {}
    for line in order.lines:
        if line.sku and line.kind is not LineKind.GIFT_CERTIFICATE:
            sold[line.sku] = sold.get(line.sku, Decimal(0)) + line.quantity
    return sold


def available_at(
    levels: Iterable[StockLevel], locations: Mapping[str, str]
) -> dict[Place, Decimal]:
    """Sum what the ERP calls available over the warehouses of each location.

    A warehouse that owes more than it has takes from the others of its location.
    """
    sums: dict[Place, Decimal] = {}
    for level in levels:
        location = locations.get(level.warehouse)
        if location:
            place = (level.item, location)
            sums[place] = sums.get(place, Decimal(0)) + level.available
    return sums


class Sold:
    """What the store has sold and the ERP's numbers do not contain yet, by item and location.

    A line counts where its SKU's warehouse rule says that it ships from. Where no rule says so it
    counts at every location: rather too few are offered than one too many.
    """

    def __init__(
        self,
        lines: Iterable[OpenLine],
        *,
        rules: Rules,
        locations: Mapping[str, str],
        counts_for: timedelta = timedelta(0),
    ) -> None:
        """Sort the lines. `counts_for`: how long after posting they are not in the stock yet."""
        self._counts_for = counts_for
        self._lines: dict[Place, list[OpenLine]] = {}
        everywhere = sorted({location for location in locations.values() if location})
        for line in lines:
            ships_from = locations.get(rules.find(RuleKind.WAREHOUSE, line.sku) or "")
            for location in [ships_from] if ships_from else everywhere:
                place = (item_of(line.sku, rules), location)
                self._lines.setdefault(place, []).append(line)

    def of(self, item: str, location: str, *, as_of: datetime) -> Decimal:
        """Return how many were sold there that numbers of that time do not contain."""
        return sum(
            (
                line.quantity
                for line in self._lines.get((item, location), ())
                if line.posted_at is None or line.posted_at + self._counts_for >= as_of
            ),
            Decimal(0),
        )


def quantity_for(available: Decimal, *, sold: Decimal, policy: StockPolicy, age: timedelta) -> int:
    """Return the quantity to show: whole, rounded down, never below zero."""
    sellable = available - sold
    free = sellable - policy.kept_back(sellable, age=age)
    whole = int(free.to_integral_value(ROUND_FLOOR))
    return min(max(whole, 0), LARGEST_QUANTITY)


def content_hash(*parts: object) -> str:
    """Return the hash by which two pushes of the same content are known to be equal."""
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()[:16]
