"""The judge: whether the ledger holds what the store says, once and to the cent.

It goes by what store and ledger themselves have on their books. What our own journal and Temporal
say is judged separately, in `paperwork`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum

from domain.record import Record
from starters.faults.facts import (
    LedgerFacts,
    Papers,
    StoreFacts,
    papers_by_order,
    read_journal_facts,
    read_ledger_facts,
    read_store_facts,
)
from starters.faults.paperwork import journal_violations, temporal_violations

__all__ = [
    "Violation",
    "ViolationKind",
    "journal_violations",
    "judged",
    "read_journal_facts",
    "read_ledger_facts",
    "read_store_facts",
    "temporal_violations",
    "violations",
]

# BigCommerce's status ids, by what they mean for a ledger.
SOLD = frozenset({2, 3, 4, 8, 9, 10, 11, 14})
CANCELLED = frozenset({5, 6})
INCOMPLETE = 0
_ZERO = Decimal(0)


class ViolationKind(StrEnum):
    """What sort of thing is wrong."""

    LOST = "lost"  # something is missing in the ledger
    DUPLICATED = "duplicated"  # something is there more than once
    WRONG_TOTAL = "wrong-total"
    STRAY = "stray"  # something is there that the store knows nothing of
    UNBALANCED = "unbalanced"  # the ledger contradicts itself


class Violation(Record):
    """One thing that is wrong, in one sentence. `order_id` is empty where it is no order's."""

    kind: ViolationKind
    sentence: str
    order_id: str = ""


def violations(
    orders: Sequence[StoreFacts], ledger: LedgerFacts, *, prefix: str, held: Mapping[str, str]
) -> tuple[str, ...]:
    """Say in sentences what is wrong with the ledger; empty when it is as it must be.

    `held` tells the reason for each order that waits for a person, by order id: such an order may
    be missing or behind the store, but nothing of it may be there twice.
    """
    return tuple(one.sentence for one in judged(orders, ledger, prefix=prefix, held=held))


def judged(
    orders: Sequence[StoreFacts], ledger: LedgerFacts, *, prefix: str, held: Mapping[str, str]
) -> tuple[Violation, ...]:
    """Judge as `violations` does, and tell the kinds apart."""
    papers = papers_by_order(ledger, prefix)
    found: list[Violation] = []
    for order in orders:
        held_for = held.get(order.order_id)
        key = f"{prefix}{order.order_id}"
        its = papers.pop(order.order_id, Papers())
        found += _of_order(order, its, key, held_for, pays_out=ledger.payouts is not None)
    found += _strays(papers)
    found += _accounts_opened_twice(ledger)
    found += _buyers_on_two_accounts(orders, ledger, prefix)
    found += _unbalanced(ledger)
    return tuple(found)


def _of_order(
    order: StoreFacts, its: Papers, key: str, held_for: str | None, *, pays_out: bool
) -> Iterator[Violation]:
    def wrong(kind: ViolationKind, what: str) -> Violation:
        return Violation(kind=kind, sentence=f"{key}: {what}", order_id=order.order_id)

    if held_for is not None and not held_for.strip():
        yield wrong(ViolationKind.LOST, "is held without a reason.")
    if len(its.invoices) > 1:
        yield wrong(ViolationKind.DUPLICATED, f"has {len(its.invoices)} invoices.")
    for reference, times in _repeated(its):
        yield wrong(ViolationKind.DUPLICATED, f"{reference} was posted {times} times.")
    if not its.invoices:
        if its.lines or its.payments or its.payouts:
            yield wrong(ViolationKind.STRAY, "has postings without an invoice.")
        if order.status in SOLD and held_for is None:
            said = f"is sold in the store (status {order.status})"
            yield wrong(ViolationKind.LOST, f"{said}, but neither invoiced nor held.")
        return
    if order.status == INCOMPLETE:
        yield wrong(ViolationKind.STRAY, "is an unfinished checkout, but invoiced.")
    if held_for is None:
        money = (*_payments(order, its), *(_payouts(order, its) if pays_out else ()))
        for kind, what in (*_totals(order, its, key), *money):
            yield wrong(kind, what)


def _totals(order: StoreFacts, its: Papers, key: str) -> Iterator[tuple[ViolationKind, str]]:
    cancelled = its.of(key, "X")
    if cancelled or order.status in CANCELLED:
        if left := its.gross(key):
            yield ViolationKind.WRONG_TOTAL, f"was cancelled, but {left} of it is not credited."
        if order.status in SOLD and sum(order.refunds.values(), _ZERO) < order.total:
            yield ViolationKind.LOST, "was credited as cancelled, is alive again, and is not held."
        return
    credited = its.gross(key, "R")
    sold = its.gross(key) - credited
    if sold != order.total:
        yield ViolationKind.WRONG_TOTAL, f"the store says {order.total}, the ledger {sold}."
    for refund_id, amount in order.refunds.items():
        reference = f"{key}-R{refund_id}"
        given = -sum((one.gross for one in its.lines if one.reference == reference), _ZERO)
        if not given and amount:
            yield ViolationKind.LOST, f"refund {refund_id} of {amount} is not credited."
        elif given != amount:
            what = f"refund {refund_id} is {amount} in the store, {given} in the ledger."
            yield ViolationKind.WRONG_TOTAL, what
    known = {f"{key}-R{refund_id}" for refund_id in order.refunds}
    for reference in sorted({one.reference for one in its.of(key, "R")} - known):
        yield ViolationKind.STRAY, f"{reference} credits a refund that the store does not know."


def _payments(order: StoreFacts, its: Papers) -> Iterator[tuple[ViolationKind, str]]:
    taken = Counter(order.payments)
    booked = Counter(payment.value for payment in its.payments)
    for amount in (taken - booked).elements():
        yield ViolationKind.LOST, f"a payment of {amount} is not in the ledger."
    for amount in (booked - taken).elements():
        yield ViolationKind.STRAY, f"the ledger holds a payment of {amount} that nobody made."


def _payouts(order: StoreFacts, its: Papers) -> Iterator[tuple[ViolationKind, str]]:
    """Compare what went out; of more than came in only the sum can be told."""
    booked = [payout.value for payout in its.payouts]
    given, taken = sum(order.paid_back, _ZERO), sum(order.payments, _ZERO)
    if given > taken:
        if (out := sum(booked, _ZERO)) != taken:
            yield ViolationKind.WRONG_TOTAL, f"{out} was paid out, of {taken} that came in."
        return
    for amount in (Counter(order.paid_back) - Counter(booked)).elements():
        yield ViolationKind.LOST, f"{amount} that was given back is not in the ledger."
    for amount in (Counter(booked) - Counter(order.paid_back)).elements():
        yield ViolationKind.STRAY, f"the ledger paid out {amount} that nobody gave back."


def _repeated(its: Papers) -> Iterator[tuple[str, int]]:
    # By value a document has one line a product class; by sales order one a line.
    lines = Counter(
        (line.reference, line.product_class) for line in its.lines if not line.sales_order
    )
    payments = Counter((one.reference, "") for one in (*its.payments, *its.payouts))
    for (reference, _), times in (lines + payments).items():
        if times > 1:
            yield reference, times


def _strays(papers: Mapping[str, Papers]) -> Iterator[Violation]:
    """Yield what was left when every order had taken its own."""
    for its in papers.values():
        for one in its.all:
            sentence = f"{one.reference or 'A posting without reference'} belongs to no order."
            yield Violation(kind=ViolationKind.STRAY, sentence=sentence)


def _accounts_opened_twice(ledger: LedgerFacts) -> Iterator[Violation]:
    who: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for account in ledger.accounts:
        email = account.email.strip().lower()
        person = (email,) if email else (account.name.strip(), account.postcode.strip())
        if any(person):
            who[(*person, account.currency)].append(account.code)
    for codes in who.values():
        if len(codes) > 1:
            sentence = f"Accounts {' and '.join(sorted(codes))} are of one customer."
            yield Violation(kind=ViolationKind.DUPLICATED, sentence=sentence)


def _buyers_on_two_accounts(
    orders: Sequence[StoreFacts], ledger: LedgerFacts, prefix: str
) -> Iterator[Violation]:
    account = {one.reference: one.customer for one in ledger.invoices}
    used: dict[tuple[str, str], set[str]] = defaultdict(set)
    for order in orders:
        code = account.get(f"{prefix}{order.order_id}")
        if order.customer_id and code is not None:
            used[(order.customer_id, order.currency)].add(code)
    for (customer_id, _), codes in used.items():
        if len(codes) > 1:
            accounts = " and ".join(sorted(codes))
            sentence = f"Customer {customer_id} of the store was invoiced on accounts {accounts}."
            yield Violation(kind=ViolationKind.DUPLICATED, sentence=sentence)


def _unbalanced(ledger: LedgerFacts) -> Iterator[Violation]:
    if total := sum(ledger.balances.values(), _ZERO):
        sentence = f"The general ledger is out of balance by {total}."
        yield Violation(kind=ViolationKind.UNBALANCED, sentence=sentence)
    owed: dict[str, Decimal] = defaultdict(Decimal)
    if any(document.balance is None for document in ledger.invoices):
        return
    for document in ledger.invoices:
        owed[document.customer] += document.balance or _ZERO
    for line in ledger.lines:
        owed[line.customer] -= line.gross
    for payment in ledger.payments:
        owed[payment.customer] += payment.value
    for customer, difference in owed.items():
        if difference:
            sentence = f"What customer {customer} owes is {difference} off their postings."
            yield Violation(kind=ViolationKind.UNBALANCED, sentence=sentence)
