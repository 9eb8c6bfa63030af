from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.hold import MappingMissing
from domain.mapping import RuleKind, Rules
from domain.money import Money
from domain.order import Order, Tender
from domain.plan import DuePayout, Link, Links, StepKind, payouts_due, plan_order
from domain.settlement import payout_for
from tests.support.orders import (
    PLACED,
    POLICY,
    a_line,
    a_payment,
    a_refund,
    an_order,
    done_by,
    given_back,
    in_status,
    orders,
)

PAYING = POLICY.model_copy(update={"payouts": True})
LATER = PLACED + timedelta(days=9)


def refunded(*payments: object, amount: str = "4.00", **facts: object) -> Order:
    """A paid order of ten dollars, of which something went back."""
    refund = a_refund(amount=amount, payments=payments or (given_back(),))
    return an_order(**{"payments": (a_payment(),), "refunds": (refund,), **facts})


def keys(order: Order, done: Links | None = None) -> list[str]:
    return [step.key for step in plan_order(order, done or {}, PAYING)]


def skipped(*steps: str) -> dict[str, Link]:
    return {step: Link(step=step, skipped=True) for step in steps}


def dollars(due: tuple[DuePayout, ...]) -> dict[str, str]:
    return {one.step: f"{one.amount.amount:.2f}" for one in due}


def test_money_given_back_is_paid_out_after_its_credit() -> None:
    assert keys(refunded()) == [
        "customer",
        "document",
        "payment:7",
        "refund:12",
        "payout:12:13",
        "report",
    ]


def test_where_the_erp_or_the_merchant_does_not_book_payouts_there_are_none() -> None:
    steps = plan_order(refunded(), {}, POLICY)
    assert StepKind.PAYOUT not in {step.kind for step in steps}


def test_each_tender_is_a_payout_of_its_own_under_a_key_that_no_other_changes() -> None:
    card, balance = given_back("14", "3.00"), given_back("13", "1.00", tender=Tender.STORE_CREDIT)
    assert dollars(payouts_due(refunded(card, balance), {})) == {
        "payout:12:13": "1.00",
        "payout:12:14": "3.00",
    }
    assert dollars(payouts_due(refunded(card, amount="3.00"), {})) == {"payout:12:14": "3.00"}


def test_an_order_that_nobody_paid_pays_nothing_out() -> None:
    assert payouts_due(refunded(payments=()), {}) == ()


def test_no_more_goes_out_than_was_taken() -> None:
    order = refunded(
        given_back("13", "3.00"), given_back("14", "3.00"), payments=(a_payment(amount="4.00"),)
    )
    assert dollars(payouts_due(order, {})) == {"payout:12:13": "3.00", "payout:12:14": "1.00"}


def test_what_was_paid_out_before_counts_against_what_was_taken() -> None:
    order = refunded(
        given_back("13", "3.00"), given_back("14", "3.00"), payments=(a_payment(amount="4.00"),)
    )
    done = {"payout:12:14": Link(step="payout:12:14", total=given_back(amount="3.00").amount)}
    assert dollars(payouts_due(order, done)) == {"payout:12:13": "1.00"}


def test_a_refund_that_a_person_booked_is_not_paid_out() -> None:
    second = a_refund("15", payments=(given_back("16"),), made_at=LATER)
    order = refunded().model_copy(update={"refunds": (*refunded().refunds, second)})
    assert dollars(payouts_due(order, skipped("refund:12"))) == {"payout:15:16": "4.00"}


def test_the_money_of_a_payment_that_a_person_booked_is_theirs_to_give_back() -> None:
    assert payouts_due(refunded(), skipped("payment:7")) == ()


def test_a_payout_that_a_person_made_is_not_made_again() -> None:
    assert payouts_due(refunded(), skipped("payout:12:13")) == ()


def test_money_given_back_after_the_cancellation_settles_its_credit() -> None:
    order = refunded(given_back(amount="10.00"), amount="10.00")
    done = {
        **done_by(plan_order(order.model_copy(update={"refunds": ()}), {}, PAYING), order),
        "cancel": Link(step="cancel", ref="C1"),
    }
    assert keys(order, done) == ["payout:12:13"]
    (due,) = payouts_due(order, done)
    assert due.credit == "cancel"


def test_a_refund_with_a_credit_of_its_own_settles_that_even_after_a_cancellation() -> None:
    order = refunded()
    done = {
        "refund:12": Link(step="refund:12", ref="C1"),
        "cancel": Link(step="cancel", ref="C2"),
    }
    (due,) = payouts_due(order, done)
    assert due.credit == "refund:12"


def test_a_cancelled_order_that_was_never_posted_pays_nothing_out() -> None:
    assert keys(in_status(refunded(), "cancelled")) == []


def test_the_money_given_back_does_not_change_what_the_ledger_depends_on() -> None:
    bare = refunded(payments=()).model_copy(update={"refunds": ()})
    assert refunded().fingerprint == bare.fingerprint


def booked(order: Order, due: DuePayout) -> Link:
    assert due.amount.currency == order.currency
    return Link(step=due.step, ref="out", total=due.amount)


@given(orders(), st.data())
def test_each_tender_goes_out_once_and_never_more_than_was_taken(
    order: Order, data: st.DataObject
) -> None:
    """Payments and refunds come in any order, and the work is stopped anywhere."""
    at = order.model_copy(update={"payments": (), "refunds": ()})
    done: dict[str, Link] = {}
    out: list[str] = []
    for event in data.draw(st.permutations([*order.payments, *order.refunds])):
        kind = "payments" if event in order.payments else "refunds"
        at = at.model_copy(update={kind: (*getattr(at, kind), event)})
        due = payouts_due(at, done)
        for one in due[: data.draw(st.integers(0, len(due)))]:
            done[one.step] = booked(at, one)
            out.append(one.step)
        total = Money.total((link.total for link in done.values() if link.total), at.currency)
        assert total <= Money.total((one.amount for one in at.payments), at.currency)
    out += [one.step for one in payouts_due(order, done)]
    assert sorted(out) == sorted(
        f"payout:{refund.id}:{one.id}" for refund in order.refunds for one in refund.payments
    )


RULES = Rules(table={RuleKind.PAYMENT_METHOD: {"card": "CARDS", "store-credit": "BALANCES"}})
POSTED = {
    "customer": Link(step="customer", ref="C1"),
    "document": Link(step="document", ref="INV1"),
    "refund:12": Link(step="refund:12", ref="CN1"),
    "cancel": Link(step="cancel", ref="CN2"),
}


def test_a_payout_names_the_credit_it_settles_and_the_account_of_its_tender() -> None:
    order = refunded(given_back(method="store-credit", tender=Tender.STORE_CREDIT))
    (due,) = payouts_due(order, {})
    payout = payout_for(order, due, prefix="BC-", done=POSTED, rules=RULES)
    assert (payout.key, payout.customer) == ("BC-118-B12-13", "C1")
    assert (payout.credit, payout.credit_key) == ("CN1", "BC-118-R12")
    assert (payout.account, payout.amount) == ("BALANCES", given_back().amount)
    after = {step: link for step, link in POSTED.items() if step != "refund:12"}
    (late,) = payouts_due(order, after)
    payout = payout_for(order, late, prefix="BC-", done=after, rules=RULES)
    assert (payout.credit, payout.credit_key) == ("CN2", "BC-118-X")


def test_a_way_of_giving_back_that_nothing_maps_holds_that_payout() -> None:
    order = refunded(given_back(method="custom", tender=Tender.OFFLINE))
    (due,) = payouts_due(order, {})
    with pytest.raises(MappingMissing, match="paid back by 'custom'") as missing:
        payout_for(order, due, prefix="BC-", done=POSTED, rules=RULES)
    assert missing.value.hold.step == "payout:12:13"


def test_an_edited_order_still_pays_out_what_went_back() -> None:
    order = refunded()
    done = done_by(plan_order(order, {}, PAYING)[:4], order)
    edited = order.model_copy(update={"lines": (a_line("12.00"),)})
    assert [one.step for one in payouts_due(edited, done)] == ["payout:12:13"]
