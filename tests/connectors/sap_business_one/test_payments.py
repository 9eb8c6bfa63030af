from decimal import Decimal
from typing import Any

import pytest

from connectors.errors import Conflict, OutcomeUnknown, Rejected
from sandbox.faults import Fault, FaultKind

both_protocols = pytest.mark.parametrize("protocol", ["v2", "v1"])


@both_protocols
async def test_a_payment_is_a_transfer_on_its_account_put_against_the_invoice(
    site: Any, erp: Any, make: Any
) -> None:
    invoice = await make.posted(erp, make.document())
    payment = make.payment(invoice.ref)
    assert await erp.find_payment(payment) is None
    await erp.post_payment(payment)
    found = await erp.find_payment(payment)
    [paid] = site.stand_in.incoming_payments
    assert (found.ref, found.total) == (str(paid.doc_num), make.money("119.30"))
    assert (paid.reference, paid.transfer_reference) == ("BC-100-P1", "BC-100-P1")
    assert paid.accounts == (("161010", Decimal("119.30")),)
    entry = site.stand_in.invoices[0].doc_entry
    assert paid.applied == (("Invoices", entry, Decimal("119.30")),)
    assert site.stand_in.invoices[0].balance == 0


async def test_several_tenders_are_payments_of_their_own(site: Any, erp: Any, make: Any) -> None:
    invoice = await make.posted(erp, make.document())
    for key, amount, account in (("P1", "100.00", "161010"), ("P2", "19.30", "212010")):
        payment = make.payment(
            invoice.ref, f"BC-100-{key}", amount=make.money(amount), account=account
        )
        await erp.post_payment(payment)
    assert site.stand_in.balances["161010"] == Decimal("100.00")
    assert site.stand_in.balances["212010"] == Decimal("19.30")
    assert site.stand_in.invoices[0].balance == 0


async def test_a_cancelled_payment_does_not_count(site: Any, erp: Any, make: Any) -> None:
    invoice = await make.posted(erp, make.document())
    payment = make.payment(invoice.ref)
    await erp.post_payment(payment)
    entry = site.stand_in.incoming_payments[0].doc_entry
    await erp._client.create(f"IncomingPayments({entry})/Cancel", {})
    assert await erp.find_payment(payment) is None
    await erp.post_payment(payment)
    assert (await erp.find_payment(payment)).total == payment.amount


async def test_our_key_on_another_customers_payment_is_a_conflict(erp: Any, make: Any) -> None:
    invoice = await make.posted(erp, make.document())
    await erp.post_payment(make.payment(invoice.ref))
    with pytest.raises(Conflict, match=f"customer {make.customer}"):
        await erp.find_payment(make.payment(invoice.ref, customer="WEB0001"))


async def test_an_account_that_does_not_exist_is_refused_in_saps_words(erp: Any, make: Any) -> None:
    invoice = await make.posted(erp, make.document())
    with pytest.raises(Rejected, match="SAP Business One refuses IncomingPayments"):
        await erp.post_payment(make.payment(invoice.ref, account="999999"))


async def test_more_than_the_invoice_is_refused(erp: Any, make: Any) -> None:
    invoice = await make.posted(erp, make.document())
    with pytest.raises(Rejected):
        await erp.post_payment(make.payment(invoice.ref, amount=make.money("500.00")))


async def test_a_foreign_payment_is_put_against_its_foreign_invoice(
    site: Any, erp: Any, make: Any
) -> None:
    line = make.line("50.00", "10.00", currency="EUR")
    invoice = await make.posted(erp, make.document("BC-E", line, customer="WEBEUR"))
    amount = make.money("60.00", "EUR")
    payment = make.payment(invoice.ref, "BC-E-P1", customer="WEBEUR", amount=amount)
    await erp.post_payment(payment)
    assert (await erp.find_payment(payment)).total == amount
    assert site.stand_in.invoices[0].balance == 0


@pytest.mark.parametrize("kind", [FaultKind.DROP_AFTER, FaultKind.DROP_BEFORE, FaultKind.GARBAGE])
async def test_a_payment_without_a_readable_answer_has_an_unknown_outcome(
    site: Any, make: Any, kind: FaultKind
) -> None:
    erp = site.connect()
    invoice = await make.posted(erp, make.document())
    site.stand_in.faults.add(Fault(kind=kind, method="POST", path="/IncomingPayments"))
    with pytest.raises(OutcomeUnknown):
        await erp.post_payment(make.payment(invoice.ref))
    found = await erp.find_payment(make.payment(invoice.ref))
    assert (found is not None) is (kind is not FaultKind.DROP_BEFORE)
