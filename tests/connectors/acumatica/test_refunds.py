"""Money given back: on the credit order, or on its memo once there is one."""

from decimal import Decimal
from typing import Any

import pytest

from activities.posting import pay_back_once
from connectors.acumatica.connector import Acumatica
from connectors.acumatica.entities import SalesInvoice, SalesOrder
from connectors.acumatica.wire import of
from connectors.errors import Conflict, OutcomeUnknown, Rejected
from domain.document import DocumentKind
from domain.hold import HoldCode
from sandbox.faults import Fault, FaultKind


async def credited(erp: Acumatica, make: Any, *, paid: bool = True) -> str:
    """Post an order, its payment unless it is on account, and a credit of 10.00 against it."""
    await erp.post_document(make.document())
    order = await erp.find_document(make.document())
    assert order is not None
    if paid:
        await erp.post_payment(make.payment(document=order.ref))
    credit = make.document(
        "BC-100-R1", make.line("10.00"), kind=DocumentKind.CREDIT, against=order.ref
    )
    await erp.post_document(credit)
    found = await erp.find_document(credit)
    assert found is not None
    return found.ref


async def invoiced(site: Any, erp: Acumatica, credit: str) -> None:
    """Make the credit order a released credit memo, as people do in Acumatica."""
    kind, number = credit.split()
    order = SalesOrder(order_type=of(kind), order_nbr=of(number))
    await erp._client.invoke("PrepareSalesInvoice", order)
    [memo] = site.stand_in.books.invoices
    keys = SalesInvoice(type=of("Credit Memo"), reference_nbr=of(memo.number))
    await erp._client.invoke("ReleaseSalesInvoice", keys)


async def paid_back(erp: Acumatica, payout: Any) -> Any:
    posted = await pay_back_once(erp, payout, step="payout:1:13")
    assert posted.total == payout.amount
    return posted


async def test_a_payout_is_a_released_refund_of_the_credit_order(
    site: Any, erp: Acumatica, make: Any
) -> None:
    posted = await paid_back(erp, make.payout(await credited(erp, make)))
    assert posted.ref.startswith("Refund ")
    [refund] = site.stand_in.books.refunds
    assert (refund.released, refund.payment_ref) == (True, "BC-100-B1-13")
    assert refund.to_orders == {("CM", "000001"): Decimal("10.00")}
    assert site.stand_in.books.balances()["10600"] == Decimal("122.00")
    assert site.stand_in.common_ledger().paid_back("BC-100") == Decimal("10.00")


async def test_the_credit_memo_of_a_refunded_credit_order_is_settled_by_it(
    site: Any, erp: Acumatica, make: Any
) -> None:
    credit = await credited(erp, make)
    await paid_back(erp, make.payout(credit))
    await invoiced(site, erp, credit)
    [memo] = site.stand_in.books.invoices
    assert (memo.kind, memo.balance) == ("Credit Memo", 0)


async def test_a_credit_order_that_was_invoiced_meanwhile_is_refunded_by_its_memo(
    site: Any, erp: Acumatica, make: Any
) -> None:
    credit = await credited(erp, make)
    await invoiced(site, erp, credit)
    await paid_back(erp, make.payout(credit))
    [memo] = site.stand_in.books.invoices
    assert memo.balance == 0


async def test_a_credit_memo_is_refunded(site: Any, make: Any) -> None:
    erp = site.connect(strategy="sales-invoice")
    await paid_back(erp, make.payout(await credited(erp, make)))
    assert site.stand_in.books.balances()["11000"] == 0
    assert [one.balance for one in site.stand_in.books.invoices] == [0, 0]


async def test_a_credit_memo_that_has_less_open_is_refused_in_words(site: Any, make: Any) -> None:
    erp = site.connect(strategy="sales-invoice")
    credit = await credited(erp, make)
    await paid_back(erp, make.payout(credit, "BC-100-B1-12", amount=make.money("4.00")))
    with pytest.raises(Rejected, match=r"10\.00 USD went back .* only 6\.00 USD is open"):
        await erp.post_payout(make.payout(credit))


async def test_more_than_the_credit_order_is_worth_is_refused_in_words(
    site: Any, erp: Acumatica, make: Any
) -> None:
    payout = make.payout(await credited(erp, make), amount=make.money("11.00"))
    with pytest.raises(Rejected, match=r"(?i)exceed"):
        await erp.post_payout(payout)
    assert site.stand_in.books.refunds == []


async def test_a_refund_that_was_only_entered_is_released_not_entered_again(
    site: Any, erp: Acumatica, make: Any
) -> None:
    payout = make.payout(await credited(erp, make))
    site.stand_in.faults.add(
        Fault(kind=FaultKind.DROP_BEFORE, method="POST", path="/ReleasePayment")
    )
    with pytest.raises(OutcomeUnknown):
        await erp.post_payout(payout)
    await paid_back(erp, payout)
    assert len(site.stand_in.books.refunds) == 1


@pytest.mark.parametrize(
    ("strategy", "path"), [("sales-order", "/SalesOrder$"), ("sales-invoice", "/Payment$")]
)
async def test_a_lost_answer_to_the_entry_leaves_one_refund(
    site: Any, make: Any, strategy: str, path: str
) -> None:
    erp = site.connect(strategy=strategy)
    payout = make.payout(await credited(erp, make))
    site.stand_in.faults.add(Fault(kind=FaultKind.DROP_AFTER, method="PUT", path=path))
    with pytest.raises(OutcomeUnknown):
        await erp.post_payout(payout)
    await paid_back(erp, payout)
    assert len(site.stand_in.books.refunds) == 1


async def test_where_a_site_releases_refunds_with_their_memo_an_entered_one_counts(
    site: Any, make: Any
) -> None:
    erp = site.connect(profile={"release_order_refunds": False})
    await paid_back(erp, make.payout(await credited(erp, make)))
    [refund] = site.stand_in.books.refunds
    assert refund.released is False


async def test_a_closed_period_holds_the_refund_as_that(
    site: Any, erp: Acumatica, make: Any
) -> None:
    payout = make.payout(await credited(erp, make))
    site.stand_in.close_period(f"{payout.on:%m-%Y}")
    with pytest.raises(Rejected) as held:
        await erp.post_payout(payout)
    assert held.value.hold is HoldCode.PERIOD_CLOSED


async def test_our_key_on_another_customers_refund_is_a_conflict(
    site: Any, erp: Acumatica, make: Any
) -> None:
    payout = make.payout(await credited(erp, make))
    site.stand_in.add_customer("OTHER", name="Other")
    await paid_back(erp, payout)
    with pytest.raises(Conflict, match="of customer WEBSTORE"):
        await erp.find_payout(make.payout(payout.credit, customer="OTHER"))
