from decimal import Decimal
from typing import Any

import pytest

from connectors.contract import Capability
from connectors.errors import Conflict, OutcomeUnknown, Rejected
from connectors.syspro.connector import Syspro
from domain.document import DocumentKind, mismatch
from domain.hold import HoldCode
from sandbox.faults import Fault, FaultKind

Erp = Syspro


async def test_an_invoice_is_posted_under_our_number_and_reads_back_as_meant(
    site: Any, erp: Erp, make: Any
) -> None:
    meant = make.document()
    assert await erp.find_document(meant) is None
    await erp.post_document(meant)
    posted = await erp.find_document(meant)
    assert posted is not None
    assert mismatch(meant, posted, lines=erp.line_count(meant)) == ""
    assert (posted.ref, posted.lines, posted.tax) == ("BC-100", 2, make.money("22.00"))
    assert site.stand_in.balances == {
        "1100": Decimal("132.00"),
        "2200": Decimal("-22.00"),
        "4000": Decimal("-100.00"),
        "4020": Decimal("-10.00"),
    }


async def test_posting_the_same_number_again_is_a_conflict_and_changes_nothing(
    site: Any, erp: Erp, make: Any
) -> None:
    await erp.post_document(make.document())
    with pytest.raises(Conflict, match="already exists"):
        await erp.post_document(make.document())
    assert len(site.stand_in.invoices) == 1


async def test_our_number_on_another_customers_invoice_is_a_conflict(erp: Erp, make: Any) -> None:
    await erp.post_document(make.document())
    with pytest.raises(Conflict, match="belongs to customer WEB0001"):
        await erp.find_document(make.document(customer="OTHER"))


async def test_a_class_with_a_negative_sum_lowers_the_same_invoice(
    site: Any, erp: Erp, make: Any
) -> None:
    meant = make.document(
        "BC-1", make.line("-30.00", "-6.00", "DISCOUNT"), make.line("100.00", "20.00")
    )
    await erp.post_document(meant)
    posted = await erp.find_document(meant)
    assert posted is not None
    assert mismatch(meant, posted, lines=erp.line_count(meant)) == ""
    assert site.stand_in.invoice("BC-1").balance == Decimal("84.00")


async def test_an_order_over_nothing_is_one_item_that_ignores_the_warning(
    site: Any, erp: Erp, make: Any
) -> None:
    meant = make.document("BC-0", make.line("0.00"), make.line("0.00", revenue_class="FREIGHT"))
    await erp.post_document(meant)
    posted = await erp.find_document(meant)
    assert posted is not None
    assert mismatch(meant, posted, lines=erp.line_count(meant)) == ""
    assert posted.lines == 1


async def test_with_a_single_class_the_whole_value_is_one_item(site: Any, make: Any) -> None:
    erp = site.connect(profile={"class_split": "single"})
    meant = make.document()
    await erp.post_document(meant)
    posted = await erp.find_document(meant)
    assert mismatch(meant, posted, lines=erp.line_count(meant)) == ""
    assert posted.lines == 1


async def test_two_refunds_of_one_order_are_two_credits_with_references_of_their_own(
    site: Any, erp: Erp, make: Any
) -> None:
    await erp.post_document(make.document())
    refunds = [
        make.document(
            f"BC-100-R{number}",
            make.line("20.00", "4.00"),
            kind=DocumentKind.CREDIT,
            against="BC-100",
        )
        for number in (1, 2)
    ]
    for refund in refunds:
        assert await erp.find_document(refund) is None
        await erp.post_document(refund)
        posted = await erp.find_document(refund)
        assert posted is not None
        assert mismatch(refund, posted, lines=erp.line_count(refund)) == ""
    assert site.stand_in.invoice("BC-100").balance == Decimal("84.00")


async def test_an_invoice_reads_back_unchanged_after_a_later_debit_and_credit(
    erp: Erp, make: Any
) -> None:
    invoice = make.document()
    await erp.post_document(invoice)
    for kind in (DocumentKind.DEBIT, DocumentKind.CREDIT):
        change = make.document(f"BC-100-{kind}", make.line("5.00"), kind=kind, against="BC-100")
        await erp.post_document(change)
        found = await erp.find_document(change)
        assert found is not None
        assert found.total == make.money("5.00")
    posted = await erp.find_document(invoice)
    assert posted is not None
    assert mismatch(invoice, posted, lines=erp.line_count(invoice)) == ""


async def test_a_configured_reference_column_finds_credits_with_their_lines(
    site: Any, make: Any
) -> None:
    erp = site.connect(profile={"detail_reference_column": "CustomerPoNumber"})
    await erp.post_document(make.document())
    refund = make.document(
        "R-1",
        make.line("20.00", "4.00"),
        make.line("1.00", revenue_class="FREIGHT"),
        kind=DocumentKind.CREDIT,
        against="BC-100",
    )
    await erp.post_document(refund)
    posted = await erp.find_document(refund)
    assert mismatch(refund, posted, lines=erp.line_count(refund)) == ""
    assert posted.lines == 2


async def test_a_foreign_invoice_reads_back_in_its_currency_without_a_tax_to_compare(
    erp: Erp, make: Any
) -> None:
    meant = make.document("BC-E", make.line("50.00", "10.00", currency="EUR"), customer="WEBEUR")
    await erp.post_document(meant)
    posted = await erp.find_document(meant)
    assert posted is not None
    assert (posted.total, posted.tax) == (make.money("60.00", "EUR"), None)


async def test_an_order_in_another_currency_than_the_account_is_refused_before_posting(
    site: Any, erp: Erp, make: Any
) -> None:
    with pytest.raises(Rejected, match="kept in EUR") as caught:
        await erp.post_document(make.document(customer="WEBEUR"))
    assert caught.value.hold is HoldCode.CURRENCY_DIFFERS
    assert site.stand_in.invoices == []


async def test_a_closed_period_says_so(site: Any, erp: Erp, make: Any) -> None:
    site.stand_in.close_period()
    with pytest.raises(Rejected, match="is closed") as caught:
        await erp.post_document(make.document())
    assert caught.value.hold is HoldCode.PERIOD_CLOSED


async def test_a_customer_on_hold_says_so(site: Any, erp: Erp, make: Any) -> None:
    site.stand_in.hold_customer("WEB0001")
    with pytest.raises(Rejected, match="on hold") as caught:
        await erp.post_document(make.document())
    assert caught.value.hold is HoldCode.CUSTOMER_ON_HOLD


async def test_an_unknown_customer_says_so(erp: Erp, make: Any) -> None:
    with pytest.raises(Rejected, match="does not exist") as caught:
        await erp.post_document(make.document(customer="NOBODY"))
    assert caught.value.hold is HoldCode.CUSTOMER_UNKNOWN


async def test_a_class_without_a_sales_account_is_refused_before_posting(
    site: Any, erp: Erp, make: Any
) -> None:
    with pytest.raises(Rejected, match="no sales account for product class SHOES in branch 10"):
        await erp.post_document(make.document("BC-1", make.line("1.00", revenue_class="SHOES")))
    assert site.stand_in.invoices == []


async def test_syspros_own_words_reach_the_refusal(site: Any, make: Any) -> None:
    erp = site.connect(profile={"check_accounts": False})
    with pytest.raises(Rejected, match="Product class 'SHOES' not found") as caught:
        await erp.post_document(make.document("BC-1", make.line("1.00", revenue_class="SHOES")))
    assert caught.value.number == "100032"


async def test_a_number_that_does_not_fit_is_refused_before_posting(erp: Erp, make: Any) -> None:
    with pytest.raises(Rejected, match="20 characters"):
        await erp.post_document(make.document("BC-" + "9" * 18))


async def test_a_numeric_invoice_key_refuses_our_letters(site: Any, make: Any) -> None:
    site.stand_in.settings.invoice_key_type = "N"
    with pytest.raises(Rejected, match="digits only"):
        await site.connect().post_document(make.document())
    number = make.document("900000100")
    erp = site.connect(profile={"invoice_numbering": "own-numeric-range"})
    await erp.post_document(number)
    assert (await erp.find_document(number)).ref == "900000100"


@pytest.mark.parametrize(
    "kind",
    [
        FaultKind.DROP_AFTER,
        FaultKind.DROP_BEFORE,
        FaultKind.GARBAGE,
        FaultKind.TRUNCATE,
        FaultKind.WRONG_TYPE,
        FaultKind.SERVER_ERROR,
    ],
)
async def test_a_post_without_a_readable_answer_has_an_unknown_outcome(
    site: Any, make: Any, kind: FaultKind
) -> None:
    erp = site.connect()
    site.stand_in.faults.add(Fault(kind=kind, path="/Transaction/"))
    with pytest.raises(OutcomeUnknown):
        await erp.post_document(make.document())
    applied = kind in (FaultKind.DROP_AFTER, FaultKind.GARBAGE, FaultKind.TRUNCATE)
    assert (await erp.find_document(make.document()) is not None) is applied


def test_only_values_can_be_amended(site: Any) -> None:
    assert Capability.AMENDMENTS in site.connect().capabilities
    assert Capability.AMENDMENTS not in site.connect(strategy="sales-order").capabilities
