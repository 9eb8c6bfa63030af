from decimal import Decimal
from typing import Any

import pytest

from connectors.acumatica.connector import Acumatica
from connectors.contract import Capability
from connectors.errors import Conflict, OutcomeUnknown, Rejected, Unsupported
from domain.document import DocumentKind, DocumentLineKind, mismatch
from domain.hold import HoldCode
from sandbox.faults import Fault, FaultKind


async def posted(erp: Acumatica, meant: Any) -> Any:
    """Post and prove a document as the activities do."""
    meant = erp.prepared(meant, tolerance=meant.total)
    assert await erp.find_document(meant) is None
    await erp.post_document(meant)
    found = await erp.find_document(meant)
    assert found is not None
    assert mismatch(meant, found, lines=erp.line_count(meant)) == ""
    return found


async def test_an_order_is_posted_to_the_cent_and_reads_back_as_meant(
    site: Any, erp: Acumatica, make: Any
) -> None:
    found = await posted(erp, make.document())
    assert found.ref.startswith("SO ")
    assert (found.tax, found.lines) == (make.money("22.00"), 2)
    [order] = site.stand_in.books.orders
    assert (order.total, order.status) == (Decimal("132.00"), "Open")
    site.stand_in.audit()


async def test_a_price_that_cents_cannot_say_comes_out_exactly(
    site: Any, erp: Acumatica, make: Any
) -> None:
    await posted(erp, make.document("BC-1", make.line("10.00", "0.83", quantity="3")))
    [order] = site.stand_in.books.orders
    assert order.total == Decimal("10.83")


async def test_charges_of_every_kind_are_lines_of_their_own(erp: Acumatica, make: Any) -> None:
    meant = make.document(
        "BC-1",
        make.line("20.00", quantity="2"),
        make.charge("5.00", kind=DocumentLineKind.FREIGHT),
        make.charge("1.00", to="WRAP"),
        make.charge("50.00", to="GIFTCERT"),
        make.charge("0.01", to="ROUNDING", kind=DocumentLineKind.ROUNDING),
    )
    found = await posted(erp, meant)
    assert found.lines == 5


async def test_the_stores_tax_is_taken_as_it_is(site: Any, erp: Acumatica, make: Any) -> None:
    await posted(erp, make.document("BC-1", make.line("19.99", "1.37")))
    [order] = site.stand_in.books.orders
    assert order.total == Decimal("21.36")


async def test_an_order_without_tax_gets_none(erp: Acumatica, make: Any) -> None:
    found = await posted(erp, make.document("BC-1", make.line("19.99")))
    assert found.tax == make.money("0")


async def test_the_erps_own_promotions_stay_out_of_web_orders(
    site: Any, erp: Acumatica, make: Any
) -> None:
    site.stand_in.settings.promotion_percent = 10
    await posted(erp, make.document("BC-1", make.line("20.00", quantity="3")))


async def test_posting_the_same_key_again_is_a_conflict_and_changes_nothing(
    site: Any, erp: Acumatica, make: Any
) -> None:
    await posted(erp, make.document())
    with pytest.raises(Conflict, match="already been used"):
        await erp.post_document(make.document())
    assert len(site.stand_in.books.orders) == 1


async def test_our_key_on_another_customers_order_is_a_conflict(
    site: Any, erp: Acumatica, make: Any
) -> None:
    site.stand_in.add_customer("OTHER", name="Other")
    await posted(erp, make.document())
    with pytest.raises(Conflict, match=r"belongs to SO \w+ of customer WEBSTORE"):
        await erp.find_document(make.document(customer="OTHER"))


async def test_two_orders_under_one_key_are_a_conflict_that_nobody_guesses_about(
    site: Any, erp: Acumatica, make: Any
) -> None:
    site.stand_in.settings.forbid_duplicates = set()
    await erp.post_document(make.document())
    await erp.post_document(make.document())
    with pytest.raises(Conflict, match="2 documents in Acumatica carry BC-100"):
        await erp.find_document(make.document())


async def test_a_lost_answer_leaves_one_order_that_the_next_look_finds(
    site: Any, erp: Acumatica, make: Any
) -> None:
    await erp.find_document(make.document())
    site.stand_in.faults.add(Fault(kind=FaultKind.DROP_AFTER, method="PUT", path="/SalesOrder$"))
    with pytest.raises(OutcomeUnknown):
        await erp.post_document(make.document())
    assert await erp.find_document(make.document()) is not None
    assert len(site.stand_in.books.orders) == 1


@pytest.mark.parametrize(
    "kind", [FaultKind.SERVER_ERROR, FaultKind.UNAVAILABLE, FaultKind.GARBAGE, FaultKind.WRONG_TYPE]
)
async def test_an_answer_that_says_nothing_leaves_the_outcome_open(
    site: Any, erp: Acumatica, make: Any, kind: FaultKind
) -> None:
    await erp.find_document(make.document())
    site.stand_in.faults.add(Fault(kind=kind, method="PUT", path="/SalesOrder$"))
    with pytest.raises(OutcomeUnknown):
        await erp.post_document(make.document())


async def test_an_unknown_item_is_refused_in_acumaticas_words_with_its_line(
    site: Any, erp: Acumatica, make: Any
) -> None:
    meant = make.document("BC-1", make.line("1.00"), make.line("1.00", item="NOSUCH"))
    with pytest.raises(Rejected, match=r"Details 2 InventoryID: .*cannot be found"):
        await erp.post_document(meant)
    assert site.stand_in.books.orders == []


async def test_an_unknown_customer_is_held_before_anything_is_sent(
    site: Any, erp: Acumatica, make: Any
) -> None:
    with pytest.raises(Rejected, match="NOBODY does not exist") as held:
        await erp.post_document(make.document(customer="NOBODY"))
    assert held.value.hold is HoldCode.CUSTOMER_UNKNOWN


async def test_an_order_in_another_currency_than_the_account_is_held(
    site: Any, erp: Acumatica, make: Any
) -> None:
    with pytest.raises(Rejected, match="kept in EUR") as held:
        await erp.post_document(make.document(customer="WEBSTOREEU"))
    assert held.value.hold is HoldCode.CURRENCY_DIFFERS


async def test_an_order_in_euros_is_posted_to_an_account_in_euros(
    site: Any, erp: Acumatica, make: Any
) -> None:
    meant = make.document("BC-1", make.line("9.99", currency="EUR"), customer="WEBSTOREEU")
    assert (await posted(erp, meant)).total == make.money("9.99", "EUR")


async def test_a_customer_on_hold_holds_the_order_as_that(
    site: Any, erp: Acumatica, make: Any
) -> None:
    site.stand_in.deactivate_customer("WEBSTORE", "On Hold")
    with pytest.raises(Rejected) as held:
        await erp.post_document(make.document())
    assert held.value.hold is HoldCode.CUSTOMER_ON_HOLD


async def test_an_order_type_that_is_not_active_is_refused_by_name(site: Any, make: Any) -> None:
    erp = site.connect(order_type="EO")
    with pytest.raises(Rejected, match=r"OrderType: .*cannot be found"):
        await erp.post_document(make.document())


async def test_a_key_that_acumatica_would_cut_is_refused_before_it_is_sent(
    site: Any, erp: Acumatica, make: Any
) -> None:
    with pytest.raises(Rejected, match="does not fit the 40 characters"):
        await erp.post_document(make.document("K" * 41))
    assert site.stand_in.books.orders == []


async def test_several_refunds_are_credits_of_their_own_and_leave_the_order_alone(
    site: Any, erp: Acumatica, make: Any
) -> None:
    order = await posted(erp, make.document())
    for number in (1, 2):
        credit = make.document(
            f"BC-100-R{number}",
            make.line("33.33", "6.67", quantity="3"),
            kind=DocumentKind.CREDIT,
            against=order.ref,
        )
        found = await posted(erp, credit)
        assert found.ref.startswith("CM ")
        assert found.total == make.money("40.00")
    assert (await erp.find_document(make.document())).total == make.money("132.00")  # type: ignore[union-attr]


async def test_an_order_that_was_credited_wholly_is_kept_from_being_shipped(
    site: Any, erp: Acumatica, make: Any
) -> None:
    order = await posted(erp, make.document())

    def status() -> str:
        return site.stand_in.books.find("SalesOrder", *order.ref.split())["Status"]

    part = make.document(
        "BC-100-R1", make.line("50.00"), kind=DocumentKind.CREDIT, against=order.ref
    )
    await posted(erp, part)
    assert status() == "Open"
    rest = make.document(
        "BC-100-X", make.line("82.00"), kind=DocumentKind.CREDIT, against=order.ref
    )
    await posted(erp, rest)
    assert status() == "On Hold"


async def test_what_an_edit_added_counts_before_an_order_is_held(
    site: Any, erp: Acumatica, make: Any
) -> None:
    order = await posted(erp, make.document())
    added = make.document(
        "BC-100-A1", make.charge("40.00", to="ADJUST"), kind=DocumentKind.DEBIT, against=order.ref
    )
    await posted(erp, added)
    for key, amount, status in (("BC-100-A2", "150.00", "Open"), ("BC-100-X", "22.00", "On Hold")):
        credit = make.document(key, make.line(amount), kind=DocumentKind.CREDIT, against=order.ref)
        await posted(erp, credit)
        found = site.stand_in.books.find("SalesOrder", *order.ref.split())
        assert found["Status"] == status


async def test_an_order_that_was_invoiced_is_credited_and_left_as_it_is(
    site: Any, erp: Acumatica, make: Any
) -> None:
    order = await posted(erp, make.document())
    site.stand_in.fulfil(order.ref.split()[1])
    whole = make.document("BC-100-X", kind=DocumentKind.CREDIT, against=order.ref)
    await posted(erp, whole)
    assert site.stand_in.books.find("SalesOrder", *order.ref.split())["Status"] == "Completed"


async def test_an_edit_that_adds_is_a_second_order_on_the_adjustment_item(
    site: Any, erp: Acumatica, make: Any
) -> None:
    assert Capability.AMENDMENTS in erp.capabilities
    order = await posted(erp, make.document())
    debit = make.document(
        "BC-100-A1",
        make.charge("7.00", "1.40", to="ADJUST"),
        kind=DocumentKind.DEBIT,
        against=order.ref,
    )
    found = await posted(erp, debit)
    assert found.ref.startswith("SO ")
    assert found.ref != order.ref


async def test_without_an_adjustment_item_edits_cannot_be_said(site: Any) -> None:
    assert Capability.AMENDMENTS not in site.connect(adjustment_item="").capabilities


async def test_a_cancelled_order_counts_as_not_there(site: Any, erp: Acumatica, make: Any) -> None:
    found = await posted(erp, make.document())
    books = site.stand_in.books
    order = books.find("SalesOrder", *found.ref.split())
    books.change(order, Status="Canceled")
    assert await erp.find_document(make.document()) is None


async def test_credits_may_be_tied_to_the_lines_of_the_invoice(site: Any, make: Any) -> None:
    erp = site.connect(profile={"link_credits": True})
    order = await posted(erp, make.document())
    invoice = site.stand_in.fulfil(order.ref.split()[1])
    credit = make.document(
        "BC-100-R1", make.line("33.33", "6.67"), kind=DocumentKind.CREDIT, against=order.ref
    )
    found = await posted(erp, credit)
    [line] = site.stand_in.books.find("SalesOrder", *found.ref.split())["Details"]
    assert (line["InvoiceType"], line["InvoiceNbr"]) == ("Invoice", invoice)


async def test_rights_that_are_missing_are_told_with_their_form(
    site: Any, erp: Acumatica, make: Any
) -> None:
    site.stand_in.settings.forbidden = {"SalesOrder"}
    with pytest.raises(Unsupported, match="insufficient rights"):
        await erp.find_document(make.document())


async def test_where_orders_go_is_shown_on_them(site: Any, make: Any) -> None:
    erp = site.connect(states={"Texas": "TX"})
    found = await posted(erp, make.document())
    order = site.stand_in.books.find("SalesOrder", *found.ref.split())
    assert order["ShipToAddress"]["State"] == "TX"
    assert order["ShipToContact"]["BusinessName"] == "Ann Person"
    assert order["Branch"] == "MAIN"
