"""The judge: every kind of wrong that it must see, produced one by one."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from domain.hold import Hold, HoldCode
from domain.plan import Link
from journal.holds import OpenHold
from journal.trail import TrailEntry
from sandbox.bigcommerce import BigCommerceStandIn
from sandbox.bigcommerce.drafts import PaymentDraft, RefundDraft, RefundItemDraft, StatusChange
from sandbox.erps import ERPS
from sandbox.serving import StandInServer
from starters.faults.books import (
    Violation,
    ViolationKind,
    journal_violations,
    judged,
    read_ledger_facts,
    read_store_facts,
    violations,
)
from starters.faults.facts import (
    AccountFacts,
    JournalFacts,
    LedgerFacts,
)
from starters.faults.systems import ERPS_UNDER_FAULT
from tests.end_to_end.drafts import an_order
from tests.support.trade_books import (
    EMPTY,
    KEY,
    ORDER,
    a_ledger,
    a_line,
    a_payment,
    an_invoice,
    but,
    found,
    kinds,
    with_credit,
)


def test_an_order_posted_once_to_the_cent_is_well() -> None:
    assert violations([ORDER], a_ledger(), prefix="BC-", held={}) == ()


def test_an_order_neither_invoiced_nor_held_is_lost() -> None:
    (one,) = found(ORDER, EMPTY)
    assert one.kind is ViolationKind.LOST
    assert one.sentence == (
        "BC-118: is sold in the store (status 11), but neither invoiced nor held."
    )


def test_an_order_held_for_a_reason_may_be_missing() -> None:
    assert found(ORDER, EMPTY, {"118": "SKU X is not mapped."}) == ()


def test_an_order_held_without_a_reason_is_lost() -> None:
    assert kinds(ORDER, EMPTY, {"118": " "}) == {ViolationKind.LOST}


@pytest.mark.parametrize("status", [0, 1, 5, 6, 7, 12, 13])
def test_an_order_that_is_not_sold_may_be_missing(status: int) -> None:
    assert found(but(ORDER, status=status), EMPTY) == ()


def test_a_second_invoice_is_a_duplicate() -> None:
    ledger = a_ledger(invoices=(an_invoice(), an_invoice(customer="W6")))
    assert ViolationKind.DUPLICATED in kinds(ORDER, ledger)


def test_a_document_posted_twice_under_its_key_is_a_duplicate() -> None:
    ledger = a_ledger(lines=(a_line("100.00"), a_line("100.00")), invoices=(an_invoice(),))
    assert ViolationKind.DUPLICATED in kinds(ORDER, ledger)
    assert ViolationKind.DUPLICATED in kinds(ORDER, ledger, {"118": "Held, and yet twice."})


def test_two_lines_of_one_class_on_a_sales_order_are_no_duplicate() -> None:
    half = a_line("50.00", sales_order="000123")
    assert found(ORDER, a_ledger(lines=(half, half))) == ()


def test_a_total_one_cent_off_is_wrong() -> None:
    ledger = a_ledger(lines=(a_line("99.99"),), invoices=(an_invoice(balance="-0.01"),))
    (one,) = found(ORDER, ledger)
    assert one.kind is ViolationKind.WRONG_TOTAL
    assert one.sentence == "BC-118: the store says 100.00, the ledger 99.99."


def test_debits_and_credits_of_edits_count_towards_the_total() -> None:
    lines = (a_line("100.00"), a_line("20.00", f"{KEY}-A1", "D"), a_line("-5.00", f"{KEY}-A2", "C"))
    ledger = a_ledger(lines=lines, invoices=(an_invoice(balance="15.00"),))
    assert found(but(ORDER, total=Decimal("115.00")), ledger) == ()
    assert kinds(ORDER, ledger) == {ViolationKind.WRONG_TOTAL}


def test_a_payment_missing_is_lost() -> None:
    ledger = a_ledger(payments=(), invoices=(an_invoice(balance="100.00"),))
    assert kinds(ORDER, ledger) == {ViolationKind.LOST}


def test_a_payment_posted_twice_is_a_duplicate() -> None:
    ledger = a_ledger(
        payments=(a_payment(), a_payment()), invoices=(an_invoice(balance="-100.00"),)
    )
    assert ViolationKind.DUPLICATED in kinds(ORDER, ledger)


def test_a_payment_that_nobody_made_is_a_stray() -> None:
    ledger = a_ledger(
        payments=(a_payment(), a_payment("5.00", f"{KEY}-P8")),
        invoices=(an_invoice(balance="-5.00"),),
    )
    assert kinds(ORDER, ledger) == {ViolationKind.STRAY}


def test_a_cancelled_order_must_be_credited_down_to_nothing() -> None:
    cancelled = but(ORDER, status=5)
    assert found(cancelled, with_credit("-100.00", letter="X")) == ()
    assert kinds(cancelled, a_ledger()) == {ViolationKind.WRONG_TOTAL}


def test_a_cancelled_order_that_came_alive_must_be_held() -> None:
    credited = with_credit("-100.00", letter="X")
    assert kinds(ORDER, credited) == {ViolationKind.LOST}
    assert found(ORDER, credited, {"118": "It was cancelled, and credited."}) == ()


def test_an_unfinished_checkout_must_not_be_invoiced() -> None:
    assert kinds(but(ORDER, status=0), a_ledger()) == {ViolationKind.STRAY}


def test_postings_without_their_invoice_are_strays() -> None:
    ledger = a_ledger(invoices=(), lines=())
    assert ViolationKind.STRAY in kinds(but(ORDER, status=7), ledger)


def test_a_document_of_an_order_unknown_to_the_store_is_a_stray() -> None:
    ledger = a_ledger(invoices=(an_invoice(), an_invoice("BC-999")))
    (one,) = found(ORDER, ledger)
    assert one == Violation(kind=ViolationKind.STRAY, sentence="BC-999 belongs to no order.")


def test_another_connections_document_is_a_stray() -> None:
    ledger = a_ledger(invoices=(an_invoice(), an_invoice("BC1-118")))
    assert kinds(ORDER, ledger) == {ViolationKind.STRAY}


def test_two_accounts_with_one_email_are_a_duplicate() -> None:
    jane = AccountFacts(
        code="W5", email="jane@example.com", name="Jane", postcode="1", currency="USD"
    )
    twin = jane.model_copy(update={"code": "W6", "email": "Jane@Example.com"})
    ledger = a_ledger(accounts=(jane, twin))
    (one,) = found(ORDER, ledger)
    assert one.sentence == "Accounts W5 and W6 are of one customer."


def test_two_accounts_in_two_currencies_are_none() -> None:
    jane = AccountFacts(
        code="W5", email="jane@example.com", name="Jane", postcode="1", currency="USD"
    )
    euro = jane.model_copy(update={"code": "W5EUR", "currency": "EUR"})
    assert found(ORDER, a_ledger(accounts=(jane, euro))) == ()


def test_a_customer_invoiced_on_two_accounts_is_a_duplicate() -> None:
    second = but(ORDER, order_id="119", payments=())
    ledger = a_ledger(
        invoices=(an_invoice(), an_invoice("BC-119", customer="W6", balance="100.00")),
        lines=(a_line("100.00"), a_line("100.00", "BC-119", invoice="BC-119", customer="W6")),
    )
    (one,) = judged([ORDER, second], ledger, prefix="BC-", held={})
    assert one.sentence == "Customer 5 of the store was invoiced on accounts W5 and W6."


def test_a_general_ledger_out_of_balance_is_told() -> None:
    ledger = a_ledger(balances={"1300": Decimal("100.00"), "4000": Decimal("-99.99")})
    (one,) = found(ORDER, ledger)
    assert one.sentence == "The general ledger is out of balance by 0.01."


def test_a_customer_who_owes_other_than_their_postings_is_told() -> None:
    assert kinds(ORDER, a_ledger(invoices=(an_invoice(balance="7.00"),))) == {
        ViolationKind.UNBALANCED
    }


def linked(*steps: tuple[str, str], done: tuple[str, ...] | None = None) -> JournalFacts:
    told = tuple(step for step, _ in steps) if done is None else done
    return JournalFacts(
        links={"118": {step: Link(step=step, ref=ref) for step, ref in steps}},
        trail={"118": tuple(an_entry(step) for step in told)},
    )


def an_entry(step: str, outcome: str = "done") -> TrailEntry:
    return TrailEntry(
        connection="demo",
        resource="order:118",
        at=datetime.now(UTC),
        action="post",
        step=step,
        outcome=outcome,
    )


BOTH = (("document", KEY), ("payment:7", f"{KEY}-P7"))


def journal_says(facts: JournalFacts, ledger: LedgerFacts | None = None) -> tuple[str, ...]:
    return journal_violations(facts, ledger or a_ledger(), prefix="BC-")


def test_a_journal_that_tells_of_every_posting_is_well() -> None:
    links = (("customer", "W5"), *BOTH, ("report", KEY))
    assert journal_says(linked(*links)) == ()


def test_a_link_without_its_trail_is_a_gap() -> None:
    (one,) = journal_says(linked(*BOTH, done=("document",)))
    assert one == "BC-118: payment:7 is linked to BC-118-P7, but the trail does not tell of it."


def test_a_trail_without_its_link_is_a_gap() -> None:
    (one,) = journal_says(linked(*BOTH, done=("document", "payment:7", "report")))
    assert one == "BC-118: the trail says that report was done, but nothing is linked."


def test_a_posting_that_nothing_is_linked_to_is_told() -> None:
    (one,) = journal_says(linked(("document", KEY)))
    assert one == "BC-118: the ledger holds BC-118-P7, which is linked to nothing."


def test_a_link_to_what_the_ledger_does_not_hold_is_told() -> None:
    (one,) = journal_says(linked(*BOTH, ("refund:3", f"{KEY}-R3")))
    assert one == "BC-118: linked to BC-118-R3, which the ledger does not hold."


def test_a_skipped_step_needs_somebody_who_skipped_it() -> None:
    waived = Link(step="refund:3", skipped=True)
    facts = linked(*BOTH)
    unsaid = facts.model_copy(update={"links": {"118": {**facts.links["118"], "refund:3": waived}}})
    assert journal_says(unsaid) == (
        "BC-118: refund:3 was skipped, and the trail does not say by whom.",
    )
    told = (*facts.trail["118"], an_entry("refund:3", "skip"))
    assert journal_says(unsaid.model_copy(update={"trail": {"118": told}})) == ()


@pytest.mark.parametrize("missing", ["reason", "remedy"])
def test_a_hold_without_reason_or_remedy_is_told(missing: str) -> None:
    texts = {"reason": "It is so.", "remedy": "Do this.", missing: ""}
    hold = Hold(step="document", code=HoldCode.REJECTED, **texts)
    held = OpenHold(connection="demo", resource="order:118", hold=hold, since=datetime.now(UTC))
    (one,) = journal_says(linked(*BOTH).model_copy(update={"holds": (held,)}))
    assert one == f"order:118 is held (rejected) without a {missing}."


async def test_the_stores_books_are_read_from_the_store() -> None:
    store = BigCommerceStandIn()
    part = RefundItemDraft(item_type="PRODUCT", position=0, quantity=1)
    order = store.place_order(an_order())
    refund = store.refund(order, RefundDraft(items=(part,)))
    unpaid = store.place_order(an_order(payment=None, status_id=7))
    store.act(unpaid, PaymentDraft(event="authorization"))
    store.act(unpaid, StatusChange(status_id=1))

    async with StandInServer(store.app) as server:
        first, second = await read_store_facts(server.base_url)
    assert first.total == store.order(order).prices.total.inc
    assert first.payments == (first.total,)
    assert first.refunds == {str(refund): store.order(order).refunded}
    assert (first.status, second.status) == (14, 1)
    assert second.payments == ()


@pytest.mark.parametrize("erp", ERPS)
async def test_an_empty_ledger_is_read_and_balances(erp: str) -> None:
    async with StandInServer(ERPS[erp].open(None).app) as server:
        ledger = await read_ledger_facts(server.base_url, ERPS_UNDER_FAULT[erp].ledger)
    assert {one.email for one in ledger.accounts} >= {"web@example.com"}
    assert violations([], ledger, prefix="BC-", held={}) == ()
