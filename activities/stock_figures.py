"""The quantities to show, as journal, rules and clock have them at one moment."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from activities.connections import Connections
from activities.pushes import Linking
from domain.availability import Sold, StockPolicy, content_hash, quantity_for
from domain.mapping import EVERYTHING_ELSE, RuleKind, Rules, item_of
from journal.opening import Journal
from journal.pushed import PushRow

# The last listing of the ERP's stock that came to its end, and the last one of everything.
SWEPT, SWEPT_WHOLE = "push:stock", "push:stock:whole"
_NEVER = datetime.min.replace(tzinfo=UTC)


class StockFigures:
    """Works out each row's quantity. Take a new one for every batch: sales go on meanwhile."""

    def __init__(
        self,
        *,
        rules: Rules,
        policy: StockPolicy,
        sold: Sold,
        swept_at: datetime,
        whole_at: datetime,
        now: datetime,
    ) -> None:
        self._rules = rules
        self._policy = policy
        self._sold = sold
        self._swept_at = swept_at
        self._whole_at = whole_at
        self._now = now

    def quantity(self, row: PushRow) -> int:
        """Return how many to show."""
        as_of = self._as_of(row)
        sold = self._sold.of(item_of(row.sku, self._rules), row.location, as_of=as_of)
        age = max(self._now - as_of, timedelta(0))
        return quantity_for(Decimal(row.told), sold=sold, policy=self._policy, age=age)

    def _as_of(self, row: PushRow) -> datetime:
        """Return until when a row is known to hold: a later sweep found it unchanged.

        What the last whole sweep did not name the ERP has dropped; its number grows old.
        """
        return max(row.told_at, self._swept_at) if row.told_at >= self._whole_at else row.told_at


def digest(location: str, quantity: int) -> str:
    """Return the hash of what a location is given of a SKU."""
    return content_hash(location, quantity)


def locations_of(rules: Rules) -> dict[str, str]:
    """Return the store's location of each ERP warehouse that is sold from."""
    table = rules.table.get(RuleKind.LOCATION, {})
    return {w: at for w, at in table.items() if at and w != EVERYTHING_ELSE}


async def figures_now(connection: str, connections: Connections, journal: Journal) -> StockFigures:
    """Take the rules, the sales and the time as they are now."""
    rules = await Linking(connections, journal).rules(connection)
    swept_at = await journal.watermarks.get(connection, SWEPT) or _NEVER
    whole_at = await journal.watermarks.get(connection, SWEPT_WHOLE) or _NEVER
    # Rows that were told before the sweep, and not by it, are as old as that; few if any.
    settings = connections.settings(connection).push.stock
    oldest = min(swept_at, whole_at)
    since = oldest - settings.posted_counts_for if oldest > _NEVER else oldest
    lines = await journal.open_lines.since(connection, since)
    return StockFigures(
        rules=rules,
        policy=settings.policy,
        sold=Sold(
            lines,
            rules=rules,
            locations=locations_of(rules),
            counts_for=settings.posted_counts_for,
        ),
        swept_at=swept_at,
        whole_at=whole_at,
        now=datetime.now(UTC),
    )
