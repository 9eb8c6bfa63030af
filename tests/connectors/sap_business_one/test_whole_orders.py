"""Whatever an order is, SAP's books end where the store's do: drawn orders, paid and refunded."""

import asyncio
from decimal import Decimal
from typing import Any

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activities.posting import pay_once, post_once
from connectors.sap_business_one.connector import sap_business_one
from connectors.sap_business_one.settings import SapBusinessOneSettings
from domain.credit import cancellation, refund_credit
from domain.document import PaymentPosting
from domain.hold import Held, HoldCode
from domain.mapping import Resolution, RuleKind, Rules, clearing_account, document_for
from domain.money import Money
from domain.order import Order
from sandbox.sap_business_one import SapBusinessOneStandIn, SapSettings
from sandbox.sap_business_one.access import MAPPINGS, erp_access
from tests.support.orders import orders

RULES = Rules(table={RuleKind(kind): rules for kind, rules in MAPPINGS.items()})
HIGHEST_ROUNDING = Decimal(1)
VARIANTS: list[dict[str, Any]] = [
    {},
    {"protocol": "v1", "profile": {"price_decimals": 6}},
    {"document": "order-delivery-invoice"},
    {"profile": {"line_amounts": "line-total", "restock": True}},
    {"profile": {"credit_base": "never"}},
]


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(order=orders(), variant=st.sampled_from(VARIANTS), cancelled=st.booleans())
def test_an_order_its_payments_refunds_and_cancellation_are_booked_to_the_cent(
    order: Order, variant: dict[str, Any], cancelled: bool, memory_sessions: Any
) -> None:
    if order.currency == "KWD":  # the stand-in's company has no rate of it
        return
    memory_sessions.session = None
    asyncio.run(_booked(order, variant, cancelled=cancelled, sessions=memory_sessions))


async def _booked(order: Order, variant: dict[str, Any], *, cancelled: bool, sessions: Any) -> None:
    stand_in = SapBusinessOneStandIn(SapSettings())
    stand_in.add_partner("C-ALL", name="All currencies", currency="##")
    for line in order.lines:
        stand_in.add_item(line.sku, name=line.name, price=Decimal(1), stock=1000)
    access = erp_access(stand_in.settings, "http://b1.example.com")
    fields: dict[str, Any] = {**access, **variant}
    del fields["type"]
    network = httpx.ASGITransport(stand_in.app)
    erp = sap_business_one(SapBusinessOneSettings(**fields), sessions, transport=network)
    held: list[str] = []
    try:
        await _book(order, erp, stand_in, cancelled=cancelled)
    except Held as reason:
        held = [] if reason.hold.code is HoldCode.TOTALS_DIFFER else [reason.hold.reason]
    await erp.aclose()
    stand_in.audit()
    assert held == []


async def _book(
    order: Order, erp: Any, stand_in: SapBusinessOneStandIn, *, cancelled: bool
) -> None:
    items = await erp.items([line.sku for line in order.lines])
    document = document_for(
        order,
        key=f"BC-{order.id}",
        customer="C-ALL",
        resolution=Resolution(rules=RULES, items=items),
    )
    tolerance = Money(amount=HIGHEST_ROUNDING, currency=order.currency)
    invoice = await post_once(erp, document, tolerance=tolerance, step="document")
    for payment in order.payments:
        if payment.amount and not cancelled:
            posting = PaymentPosting(
                key=f"BC-{order.id}-P{payment.id}",
                order_id=order.id,
                customer="C-ALL",
                document=invoice.ref,
                amount=payment.amount,
                account=clearing_account(order, payment, RULES),
                method=payment.method,
                on=payment.taken_at.date(),
            )
            await pay_once(erp, posting, step="payment:1")
    for refund in order.refunds:
        credit = refund_credit(
            refund, invoice=document, key=f"BC-{order.id}-R{refund.id}", against=invoice.ref
        )
        await post_once(erp, credit, tolerance=tolerance, step="refund")
    if cancelled and order.refunded < order.total:
        credit = cancellation(
            order,
            invoice=document,
            key=f"BC-{order.id}-X",
            against=invoice.ref,
            on=order.changed_at.date(),
        )
        await post_once(erp, credit, tolerance=tolerance, step="cancel")
    [booked] = stand_in.invoices
    credited = sum((note.total for note in stand_in.credit_notes), Decimal(0))
    paid = sum((one.amount for one in stand_in.incoming_payments), Decimal(0))
    assert (booked.total, booked.tax) == (order.total.amount, order.tax.amount)
    assert credited == (order.total if cancelled else order.refunded).amount
    assert paid == (0 if cancelled else sum(one.amount.amount for one in order.payments))
