from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from connectors.contract import Capability
from connectors.errors import OutcomeUnknown, Rejected, Unsupported
from connectors.syspro.connector import Syspro
from domain.document import Payout
from domain.money import Money
from sandbox.faults import Fault, FaultKind

Erp = Syspro


async def test_a_payment_is_found_by_its_reference_only_after_it_was_posted(
    site: Any, erp: Erp, make: Any
) -> None:
    assert await erp.find_payment(make.payment()) is None
    await erp.post_document(make.document())
    assert await erp.find_payment(make.payment()) is None
    await erp.post_payment(make.payment())
    posted = await erp.find_payment(make.payment())
    assert posted is not None
    assert (posted.key, posted.customer, posted.total) == (
        "BC-100-P1",
        "WEB0001",
        make.money("132.00"),
    )
    assert site.stand_in.invoice("BC-100").balance == 0
    assert site.stand_in.invoice("BC-100").reference == "BC-100"
    assert site.stand_in.balances["1210"] == Decimal("132.00")


async def test_a_payment_reads_the_same_where_the_site_shows_it_positive(
    site: Any, erp: Erp, make: Any
) -> None:
    site.stand_in.settings.payments_shown_negative = False
    await erp.post_document(make.document())
    await erp.post_payment(make.payment())
    posted = await erp.find_payment(make.payment())
    assert posted is not None
    assert posted.total == make.money("132.00")


async def test_two_payments_of_one_invoice_are_told_apart(erp: Erp, make: Any) -> None:
    await erp.post_document(make.document())
    parts = [
        make.payment("P-1", amount=make.money("100.00")),
        make.payment("P-2", amount=make.money("32.00"), account="GIFT"),
    ]
    for part in parts:
        await erp.post_payment(part)
    found = [await erp.find_payment(part) for part in parts]
    assert [one.total for one in found if one] == [make.money("100.00"), make.money("32.00")]


async def test_a_payment_whose_journal_failed_counts_as_posted_with_a_warning(
    site: Any, make: Any, caplog: pytest.LogCaptureFixture
) -> None:
    erp = site.connect()
    await erp.post_document(make.document())
    site.stand_in.settings.gl_journal_error = "GL period 11 is closed"
    await erp.post_payment(make.payment())
    assert await erp.find_payment(make.payment()) is not None
    assert "GL period 11 is closed" in caplog.text


async def test_an_overpayment_is_refused_in_syspros_words(erp: Erp, make: Any) -> None:
    await erp.post_document(make.document())
    with pytest.raises(Rejected, match="exceeds the outstanding value"):
        await erp.post_payment(make.payment(amount=make.money("150.00")))


async def test_a_payment_to_an_unknown_clearing_account_is_refused(erp: Erp, make: Any) -> None:
    await erp.post_document(make.document())
    with pytest.raises(Rejected, match="Bank 'NOBANK' not found"):
        await erp.post_payment(make.payment(account="NOBANK"))


async def test_a_payment_whose_answer_was_lost_is_found_and_not_doubled(
    site: Any, make: Any
) -> None:
    erp = site.connect()
    await erp.post_document(make.document())
    site.stand_in.faults.add(Fault(kind=FaultKind.DROP_AFTER, path="/Transaction/"))
    with pytest.raises(OutcomeUnknown):
        await erp.post_payment(make.payment())
    assert await erp.find_payment(make.payment()) is not None
    assert len(site.stand_in.payments) == 1


async def test_money_given_back_is_left_to_people(erp: Erp) -> None:
    assert Capability.PAYOUTS not in erp.capabilities
    payout = Payout(
        key="BC-118-B12-13",
        order_id="118",
        customer="WEB",
        credit="BC-118",
        credit_key="BC-118-R12",
        amount=Money(amount=Decimal("4.00"), currency="USD"),
        account="CARD",
        method="card",
        on=date(2026, 11, 21),
    )
    with pytest.raises(Unsupported, match=r"4\.00 USD of BC-118-B12-13") as held:
        await erp.find_payout(payout)
    assert "by hand" in held.value.remedy
