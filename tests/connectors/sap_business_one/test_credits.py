from decimal import Decimal
from typing import Any

import pytest

from activities.posting import pay_once, post_once
from connectors.contract import Capability
from connectors.errors import OutcomeUnknown, Rejected
from domain.document import DocumentKind, DocumentLineKind
from sandbox.faults import Fault, FaultKind

both_protocols = pytest.mark.parametrize("protocol", ["v2", "v1"])


CREDIT = DocumentKind.CREDIT


@both_protocols
async def test_pieces_of_an_open_invoice_are_credited_on_its_lines(
    site: Any, erp: Any, make: Any
) -> None:
    invoice = await make.posted(erp, make.document())
    refund = make.document(
        "BC-100-R1", make.line("50.00", "4.15"), kind=CREDIT, against=invoice.ref
    )
    posted = await make.posted(erp, refund)
    assert (posted.total, posted.tax, posted.lines) == (
        make.money("54.15"),
        make.money("4.15"),
        None,
    )
    [note] = site.stand_in.credit_notes
    assert note.lines[0].base == (13, site.stand_in.invoices[0].doc_entry, 0)
    assert note.lines[0].quantity == 1
    assert site.stand_in.invoices[0].balance == Decimal("65.15")
    assert site.stand_in.books.level(make.item, "01").in_stock == 98


async def test_refunds_of_a_paid_invoice_are_credits_of_their_own(
    site: Any, erp: Any, make: Any
) -> None:
    invoice = await make.posted(erp, make.document())
    await erp.post_payment(make.payment(invoice.ref))
    for number in (1, 2):
        refund = make.document(
            f"BC-100-R{number}",
            make.line("50.00", "4.15"),
            kind=CREDIT,
            against=invoice.ref,
        )
        posted = await make.posted(erp, refund)
        assert posted.total == make.money("54.15")
    assert [note.lines[0].base for note in site.stand_in.credit_notes] == [None, None]
    assert [note.balance for note in site.stand_in.credit_notes] == [Decimal("54.15")] * 2


async def test_returned_pieces_go_back_to_the_warehouse_where_the_settings_say_so(
    site: Any, make: Any
) -> None:
    erp = site.connect(profile={"restock": True})
    invoice = await make.posted(erp, make.document())
    assert site.stand_in.books.level(make.item, "01").in_stock == 98
    refund = make.document(
        "BC-100-R1", make.line("50.00", "4.15"), kind=CREDIT, against=invoice.ref
    )
    await make.posted(erp, refund)
    assert site.stand_in.books.level(make.item, "01").in_stock == 99


async def test_a_gift_of_a_piece_s_price_brings_no_piece_back(site: Any, make: Any) -> None:
    erp = site.connect(profile={"restock": True})
    invoice = await make.posted(erp, make.document())
    gift = make.line("50.00", "4.15", quantity="0")
    await make.posted(erp, make.document("BC-100-R1", gift, kind=CREDIT, against=invoice.ref))
    assert site.stand_in.books.level(make.item, "01").in_stock == 98


async def test_shipping_alone_can_be_given_back(site: Any, erp: Any, make: Any) -> None:
    invoice = await make.posted(erp, make.document())
    shipping = make.line("10.00", "0.99", "expense:1", kind=DocumentLineKind.FREIGHT)
    refund = make.document("BC-100-R1", shipping, kind=CREDIT, against=invoice.ref)
    posted = await make.posted(erp, refund)
    assert posted.total == make.money("10.99")


async def test_a_cancelled_order_is_credited_whole(site: Any, erp: Any, make: Any) -> None:
    invoice = await make.posted(erp, make.document())
    whole = make.document("BC-100-X", kind=CREDIT, against=invoice.ref)
    posted = await make.posted(erp, whole)
    assert posted.total == make.money("119.30")
    assert site.stand_in.invoices[0].balance == 0


async def test_an_edit_is_a_debit_or_a_credit_on_the_charge_item(
    site: Any, erp: Any, make: Any
) -> None:
    assert Capability.AMENDMENTS in erp.capabilities
    invoice = await make.posted(erp, make.document())
    for number, kind in enumerate((DocumentKind.DEBIT, CREDIT), 1):
        edit = make.line("5.00", "0.41", kind=DocumentLineKind.CHARGE, source="edit:default")
        meant = make.document(f"BC-100-A{number}", edit, kind=kind, against=invoice.ref)
        posted = await make.posted(erp, meant)
        assert posted.total == make.money("5.41")
    assert [one.reference for one in site.stand_in.invoices] == ["BC-100", "BC-100-A1"]
    assert [one.reference for one in site.stand_in.credit_notes] == ["BC-100-A2"]


async def test_a_credit_against_an_invoice_that_is_gone_says_so(erp: Any, make: Any) -> None:
    refund = make.document("R-1", make.line("1.00"), kind=CREDIT, against="999")
    with pytest.raises(Rejected, match="no invoice 999"):
        await erp.post_document(refund)


@pytest.mark.parametrize("path", ["/Invoices", "/IncomingPayments", "/CreditNotes"])
@pytest.mark.parametrize("kind", [FaultKind.DROP_AFTER, FaultKind.LATE_COMMIT])
async def test_a_step_that_is_tried_again_after_a_lost_answer_posts_nothing_twice(
    site: Any, make: Any, path: str, kind: FaultKind
) -> None:
    erp = site.connect()
    fault = Fault(kind=kind, method="POST", path=f"{path}$", seconds=0.05)
    site.stand_in.faults.add(fault)
    tolerance = make.money("0.05")

    async def patiently(step: Any) -> Any:
        try:
            return await step()
        except OutcomeUnknown:
            await site.stand_in.faults.landed()
            return await step()

    invoice = await patiently(
        lambda: post_once(erp, make.document(), tolerance=tolerance, step="document")
    )
    await patiently(lambda: pay_once(erp, make.payment(invoice.ref), step="payment:1"))
    refund = make.document(
        "BC-100-R1", make.line("50.00", "4.15"), kind=CREDIT, against=invoice.ref
    )
    await patiently(lambda: post_once(erp, refund, tolerance=tolerance, step="refund:1"))
    stand_in = site.stand_in
    assert len(stand_in.invoices) == 1
    assert len(stand_in.incoming_payments) == 1
    assert len(stand_in.credit_notes) == 1
