from decimal import Decimal
from typing import Any

import pytest

from connectors.acumatica.connector import Acumatica
from connectors.errors import Conflict, OutcomeUnknown, Rejected
from domain.document import DocumentKind, mismatch
from domain.hold import HoldCode
from sandbox.faults import Fault, FaultKind


@pytest.fixture
def erp(site: Any) -> Acumatica:
    return site.connect(strategy="sales-invoice")


async def posted(erp: Acumatica, meant: Any) -> Any:
    meant = erp.prepared(meant, tolerance=meant.total)
    assert await erp.find_document(meant) is None
    await erp.post_document(meant)
    found = await erp.find_document(meant)
    assert found is not None
    assert mismatch(meant, found, lines=erp.line_count(meant)) == ""
    return found


async def test_an_invoice_is_released_and_reads_back_as_meant(
    site: Any, erp: Acumatica, make: Any
) -> None:
    found = await posted(erp, make.document())
    assert found.ref.startswith("Invoice ")
    balances = site.stand_in.books.balances()
    assert balances["11000"] == Decimal("132.00")
    assert balances["20500"] == Decimal("-22.00")
    site.stand_in.audit()


async def test_a_credit_memo_against_it_is_released(site: Any, erp: Acumatica, make: Any) -> None:
    invoice = await posted(erp, make.document())
    credit = make.document(
        "BC-100-R1",
        make.line("33.33", "6.67", quantity="3"),
        kind=DocumentKind.CREDIT,
        against=invoice.ref,
    )
    found = await posted(erp, credit)
    assert found.ref.startswith("Credit Memo ")
    assert site.stand_in.books.balances()["11000"] == Decimal("92.00")


async def test_a_credit_memo_may_be_tied_to_the_invoices_lines(site: Any, make: Any) -> None:
    erp = site.connect(strategy="sales-invoice", profile={"link_credits": True})
    invoice = await posted(erp, make.document())
    credit = make.document(
        "BC-100-R1", make.line("33.33", "6.67"), kind=DocumentKind.CREDIT, against=invoice.ref
    )
    found = await posted(erp, credit)
    memo = site.stand_in.books.find("SalesInvoice", "Credit Memo", found.ref.split()[-1])
    assert memo["Details"][0]["OrigInvNbr"] == invoice.ref.split()[1]


async def test_credits_stay_with_invoices_when_the_strategy_changes(
    site: Any, erp: Acumatica, make: Any
) -> None:
    invoice = await posted(erp, make.document())
    credit = make.document(
        "BC-100-R1", make.line("10.00"), kind=DocumentKind.CREDIT, against=invoice.ref
    )
    found = await posted(site.connect(strategy="sales-order"), credit)
    assert found.ref.startswith("Credit Memo ")


async def test_an_invoice_that_was_only_entered_is_released_not_entered_again(
    site: Any, erp: Acumatica, make: Any
) -> None:
    await erp.find_document(make.document())
    site.stand_in.faults.add(
        Fault(kind=FaultKind.DROP_BEFORE, method="POST", path="/ReleaseSalesInvoice")
    )
    with pytest.raises(OutcomeUnknown):
        await erp.post_document(make.document())
    assert await erp.find_document(make.document()) is None
    await erp.post_document(make.document())
    assert await erp.find_document(make.document()) is not None
    assert len(site.stand_in.books.invoices) == 1


async def test_a_closed_period_holds_it_as_that_and_it_is_released_once_open(
    site: Any, erp: Acumatica, make: Any
) -> None:
    meant = make.document()
    period = f"{meant.on:%m-%Y}"
    site.stand_in.close_period(period)
    with pytest.raises(Rejected) as held:
        await erp.post_document(meant)
    assert held.value.hold is HoldCode.PERIOD_CLOSED
    site.stand_in.open_period(period)
    assert await erp.find_document(meant) is None
    await erp.post_document(meant)
    assert await erp.find_document(meant) is not None
    assert len(site.stand_in.books.invoices) == 1


async def test_a_release_that_takes_long_is_polled_to_its_end(
    site: Any, erp: Acumatica, make: Any
) -> None:
    site.stand_in.settings.long_operation_polls = 5
    await posted(erp, make.document())
    asked = [call for call in site.stand_in.faults.calls if "/status/" in call.path]
    assert len(asked) >= 5


async def test_a_release_without_a_location_is_believed_after_it_reads_back(
    site: Any, erp: Acumatica, make: Any
) -> None:
    site.stand_in.settings.long_operation_polls = 0
    await posted(erp, make.document())


async def test_a_release_that_never_ends_leaves_the_outcome_open(site: Any, make: Any) -> None:
    site.stand_in.settings.long_operation_polls = 1_000_000
    site.stand_in.settings.long_operation_seconds = 600
    erp = site.connect(strategy="sales-invoice", profile={"action_seconds": 0.1})
    with pytest.raises(OutcomeUnknown, match="still busy with SalesInvoice/ReleaseSalesInvoice"):
        await erp.post_document(make.document())


async def test_without_the_feature_the_hold_says_so(site: Any, erp: Acumatica, make: Any) -> None:
    site.stand_in.settings.advanced_so_invoices = False
    with pytest.raises(Exception, match=r"(?i)feature|disabled|not (available|enabled)|cannot"):
        await erp.post_document(make.document())


async def test_our_key_on_another_customers_invoice_is_a_conflict(
    site: Any, erp: Acumatica, make: Any
) -> None:
    site.stand_in.add_customer("OTHER", name="Other")
    await posted(erp, make.document())
    with pytest.raises(Conflict, match="of customer WEBSTORE"):
        await erp.find_document(make.document(customer="OTHER"))
