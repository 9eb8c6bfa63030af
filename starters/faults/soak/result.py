"""What a soak came to: counted in the books of the store and the ledger, then in our own."""

from collections import Counter
from collections.abc import Mapping, Sequence

from domain.record import Record
from starters.decisions import needs_a_person
from starters.faults.books import SOLD, Violation, ViolationKind, judged
from starters.faults.facts import JournalFacts, LedgerFacts, StoreFacts
from starters.faults.paperwork import journal_violations
from starters.faults.soak.acts import Script


class SoakResult(Record):
    """The whole run. Lost, duplicated and wrong are counted in the ledger."""

    seed: int
    script: str  # its digest: equal scripts had equal input
    orders: int
    posted: int
    held: Mapping[str, int]  # still, by reason
    released: int  # were held, and went on by a rule or a retry
    ignored: int  # rightly not in the ledger: unpaid, unfinished, cancelled before
    lost: int
    duplicated: int
    wrong_totals: int
    violations: tuple[str, ...]
    faults: Mapping[str, int]  # by kind
    kills: Mapping[str, int]  # by part and signal; systems that were away
    webhooks: Mapping[str, int]  # lost, late, repeated
    refused_acts: int  # by the store: what its rules forbid
    seconds: float
    orders_per_second: float

    @property
    def clean(self) -> bool:
        """Tell whether nothing at all is wrong."""
        return not self.violations


class Disturbances(Record):
    """What was done to the systems while the orders came."""

    faults: Mapping[str, int]
    kills: Mapping[str, int]
    webhooks: Mapping[str, int]
    refused_acts: int
    released: int


def soak_result(
    script: Script,
    store: Sequence[StoreFacts],
    ledger: LedgerFacts,
    journal: JournalFacts,
    *,
    prefix: str,
    others: Sequence[str],
    disturbances: Disturbances,
    seconds: float,
) -> SoakResult:
    """Judge and count. `others` are violations found elsewhere, in Temporal."""
    held = journal.held_orders
    found = judged(store, ledger, prefix=prefix, held=held)
    invoiced = {one.reference for one in ledger.invoices}
    posted = {one.order_id for one in store if f"{prefix}{one.order_id}" in invoiced}
    ignored = [
        one for one in store if one.order_id not in posted | held.keys() and one.status not in SOLD
    ]
    papers = journal_violations(journal, ledger, prefix=prefix)
    return SoakResult(
        seed=script.seed,
        script=script.digest,
        orders=len(store),
        posted=len(posted),
        held=Counter(one.hold.code.value for one in journal.holds if needs_a_person(one)),
        ignored=len(ignored),
        lost=_count(found, ViolationKind.LOST),
        duplicated=_count(found, ViolationKind.DUPLICATED, ViolationKind.STRAY),
        wrong_totals=_count(found, ViolationKind.WRONG_TOTAL, ViolationKind.UNBALANCED),
        violations=(*(one.sentence for one in found), *papers, *others),
        seconds=round(seconds, 1),
        orders_per_second=round(len(store) / seconds, 2),
        **disturbances.model_dump(),
    )


def _count(found: Sequence[Violation], *kinds: ViolationKind) -> int:
    return sum(one.kind in kinds for one in found)
