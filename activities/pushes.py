"""What every kind of push needs: what there is to push, and how the ERP and the store are asked."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from activities.bookkeeping import Bookkeeping
from activities.connections import Connections
from activities.push_records import (
    BatchDone,
    BatchWork,
    CheckDone,
    CheckWork,
    PageDone,
    PageWork,
    PushKey,
    PushPlan,
    PushTerms,
)
from domain.mapping import RuleKind, Rules, item_of
from domain.stock import Refused
from journal.opening import Journal

# A new product of the store is linked with the next full pass at the latest.
CATALOGUE_LASTS = timedelta(hours=24)
_NAMED = 20


class PushFlow(Protocol):
    """One kind of push. `PushActivities` says when each is called."""

    async def begin(self, key: PushKey, *, full: bool) -> PushTerms:
        """Check that there is something to push from, to and by which rules."""
        ...

    async def read(self, work: PageWork) -> PageDone:
        """Read one page of what the ERP tells into the journal."""
        ...

    async def compare(self, work: PageWork) -> PageDone:
        """Read one page of what the store has into the journal."""
        ...

    async def plan(self, key: PushKey) -> PushPlan:
        """Divide what differs into batches."""
        ...

    async def push(self, work: BatchWork) -> BatchDone:
        """Give one batch to the store, with the numbers as they are now."""
        ...

    async def check(self, work: CheckWork) -> CheckDone:
        """Look at a sample of what was pushed."""
        ...


class Linking:
    """From the ERP's items to the store's SKUs, by the rules and by equal names."""

    def __init__(self, connections: Connections, journal: Journal) -> None:
        self._connections = connections
        self._journal = journal

    async def rules(self, connection: str) -> Rules:
        """Return the rules as they are now."""
        settings = self._connections.settings(connection)
        return settings.rules_with(await self._journal.mappings.rules(connection))

    async def skus(
        self, connection: str, items: Iterable[str], rules: Rules
    ) -> Mapping[str, Sequence[str]]:
        """Return the SKUs of the store that each item is; an item without any is left out."""
        named = {*items}
        mapped = rules.table.get(RuleKind.ITEM, {})
        candidates = {item for item in named if item_of(item, rules) == item}
        candidates |= {sku for sku, item in mapped.items() if item in named}
        sold = await self._journal.store_items.find(connection, candidates)
        found: dict[str, list[str]] = {}
        for sku in sorted(sold):
            found.setdefault(item_of(sku, rules), []).append(sku)
        return found

    async def note_unlinked(self, key: PushKey, items: Iterable[str], linked: Iterable[str]) -> int:
        """Tell once of each item that no SKU is; returns how many are new."""
        linked = {*linked}
        new = await self._journal.store_items.note_unlinked(
            key.connection, unknown={*items} - linked, linked=linked, at=datetime.now(UTC)
        )
        if new:
            book = book_of(self._journal, key, "read")
            await book.note("read", "unlinked", f"Items without a SKU: {named(new)}")
        return len(new)

    async def note_refused(self, key: PushKey, step: str, refused: Sequence[Refused]) -> None:
        """Tell what the store did not take, by its reasons."""
        by_reason: dict[str, list[str]] = {}
        for one in refused:
            by_reason.setdefault(one.reason, []).append(one.sku)
        book = book_of(self._journal, key, step)
        texts = [f"{reason} ({named(skus)})" for reason, skus in by_reason.items()]
        if texts:
            more = f"; {len(texts) - _NAMED} more reasons" if len(texts) > _NAMED else ""
            await book.note(step, "refused", "; ".join(texts[:_NAMED]) + more)


def book_of(journal: Journal, key: PushKey, step: str) -> Bookkeeping:
    """Return the bookkeeping of a push's step; what holds it ends when it goes well."""
    return Bookkeeping(journal, key.connection, f"{key.flow}:{step}")


def named(names: Sequence[str]) -> str:
    """List names, of many only the first."""
    shown = ", ".join(names[:_NAMED])
    return f"{shown} and {len(names) - _NAMED} more" if len(names) > _NAMED else shown
