"""The trade of a soak: who orders what, and what shoppers and merchants do to it afterwards."""

import random
from decimal import Decimal

from sandbox.assortment import ASSORTMENT
from sandbox.bigcommerce.drafts import (
    Afterward,
    Cancellation,
    CustomerDraft,
    LineDraft,
    OrderDraft,
    OrderEdit,
    PaymentDraft,
    RefundDraft,
    RefundItemDraft,
    ShippingDraft,
    StatusChange,
)
from sandbox.shopper import shopping

_UNFINISHED, _AWAITING_PAYMENT, _PAID, _SHIPPED = 0, 7, 11, 2
# So many orders come from one person on average.
_ORDERS_A_PERSON = 4


def drafts(seed: int, orders: int) -> tuple[OrderDraft, ...]:
    """Return orders of all shapes, by many people, with nothing that follows yet."""
    dice = random.Random(f"{seed}: people")
    crowd = max(3, orders // _ORDERS_A_PERSON)
    return tuple(_by(dice.randrange(crowd), draft) for draft in shopping(seed, orders))


def _by(person: int, draft: OrderDraft) -> OrderDraft:
    """Let that person place the order: always the same name, address and e-mail."""
    email = f"person{person}@example.com"
    first, last = f"Per {person % 17}", f"Søn-{person}"
    who = {"first_name": first, "last_name": last, "company": "", "email": email}
    billing = draft.billing.model_copy(update={**who, "street_1": f"{person} Harbour Road"})
    customer: CustomerDraft | None = None
    if draft.customer is not None:
        customer = draft.customer.model_copy(update={**who, "addresses": (billing,)})
    shipping: tuple[ShippingDraft, ...] = tuple(
        one.model_copy(update={"address": billing}) if index == 0 else one
        for index, one in enumerate(draft.shipping)
    )
    return draft.model_copy(
        update={"billing": billing, "customer": customer, "shipping": shipping, "afterwards": ()}
    )


def follow_ups(draft: OrderDraft, dice: random.Random) -> tuple[Afterward, ...]:
    """Decide what happens to an order after its placing, in order."""
    if draft.status_id in (_UNFINISHED, _AWAITING_PAYMENT):
        return _late_payment(draft, dice)
    chance = dice.random()
    if chance < 0.08:
        return (_edit(draft, dice),)
    if chance < 0.11:
        return (_edit(draft, dice), _edit(draft, dice))
    if chance < 0.17:
        return (_partial_refund(draft, dice),)
    if chance < 0.20:
        return (_partial_refund(draft, dice), RefundDraft(reason="All of it after all"))
    if chance < 0.23:
        return (RefundDraft(reason="Changed their mind"),)
    if chance < 0.26:
        return (_edit(draft, dice), _partial_refund(draft, dice))
    if chance < 0.31:
        return (Cancellation(),)
    if chance < 0.33:
        return (_partial_refund(draft, dice), Cancellation())
    if chance < 0.36:
        return (Cancellation(), RefundDraft(reason="Cancelled, and the money given back"))
    if chance < 0.46:
        return (StatusChange(status_id=_SHIPPED),)
    return ()


def _late_payment(draft: OrderDraft, dice: random.Random) -> tuple[Afterward, ...]:
    if dice.random() < 0.25:
        return ()
    payment = PaymentDraft()
    if draft.payment is not None and dice.random() < 0.5:
        payment = PaymentDraft(label="Bank Deposit", gateway="bankdeposit", method="offline")
    paid: tuple[Afterward, ...] = (payment, StatusChange(status_id=_PAID))
    return (*paid, _partial_refund(draft, dice)) if dice.random() < 0.2 else paid


def _edit(draft: OrderDraft, dice: random.Random) -> OrderEdit:
    position = dice.randrange(len(draft.lines))
    match dice.choice(("more", "fewer", "another", "discount", "shipping")):
        case "more":
            quantity = draft.lines[position].quantity + dice.randint(1, 3)
            return OrderEdit(quantities={position: quantity})
        case "fewer":
            return OrderEdit(quantities={position: 1})
        case "another":
            product = dice.choice([one for one in ASSORTMENT if one.product_class == "GOODS"])
            return OrderEdit(add=(LineDraft(sku=product.sku, price=product.price),))
        case "discount":
            return OrderEdit(discount=Decimal(dice.randint(50, 250)) / 100)
        case _:
            return OrderEdit(shipping_cost=Decimal(dice.randint(300, 2000)) / 100)


def _partial_refund(draft: OrderDraft, dice: random.Random) -> RefundDraft:
    if dice.random() < 0.2:
        amount = Decimal(dice.randint(100, 300)) / 100
        item = RefundItemDraft(item_type="ORDER", amount=amount)
        return RefundDraft(items=(item,), reason="For the trouble")
    position = dice.randrange(len(draft.lines))
    item = RefundItemDraft(item_type="PRODUCT", position=position, quantity=1)
    return RefundDraft(items=(item,), reason="Arrived broken")
