from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.document import DocumentKind, DocumentLineKind, SalesDocument
from domain.hold import HoldCode
from domain.mapping import (
    ErpItem,
    MappingMissing,
    Resolution,
    RuleKind,
    Rules,
    by_revenue_class,
    clearing_account,
    document_for,
    item_codes,
    opposite,
)
from domain.money import Money
from domain.order import Charge, ChargeKind, Discount, LineKind, Order, Pricing, Tender
from tests.support.orders import (
    a_line,
    a_payment,
    an_order,
    invoice_of,
    money,
    orders,
    resolution_for,
)


def dollars(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="USD")


def off(amount: str) -> tuple[Discount, ...]:
    return (Discount(name="COUPON", amount=dollars(amount)),)


def shipping(amount: str, tax: str = "0") -> Charge:
    return Charge(kind=ChargeKind.SHIPPING, id="3", amount=dollars(amount), tax=dollars(tax))


def resolved(order: Order, resolution: Resolution) -> SalesDocument:
    return document_for(order, key="BC-118", customer="C1", resolution=resolution)


def rules(**tables: dict[str, str]) -> Rules:
    return Rules(table={RuleKind(kind.replace("_", "-")): table for kind, table in tables.items()})


@given(orders(), st.booleans(), st.sampled_from(["BY-RULE", ""]))
def test_the_lines_make_the_order_s_total_and_tax_whatever_the_rules(
    order: Order, everything_else: bool, warehouse: str
) -> None:
    some = resolution_for(order, placeholder_item="MISC")
    table = {**some.rules.table, RuleKind.WAREHOUSE: {"*": warehouse}}
    if everything_else:
        table[RuleKind.REVENUE] = {"*": "SALES"}
    document = resolved(order, some.model_copy(update={"rules": Rules(table=table)}))
    assert Money.total((line.tax for line in document.lines), order.currency) == order.tax
    assert Money.total((line.gross for line in document.lines), order.currency) == order.total
    assert (document.tax, document.total) == (order.tax, order.total)
    assert document.kind is DocumentKind.INVOICE


@given(orders())
def test_every_line_and_charge_becomes_one_document_line(order: Order) -> None:
    sources = [line.source for line in invoice_of(order).lines]
    expected = [f"line:{line.id}" for line in order.lines]
    assert sources == expected + [f"{charge.kind}:{charge.id}" for charge in order.charges]


@given(orders())
def test_a_discount_never_makes_a_goods_line_negative(order: Order) -> None:
    for line in invoice_of(order).lines:
        if line.kind is not DocumentLineKind.ROUNDING:
            assert line.net.amount >= 0
            assert line.tax.amount >= 0


@given(orders())
def test_class_sums_make_the_total(order: Order) -> None:
    sums = by_revenue_class(invoice_of(order).lines)
    total = Money.total((net + tax for net, tax in sums.values()), order.currency)
    assert total == order.total


def test_a_discount_goes_first_where_the_store_says_then_in_proportion() -> None:
    lines = (a_line("30.00", id="1", discount=dollars("6.00")), a_line("10.00", id="2"))
    document = invoice_of(an_order(*lines, discounts=off("9.40")))
    assert [line.net for line in document.lines] == [dollars("21.60"), dollars("9.00")]


def test_a_line_s_discount_beyond_its_price_falls_on_the_others() -> None:
    lines = (a_line("5.00", id="1", discount=dollars("8.00")), a_line("10.00", id="2"))
    document = invoice_of(an_order(*lines, discounts=off("8.00")))
    assert [line.net for line in document.lines] == [dollars("0"), dollars("7.00")]


def test_a_discount_beyond_the_goods_is_taken_off_the_shipping() -> None:
    order = an_order(a_line("10.00"), charges=(shipping("5.00"),), discounts=off("12.00"))
    assert [line.net for line in invoice_of(order).lines] == [dollars("0"), dollars("3.00")]


def test_a_discount_leaves_what_is_owed_on_a_gift_certificate_alone() -> None:
    certificate = a_line("50.00", id="2", kind=LineKind.GIFT_CERTIFICATE, sku="")
    order = an_order(a_line("10.00"), certificate, discounts=off("5.00"))
    assert [line.net for line in invoice_of(order).lines] == [dollars("5.00"), dollars("50.00")]


def test_a_discount_off_the_tax_on_top_still_makes_the_total() -> None:
    order = an_order(
        a_line("10.00", tax=dollars("1.00")),
        tax="1.00",
        pricing=Pricing.TAX_EXCLUSIVE,
        discounts=off("10.50"),
    )
    document = invoice_of(order)
    assert Money.total((line.gross for line in document.lines), "USD") == dollars("0.50")


def test_tax_goes_where_the_store_puts_it() -> None:
    lines = (a_line("12.00", tax=dollars("2.00")), a_line("8.00", id="2"))
    document = invoice_of(an_order(*lines, tax="2.00"))
    assert [line.tax for line in document.lines] == [dollars("2.00"), dollars("0")]
    assert [line.net for line in document.lines] == [dollars("10.00"), dollars("8.00")]


def test_tax_that_the_store_rounds_as_a_whole_is_shared_by_its_own_figures() -> None:
    lines = (a_line("10.00", tax=dollars("1.67")), a_line("10.00", id="2", tax=dollars("1.67")))
    document = invoice_of(an_order(*lines, tax="3.33"))
    assert [line.tax for line in document.lines] == [dollars("1.67"), dollars("1.66")]


def test_tax_without_figures_is_shared_by_amount() -> None:
    document = invoice_of(an_order(a_line("30.00"), a_line("10.00", id="2"), tax="4.00"))
    assert [line.tax for line in document.lines] == [dollars("3.00"), dollars("1.00")]


def test_tax_of_before_a_discount_is_not_put_on_a_line_that_became_free() -> None:
    free = a_line("10.00", tax=dollars("1.00"), discount=dollars("10.00"))
    order = an_order(free, a_line("20.00", id="2"), tax="1.00", discounts=off("10.00"))
    assert [line.tax for line in invoice_of(order).lines] == [dollars("0"), dollars("1.00")]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (ChargeKind.SHIPPING, DocumentLineKind.FREIGHT),
        (ChargeKind.ROUNDING, DocumentLineKind.ROUNDING),
        (ChargeKind.FEE, DocumentLineKind.CHARGE),
    ],
)
def test_a_charge_is_entered_as_the_erp_tells_them_apart(
    kind: ChargeKind, expected: DocumentLineKind
) -> None:
    charge = Charge(kind=kind, amount=dollars("1.00"), tax=dollars("0"))
    line = invoice_of(an_order(charges=(charge,))).lines[-1]
    assert (line.kind, line.revenue_class, line.item) == (expected, kind.upper()[:8], "")
    assert line.description == kind.capitalize()


def test_a_gift_certificate_goes_to_its_class_without_an_item() -> None:
    certificate = a_line("50.00", kind=LineKind.GIFT_CERTIFICATE, sku="SKU-1")
    order = an_order(certificate)
    everywhere = rules(
        revenue={"gift-certificate": "LIABILITY", "*": "SALES"}, warehouse={"*": "A"}
    )
    line = resolved(order, Resolution(rules=everywhere, items={})).lines[0]
    assert line.revenue_class == "LIABILITY"
    assert (line.item, line.warehouse, line.kind) == ("", "", DocumentLineKind.CHARGE)
    assert item_codes(order, Resolution(rules=everywhere, items={})) == frozenset()


# Items


def test_a_sku_that_is_not_mapped_is_the_item_s_code() -> None:
    order = an_order()
    assert item_codes(order, Resolution(rules=Rules(), items={})) == {"SKU-1"}
    assert invoice_of(order).lines[0].item == "SKU-1"


def test_a_mapped_sku_becomes_the_item_it_is_mapped_to() -> None:
    known = Resolution(
        rules=rules(item={"SKU-1": "A100"}, revenue={"*": "SALES"}),
        items={"A100": ErpItem(code="A100"), "SKU-1": ErpItem(code="SKU-1")},
    )
    assert item_codes(an_order(), known) == {"A100"}
    assert resolved(an_order(), known).lines[0].item == "A100"


def test_every_sku_without_its_own_rule_falls_to_everything_else() -> None:
    known = Resolution(
        rules=rules(item={"*": "WEB", "SKU-2": "B200"}, revenue={"*": "SALES"}),
        items={"WEB": ErpItem(code="WEB"), "B200": ErpItem(code="B200")},
    )
    order = an_order(a_line("1.00"), a_line("2.00", id="2", sku="SKU-2"))
    assert [line.item for line in resolved(order, known).lines] == ["WEB", "B200"]


def test_an_unknown_sku_names_the_one_rule_that_releases_it() -> None:
    with pytest.raises(MappingMissing, match=r"SKU SKU-1 \(A shirt\) is unknown") as missing:
        resolved(an_order(), Resolution(rules=rules(revenue={"*": "SALES"}), items={}))
    hold = missing.value.hold
    assert (hold.code, hold.step) == (HoldCode.MAPPING_MISSING, "document")
    assert (hold.mapping_kind, hold.mapping_key) == ("item", "SKU-1")
    assert hold.remedy == "Map it: tillbridge map set item 'SKU-1' VALUE"


def test_a_rule_to_an_item_that_is_not_there_is_said_to_be_one() -> None:
    known = Resolution(rules=rules(item={"SKU-1": "A100"}, revenue={"*": "SALES"}), items={})
    with pytest.raises(MappingMissing, match="mapped to A100, which does not exist"):
        resolved(an_order(), known)


@given(orders())
def test_the_placeholder_item_catches_every_unknown_sku(order: Order) -> None:
    misc = ErpItem(code="MISC", revenue_class="OTHER")
    known = resolution_for(order, items={"MISC": misc}, placeholder_item="MISC")
    assert "MISC" in item_codes(order, known)
    document = resolved(order, known)
    for line, entered in zip(order.lines, document.lines, strict=False):
        certificate = line.kind is LineKind.GIFT_CERTIFICATE
        assert entered.item == ("" if certificate else "MISC")
        assert entered.quantity == line.quantity


@given(orders())
def test_a_placeholder_that_the_erp_does_not_have_catches_nothing(order: Order) -> None:
    known = resolution_for(order, items={}, placeholder_item="MISC")
    if any(line.kind is not LineKind.GIFT_CERTIFICATE for line in order.lines):
        with pytest.raises(MappingMissing):
            resolved(order, known)


# Revenue classes and warehouses


@pytest.mark.parametrize(
    ("revenue", "own_class", "expected"),
    [
        ({"SKU-1": "BY-SKU", "A100": "BY-ITEM", "*": "ELSE"}, "OWN", "BY-SKU"),
        ({"A100": "BY-ITEM", "*": "ELSE"}, "OWN", "BY-ITEM"),
        ({"*": "ELSE"}, "OWN", "OWN"),
        ({"*": "ELSE"}, "", "ELSE"),
    ],
    ids=["by SKU", "by item", "the item's own", "everything else"],
)
def test_a_revenue_class_is_found(revenue: dict[str, str], own_class: str, expected: str) -> None:
    known = Resolution(
        rules=rules(item={"SKU-1": "A100"}, revenue=revenue),
        items={"A100": ErpItem(code="A100", revenue_class=own_class)},
    )
    assert resolved(an_order(), known).lines[0].revenue_class == expected


@pytest.mark.parametrize("kind", ChargeKind)
def test_a_charge_without_a_class_names_its_kind(kind: ChargeKind) -> None:
    charge = Charge(kind=kind, amount=money(1, "USD"), tax=money(0, "USD"))
    known = Resolution(rules=Rules(), items={"SKU-1": ErpItem(code="SKU-1", revenue_class="SALES")})
    with pytest.raises(MappingMissing) as missing:
        resolved(an_order(charges=(charge,)), known)
    hold = missing.value.hold
    assert (hold.mapping_kind, hold.mapping_key) == ("revenue", kind.value)


def test_a_line_without_a_sku_is_named_by_its_item_when_its_class_is_missing() -> None:
    known = Resolution(rules=Rules(), items={"MISC": ErpItem(code="MISC")}, placeholder_item="MISC")
    with pytest.raises(MappingMissing) as missing:
        resolved(an_order(a_line("1.00", sku="")), known)
    assert missing.value.hold.mapping_key == "MISC"


@pytest.mark.parametrize(
    ("table", "expected"),
    [({"SKU-1": "EAST", "*": "MAIN"}, "EAST"), ({"*": "MAIN"}, "MAIN"), ({}, "")],
)
def test_a_warehouse_goes_by_sku_then_everything_else(table: dict[str, str], expected: str) -> None:
    known = Resolution(
        rules=rules(warehouse=table, revenue={"*": "SALES"}),
        items={"SKU-1": ErpItem(code="SKU-1")},
    )
    assert resolved(an_order(), known).lines[0].warehouse == expected


# Clearing accounts


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ({"stripe": "1010", "card": "1020", "*": "1099"}, "1010"),
        ({"card": "1020", "*": "1099"}, "1020"),
        ({"*": "1099"}, "1099"),
        ({"stripe": "1010", "stripe:USD": "1011"}, "1011"),
        ({"stripe": "1010", "card:USD": "1021"}, "1010"),
        ({"card": "1020", "card:USD": "1021", "card:EUR": "1022"}, "1021"),
    ],
    ids=[
        *("by method", "by tender", "everything else"),
        *("by method and currency", "method before tender", "by tender and currency"),
    ],
)
def test_a_payment_clears_through_the_account(table: dict[str, str], expected: str) -> None:
    account = clearing_account(an_order(), a_payment(), rules(payment_method=table))
    assert account == expected


@pytest.mark.parametrize(("method", "named"), [("stripe", "stripe"), ("", "gift-certificate")])
def test_a_payment_without_an_account_names_its_method(method: str, named: str) -> None:
    payment = a_payment(method=method, tender=Tender.GIFT_CERTIFICATE)
    with pytest.raises(MappingMissing, match=f"paid by '{named}'") as missing:
        clearing_account(an_order(), payment, Rules())
    hold = missing.value.hold
    assert (hold.step, hold.mapping_kind) == ("payment:7", "payment-method")
    assert hold.mapping_key == named


@pytest.mark.parametrize(
    ("kind", "undone_by"),
    [
        (DocumentKind.INVOICE, DocumentKind.CREDIT),
        (DocumentKind.DEBIT, DocumentKind.CREDIT),
        (DocumentKind.CREDIT, DocumentKind.DEBIT),
    ],
)
def test_a_document_is_undone_by_its_opposite(kind: DocumentKind, undone_by: DocumentKind) -> None:
    assert opposite(kind) is undone_by
