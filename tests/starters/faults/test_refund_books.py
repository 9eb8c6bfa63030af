"""The judge of what was given back: its credit, and its money where the ERP books that."""

from decimal import Decimal

from starters.faults.books import ViolationKind
from starters.faults.facts import LedgerFacts
from tests.support.trade_books import (
    KEY,
    ORDER,
    REFUNDED,
    a_ledger,
    a_payment,
    an_invoice,
    but,
    found,
    kinds,
    with_credit,
)


def test_a_refund_credited_once_is_well() -> None:
    assert found(REFUNDED, with_credit("-30.00")) == ()


def test_a_refund_that_is_not_credited_is_lost() -> None:
    assert kinds(REFUNDED, a_ledger()) == {ViolationKind.LOST}


def test_a_refund_credited_twice_is_a_duplicate() -> None:
    assert ViolationKind.DUPLICATED in kinds(REFUNDED, with_credit("-30.00", "-30.00"))


def test_a_refund_credited_over_another_amount_is_wrong() -> None:
    assert kinds(REFUNDED, with_credit("-29.99")) == {ViolationKind.WRONG_TOTAL}


def test_a_credit_for_a_refund_unknown_to_the_store_is_a_stray() -> None:
    assert kinds(ORDER, with_credit("-30.00")) == {ViolationKind.STRAY}


PAID_BACK = but(REFUNDED, paid_back=(Decimal("30.00"),))


def with_payouts(*values: str, paid: bool = True) -> LedgerFacts:
    """A ledger that holds the order and its credit, and leaves what is owed to the ERP's audit."""
    out = tuple(a_payment(value, f"{KEY}-B3-{n}") for n, value in enumerate(values))
    invoice = an_invoice().model_copy(update={"balance": None})
    changes = {"payouts": out, "invoices": (invoice,), "payments": (a_payment(),) if paid else ()}
    return with_credit("-30.00").model_copy(update=changes)


def test_money_of_a_refund_paid_out_once_is_well() -> None:
    assert found(PAID_BACK, with_payouts("30.00")) == ()


def test_money_of_a_refund_that_is_not_paid_out_is_lost() -> None:
    assert kinds(PAID_BACK, with_payouts()) == {ViolationKind.LOST}


def test_money_paid_out_that_nobody_gave_back_is_a_stray() -> None:
    assert kinds(PAID_BACK, with_payouts("30.00", "30.00")) == {ViolationKind.STRAY}


def test_a_ledger_that_books_no_money_out_is_not_asked_for_it() -> None:
    assert found(PAID_BACK, with_credit("-30.00")) == ()


def test_of_what_nobody_paid_nothing_is_paid_out() -> None:
    unpaid = but(PAID_BACK, payments=())
    assert found(unpaid, with_payouts(paid=False)) == ()
    assert kinds(unpaid, with_payouts("30.00", paid=False)) == {ViolationKind.WRONG_TOTAL}
