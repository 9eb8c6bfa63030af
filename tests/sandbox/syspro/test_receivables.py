from decimal import Decimal
from typing import Any

import pytest

TO_EXISTING = {"PostToExistingInvoice": "Y"}


async def test_an_invoice_debits_the_customer_and_credits_revenue_and_tax(
    site: Any, make_item: Any
) -> None:
    answer = await site.arstin(make_item())
    assert answer.tag == "postarinvoices"
    assert [(e.tag, e.text) for e in answer.find("Item")] == [
        ("Customer", "WEB0001"),
        ("Invoice", "BC-1"),
        ("DocumentType", "I"),
        ("TransactionType", "I"),
        ("ItemNumber", "000001"),
    ]
    assert answer.findtext("StatusOfItems/ItemsValidated") == "000001"
    assert not answer.findtext("StatusOfItems/InvalidItems")
    assert site.stand_in.balances == {
        "1100": Decimal("120.00"),
        "2200": Decimal("-20.00"),
        "4000": Decimal("-100.00"),
    }


async def test_the_revenue_account_follows_branch_product_class_and_area(
    site: Any, make_item: Any
) -> None:
    await site.arstin(
        make_item("A", Branch="20", ProductClass="FREIGHT")
        + make_item("B", Branch="10", GeographicArea="EX")
    )
    lines = list(site.stand_in.books.sales_lines.values())
    assert [line.gl_code for line in lines] == ["4120", "4005"]


async def test_debit_notes_raise_the_value_and_credits_lower_only_the_balance(
    site: Any, make_item: Any
) -> None:
    await site.arstin(
        make_item()
        + make_item(TransactionType="D", ProductClass="FREIGHT", InvoiceValue="12.00",
                    TaxValue="2.00", **TO_EXISTING)
    )  # fmt: skip
    answer = await site.arstin(
        make_item(TransactionType="C", InvoiceValue="30.00", TaxValue="5.00", **TO_EXISTING)
    )
    assert answer.findtext("Item/DocumentType") == "I"
    assert answer.findtext("Item/TransactionType") == "C"
    invoice = site.stand_in.invoice("BC-1")
    assert (invoice.value, invoice.balance) == (Decimal("132.00"), Decimal("102.00"))


async def test_an_own_invoice_number_is_refused_the_second_time(
    site: Any, make_item: Any, errors_in: Any
) -> None:
    await site.arstin(make_item())
    for customer in ("WEB0001", "WEBEUR"):
        assert errors_in(await site.arstin(make_item(Customer=customer))) == [
            "Invoice 'BC-1' already exists"
        ]
    assert len(site.stand_in.invoices) == 1


@pytest.mark.parametrize(
    ("changed", "number"),
    [
        ({"Customer": "NOBODY"}, "100032"),
        ({"Customer": ""}, "100030"),
        ({"ProductClass": "SHOES"}, "100032"),
        ({"ProductClass": ""}, "100030"),
        ({"Branch": "99"}, "100032"),
        ({"Salesperson": "999"}, "100032"),
        ({"InvoiceTerms": "9"}, "100032"),
        ({"InvoiceValue": ""}, "100030"),
        ({"InvoiceValue": "-1.00"}, "100036"),
        ({"InvoiceValue": "120.0000000001"}, "100027"),
        ({"InvoiceValue": "1.2E2"}, "100027"),
        ({"InvoiceDate": "31/01/2025"}, "100028"),
        ({"InvoiceDate": "2025-02-30"}, "100028"),
        ({"TransactionType": "X"}, "100029"),
        ({"Invoice": ""}, "100030"),
        ({"GenerateInvoiceNumber": "Y"}, "100036"),
        ({"PostToExistingInvoice": "Y"}, "100036"),
    ],
    ids=lambda value: str(value),
)
async def test_a_bad_element_is_refused_by_name_and_number(
    site: Any, make_item: Any, changed: dict[str, str], number: str
) -> None:
    answer = await site.arstin(make_item(**changed))
    name = next(iter(changed))
    assert answer.findtext(f"Item/{name}/ErrorNumber") == number
    assert answer.findtext("StatusOfItems/InvalidItems") == "000001"
    assert site.stand_in.invoices == []


async def test_one_bad_item_keeps_the_whole_document_out(site: Any, make_item: Any) -> None:
    answer = await site.arstin(make_item("A") + make_item("B", ProductClass="SHOES"))
    assert answer.findtext("StatusOfItems/InvalidItems") == "000001"
    assert answer.find("Item/Invoice") is None
    assert site.stand_in.invoices == []
    assert site.stand_in.journals == []


async def test_valid_items_stay_when_the_document_need_not_be_whole(
    site: Any, make_item: Any
) -> None:
    await site.arstin(
        make_item("A") + make_item("B", ProductClass="SHOES"),
        "<ApplyIfEntireDocumentValid>N</ApplyIfEntireDocumentValid>",
    )
    assert [invoice.invoice for invoice in site.stand_in.invoices] == ["A"]


async def test_a_validation_posts_nothing_and_shows_no_number(site: Any, make_item: Any) -> None:
    answer = await site.arstin(make_item(), "<ValidateOnly>Y</ValidateOnly>")
    assert answer.findtext("StatusOfItems/ItemsValidated") == "000001"
    assert answer.find("Item/Invoice") is None
    assert site.stand_in.invoices == []


async def test_a_zero_document_is_a_warning_that_must_be_ignored_on_purpose(
    site: Any, make_item: Any, errors_in: Any
) -> None:
    free = make_item(InvoiceValue="0.00", TaxValue="0.00")
    assert errors_in(await site.arstin(free)) == ["Warning: Document value is zero"]
    assert not errors_in(await site.arstin(free, "<IgnoreWarnings>Y</IgnoreWarnings>"))


async def test_a_closed_period_refuses_until_another_is_chosen(
    site: Any, make_item: Any, errors_in: Any
) -> None:
    site.stand_in.close_period()
    assert errors_in(await site.arstin(make_item())) == ["AR posting period 'C' is closed"]
    await site.arstin(make_item(), "<PostingPeriod>P</PostingPeriod>")
    assert site.stand_in.invoices[0].period == site.stand_in.books.period("P")


async def test_a_customer_on_hold_gets_no_invoice(
    site: Any, make_item: Any, errors_in: Any
) -> None:
    site.stand_in.hold_customer("WEB0001")
    assert errors_in(await site.arstin(make_item())) == ["Customer 'WEB0001' is on hold"]
    site.stand_in.release_customer("WEB0001")
    assert not errors_in(await site.arstin(make_item()))


async def test_a_misspelt_element_is_ignored_without_a_word(site: Any, make_item: Any) -> None:
    await site.arstin(make_item(Refrence="lost", Reference=""))
    assert site.stand_in.invoices[0].reference == ""


async def test_values_over_width_are_cut_or_refused_as_the_site_is_set(
    site: Any, make_item: Any, errors_in: Any
) -> None:
    await site.arstin(make_item("A", Reference="R" * 40))
    assert site.stand_in.invoices[0].reference == "R" * 30
    site.settings.over_width = "refuse"
    assert "longer than 30" in errors_in(await site.arstin(make_item("B", Reference="R" * 40)))[0]


async def test_a_numeric_site_generates_numbers_and_ignores_a_given_one(
    site: Any, make_item: Any
) -> None:
    site.settings.invoice_key_type = "N"
    answer = await site.arstin(make_item("77", GenerateInvoiceNumber="Y"))
    assert answer.findtext("Item/Invoice") == "000000000100001"


async def test_a_foreign_invoice_balances_in_local_currency(site: Any, make_item: Any) -> None:
    await site.arstin(make_item(Customer="WEBEUR"))
    assert site.stand_in.balances["1100"] == Decimal("130.20")
    assert sum(site.stand_in.balances.values()) == 0


PAYMENT = (
    "<Customer>WEB0001</Customer><PaymentValue>{value}</PaymentValue><Reference>PAY-1</Reference>"
    "<JournalNotation>Web</JournalNotation><Bank>CARD</Bank><InvoiceToPay>"
    "<TransactionType>{kind}</TransactionType><Invoice>{invoice}</Invoice>{gross}</InvoiceToPay>"
)


def _payment(value: str, invoice: str = "BC-1", kind: str = "I", gross: str = "") -> str:
    inner = f"<GrossPaymentValue>{gross or value}</GrossPaymentValue>"
    return PAYMENT.format(value=value, invoice=invoice, kind=kind, gross=inner)


async def test_a_payment_lowers_the_balance_and_debits_the_clearing_account(
    site: Any, make_item: Any
) -> None:
    await site.arstin(make_item())
    answer = await site.arstpy(_payment("120.00"))
    assert answer.findtext("Item/Payment/Customer") == "WEB0001"
    assert answer.findtext("Item/Payment/Key/Journal").strip() == "2"
    assert answer.findtext("StatusOfItems/ItemsProcessed") == "000001"
    assert site.stand_in.invoice("BC-1").balance == 0
    assert site.stand_in.balances["1210"] == Decimal("120.00")


async def test_an_overpayment_is_refused(site: Any, make_item: Any, errors_in: Any) -> None:
    await site.arstin(make_item())
    assert "exceeds the outstanding" in errors_in(await site.arstpy(_payment("150.00")))[0]
    assert site.stand_in.payments == []


async def test_an_overpayment_may_leave_unapplied_money_under_a_pseudo_invoice(
    site: Any, make_item: Any
) -> None:
    await site.arstin(make_item())
    await site.arstpy(_payment("150.00"), "<AutoCorrectPaymentValue>U</AutoCorrectPaymentValue>")
    pseudo = site.stand_in.invoice("_CRD01")
    assert pseudo.balance == Decimal("-30.00")
    assert pseudo.invoice_date.year == 2080


async def test_a_payment_that_differs_from_its_shares_is_refused_unless_corrected(
    site: Any, make_item: Any, errors_in: Any
) -> None:
    await site.arstin(make_item())
    uneven = _payment("100.00", gross="120.00")
    assert "does not equal" in errors_in(await site.arstpy(uneven))[0]
    await site.arstpy(uneven, "<AutoCorrectPaymentValue>Y</AutoCorrectPaymentValue>")
    assert site.stand_in.payments[0].value == Decimal("120.00")


async def test_a_credit_note_is_paid_out_with_a_negative_payment(
    site: Any, make_item: Any, errors_in: Any
) -> None:
    await site.arstin(make_item("CR-1", TransactionType="C"))
    assert errors_in(await site.arstpy(_payment("120.00", "CR-1", "C")))
    await site.arstpy(_payment("-120.00", "CR-1", "C"))
    assert site.stand_in.invoice("CR-1", document_type="C").balance == 0


@pytest.mark.parametrize(
    ("old", "new"),
    [("WEB0001", "NOBODY"), ("BC-1", "BC-9"), ("CARD", "NOBANK"), (">Web<", "><")],
    ids=["customer", "invoice", "bank", "notation"],
)
async def test_a_payment_needs_codes_that_exist(
    site: Any, make_item: Any, errors_in: Any, old: str, new: str
) -> None:
    await site.arstin(make_item())
    assert errors_in(await site.arstpy(_payment("120.00").replace(old, new)))
    assert site.stand_in.payments == []


async def test_a_payment_can_be_posted_although_its_gl_journal_is_not(
    site: Any, make_item: Any
) -> None:
    await site.arstin(make_item())
    site.settings.gl_journal_error = "GL period 11 is closed"
    answer = await site.arstpy(_payment("120.00"))
    assert answer.findtext("StatusOfItems/GlJournal/GlJournalError") == "1"
    assert not answer.findtext("StatusOfItems/ItemsInvalid")
    assert site.stand_in.invoice("BC-1").balance == 0
    assert not site.stand_in.journals[-1].posted


async def test_a_statement_shows_the_references_of_credits_and_payments(
    site: Any, make_item: Any
) -> None:
    await site.arstin(make_item())
    await site.arstin(
        make_item(TransactionType="C", InvoiceValue="20.00", TaxValue="0.00",
                  Reference="REFUND-1", **TO_EXISTING)
    )  # fmt: skip
    await site.arstpy(_payment("100.00"))
    answer = await site.query(
        "ARSQRY",
        "<Query><Key><Customer>WEB0001</Customer></Key><Option>"
        "<IncludeZeroBalances>Y</IncludeZeroBalances>"
        "<IncludeTransactions>Y</IncludeTransactions></Option></Query>",
    )
    details = answer.findall("InvoiceDetail/TransDetail")
    assert [(d.findtext("Reference"), d.findtext("TrnValue").strip()) for d in details] == [
        ("REFUND-1", "-20.00"),
        ("PAY-1", "-100.00"),
    ]


CODES = "<Branch>10</Branch><Salesperson>100</Salesperson><TermsCode>0</TermsCode>"


async def test_a_customer_is_added_once_and_then_updated(site: Any, errors_in: Any) -> None:
    new = f"<Key><Customer>C1</Customer></Key><Name>Ann</Name>{CODES}"
    answer = await site.arsscs(new)
    assert answer.findtext("item/key/customer") == "C1"
    assert answer.findtext("StatusOfItems/RecordsInvalid") == "0"
    assert errors_in(await site.arsscs(new)) == ["Customer 'C1' already exists"]
    await site.arsscs("<Key><Customer>C1</Customer></Key><Email>a@b.c</Email>", verb="Update")
    customer = site.stand_in.books.customers["C1"]
    assert (customer["Name"], customer["Email"]) == ("Ann", "a@b.c")


async def test_automatic_numbering_wants_an_empty_key_and_answers_the_number(
    site: Any, errors_in: Any
) -> None:
    site.settings.customer_method = "A"
    site.settings.customer_key_type = "N"
    answer = await site.arsscs(f"<Key><Customer/></Key><Name>Ann</Name>{CODES}")
    assert answer.findtext("item/key/customer") == "000001"
    assert "000000000000001" in site.stand_in.books.customers
    given = f"<Key><Customer>9</Customer></Key><Name>Ann</Name>{CODES}"
    assert errors_in(await site.arsscs(given))


@pytest.mark.parametrize("missing", ["Branch", "Salesperson", "TermsCode"])
async def test_a_customer_needs_codes_that_exist(site: Any, errors_in: Any, missing: str) -> None:
    codes = CODES.replace(f"<{missing}>", f"<{missing}>7")
    answer = await site.arsscs(f"<Key><Customer>C1</Customer></Key><Name>Ann</Name>{codes}")
    assert errors_in(answer)
    assert answer.findtext("StatusOfItems/RecordsInvalid") == "1"
