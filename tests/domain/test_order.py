from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.hold import HoldCode
from domain.money import CurrencyMismatch, Money, minor_unit
from domain.order import Charge, ChargeKind, Order, OrderKey, Pricing, Tender, conservation
from domain.plan import obstacle
from tests.support.orders import (
    POLICY,
    a_line,
    a_payment,
    a_refund,
    an_order,
    in_status,
    money,
    orders,
)


@given(orders())
def test_a_conserving_order_s_parts_make_its_total(order: Order) -> None:
    assert conservation(order) is None
    assert obstacle(order, {}, POLICY.model_copy(update={"tolerance": Decimal(10)})) is None


@given(orders(), st.data())
def test_a_lost_line_breaks_conservation_by_what_it_cost(order: Order, data: st.DataObject) -> None:
    lost = data.draw(st.sampled_from(order.lines))
    rest = order.model_copy(
        update={"lines": tuple(line for line in order.lines if line is not lost)}
    )
    broken = conservation(rest)
    assert (broken.difference if broken else money(0, order.currency)) == -lost.amount


@given(orders(), st.data(), st.integers(-50, 50).filter(bool))
def test_an_altered_line_holds_the_order_and_both_totals_are_named(
    order: Order, data: st.DataObject, units: int
) -> None:
    index = data.draw(st.integers(0, len(order.lines) - 1))
    lines = list(order.lines)
    change = money(units, order.currency)
    lines[index] = lines[index].model_copy(update={"amount": lines[index].amount + change})
    altered = order.model_copy(update={"lines": tuple(lines)})

    hold = obstacle(altered, {}, POLICY)

    assert hold is not None
    assert hold.code is HoldCode.NOT_CONSERVED
    assert hold.step == "document"
    assert str(order.total) in hold.reason
    assert str(order.total + change) in hold.reason
    assert hold.remedy


@given(orders(), st.integers(-50, 50).filter(bool))
def test_an_altered_total_breaks_conservation(order: Order, units: int) -> None:
    total = order.total + money(units, order.currency)
    assert conservation(order.model_copy(update={"total": total})) is not None


def test_a_sub_cent_difference_is_a_difference() -> None:
    order = an_order(a_line("10.00")).model_copy(
        update={"total": Money(amount=Decimal("10.004"), currency="USD")}
    )
    assert conservation(order) is not None


def test_tax_on_top_counts_and_contained_tax_does_not() -> None:
    contained = an_order(a_line("12.00"), tax="2.00")
    on_top = an_order(a_line("10.00"), tax="2.00", pricing=Pricing.TAX_EXCLUSIVE)
    assert contained.counted == on_top.counted == Money(amount=Decimal(12), currency="USD")


def test_a_total_in_another_currency_is_never_taken_for_the_same() -> None:
    order = an_order(a_line("10.00"))
    euros = Money(amount=order.total.amount, currency="EUR")
    with pytest.raises(CurrencyMismatch):
        conservation(order.model_copy(update={"total": euros}))


@pytest.mark.parametrize(("amount", "held"), [("0.05", False), ("0.06", True), ("-0.06", True)])
def test_the_store_s_own_rounding_is_held_above_the_tolerance(amount: str, held: bool) -> None:
    rounding = Charge(
        kind=ChargeKind.ROUNDING,
        amount=Money(amount=Decimal(amount), currency="USD"),
        tax=Money.zero("USD"),
    )
    hold = obstacle(an_order(a_line("10.00"), charges=(rounding,)), {}, POLICY)
    assert (hold is not None) is held
    assert hold is None or (hold.code is HoldCode.ROUNDING_EXCEEDED and "0.06 USD" in hold.reason)


@given(orders())
def test_a_fingerprint_survives_the_journal(order: Order) -> None:
    assert Order.model_validate_json(order.model_dump_json()).fingerprint == order.fingerprint


@given(orders())
def test_a_fingerprint_does_not_depend_on_how_amounts_are_written(order: Order) -> None:
    line = order.lines[0]
    longer = Money(amount=line.amount.amount + Decimal("0.00000"), currency=order.currency)
    written = line.model_copy(
        update={"amount": longer, "quantity": line.quantity + Decimal("0.000")}
    )
    same = order.model_copy(update={"lines": (*order.lines[1:], written)})
    assert same.fingerprint == order.fingerprint


def test_a_fingerprint_ignores_what_the_ledger_does_not_depend_on() -> None:
    order = an_order()
    changed = in_status(
        order.model_copy(
            update={
                "payments": (a_payment(tender=Tender.OFFLINE),),
                "refunds": (a_refund(),),
                "billing": order.billing.model_copy(update={"first_name": "Augusta"}),
                "reported_reference": "BC-118",
            }
        ),
        "cancelled",
    )
    assert changed.fingerprint == order.fingerprint


@pytest.mark.parametrize(
    "edited",
    [
        pytest.param(an_order(a_line("10.01")), id="an amount"),
        pytest.param(an_order(a_line("10.00", sku="SKU-2")), id="a SKU"),
        pytest.param(an_order(a_line("10.00", quantity=Decimal(2))), id="a quantity"),
        pytest.param(an_order(a_line("10.00"), tax="1.00"), id="the tax"),
        pytest.param(an_order(a_line("10.00"), a_line("0", id="2")), id="a line for nothing"),
    ],
)
def test_a_fingerprint_changes_with(edited: Order) -> None:
    assert edited.fingerprint != an_order(a_line("10.00")).fingerprint


def test_an_order_is_as_new_as_its_newest_refund() -> None:
    order = an_order(refunds=(a_refund(),))
    assert order.as_of == order.refunds[0].made_at


def test_an_order_s_workflow_id_names_it() -> None:
    key = OrderKey(connection="main", order_id="118")
    assert key.workflow_id == "main:order:118"
    assert OrderKey.parse(key.workflow_id) == key


@pytest.mark.parametrize("workflow_id", ["main:customer:118", "main", ""])
def test_another_workflow_s_id_names_no_order(workflow_id: str) -> None:
    with pytest.raises(ValueError, match=r"order|unpack"):
        OrderKey.parse(workflow_id)


@given(orders())
def test_every_generated_amount_is_whole_minor_units(order: Order) -> None:
    unit = minor_unit(order.currency)
    assert all(not line.amount.amount % unit for line in order.lines)
    assert order.total.amount >= 0
