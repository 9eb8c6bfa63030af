from decimal import Decimal
from typing import Any

import pytest

from connectors.acumatica.connector import Acumatica
from connectors.errors import Conflict, OutcomeUnknown, Rejected, Unavailable
from domain.hold import HoldCode
from sandbox.faults import Fault, FaultKind


async def order(erp: Acumatica, make: Any) -> str:
    await erp.post_document(make.document())
    found = await erp.find_document(make.document())
    assert found is not None
    return found.ref


async def paid(erp: Acumatica, payment: Any) -> Any:
    assert await erp.find_payment(payment) is None
    await erp.post_payment(payment)
    found = await erp.find_payment(payment)
    assert found is not None
    assert found.total == payment.amount
    return found


async def test_a_payment_is_a_released_prepayment_kept_for_its_order(
    site: Any, erp: Acumatica, make: Any
) -> None:
    found = await paid(erp, make.payment(document=await order(erp, make)))
    assert found.ref.startswith("Prepayment ")
    assert site.stand_in.books.balances()["10600"] == Decimal("132.00")
    [entered] = site.stand_in.books.records["SalesOrder"].values()
    assert entered["Totals"]["UnpaidBalance"] == 0
    site.stand_in.audit()


async def test_an_order_may_be_paid_by_several_tenders(
    site: Any, erp: Acumatica, make: Any
) -> None:
    ref = await order(erp, make)
    first = make.payment(document=ref, amount=make.money("100.00"))
    second = make.payment(
        "BC-100-P2", document=ref, amount=make.money("32.00"), account="GIFTCERT/10710"
    )
    await paid(erp, first)
    await paid(erp, second)
    assert site.stand_in.books.balances()["10710"] == Decimal("32.00")


async def test_a_payment_of_an_order_that_was_invoiced_meanwhile_goes_to_the_invoice(
    site: Any, erp: Acumatica, make: Any
) -> None:
    ref = await order(erp, make)
    site.stand_in.fulfil(ref.split()[1])
    found = await paid(erp, make.payment(document=ref))
    assert found.ref.startswith("Payment ")
    assert site.stand_in.books.balances()["11000"] == 0


async def test_an_invoice_is_paid_by_a_payment(site: Any, make: Any) -> None:
    erp = site.connect(strategy="sales-invoice")
    found = await paid(erp, make.payment(document=await order(erp, make)))
    assert found.ref.startswith("Payment ")
    assert site.stand_in.books.balances()["11000"] == 0


async def test_a_payment_that_was_only_entered_is_released_not_entered_again(
    site: Any, erp: Acumatica, make: Any
) -> None:
    payment = make.payment(document=await order(erp, make))
    site.stand_in.faults.add(
        Fault(kind=FaultKind.DROP_BEFORE, method="POST", path="/ReleasePayment")
    )
    with pytest.raises(OutcomeUnknown):
        await erp.post_payment(payment)
    await paid(erp, payment)
    assert len(site.stand_in.books.payments) == 1


async def test_a_lost_answer_to_the_entry_leaves_one_payment(
    site: Any, erp: Acumatica, make: Any
) -> None:
    payment = make.payment(document=await order(erp, make))
    site.stand_in.faults.add(Fault(kind=FaultKind.DROP_AFTER, method="PUT", path="/Payment$"))
    with pytest.raises(OutcomeUnknown):
        await erp.post_payment(payment)
    await paid(erp, payment)
    assert len(site.stand_in.books.payments) == 1


async def test_a_lost_answer_to_the_release_is_waited_out_until_it_has_ended(
    site: Any, erp: Acumatica, make: Any
) -> None:
    site.stand_in.settings.long_operation_seconds = 600
    payment = make.payment(document=await order(erp, make))
    site.stand_in.faults.add(
        Fault(kind=FaultKind.DROP_AFTER, method="POST", path="/ReleasePayment")
    )
    with pytest.raises(OutcomeUnknown):
        await erp.post_payment(payment)
    with pytest.raises(Unavailable, match="still busy"):
        await erp.find_payment(payment)
    for session in site.stand_in.sessions.all:
        session.operation.finish()
    found = await erp.find_payment(payment)
    assert found is not None
    assert found.total == payment.amount
    assert len(site.stand_in.books.payments) == 1


async def test_an_account_must_name_method_and_cash_account(erp: Acumatica, make: Any) -> None:
    with pytest.raises(Rejected, match="'10600' names no payment method") as held:
        await erp.post_payment(make.payment(account="10600"))
    assert "METHOD/CASHACCOUNT" in held.value.remedy


async def test_a_cash_account_that_the_method_may_not_use_is_refused_in_words(
    site: Any, erp: Acumatica, make: Any
) -> None:
    payment = make.payment(document=await order(erp, make), account="STORECC/10200")
    with pytest.raises(Rejected, match="CashAccount"):
        await erp.post_payment(payment)


async def test_more_money_than_the_order_is_worth_is_refused_in_words(
    site: Any, erp: Acumatica, make: Any
) -> None:
    payment = make.payment(document=await order(erp, make), amount=make.money("200.00"))
    with pytest.raises(Rejected, match=r"(?i)exceed|balance"):
        await erp.post_payment(payment)


async def test_a_closed_period_holds_the_release_as_that(
    site: Any, erp: Acumatica, make: Any
) -> None:
    payment = make.payment(document=await order(erp, make))
    site.stand_in.close_period(f"{payment.on:%m-%Y}")
    with pytest.raises(Rejected) as held:
        await erp.post_payment(payment)
    assert held.value.hold is HoldCode.PERIOD_CLOSED


async def test_our_key_on_another_customers_payment_is_a_conflict(
    site: Any, erp: Acumatica, make: Any
) -> None:
    site.stand_in.add_customer("OTHER", name="Other")
    await paid(erp, make.payment(document=await order(erp, make)))
    with pytest.raises(Conflict, match="of customer WEBSTORE"):
        await erp.find_payment(make.payment(customer="OTHER"))


async def test_a_payment_reference_that_is_required_is_there(
    site: Any, erp: Acumatica, make: Any
) -> None:
    site.stand_in.settings.require_payment_reference = True
    await paid(erp, make.payment(document=await order(erp, make)))
