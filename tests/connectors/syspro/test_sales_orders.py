from decimal import Decimal
from typing import Any

import pytest

from connectors.errors import Conflict, OutcomeUnknown, Rejected
from connectors.syspro.connector import Syspro
from domain.document import DocumentKind, DocumentLineKind, mismatch
from domain.hold import Held, HoldCode
from sandbox.faults import Fault, FaultKind


@pytest.fixture(params=[False, True], ids=["comfnd", "odata"])
def erp(request: pytest.FixtureRequest, site: Any) -> Syspro:
    site.stand_in.add_item("SKU-1", name="Tent", price=Decimal(50), stock=20)
    return site.connect(odata=request.param, strategy="sales-order")


def _order(make: Any, key: str = "BC-100", *, quantity: str = "2", net: str = "100.00") -> Any:
    return make.document(
        key,
        make.line(net, "20.00", item="SKU-1", quantity=quantity),
        make.line("10.00", "2.00", "FREIGHT", kind=DocumentLineKind.FREIGHT),
        make.line("5.00", "0", "FEES", kind=DocumentLineKind.CHARGE),
    )


def _prepared(erp: Syspro, document: Any, make: Any) -> Any:
    return erp.prepared(document, tolerance=make.money("0.05"))


async def test_an_order_relieves_stock_and_its_invoice_reads_back_as_meant(
    site: Any, erp: Syspro, make: Any
) -> None:
    meant = _prepared(erp, _order(make), make)
    assert await erp.find_document(meant) is None
    await erp.post_document(meant)
    posted = await erp.find_document(meant)
    assert posted is not None
    assert mismatch(meant, posted, lines=erp.line_count(meant)) == ""
    assert (posted.lines, posted.tax) == (4, make.money("22.00"))
    assert posted.ref == site.stand_in.orders[0].last_invoice
    assert site.stand_in.books.levels[("SKU-1", "FG")].on_hand == 18


async def test_payments_and_refunds_go_against_the_orders_invoice(erp: Syspro, make: Any) -> None:
    await erp.post_document(_order(make))
    posted = await erp.find_document(_order(make))
    assert posted is not None
    money = make.payment(document=posted.ref, amount=make.money("137.00"))
    await erp.post_payment(money)
    assert await erp.find_payment(money) is not None
    refund = make.document(
        "R-1", make.line("10.00", "2.00"), kind=DocumentKind.CREDIT, against=posted.ref
    )
    await erp.post_document(refund)
    found = await erp.find_document(refund)
    assert found is not None
    assert found.total == make.money("12.00")


async def test_an_order_that_was_imported_but_not_invoiced_is_finished_not_doubled(
    site: Any, erp: Syspro, make: Any
) -> None:
    site.stand_in.faults.add(
        Fault(kind=FaultKind.DROP_BEFORE, path="/Transaction/", contains="SORTIC")
    )
    with pytest.raises(OutcomeUnknown):
        await erp.post_document(_order(make))
    assert await erp.find_document(_order(make)) is None
    await erp.post_document(_order(make))
    assert (len(site.stand_in.orders), len(site.stand_in.invoices)) == (1, 1)


async def test_an_import_answered_without_its_order_is_looked_up(
    site: Any, erp: Syspro, make: Any
) -> None:
    site.stand_in.settings.omit_order_answer = True
    await erp.post_document(_order(make))
    assert await erp.find_document(_order(make)) is not None


async def test_an_order_without_stock_waits_instead_of_being_invoiced_in_part(
    site: Any, erp: Syspro, make: Any
) -> None:
    site.stand_in.set_stock("SKU-1", on_hand=1)
    with pytest.raises(Rejected, match="waits for stock of SKU-1"):
        await erp.post_document(_order(make))
    assert site.stand_in.invoices == []


async def test_our_key_on_another_customers_order_is_a_conflict(erp: Syspro, make: Any) -> None:
    await erp.post_document(_order(make))
    other = _order(make).model_copy(update={"customer": "WEBEUR"})
    with pytest.raises(Conflict):
        await erp.find_document(other)


async def test_what_syspro_rounds_away_becomes_a_rounding_line(
    site: Any, erp: Syspro, make: Any
) -> None:
    site.stand_in.set_stock("SKU-1", on_hand=5000)
    meant = _prepared(erp, _order(make, quantity="3000", net="100.00"), make)
    rounding = [one for one in meant.lines if one.kind is DocumentLineKind.ROUNDING]
    assert [one.net for one in rounding] == [make.money("0.01")]
    assert sum(one.gross.amount for one in meant.lines) == meant.total.amount
    assert _prepared(erp, meant, make) == meant
    await erp.post_document(meant)
    posted = await erp.find_document(meant)
    assert posted is not None
    assert mismatch(meant, posted, lines=erp.line_count(meant)) == ""


def test_more_rounding_than_allowed_is_held_with_both_totals(erp: Syspro, make: Any) -> None:
    with pytest.raises(Held, match=r"141\.00 USD.*137\.00 USD") as caught:
        _prepared(erp, _order(make, quantity="800000", net="100.00"), make)
    assert caught.value.hold.code is HoldCode.TOTALS_DIFFER


def test_values_need_no_preparation_with_ar_invoices(site: Any, make: Any) -> None:
    document = _order(make)
    assert site.connect().prepared(document, tolerance=make.money("0.00")) is document
