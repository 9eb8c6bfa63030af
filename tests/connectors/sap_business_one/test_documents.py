from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from connectors.errors import Conflict, NotFound, OutcomeUnknown, Rejected, Unsupported
from connectors.sap_business_one.connector import SapBusinessOne
from domain.document import DocumentLineKind, mismatch
from domain.hold import HoldCode
from sandbox.faults import Fault, FaultKind

both_protocols = pytest.mark.parametrize("protocol", ["v2", "v1"])


def ready(erp: SapBusinessOne, meant: Any) -> Any:
    tolerance = meant.total.model_copy(update={"amount": Decimal("0.05")})
    return erp.prepared(meant, tolerance=tolerance)


@both_protocols
async def test_an_invoice_is_posted_under_our_key_and_reads_back_to_the_cent(
    site: Any, erp: SapBusinessOne, make: Any
) -> None:
    meant = ready(erp, make.document())
    posted = await make.posted(erp, meant)
    assert mismatch(meant, posted, lines=erp.line_count(meant)) == ""
    assert (posted.total, posted.tax, posted.lines) == (
        make.money("119.30"),
        make.money("9.30"),
        2,
    )
    [invoice] = site.stand_in.invoices
    assert (invoice.reference, invoice.number_at_card) == ("BC-100", "100")
    assert posted.ref == str(invoice.doc_num)
    assert [one.expense for one in invoice.freight] == [1]


async def test_the_stores_tax_wins_over_the_codes_rate(site: Any, erp: Any, make: Any) -> None:
    meant = make.document("BC-1", make.line("100.00", "8.31"))
    posted = await make.posted(erp, meant)
    assert posted.tax == make.money("8.31")  # 8.25 by the rate of the code


async def test_a_site_that_computes_tax_itself_is_told_by_a_setting(site: Any, make: Any) -> None:
    site.stand_in.settings.line_tax = "recomputed"
    erp = site.connect(profile={"tax_amounts": "computed", "tax_rate": "8.25"})
    meant = ready(erp, make.document("BC-1", make.line("100.00", "8.27")))
    posted = await make.posted(erp, meant)
    assert mismatch(meant, posted, lines=erp.line_count(meant)) == ""
    assert (posted.tax, posted.total) == (make.money("8.25"), make.money("108.27"))


async def test_where_sap_ignores_our_tax_the_proof_of_posting_says_so(site: Any, make: Any) -> None:
    site.stand_in.settings.line_tax = "recomputed"
    erp = site.connect()
    meant = ready(erp, make.document("BC-1", make.line("100.00", "8.31")))
    posted = await make.posted(erp, meant)
    assert "tax 8.25 USD instead of 8.31 USD" in mismatch(meant, posted, lines=1)


async def test_a_price_that_does_not_divide_is_posted_with_a_rounding_line(
    site: Any, erp: Any, make: Any
) -> None:
    meant = ready(erp, make.document("BC-1", make.line("19.99", quantity="3")))
    posted = await make.posted(erp, meant)
    assert mismatch(meant, posted, lines=erp.line_count(meant)) == ""
    assert [one.net for one in site.stand_in.invoices[0].freight] == [Decimal("0.01")]


async def test_line_totals_are_kept_where_the_settings_send_them(site: Any, make: Any) -> None:
    erp = site.connect(profile={"line_amounts": "line-total"})
    meant = ready(erp, make.document("BC-1", make.line("19.99", "1.65", quantity="3")))
    posted = await make.posted(erp, meant)
    assert mismatch(meant, posted, lines=erp.line_count(meant)) == ""
    assert posted.lines == 1


async def test_a_revenue_class_decides_the_account(site: Any, erp: Any, make: Any) -> None:
    charge = DocumentLineKind.CHARGE
    meant = make.document(
        "BC-1",
        make.line("10.00", revenue_class="400020"),
        make.line("2.00", revenue_class="420030", kind=charge, source="wrapping:1"),
        make.line("3.00", revenue_class="item:HANDLING", kind=charge, source="handling:1"),
    )
    await make.posted(erp, meant)
    [invoice] = site.stand_in.invoices
    assert [(one.item, one.account) for one in invoice.lines] == [
        (make.item, "400020"),
        ("FEES", "420030"),
        ("HANDLING", "420020"),
    ]


async def test_an_order_over_nothing_is_an_invoice_over_nothing(erp: Any, make: Any) -> None:
    posted = await make.posted(erp, make.document("BC-0", make.line("0.00")))
    assert (posted.total, posted.lines) == (make.money("0"), 1)


async def test_posting_moves_the_goods_out_of_the_named_warehouse(
    site: Any, erp: Any, make: Any
) -> None:
    goods = make.line("10.00", quantity="2").model_copy(update={"warehouse": "02"})
    await make.posted(erp, make.document("BC-1", goods))
    assert site.stand_in.books.level(make.item, "02").in_stock == -2


@both_protocols
async def test_our_key_on_another_customers_invoice_is_a_conflict(erp: Any, make: Any) -> None:
    await make.posted(erp, make.document())
    with pytest.raises(Conflict, match=f"belongs to customer {make.customer}"):
        await erp.find_document(make.document(customer="WEB0001"))


@both_protocols
async def test_a_cancelled_invoice_does_not_count(site: Any, erp: Any, make: Any) -> None:
    await make.posted(erp, make.document())
    entry = site.stand_in.invoices[0].doc_entry
    await erp._client.create(f"Invoices({entry})/CreateCancellationDocument", {})
    assert await erp.find_document(make.document()) is None


async def test_two_invoices_under_one_key_are_never_taken_for_one(
    site: Any, erp: Any, make: Any
) -> None:
    meant = ready(erp, make.document())
    await erp.post_document(meant)
    await erp.post_document(meant)  # what a caller must never do without looking
    found = await erp.find_document(meant)
    assert " and " in found.ref
    assert "total 238.60 USD instead of 119.30 USD" in mismatch(meant, found, lines=2)


async def test_a_frozen_customer_is_refused_in_one_sentence_before_posting(
    site: Any, erp: Any, make: Any
) -> None:
    site.stand_in.freeze_partner(make.customer)
    with pytest.raises(Rejected) as caught:
        await erp.post_document(make.document())
    assert (
        str(caught.value) == f"Customer {make.customer} is inactive (frozen) in SAP Business One."
    )
    assert caught.value.hold is HoldCode.CUSTOMER_ON_HOLD
    assert not site.stand_in.faults.calls[-1].path.endswith("/Invoices")


async def test_an_unknown_customer_says_so(erp: Any, make: Any) -> None:
    with pytest.raises(Rejected, match="does not exist") as caught:
        await erp.post_document(make.document(customer="NOBODY"))
    assert caught.value.hold is HoldCode.CUSTOMER_UNKNOWN


async def test_a_closed_period_says_so_in_saps_words(site: Any, erp: Any, make: Any) -> None:
    today = datetime.now(UTC).date()
    site.stand_in.close_period(today.year, today.month)
    with pytest.raises(Rejected, match="Posting period locked") as caught:
        await erp.post_document(ready(erp, make.document()))
    assert caught.value.hold is HoldCode.PERIOD_CLOSED


async def test_an_inactive_item_says_so_in_saps_words(site: Any, erp: Any, make: Any) -> None:
    site.stand_in.deactivate_item(make.item)
    with pytest.raises(Rejected, match="Item is inactive"):
        await erp.post_document(ready(erp, make.document()))


async def test_missing_stock_says_so_in_saps_words(site: Any, erp: Any, make: Any) -> None:
    site.stand_in.settings.block_negative_inventory = True
    meant = make.document("BC-1", make.line("10.00", quantity="500"))
    with pytest.raises(Rejected, match="falls into negative inventory"):
        await erp.post_document(ready(erp, meant))


@both_protocols
async def test_a_check_of_the_companys_own_is_a_refusal_and_is_asked_once(
    site: Any, erp: Any, make: Any
) -> None:
    site.stand_in.refuse_next("Invoices", method="POST", text="(7) No orders on Sundays")
    with pytest.raises(Rejected, match=r"\(7\) No orders on Sundays \(-5002\)"):
        await erp.post_document(ready(erp, make.document()))
    posts = [c for c in site.stand_in.faults.calls if c.method == "POST" and "Inv" in c.path]
    assert len(posts) == 1
    assert site.stand_in.logins == 1


@both_protocols
async def test_without_our_field_nothing_is_posted_and_the_remedy_says_how_to_add_it(
    site: Any, erp: Any, make: Any
) -> None:
    site.stand_in.remove_user_field()
    with pytest.raises(Unsupported, match="U_C2_ExtRef") as caught:
        await erp.find_document(make.document())
    assert "User-Defined Fields - Management" in caught.value.remedy
    assert site.stand_in.invoices == []


async def test_without_user_fields_the_key_is_the_customers_reference_number(
    site: Any, make: Any
) -> None:
    site.stand_in.remove_user_field()
    erp = site.connect(reference_field="NumAtCard")
    posted = await make.posted(erp, make.document())
    assert site.stand_in.invoices[0].number_at_card == "BC-100"
    payment = make.payment(posted.ref)
    await erp.post_payment(payment)
    assert (await erp.find_payment(payment)).total == payment.amount
    assert site.stand_in.incoming_payments[0].transfer_reference == "BC-100-P1"


@both_protocols
async def test_user_fields_of_the_settings_are_filled_from_the_order(
    site: Any, make: Any, protocol: str
) -> None:
    site.stand_in.add_user_field("Shop", table="OINV")
    fields = {"U_Shop": "web {order_number} ({key})"}
    erp = site.connect(user_fields=fields, protocol=protocol)
    document = make.document().model_copy(update={"order_number": "{email} 7"})
    await make.posted(erp, document)
    (invoice,) = site.stand_in.books.documents["Invoices"].values()
    assert invoice["U_Shop"] == "web {email} 7 (BC-100)"


@both_protocols
async def test_a_foreign_order_is_posted_in_its_currency(site: Any, erp: Any, make: Any) -> None:
    site.stand_in.add_partner("C-ALL", name="All currencies", currency="##")
    freight = DocumentLineKind.FREIGHT
    meant = ready(
        erp,
        make.document(
            "BC-E",
            make.line("50.00", "9.99", currency="EUR", quantity="3"),
            make.line("5.00", "1.01", currency="EUR", kind=freight, source="shipping:1"),
            customer="C-ALL",
        ),
    )
    posted = await make.posted(erp, meant)
    assert mismatch(meant, posted, lines=erp.line_count(meant)) == ""
    assert posted.total == make.money("66.00", "EUR")


async def test_an_order_in_another_currency_than_the_customers_is_refused(
    erp: Any, make: Any
) -> None:
    meant = make.document("BC-E", make.line("50.00", currency="EUR"))
    with pytest.raises(Rejected, match="kept in USD") as caught:
        await erp.post_document(meant)
    assert caught.value.hold is HoldCode.CURRENCY_DIFFERS


async def test_a_missing_exchange_rate_says_so(site: Any, erp: Any, make: Any) -> None:
    site.stand_in.remove_rate("EUR")
    meant = make.document("BC-E", make.line("50.00", currency="EUR"), customer="WEBEUR")
    with pytest.raises(Rejected, match="Update the exchange rate") as caught:
        await erp.post_document(meant)
    assert caught.value.hold is HoldCode.CURRENCY_DIFFERS


async def test_vat_countries_are_told_by_a_setting(site: Any, make: Any) -> None:
    site.stand_in.settings.tax_field = "VatGroup"
    erp = site.connect(tax_field="VatGroup", tax_code="S1", exempt_tax_code="S0")
    meant = ready(erp, make.document("BC-1", make.line("100.00", "19.99"), make.line("5.00")))
    posted = await make.posted(erp, meant)
    assert mismatch(meant, posted, lines=erp.line_count(meant)) == ""
    assert [one.tax_code for one in site.stand_in.invoices[0].lines] == ["S1", "S0"]


async def test_a_company_with_branches_is_told_which(site: Any, make: Any) -> None:
    site.stand_in.settings.branches = True
    erp = site.connect()
    with pytest.raises(Rejected, match="Specify an active branch"):
        await erp.post_document(ready(erp, make.document()))
    await make.posted(site.connect(branch=2), make.document())


async def test_of_invoices_with_the_same_number_the_one_our_key_was_made_from_is_meant(
    site: Any, erp: Any, make: Any
) -> None:
    first = await make.posted(erp, make.document())
    await make.posted(erp, make.document("BC-200"))
    rows = site.stand_in.books.documents["Invoices"]
    second = max(rows)
    rows[second] = {**rows[second], "DocNum": int(first.ref)}
    await erp.post_payment(make.payment(first.ref, "BC-200-P1"))
    [payment] = site.stand_in.incoming_payments
    assert payment.applied[0][1] == second


@both_protocols
async def test_an_approval_procedure_makes_a_hold_and_never_a_second_draft(
    site: Any, erp: Any, make: Any
) -> None:
    site.stand_in.settings.approval = frozenset({"Invoices"})
    for _ in range(2):
        with pytest.raises(Rejected, match="awaiting approval") as caught:
            await erp.post_document(ready(erp, make.document()))
        assert "Approve" in caught.value.remedy
    assert len(site.stand_in.books.documents["Drafts"]) == 1


async def test_a_field_that_another_add_on_insists_on_is_told_in_saps_words(
    site: Any, erp: Any, make: Any
) -> None:
    site.stand_in.settings.mandatory_fields["Invoices"] = "U_Salon"
    with pytest.raises(Rejected, match="Enter a value for U_Salon"):
        await erp.post_document(ready(erp, make.document()))


@pytest.mark.parametrize(
    "kind",
    [
        FaultKind.DROP_AFTER,
        FaultKind.DROP_BEFORE,
        FaultKind.GARBAGE,
        FaultKind.TRUNCATE,
        FaultKind.WRONG_TYPE,
        FaultKind.SERVER_ERROR,
        FaultKind.UNAVAILABLE,
    ],
)
async def test_a_post_without_a_readable_answer_has_an_unknown_outcome(
    site: Any, make: Any, kind: FaultKind
) -> None:
    erp = site.connect()
    meant = ready(erp, make.document())
    site.stand_in.faults.add(Fault(kind=kind, method="POST", path="/Invoices"))
    with pytest.raises(OutcomeUnknown):
        await erp.post_document(meant)
    applied = kind in (FaultKind.DROP_AFTER, FaultKind.GARBAGE, FaultKind.TRUNCATE)
    assert (await erp.find_document(meant) is not None) is applied


async def test_a_proxys_page_in_place_of_an_answer_has_an_unknown_outcome(
    site: Any, erp: Any, make: Any
) -> None:
    site.stand_in.refuse_next("Invoices", method="POST", status=502, html=True)
    with pytest.raises(OutcomeUnknown, match="HTTP 502"):
        await erp.post_document(ready(erp, make.document()))


async def test_what_sap_does_not_have_is_not_found(erp: Any) -> None:
    assert await erp.customer("NOBODY") is None
    with pytest.raises(NotFound):
        await erp._client.read("Warehouses('99')", _any_record())


def _any_record() -> Any:
    from connectors.sap_business_one.wire import Wire

    return Wire
