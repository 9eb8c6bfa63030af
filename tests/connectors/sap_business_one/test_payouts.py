from decimal import Decimal
from typing import Any

import pytest

from activities.posting import pay_back_once
from connectors.errors import Conflict, OutcomeUnknown, Rejected
from domain.document import DocumentKind
from domain.hold import Held, HoldCode
from sandbox.faults import Fault, FaultKind


async def credited(erp: Any, make: Any, *, paid: bool = True) -> str:
    """Post an invoice, its payment unless it is on account, and a credit of 54.15 against it."""
    invoice = await make.posted(erp, make.document())
    if paid:
        await erp.post_payment(make.payment(invoice.ref))
    line = make.line("50.00", "4.15", quantity="2")
    credit = make.document("BC-100-R1", line, kind=DocumentKind.CREDIT, against=invoice.ref)
    return (await make.posted(erp, credit)).ref


@pytest.mark.parametrize("protocol", ["v2", "v1"])
async def test_a_payout_is_an_outgoing_payment_that_settles_the_credit_note(
    site: Any, erp: Any, make: Any
) -> None:
    payout = make.payout(await credited(erp, make))
    posted = await pay_back_once(erp, payout, step="payout:1:13")
    [out] = site.stand_in.vendor_payments
    assert (posted.ref, posted.total) == (str(out.doc_num), make.money("54.15"))
    assert (out.reference, out.transfer_reference) == ("BC-100-B1-13", "BC-100-B1-13")
    [note] = site.stand_in.credit_notes
    assert out.applied == (("CreditNotes", note.doc_entry, Decimal("54.15")),)
    assert note.balance == 0
    assert site.stand_in.balances["161010"] == Decimal("65.15")
    assert site.stand_in.common_ledger().paid_back("BC-100") == Decimal("54.15")


async def test_a_payout_is_made_once_however_often_it_is_asked_for(
    site: Any, erp: Any, make: Any
) -> None:
    payout = make.payout(await credited(erp, make))
    for _ in range(2):
        await pay_back_once(erp, payout, step="payout:1:13")
    assert len(site.stand_in.vendor_payments) == 1


async def test_money_that_stands_with_another_amount_is_held_at_its_own_step(
    erp: Any, make: Any
) -> None:
    payout = make.payout(await credited(erp, make), amount=make.money("4.15"))
    await pay_back_once(erp, payout, step="payout:1:13")
    meant = make.payout(payout.credit, amount=make.money("5.00"))
    with pytest.raises(Held, match=r"stands in the ERP with 4\.15 USD, .* gave back 5\.00") as held:
        await pay_back_once(erp, meant, step="payout:1:13")
    assert (held.value.hold.step, held.value.hold.code) == (
        "payout:1:13",
        HoldCode.POSTING_MISMATCH,
    )


async def test_two_tenders_settle_one_credit_note_out_of_their_own_accounts(
    site: Any, erp: Any, make: Any
) -> None:
    credit = await credited(erp, make)
    await erp.post_payout(make.payout(credit, amount=make.money("50.00")))
    balance = make.payout(
        credit, "BC-100-B1-14", amount=make.money("4.15"), account="212010", method="store-credit"
    )
    await erp.post_payout(balance)
    assert site.stand_in.balances["212010"] == Decimal("-4.15")
    assert site.stand_in.credit_notes[0].balance == 0


async def test_a_credit_that_came_off_an_unpaid_invoice_is_not_paid_out(
    site: Any, erp: Any, make: Any
) -> None:
    payout = make.payout(await credited(erp, make, paid=False))
    with pytest.raises(Rejected, match=r"54\.15 USD went back .* only 0\.00 USD is open"):
        await erp.post_payout(payout)
    assert site.stand_in.vendor_payments == []


async def test_a_credit_note_of_another_customer_or_of_none_is_not_paid_out(
    erp: Any, make: Any
) -> None:
    credit = await credited(erp, make)
    with pytest.raises(Rejected, match="has no credit note"):
        await erp.post_payout(make.payout(credit, customer="WEB0001"))
    with pytest.raises(Rejected, match="is no credit note number"):
        await erp.post_payout(make.payout("by hand"))


async def test_our_key_on_another_customers_payout_is_a_conflict(erp: Any, make: Any) -> None:
    payout = make.payout(await credited(erp, make))
    await erp.post_payout(payout)
    with pytest.raises(Conflict, match=f"customer {make.customer}"):
        await erp.find_payout(make.payout(payout.credit, customer="WEB0001"))


async def test_a_closed_period_holds_the_payout_as_that(site: Any, erp: Any, make: Any) -> None:
    payout = make.payout(await credited(erp, make))
    site.stand_in.close_period(payout.on.year, payout.on.month)
    with pytest.raises(Rejected) as held:
        await erp.post_payout(payout)
    assert held.value.hold is HoldCode.PERIOD_CLOSED


async def test_a_payout_that_awaits_approval_is_not_posted_twice(
    site: Any, erp: Any, make: Any
) -> None:
    payout = make.payout(await credited(erp, make))
    site.stand_in.settings.approval = ("VendorPayments",)
    for _ in range(2):
        with pytest.raises(Rejected, match="draft awaiting approval"):
            await erp.post_payout(payout)
    assert len(site.stand_in.books.payments["PaymentDrafts"]) == 1


@pytest.mark.parametrize("kind", [FaultKind.DROP_AFTER, FaultKind.DROP_BEFORE, FaultKind.GARBAGE])
async def test_a_payout_without_a_readable_answer_has_an_unknown_outcome(
    site: Any, erp: Any, make: Any, kind: FaultKind
) -> None:
    payout = make.payout(await credited(erp, make))
    site.stand_in.faults.add(Fault(kind=kind, method="POST", path="/VendorPayments"))
    with pytest.raises(OutcomeUnknown):
        await erp.post_payout(payout)
    await pay_back_once(erp, payout, step="payout:1:13")
    assert len(site.stand_in.vendor_payments) == 1


async def test_a_foreign_payout_settles_its_foreign_credit_note(
    site: Any, erp: Any, make: Any
) -> None:
    invoice = await make.posted(
        erp,
        make.document("BC-E", make.line("50.00", "10.00", currency="EUR"), customer="WEBEUR"),
    )
    amount = make.money("60.00", "EUR")
    await erp.post_payment(make.payment(invoice.ref, "BC-E-P1", customer="WEBEUR", amount=amount))
    credit = make.document(
        "BC-E-R1",
        make.line("50.00", "10.00", currency="EUR"),
        customer="WEBEUR",
        kind=DocumentKind.CREDIT,
        against=invoice.ref,
    )
    ref = (await make.posted(erp, credit)).ref
    payout = make.payout(ref, "BC-E-B1-13", credit_key="BC-E-R1", customer="WEBEUR", amount=amount)
    posted = await pay_back_once(erp, payout, step="payout:1:13")
    assert posted.total == amount
    assert site.stand_in.credit_notes[0].balance == 0
