"""The money of an order with every code resolved: payments taken, and what was given back. Pure."""

from domain.document import PaymentPosting, Payout
from domain.mapping import Rules, clearing_account, payout_account
from domain.order import Order
from domain.plan import DuePayout, Links


def payment_for(
    order: Order, payment_id: str, *, prefix: str, done: Links, rules: Rules
) -> PaymentPosting:
    """Resolve a payment that was taken for a posted order.

    Raises:
        MappingMissing: nothing says which account it clears through.
    """
    payment = next(one for one in order.payments if one.id == payment_id)
    return PaymentPosting(
        key=f"{prefix}{order.id}-P{payment.id}",
        order_id=order.id,
        customer=done["customer"].ref,
        document=done["document"].ref,
        amount=payment.amount,
        account=clearing_account(order, payment, rules),
        method=payment.method,
        on=payment.taken_at.date(),
    )


def payout_for(order: Order, due: DuePayout, *, prefix: str, done: Links, rules: Rules) -> Payout:
    """Resolve money that was given back, and of which the credit is posted.

    Raises:
        MappingMissing: nothing says which account it was paid out of.
    """
    refund, payment = due.refund, due.payment
    return Payout(
        key=f"{prefix}{order.id}-B{refund.id}-{payment.id}",
        order_id=order.id,
        customer=done["customer"].ref,
        credit=done[due.credit].ref,
        credit_key=f"{prefix}{order.id}-{'X' if due.credit == 'cancel' else f'R{refund.id}'}",
        amount=due.amount,
        account=payout_account(order, payment, rules, step=due.step),
        method=payment.method,
        on=refund.made_at.date(),
    )
