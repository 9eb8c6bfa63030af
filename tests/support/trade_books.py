"""One order as store and ledger have it on their books, and the ways in which a ledger errs."""

from decimal import Decimal

from starters.faults.books import Violation, ViolationKind, judged
from starters.faults.facts import (
    AccountFacts,
    InvoiceFacts,
    LedgerFacts,
    LineFacts,
    PaymentFacts,
    StoreFacts,
)

TOTAL = Decimal("100.00")
KEY = "BC-118"
ORDER = StoreFacts(
    order_id="118",
    status=11,
    total=TOTAL,
    currency="USD",
    customer_id="5",
    payments=(TOTAL,),
)


def a_line(gross: str, reference: str = KEY, kind: str = "I", **changes: str) -> LineFacts:
    return LineFacts.model_validate(
        {
            "invoice": KEY,
            "customer": "W5",
            "reference": reference,
            "kind": kind,
            "product_class": "GOODS",
            "gross": Decimal(gross),
            **changes,
        }
    )


def an_invoice(reference: str = KEY, *, customer: str = "W5", balance: str = "0") -> InvoiceFacts:
    return InvoiceFacts(
        invoice=reference,
        document_type="I",
        reference=reference,
        customer=customer,
        balance=Decimal(balance),
    )


def a_payment(value: str = "100.00", reference: str = f"{KEY}-P7") -> PaymentFacts:
    return PaymentFacts(reference=reference, customer="W5", value=Decimal(value))


def a_ledger(
    *,
    invoices: tuple[InvoiceFacts, ...] | None = None,
    lines: tuple[LineFacts, ...] | None = None,
    payments: tuple[PaymentFacts, ...] | None = None,
    payouts: tuple[PaymentFacts, ...] | None = None,
    accounts: tuple[AccountFacts, ...] = (),
    balances: dict[str, Decimal] | None = None,
) -> LedgerFacts:
    """A ledger that holds the order as it should, but for what is given."""
    return LedgerFacts(
        invoices=(an_invoice(),) if invoices is None else invoices,
        lines=(a_line("100.00"),) if lines is None else lines,
        payments=(a_payment(),) if payments is None else payments,
        payouts=payouts,
        accounts=accounts,
        balances=balances or {},
    )


EMPTY = LedgerFacts()


def found(
    order: StoreFacts, ledger: LedgerFacts, held: dict[str, str] | None = None
) -> tuple[Violation, ...]:
    return judged([order], ledger, prefix="BC-", held=held or {})


def kinds(
    order: StoreFacts, ledger: LedgerFacts, held: dict[str, str] | None = None
) -> set[ViolationKind]:
    return {one.kind for one in found(order, ledger, held)}


def but(order: StoreFacts, **changes: object) -> StoreFacts:
    return order.model_copy(update=changes)


REFUNDED = but(ORDER, status=14, refunds={"3": Decimal("30.00")})


def with_credit(*amounts: str, letter: str = "R3") -> LedgerFacts:
    credits = tuple(a_line(amount, f"{KEY}-{letter}", "C") for amount in amounts)
    balance = sum((line.gross for line in credits), Decimal(0))
    return a_ledger(
        lines=(a_line("100.00"), *credits), invoices=(an_invoice(balance=f"{balance}"),)
    )
