"""What documents come to: prices, discounts, tax, freight, rounding, currencies."""

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sandbox.sap_business_one import SapBusinessOneStandIn
from sandbox.sap_business_one.documents import add_document
from sandbox.sap_business_one.payments import add_payment


async def test_a_line_is_price_times_quantity_less_discount_rounded_to_the_cent(
    site: Any, make_line: Any
) -> None:
    told = await site.invoice(make_line(quantity=3, UnitPrice=3.335, DiscountPercent=10))
    (line,) = told["DocumentLines"]
    assert line["Price"] == Decimal("3.0015")
    assert line["LineTotal"] == Decimal("9")


async def test_a_line_total_that_is_sent_wins_over_the_price(site: Any, make_line: Any) -> None:
    told = await site.invoice(make_line(quantity=3, UnitPrice=5, LineTotal=10))
    assert told["DocumentLines"][0]["LineTotal"] == 10
    assert told["DocumentLines"][0]["Price"] == Decimal("3.333333")


async def test_a_line_without_a_price_takes_the_customer_s_list(site: Any) -> None:
    site.stand_in.set_price("MUG-BLUE", price=Decimal("11.11"))
    told = await site.invoice({"ItemCode": "MUG-BLUE"})
    assert told["DocTotal"] == Decimal("11.11")


async def test_the_code_s_rate_makes_the_tax_unless_the_tax_is_sent(
    site: Any, make_line: Any
) -> None:
    told = await site.invoice(make_line(UnitPrice=100, TaxCode="CA"))
    assert told["VatSum"] == Decimal("8.25")
    sent = await site.invoice(make_line(UnitPrice=100, TaxCode="CA", TaxTotal=8.31))
    assert (sent["VatSum"], sent["DocTotal"]) == (Decimal("8.31"), Decimal("108.31"))


async def test_a_site_may_compute_the_tax_whatever_is_sent(site: Any, make_line: Any) -> None:
    site.settings.line_tax = "recomputed"
    told = await site.invoice(make_line(UnitPrice=100, TaxCode="CA", TaxTotal=8.31))
    assert told["VatSum"] == Decimal("8.25")


async def test_the_document_s_discount_comes_before_tax(site: Any, make_line: Any) -> None:
    told = await site.invoice(make_line(UnitPrice=100, TaxCode="CA"), DiscountPercent=10)
    assert (told["TotalDiscount"], told["VatSum"], told["DocTotal"]) == (
        Decimal(10),
        Decimal("7.43"),
        Decimal("97.43"),
    )


async def test_freight_has_a_tax_of_its_own(site: Any) -> None:
    freight = {"ExpenseCode": 1, "LineTotal": 5, "TaxCode": "CA", "TaxSum": 0.44}
    told = await site.invoice(DocumentAdditionalExpenses=[freight])
    assert (told["VatSum"], told["DocTotal"]) == (Decimal("0.44"), Decimal("17.84"))


async def test_rounding_is_added_only_where_the_document_says_so(site: Any) -> None:
    ignored = await site.invoice(RoundingDiffAmount=0.02)
    assert ignored["DocTotal"] == Decimal("12.4")
    told = await site.invoice(Rounding="tYES", RoundingDiffAmount=0.02)
    assert told["DocTotal"] == Decimal("12.42")


async def test_a_foreign_invoice_has_both_currencies(site: Any, make_line: Any) -> None:
    site.stand_in.add_partner("CEUR", name="Bea", currency="EUR")
    told = await site.invoice(
        make_line(UnitPrice=100, NetTaxAmountFC=20.01, TaxCode="WEB"), CardCode="CEUR"
    )
    assert (told["DocTotalFc"], told["VatSumFc"]) == (Decimal("120.01"), Decimal("20.01"))
    assert told["DocTotal"] == Decimal("130.21")
    (invoice,) = site.stand_in.invoices
    assert (invoice.currency, invoice.total) == ("EUR", Decimal("120.01"))


async def test_yen_have_no_cents(site: Any, make_line: Any) -> None:
    site.stand_in.add_partner("CALL", name="All", currency="##")
    told = await site.invoice(
        make_line(UnitPrice=100.4, Quantity=2), CardCode="CALL", DocCurrency="JPY"
    )
    assert told["DocTotalFc"] == 201


MONEY = st.decimals(min_value=0, max_value=5000, places=2)
SOLD = st.fixed_dictionaries(
    {
        "ItemCode": st.just("MUG-BLUE"),
        "Quantity": st.integers(1, 50).map(Decimal),
        "UnitPrice": st.decimals(min_value=0, max_value=900, places=4),
        "TaxCode": st.sampled_from(["EX", "CA", "NY"]),
    },
    optional={"TaxTotal": MONEY, "DiscountPercent": st.integers(0, 99).map(Decimal)},
)
FREIGHT = st.fixed_dictionaries({"ExpenseCode": st.just(1), "LineTotal": MONEY})


@given(
    st.lists(SOLD, min_size=1, max_size=5),
    st.lists(FREIGHT, max_size=2),
    st.integers(0, 50).map(Decimal),
    st.sampled_from(["USD", "EUR", "JPY"]),
)
def test_whatever_is_invoiced_and_paid_the_books_add_up(
    lines: list[dict[str, Any]],
    freight: list[dict[str, Any]],
    discount: Decimal,
    currency: str,
) -> None:
    stand_in = SapBusinessOneStandIn()
    stand_in.add_partner("C1", name="Ann", currency="##")
    body = {"CardCode": "C1", "DocCurrency": currency, "DiscountPercent": discount}
    body |= {"DocumentLines": lines, "DocumentAdditionalExpenses": freight}
    add_document(stand_in.books, "Invoices", body)
    (invoice,) = stand_in.invoices
    if invoice.total:
        money = {"TransferAccount": "161010", "TransferSum": invoice.total}
        paid = {"CardCode": "C1", "DocCurrency": currency, "PaymentInvoices": [{"DocEntry": 1}]}
        add_payment(stand_in.books, "IncomingPayments", money | paid)
    (invoice,) = stand_in.invoices
    assert (invoice.balance, invoice.status) == (0, "bost_Close")
    stand_in.audit()
