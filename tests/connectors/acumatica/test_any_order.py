"""Orders of every make: lines, charges, discounts, taxes, tenders and refunds, to the cent."""

from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from hypothesis import HealthCheck, assume, given
from hypothesis import settings as hypothesis_settings

from activities.posting import pay_once, post_once
from connectors.acumatica import lines
from connectors.acumatica.settings import AcumaticaSettings
from domain.credit import refund_credit
from domain.document import PaymentPosting
from domain.mapping import Resolution, RuleKind, Rules, document_for
from domain.money import Money
from domain.order import Order
from sandbox.acumatica.access import MAPPINGS
from tests.support.orders import invoice_of, orders

ACCOUNTS = {"USD": ("WEBSTORE", "STORECC/10600"), "EUR": ("WEBSTOREEU", "STORECC/10610")}
NUMBERS = count()

shared = hypothesis_settings(
    max_examples=40,
    deadline=timedelta(seconds=60),
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)


@given(order=orders())
def test_what_acumatica_computes_is_what_the_store_charged(order: Order) -> None:
    auth = {"kind": "cookie", "username": "u", "password": "p"}
    named = {"base_url": "https://erp.example.com", "tenant": "T", "auth": auth, "tax_id": "TAX"}
    settings = AcumaticaSettings.model_validate(named)
    meant = invoice_of(order)
    assert lines.prepared(meant, settings, tolerance=Money.zero(order.currency)) == meant


@shared
@given(order=orders())
async def test_any_order_is_posted_paid_and_refunded_to_the_cent(site: Any, order: Order) -> None:
    assume(order.currency in ACCOUNTS)
    erp = site.opened[0] if site.opened else site.connect()
    customer, account = ACCOUNTS[order.currency]
    key = f"BC-{next(NUMBERS)}"
    rules = Rules(table={RuleKind.ITEM: {"*": "MUG-BLUE"}, RuleKind.REVENUE: MAPPINGS["revenue"]})
    resolution = Resolution(rules=rules, items=await erp.items(["MUG-BLUE"]))
    tolerance = Money(amount=Decimal("0.05"), currency=order.currency)
    meant = document_for(order, key=key, customer=customer, resolution=resolution)
    posted = await post_once(erp, meant, tolerance=tolerance, step="document")
    for payment in order.payments:
        if payment.amount:
            posting = PaymentPosting(
                key=f"{key}-P{payment.id}",
                order_id=order.id,
                customer=customer,
                document=posted.ref,
                amount=payment.amount,
                account=account,
                method=payment.method,
                on=meant.on,
            )
            await pay_once(erp, posting, step="payment:1")
    for refund in order.refunds:
        if refund.amount:
            credit = refund_credit(
                refund, invoice=meant, key=f"{key}-R{refund.id}", against=posted.ref
            )
            await post_once(erp, credit, tolerance=tolerance, step=f"refund:{refund.id}")
