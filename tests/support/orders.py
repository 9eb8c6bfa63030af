"""Hypothesis strategies: orders whose parts make their total, rules that fit them, policies."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from hypothesis import strategies as st

from domain.document import SalesDocument
from domain.mapping import ErpItem, Resolution, RuleKind, Rules, document_for
from domain.money import Money, minor_unit
from domain.order import (
    Address,
    Charge,
    ChargeKind,
    Discount,
    Line,
    LineKind,
    Order,
    OrderStatus,
    Payment,
    Pricing,
    Refund,
    RefundItem,
    RefundPayment,
    Tender,
)
from domain.plan import EditPolicy, Gate, Link, Links, Policy, Step, StepKind, plan_order

PLACED = datetime(2026, 3, 1, 12, tzinfo=UTC)
CURRENCIES = ("USD", "EUR", "GBP", "JPY", "KWD")
RATES = tuple(Decimal(rate) for rate in ("0", "0.05", "0.0825", "0.19", "0.20"))
STATUSES = {
    "paid": Gate.EXPORT,
    "pending": Gate.WAIT,
    "unpaid": Gate.AWAIT_PAYMENT,
    "abandoned": Gate.IGNORE,
    "cancelled": Gate.CANCEL,
}
POLICY = Policy(gates=STATUSES, key_prefix="BC-")
CLASSES = ("APPAREL", "TOYS", "FOOD")


def money(units: int, currency: str) -> Money:
    """Return that many minor units."""
    return Money(amount=units * minor_unit(currency), currency=currency)


def units_of(amount: Money) -> int:
    """Return how many minor units an amount is."""
    units = amount.amount / minor_unit(amount.currency)
    assert units == int(units), f"{amount.amount} is not whole minor units"
    return int(units)


def in_status(order: Order, status: str) -> Order:
    """Return the order in another status."""
    return order.model_copy(update={"status": OrderStatus(code=status, label=status.title())})


def with_total_of_parts(order: Order) -> Order:
    """Return the order with the total that its parts make."""
    return order.model_copy(update={"total": order.counted})


def a_line(amount: str, **facts: object) -> Line:
    """Write one goods line down by hand."""
    given: dict[str, object] = {
        "id": "1",
        "sku": "SKU-1",
        "name": "A shirt",
        "quantity": Decimal(1),
        "amount": Money(amount=Decimal(amount), currency="USD"),
        "discount": Money.zero("USD"),
        "tax": Money.zero("USD"),
    }
    return Line.model_validate({**given, **facts})


def an_order(*lines: Line, tax: str = "0", **facts: object) -> Order:
    """Write an order down by hand; tax inclusive, in dollars, and its total what its parts make."""
    given: dict[str, object] = {
        "id": "118",
        "number": "118",
        "status": OrderStatus(code="paid", label="Paid"),
        "currency": "USD",
        "pricing": Pricing.TAX_INCLUSIVE,
        "placed_at": PLACED,
        "changed_at": PLACED,
        "billing": Address(first_name="Ada", last_name="Byron", email="ada@example.com"),
        "lines": lines or (a_line("10.00"),),
        "tax": Money(amount=Decimal(tax), currency="USD"),
        "total": Money.zero("USD"),
    }
    return with_total_of_parts(Order.model_validate({**given, **facts}))


def a_payment(payment_id: str = "7", amount: str = "10.00", **facts: object) -> Payment:
    """Write a card payment down by hand."""
    given: dict[str, object] = {
        "id": payment_id,
        "tender": Tender.CARD,
        "method": "stripe",
        "amount": Money(amount=Decimal(amount), currency="USD"),
        "taken_at": PLACED,
    }
    return Payment.model_validate({**given, **facts})


def a_refund(
    refund_id: str = "12", amount: str = "4.00", tax: str = "0", **facts: object
) -> Refund:
    """Write a refund down by hand."""
    given: dict[str, object] = {
        "id": refund_id,
        "amount": Money(amount=Decimal(amount), currency="USD"),
        "tax": Money(amount=Decimal(tax), currency="USD"),
        "made_at": PLACED + timedelta(days=3),
    }
    return Refund.model_validate({**given, **facts})


def given_back(payment_id: str = "13", amount: str = "4.00", **facts: object) -> RefundPayment:
    """Write money down by hand that went back to the shopper's card."""
    given: dict[str, object] = {
        "id": payment_id,
        "tender": Tender.CARD,
        "method": "stripe",
        "amount": Money(amount=Decimal(amount), currency="USD"),
    }
    return RefundPayment.model_validate({**given, **facts})


def resolution_for(order: Order, **changes: object) -> Resolution:
    """Return rules with which every code of the order resolves; classes vary with the SKU."""
    items = {
        line.sku: ErpItem(code=line.sku, revenue_class=CLASSES[index % len(CLASSES)])
        for index, line in enumerate(order.lines)
    }
    revenue = {kind.value: kind.value.upper()[:8] for kind in ChargeKind}
    revenue[LineKind.GIFT_CERTIFICATE] = "GIFTCERT"
    found = Resolution(rules=Rules(table={RuleKind.REVENUE: revenue}), items=items)
    return found.model_copy(update=changes)


def invoice_of(order: Order) -> SalesDocument:
    """Resolve the order's invoice with rules that fit it."""
    return document_for(
        order, key=f"BC-{order.id}", customer="C1", resolution=resolution_for(order)
    )


def link_of(step: Step, order: Order) -> Link:
    """Return what doing a step leaves behind."""
    if step.kind in (StepKind.DOCUMENT, StepKind.AMEND):
        return Link(step=step.key, ref="INV1", fingerprint=order.fingerprint, total=order.total)
    return Link(step=step.key, ref=f"ref-{step.key}")


def done_by(steps: Sequence[Step], order: Order, before: Links | None = None) -> dict[str, Link]:
    """Do the steps on the order as it is."""
    return {**(before or {}), **{step.key: link_of(step, order) for step in steps}}


# What an order is drawn from are functions of `draw`: strategies of their own would be built anew
# for every part of every order, at several times the cost.


def _part(amount: int, rate: Decimal, *, contained: bool) -> int:
    """Return the tax in, or on top of, an amount in minor units."""
    tax = amount * rate / (1 + rate) if contained else amount * rate
    return int(tax.quantize(Decimal(1), ROUND_HALF_UP))


def _line(draw: st.DrawFn, number: int, currency: str, rate: Decimal, contained: bool) -> Line:
    kind = draw(
        st.sampled_from([LineKind.GOODS] * 4 + [LineKind.DIGITAL, LineKind.GIFT_CERTIFICATE])
    )
    certificate = kind is LineKind.GIFT_CERTIFICATE
    child = not certificate and number > 1 and draw(st.sampled_from([True, False, False, False]))
    amount = 0 if child else draw(st.integers(0, 200_000))
    discount = 0 if certificate else draw(st.one_of(st.just(0), st.integers(0, amount)))
    tax = 0 if certificate else _part(amount - discount, rate, contained=contained)
    return Line(
        id=str(60 + number),
        sku=f"SKU-{number}",
        name=f"Thing {number}",
        kind=kind,
        quantity=Decimal(draw(st.integers(1, 12))),
        amount=money(amount, currency),
        discount=money(discount, currency),
        tax=money(tax, currency),
        parent_id="61" if child else "",
    )


def _charge(draw: st.DrawFn, number: int, currency: str, rate: Decimal, contained: bool) -> Charge:
    kind = draw(st.sampled_from(ChargeKind))
    rounding = kind is ChargeKind.ROUNDING
    amount = draw(st.integers(-2, 2) if rounding else st.integers(0, 3_000))
    return Charge(
        kind=kind,
        id=str(number),
        name="" if rounding else f"{kind.value} {number}",
        amount=money(amount, currency),
        tax=money(0 if rounding else _part(amount, rate, contained=contained), currency),
    )


def _payments(draw: st.DrawFn, total: Money) -> tuple[Payment, ...]:
    owed, currency = max(units_of(total), 0), total.currency
    count = draw(st.integers(0, 3))
    cuts = sorted(draw(st.lists(st.integers(0, owed), min_size=count, max_size=count)))
    return tuple(
        Payment(
            id=str(9000 + index),
            tender=draw(st.sampled_from(Tender)),
            method=draw(st.sampled_from(["stripe", "paypalexpress", "bankdeposit", ""])),
            amount=money(until - since, currency),
            taken_at=PLACED + timedelta(minutes=draw(st.integers(0, 90))),
        )
        for index, (since, until) in enumerate(zip([0, *cuts], [*cuts, owed], strict=True))
    )


def _refunds(draw: st.DrawFn, order: Order) -> tuple[Refund, ...]:
    left, tax_left = units_of(order.total), units_of(order.tax)
    refunds: list[Refund] = []
    for number in range(draw(st.integers(0, 3))):
        if left <= 0:
            break
        amount = draw(st.integers(1, left))
        whole = draw(st.booleans())
        tax = 0 if whole else draw(st.integers(0, max(min(tax_left, amount // 6), 0)))
        refunds.append(
            Refund(
                id=str(10 + number),
                amount=money(amount, order.currency),
                tax=money(tax, order.currency),
                items=tuple(
                    _refund_item(draw, order, whole) for _ in range(draw(st.integers(1, 3)))
                ),
                payments=_given_back(draw, amount, number, order.currency),
                made_at=PLACED + timedelta(hours=draw(st.integers(1, 48))),
            )
        )
        left, tax_left = left - amount, tax_left - tax
    return tuple(refunds)


def _given_back(
    draw: st.DrawFn, amount: int, number: int, currency: str
) -> tuple[RefundPayment, ...]:
    first = draw(st.integers(0, amount))
    return tuple(
        RefundPayment(
            id=str(20 + 2 * number + index),
            tender=draw(st.sampled_from(Tender)),
            method=draw(st.sampled_from(["stripe", "custom", "store-credit"])),
            amount=money(share, currency),
        )
        for index, share in enumerate((first, amount - first))
        if share
    )


def _refund_item(draw: st.DrawFn, order: Order, whole: bool) -> RefundItem:
    if whole:
        return RefundItem(kind="order", amount=money(draw(st.integers(1, 900)), order.currency))
    if order.charges and draw(st.booleans()):
        charge = draw(st.sampled_from(order.charges))
        return RefundItem(kind=charge.kind, ref=charge.id, amount=abs(charge.amount))
    line = draw(st.sampled_from(order.lines))
    return RefundItem(kind="line", ref=line.id, quantity=Decimal(draw(st.integers(1, 12))))


@st.composite
def orders(draw: st.DrawFn, *, status: str = "paid", refunds: bool = True) -> Order:
    """Orders that conserve, on either side of the tax; free ones and gift certificates among them.

    The store's tax per line need not make the order's: the whole is rounded on its own.
    """
    currency = draw(st.sampled_from(CURRENCIES))
    pricing = draw(st.sampled_from(Pricing))
    rate = draw(st.sampled_from(RATES))
    contained = pricing is Pricing.TAX_INCLUSIVE
    lines = tuple(
        _line(draw, number + 1, currency, rate, contained)
        for number in range(draw(st.integers(1, 6)))
    )
    charges = tuple(
        _charge(draw, number + 1, currency, rate, contained)
        for number in range(draw(st.integers(0, 4)))
    )
    # A rounding remainder below nothing would make a total below nothing.
    gross = [units_of(part.amount) for part in (*lines, *charges)]
    room = max(sum(gross), 0)
    told = sum(units_of(line.discount) for line in lines)
    extra = draw(st.one_of(st.just(0), st.just(room - told), st.integers(0, max(room - told, 0))))
    taken = min(told + max(extra, 0), room)
    lift = max(-sum(gross), 0)
    if lift:
        charges = (*charges, _lifting(lift, currency))
    taxed = sum(units_of(part.tax) for part in (*lines, *charges))
    tax = max(taxed + draw(st.integers(-2, 2)), 0) if rate else 0
    tax = min(tax, room - taken) if contained else tax
    billing = Address(
        first_name="Ada", last_name="Byron", email="ada@example.com", country_code="GB"
    )
    order = Order(
        id=str(draw(st.integers(100, 99_999))),
        number="118",
        status=OrderStatus(code=status, label=status.title()),
        currency=currency,
        pricing=pricing,
        placed_at=PLACED,
        changed_at=PLACED + timedelta(days=4),
        payment_method=draw(st.sampled_from(["Stripe", "Bank Deposit", "On Account"])),
        customer_id=draw(st.sampled_from(["", "42"])),
        billing=billing,
        shipping=(billing,) if draw(st.booleans()) else (),
        lines=lines,
        charges=charges,
        discounts=(Discount(name="COUPON", amount=money(taken, currency)),) if taken else (),
        tax=money(tax, currency),
        total=Money.zero(currency),
    )
    order = with_total_of_parts(order)
    order = order.model_copy(update={"payments": _payments(draw, order.total)})
    return order.model_copy(update={"refunds": _refunds(draw, order)}) if refunds else order


def _lifting(units: int, currency: str) -> Charge:
    zero = Money.zero(currency)
    return Charge(kind=ChargeKind.ROUNDING, id="up", amount=money(units, currency), tax=zero)


def policies() -> st.SearchStrategy[Policy]:
    """Whatever a connection may have decided."""
    return st.builds(
        Policy,
        gates=st.just(STATUSES),
        on_account_methods=st.frozensets(st.sampled_from(["On Account", "Bank Deposit"])),
        edits=st.sampled_from(EditPolicy),
        tolerance=st.just(Decimal(10)),
        report_back=st.booleans(),
        payouts=st.booleans(),
        key_prefix=st.just("BC-"),
    )


@st.composite
def done_steps(draw: st.DrawFn, order: Order, policy: Policy) -> dict[str, Link]:
    """Any beginning of the order's plan, as the workflow leaves it wherever it is stopped."""
    steps = plan_order(order, {}, policy)
    return done_by(steps[: draw(st.integers(0, len(steps)))], order)
