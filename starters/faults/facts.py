"""What the outside systems and our journal each say of the trade, read once, to be compared."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

import httpx

from domain.plan import Link
from domain.record import Record
from journal.holds import OpenHold
from journal.opening import Journal
from journal.trail import TrailEntry
from starters.decisions import needs_a_person, open_holds

_TRAIL_PAGE = 500
_ZERO = Decimal(0)


class StoreFacts(Record):
    """One order as the store's own books have it: what was paid and given back, unit by unit."""

    order_id: str
    status: int
    total: Decimal  # gross, as the order is now
    currency: str
    customer_id: str = ""  # empty: a guest
    payments: tuple[Decimal, ...] = ()  # money that came in for good, tenders included
    refunds: Mapping[str, Decimal] = {}  # by refund id, gross
    paid_back: tuple[Decimal, ...] = ()  # money of refunds that went out, tenders included


class AccountFacts(Record):
    """A customer of the ledger."""

    code: str
    email: str
    name: str
    postcode: str
    currency: str


class InvoiceFacts(Record):
    """A document of the ledger that carries a balance. `reference` is our key where it is ours.

    `balance` is None where the ledger's own audit compares it with the postings.
    """

    invoice: str
    document_type: str
    reference: str
    customer: str
    balance: Decimal | None = None
    linked_as: str = ""  # what our links call it, where that is not the reference


class LineFacts(Record):
    """One row of the ledger's sales detail; negative for what was credited."""

    invoice: str
    customer: str
    reference: str
    kind: str  # I, C or D
    product_class: str
    gross: Decimal
    sales_order: str = ""  # empty: posted by value, one row a product class
    linked_as: str = ""


class PaymentFacts(Record):
    """Money that came in, or, as a payout, went out; positive either way."""

    reference: str
    customer: str
    value: Decimal
    linked_as: str = ""


class LedgerFacts(Record):
    """The whole ledger."""

    accounts: tuple[AccountFacts, ...] = ()
    invoices: tuple[InvoiceFacts, ...] = ()
    lines: tuple[LineFacts, ...] = ()
    payments: tuple[PaymentFacts, ...] = ()
    payouts: tuple[PaymentFacts, ...] | None = None  # none: only credits are posted here
    balances: Mapping[str, Decimal] = {}  # of the general ledger, by account; debits positive


class Papers(Record):
    """What the ledger holds for one order."""

    invoices: tuple[InvoiceFacts, ...] = ()
    lines: tuple[LineFacts, ...] = ()
    payments: tuple[PaymentFacts, ...] = ()
    payouts: tuple[PaymentFacts, ...] = ()

    @property
    def all(self) -> tuple[InvoiceFacts | LineFacts | PaymentFacts, ...]:
        """Return each thing of them that has a reference."""
        return (*self.invoices, *self.lines, *self.payments, *self.payouts)

    def gross(self, key: str, letter: str = "") -> Decimal:
        """Sum the lines whose reference is the key and that letter; without one, all lines."""
        return sum((one.gross for one in self.of(key, letter)), _ZERO)

    def of(self, key: str, letter: str) -> list[LineFacts]:
        """Return the lines of the amendments (A), refunds (R) or the cancellation (X)."""
        start = f"{key}-{letter}" if letter else ""
        return [line for line in self.lines if line.reference.startswith(start)]


class JournalFacts(Record):
    """What our own journal says: links and trail by order, and every open hold."""

    links: Mapping[str, Mapping[str, Link]] = {}
    trail: Mapping[str, tuple[TrailEntry, ...]] = {}
    holds: tuple[OpenHold, ...] = ()

    @property
    def held_orders(self) -> dict[str, str]:
        """Return why orders wait for a person, by order id, as `violations` wants it.

        An order that awaits its store needs nobody: were it sold, it would be lost.
        """
        return {
            held.resource.removeprefix("order:"): held.hold.reason
            for held in self.holds
            if held.resource.startswith("order:") and needs_a_person(held)
        }


async def read_store_facts(store_url: str) -> tuple[StoreFacts, ...]:
    """Read the store stand-in's books. Raises httpx.HTTPError when it does not answer."""
    return tuple(_order(row) for row in await _read(f"{store_url}/_sandbox/orders"))


async def read_ledger_facts(
    erp_url: str, told: Callable[[Mapping[str, Any]], LedgerFacts]
) -> LedgerFacts:
    """Read an ERP stand-in's ledger, which audits itself first and answers 500 if it fails.

    `told` knows how that ERP tells it.

    Raises:
        httpx.HTTPError: it does not answer, or its own audit failed.
    """
    return told(await _read(f"{erp_url}/_sandbox/ledger"))


async def read_journal_facts(
    journal: Journal, connection: str, orders: Iterable[str]
) -> JournalFacts:
    """Read links and trail of the orders, and every open hold of the connection."""
    links: dict[str, Mapping[str, Link]] = {}
    trail: dict[str, tuple[TrailEntry, ...]] = {}
    for order_id in orders:
        links[order_id] = await journal.links.of(connection, f"order:{order_id}")
        trail[order_id] = await _trail(journal, connection, f"order:{order_id}")
    holds = await open_holds(journal, connection)
    return JournalFacts(links=links, trail=trail, holds=tuple(holds))


def papers_by_order(ledger: LedgerFacts, prefix: str) -> dict[str, Papers]:
    """Sort the ledger's documents by order; what is of none lies under the empty id."""
    pattern = re.compile(rf"{re.escape(prefix)}([0-9]+)(?:-[ABPRX].*)?", re.DOTALL)
    # Money that was left unapplied is a document of SYSPRO's own; its payment is counted.
    documents = [one for one in ledger.invoices if not one.invoice.startswith("_CR")]

    def of(reference: str) -> str:
        found = pattern.fullmatch(reference)
        return found[1] if found else ""

    whose = {(one.customer, one.invoice): of(one.reference) for one in documents}
    invoices: dict[str, list[InvoiceFacts]] = defaultdict(list)
    lines: dict[str, list[LineFacts]] = defaultdict(list)
    payments: dict[str, list[PaymentFacts]] = defaultdict(list)
    payouts: dict[str, list[PaymentFacts]] = defaultdict(list)
    for invoice in documents:
        invoices[of(invoice.reference)].append(invoice)
    for line in ledger.lines:
        lines[whose.get((line.customer, line.invoice)) or of(line.reference)].append(line)
    for payment in ledger.payments:
        payments[of(payment.reference)].append(payment)
    for payout in ledger.payouts or ():
        payouts[of(payout.reference)].append(payout)
    return {
        order_id: Papers(
            invoices=tuple(invoices[order_id]),
            lines=tuple(lines[order_id]),
            payments=tuple(payments[order_id]),
            payouts=tuple(payouts[order_id]),
        )
        for order_id in {*invoices, *lines, *payments, *payouts}
    }


def references_by_order(ledger: LedgerFacts, *, prefix: str) -> dict[str, frozenset[str]]:
    """Return what our links should call each thing that the ledger holds, by order id."""
    return {
        order_id: frozenset(one.linked_as or one.reference for one in its.all)
        for order_id, its in papers_by_order(ledger, prefix).items()
    }


async def _trail(journal: Journal, connection: str, resource: str) -> tuple[TrailEntry, ...]:
    entries: list[TrailEntry] = []
    while True:
        after = entries[-1].number if entries else 0
        page = await journal.trail.of(connection, resource, limit=_TRAIL_PAGE, after=after)
        entries += page
        if len(page) < _TRAIL_PAGE:
            return tuple(entries)


async def _read(url: str) -> Any:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
        return (await http.get(url)).raise_for_status().json(parse_float=Decimal)


def _order(row: Mapping[str, Any]) -> StoreFacts:
    return StoreFacts(
        order_id=str(row["id"]),
        status=row["status_id"],
        total=Decimal(row["total"]),
        currency=row["currency"],
        customer_id=str(row["customer_id"] or ""),
        payments=tuple(Decimal(amount) for amount in row["payments"]),
        refunds={refund_id: Decimal(amount) for refund_id, amount in row["refunds"].items()},
        paid_back=tuple(Decimal(amount) for amount in row["paid_back"]),
    )
