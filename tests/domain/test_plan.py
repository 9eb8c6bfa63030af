from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.credit import cancellation, refund_credit
from domain.hold import HoldCode
from domain.money import Money
from domain.order import Order, Payment, Refund
from domain.plan import (
    EditPolicy,
    Gate,
    Link,
    Policy,
    Step,
    StepKind,
    obstacle,
    plan_order,
    posted_state,
)
from tests.support.orders import (
    PLACED,
    POLICY,
    a_line,
    a_payment,
    a_refund,
    an_order,
    done_by,
    done_steps,
    in_status,
    invoice_of,
    link_of,
    orders,
    policies,
)

AMENDING = POLICY.model_copy(update={"edits": EditPolicy.AMEND})
Event = str | Payment | Refund


def keys(steps: Sequence[Step]) -> list[str]:
    return [step.key for step in steps]


def posted(order: Order, policy: Policy = POLICY) -> dict[str, Link]:
    return done_by(plan_order(order, {}, policy), order)


@given(orders(), policies())
def test_nothing_is_planned_once_every_step_is_done(order: Order, policy: Policy) -> None:
    done = done_by(plan_order(order, {}, policy), order)
    assert plan_order(order, done, policy) == ()
    assert obstacle(order, done, policy) is None


@given(st.data(), orders(), policies())
def test_what_is_left_and_what_is_done_make_the_whole_plan(
    data: st.DataObject, order: Order, policy: Policy
) -> None:
    done = data.draw(done_steps(order, policy))
    assert [*done, *keys(plan_order(order, done, policy))] == keys(plan_order(order, {}, policy))


@given(orders(), policies())
def test_step_keys_are_unique_and_stable(order: Order, policy: Policy) -> None:
    planned = keys(plan_order(order, {}, policy))
    assert len(planned) == len(set(planned))
    assert planned == keys(plan_order(order.model_copy(), {}, policy))


def test_a_paid_order_is_posted_paid_refunded_and_reported_in_that_order() -> None:
    order = an_order(payments=(a_payment(),), refunds=(a_refund(),))
    assert keys(plan_order(order, {}, POLICY)) == [
        "customer",
        "document",
        "payment:7",
        "refund:12",
        "report",
    ]


def test_a_connection_that_does_not_report_back_plans_no_report() -> None:
    policy = POLICY.model_copy(update={"report_back": False})
    assert keys(plan_order(an_order(), {}, policy)) == ["customer", "document"]


def test_payments_and_refunds_go_by_time_then_by_id() -> None:
    later = PLACED.replace(hour=18)
    order = an_order(
        payments=(a_payment("9", taken_at=later), a_payment("8"), a_payment("7")),
        refunds=(a_refund("3"), a_refund("4", made_at=later), a_refund("2")),
    )
    planned = [key for key in keys(plan_order(order, {}, POLICY)) if ":" in key]
    expected = ["payment:7", "payment:8", "payment:9", "refund:4", "refund:2", "refund:3"]
    assert planned == expected


def test_payments_and_refunds_of_nothing_are_not_posted() -> None:
    order = an_order(payments=(a_payment(amount="0"),), refunds=(a_refund(amount="0"),))
    assert keys(plan_order(order, {}, POLICY)) == ["customer", "document", "report"]


@given(orders(), policies())
def test_payments_and_refunds_follow_the_document(order: Order, policy: Policy) -> None:
    planned = [step.kind for step in plan_order(order, {}, policy)]
    expected = sorted(planned, key=list(StepKind).index)
    assert planned == expected
    assert planned[:2] == [StepKind.CUSTOMER, StepKind.DOCUMENT]


@pytest.mark.parametrize("status", ["pending", "abandoned", "cancelled", "unpaid", "made up"])
def test_nothing_is_planned_before_the_store_says_so(status: str) -> None:
    order = in_status(an_order(payments=(a_payment(),), refunds=(a_refund(),)), status)
    assert plan_order(order, {}, POLICY) == ()
    assert obstacle(order, {}, POLICY) is None


def test_a_status_that_nobody_listed_waits() -> None:
    assert POLICY.gate(in_status(an_order(), "made up")) is Gate.WAIT


@pytest.mark.parametrize(("method", "gate"), [("Invoice", Gate.EXPORT), ("Stripe", Gate.WAIT)])
def test_an_unpaid_order_is_posted_only_when_it_is_paid_on_account(method: str, gate: Gate) -> None:
    policy = POLICY.model_copy(update={"on_account_methods": frozenset({"Invoice"})})
    order = in_status(an_order(payment_method=method), "unpaid")
    assert policy.gate(order) is gate
    assert bool(plan_order(order, {}, policy)) is (gate is Gate.EXPORT)


@given(orders(), policies(), st.sampled_from(["paid", "cancelled", "pending"]))
def test_skipping_the_document_waives_everything(order: Order, policy: Policy, status: str) -> None:
    waived = {"document": Link(step="document", skipped=True)}
    edited = order.model_copy(update={"lines": order.lines[1:]})
    assert plan_order(in_status(order, status), waived, policy) == ()
    assert plan_order(edited, waived, policy) == ()
    assert obstacle(edited, waived, policy) is None


def test_skipping_one_payment_leaves_the_rest() -> None:
    order = an_order(payments=(a_payment("7"), a_payment("8")))
    done = {
        **done_by(plan_order(order, {}, POLICY)[:2], order),
        "payment:7": Link(step="payment:7", skipped=True),
    }
    assert keys(plan_order(order, done, POLICY)) == ["payment:8", "report"]


@given(orders(), policies())
def test_an_order_that_waits_again_after_posting_is_not_taken_back(
    order: Order, policy: Policy
) -> None:
    done = done_by(plan_order(order, {}, policy), order)
    assert plan_order(in_status(order, "pending"), done, policy) == ()


# Events in any order


def run_to_end(order: Order, done: dict[str, Link], policy: Policy = POLICY) -> dict[str, Link]:
    for _ in range(50):
        steps = plan_order(order, done, policy)
        if not steps:
            return done
        done = done_by(steps[:1], order, done)
    raise AssertionError("the plan never becomes empty")


def happen(order: Order, event: Event) -> Order:
    match event:
        case Payment():
            return order.model_copy(update={"payments": (*order.payments, event)})
        case Refund():
            return order.model_copy(update={"refunds": (*order.refunds, event)})
        case status:
            return in_status(order, status)


@given(orders(), policies(), st.data())
def test_the_order_of_events_does_not_change_what_is_done(
    order: Order, policy: Policy, data: st.DataObject
) -> None:
    events: list[Event] = [*order.payments, *order.refunds]
    at = order.model_copy(update={"payments": (), "refunds": ()})
    at = in_status(at, data.draw(st.sampled_from(["pending", "abandoned", "paid", "unpaid"])))
    done: dict[str, Link] = {}
    for event in data.draw(st.permutations([*events, "pending", "paid"])):
        at = happen(at, event)
        steps = plan_order(at, done, policy)
        done = done_by(steps[: data.draw(st.integers(0, len(steps)))], at, done)
    done = run_to_end(in_status(at, "paid"), done, policy)

    at_once = done_by(plan_order(order, {}, policy), order)
    assert set(done) == set(at_once)
    assert {key: link.total for key, link in done.items()} == {
        key: link.total for key, link in at_once.items()
    }


@given(orders(), st.data())
def test_cancelled_before_or_after_its_refunds_the_ledger_holds_nothing(
    order: Order, data: st.DataObject
) -> None:
    at = order.model_copy(update={"refunds": ()})
    done = posted(at)
    zero = Money.zero(order.currency)
    held, invoice = order.total, invoice_of(order)
    for event in data.draw(st.permutations([*order.refunds, "cancelled"])):
        at = happen(at, event)
        for step in plan_order(at, done, POLICY):
            match step.kind:
                case StepKind.REFUND:
                    refund = next(r for r in at.refunds if r.id == step.ref)
                    credit = refund_credit(refund, invoice=invoice, key="R", against="1")
                case StepKind.CANCEL:
                    day = at.changed_at.date()
                    credit = cancellation(at, invoice=invoice, key="X", against="1", on=day)
                case _:
                    raise AssertionError(f"{step.key} has no place here")
            held = held - credit.total
            done[step.key] = link_of(step, at)
    assert held == zero


def test_an_order_cancelled_before_it_was_posted_is_never_posted() -> None:
    order = in_status(an_order(payments=(a_payment(),)), "cancelled")
    assert plan_order(order, {}, POLICY) == ()
    found_customer = {"customer": Link(step="customer", ref="C1")}
    assert plan_order(order, found_customer, POLICY) == ()


def test_an_order_cancelled_after_posting_is_credited_once() -> None:
    order = an_order()
    cancelled = in_status(order, "cancelled")
    done = posted(order)
    assert keys(plan_order(cancelled, done, POLICY)) == ["cancel"]
    assert plan_order(cancelled, run_to_end(cancelled, done), POLICY) == ()


def test_a_cancelled_order_whose_refunds_left_nothing_is_not_credited_again() -> None:
    order = an_order(refunds=(a_refund(amount="10.00"),))
    assert plan_order(in_status(order, "cancelled"), posted(order), POLICY) == ()


def test_the_money_given_back_after_a_cancellation_is_not_credited_a_second_time() -> None:
    order = an_order()
    done = run_to_end(in_status(order, "cancelled"), posted(order))
    refunded = order.model_copy(update={"refunds": (a_refund(amount="10.00"),)})
    assert plan_order(refunded, done, POLICY) == ()
    assert plan_order(in_status(refunded, "cancelled"), done, POLICY) == ()


def test_a_cancelled_order_whose_money_is_all_given_back_asks_nobody() -> None:
    order = an_order()
    done = run_to_end(in_status(order, "cancelled"), posted(order))
    whole = a_refund(amount=str(order.total.amount))
    refunded = order.model_copy(update={"refunds": (whole,)})
    assert POLICY.gate(refunded) is Gate.EXPORT
    assert obstacle(refunded, done, POLICY) is None
    assert obstacle(order, done, POLICY) is not None


def test_refunds_are_still_credited_when_the_cancellation_was_waived() -> None:
    order = an_order()
    done = {**posted(order), "cancel": Link(step="cancel", skipped=True)}
    refunded = in_status(order.model_copy(update={"refunds": (a_refund(),)}), "cancelled")
    assert keys(plan_order(refunded, done, POLICY)) == ["refund:12"]


# Edits


def test_an_edited_order_is_held_with_what_the_store_and_the_ledger_say() -> None:
    done = posted(an_order(a_line("10.00")))
    edited = an_order(a_line("12.50"))
    hold = obstacle(edited, done, POLICY)
    assert hold is not None
    assert hold.code is HoldCode.ORDER_EDITED
    assert hold.step == "amend:1"
    assert "12.50 USD" in hold.reason
    assert "10.00 USD" in hold.reason
    assert "INV1" in hold.reason


def test_an_edited_order_is_amended_once_where_the_policy_says_so() -> None:
    done = posted(an_order(a_line("10.00")))
    edited = an_order(a_line("12.50"))
    assert obstacle(edited, done, AMENDING) is None
    assert keys(plan_order(edited, done, AMENDING)) == ["amend:1"]
    assert plan_order(edited, run_to_end(edited, done, AMENDING), AMENDING) == ()


def test_an_order_that_is_edited_back_is_amended_back() -> None:
    order, edited = an_order(a_line("10.00")), an_order(a_line("12.50"))
    done = run_to_end(edited, posted(order), AMENDING)
    assert keys(plan_order(order, done, AMENDING)) == ["amend:2"]
    done = run_to_end(order, done, AMENDING)
    assert plan_order(order, done, AMENDING) == ()


@given(st.lists(st.integers(0, 3), min_size=1, max_size=15))
def test_every_edit_is_amended_exactly_once(prices: list[int]) -> None:
    versions = [an_order(a_line(str(10 + price))) for price in prices]
    done = posted(versions[0], AMENDING)
    for version in versions:
        done = run_to_end(version, done, AMENDING)
    edits = sum(one != other for one, other in pairwise(prices))
    assert sum(key.startswith("amend:") for key in done) == edits
    state = posted_state(done)
    assert state is not None
    assert state.fingerprint == versions[-1].fingerprint


def test_the_tenth_amendment_is_newer_than_the_ninth() -> None:
    done = {f"amend:{n}": Link(step=f"amend:{n}", fingerprint=str(n)) for n in range(1, 11)}
    state = posted_state({"document": Link(step="document"), **done})
    assert state is not None
    assert state.step == "amend:10"


def test_an_edited_order_that_is_then_cancelled_is_amended_before_it_is_credited() -> None:
    done = posted(an_order(a_line("10.00")))
    edited = in_status(an_order(a_line("8.00")), "cancelled")
    assert keys(plan_order(edited, done, AMENDING)) == ["amend:1", "cancel"]
    assert obstacle(edited, done, POLICY) is not None


def test_an_edit_after_the_cancellation_changes_nothing_in_the_ledger() -> None:
    order = an_order(a_line("10.00"))
    done = run_to_end(in_status(order, "cancelled"), posted(order))
    assert plan_order(in_status(an_order(a_line("8.00")), "cancelled"), done, AMENDING) == ()


def test_an_edit_that_does_not_conserve_is_held_before_it_is_amended() -> None:
    done = posted(an_order(a_line("10.00")))
    broken = an_order(a_line("12.00")).model_copy(
        update={"total": Money(amount=Decimal("11.00"), currency="USD")}
    )
    hold = obstacle(broken, done, AMENDING)
    assert hold is not None
    assert (hold.code, hold.step) == (HoldCode.NOT_CONSERVED, "amend:1")
