"""Shoppers with a fixed seed: what they order, what follows, and placing it over HTTP."""

import asyncio
import random
from collections.abc import Callable, Sequence
from decimal import Decimal

import httpx

from sandbox.assortment import ASSORTMENT, UNLISTED_SKU
from sandbox.bigcommerce.drafts import (
    AddressDraft,
    Cancellation,
    CouponDraft,
    CustomerDraft,
    FeeDraft,
    LineDraft,
    OrderDraft,
    PaymentDraft,
    RefundDraft,
    RefundItemDraft,
    ShippingDraft,
    StatusChange,
)

_PEOPLE = (
    ("Jane", "Doe", ""),
    ("Zoë", "Ångström", ""),
    ("Łukasz", "Żółć", "Kawa i Spółka"),
    ("山田", "太郎", "山田商店"),
    ("Miguel", "Núñez", ""),
    ("Aoife", "O’Brien", "O’Brien & Daughters"),
    ("Priya", "Raman", ""),
    ("Søren", "Kierkegaard", ""),
)
_Change = Callable[[OrderDraft, random.Random], dict[str, object]]


def shopping(seed: int, orders: int) -> tuple[OrderDraft, ...]:
    """A realistic mix of orders; the same arguments always give the same ones.

    Most are plainly postable. Of every twenty-five, one each is unfinished, unpaid, holds a SKU
    that the ERP does not know, is refunded in part, is refunded whole, and is cancelled.
    """
    dice = random.Random(seed)
    return tuple(_draft(number, dice) for number in range(orders))


async def shop(
    base_url: str, drafts: Sequence[OrderDraft], *, pace: float = 0.0
) -> tuple[int, ...]:
    """Places each draft at a stand-in, performs what happens afterwards, returns the order ids.

    `pace` is the pause between orders in seconds. Raises httpx.HTTPError when one is refused.
    """
    placed: list[int] = []
    async with httpx.AsyncClient(base_url=base_url, trust_env=False, timeout=30) as http:
        for draft in drafts:
            body = draft.model_dump_json()
            order_id = int((await _post(http, "/_sandbox/orders", body)).json()["id"])
            placed.append(order_id)
            for action in draft.afterwards:
                path = f"/_sandbox/orders/{order_id}/{action.do}"
                await _post(http, path, action.model_dump_json())
            await asyncio.sleep(pace)
    return tuple(placed)


async def _post(http: httpx.AsyncClient, path: str, body: str) -> httpx.Response:
    headers = {"Content-Type": "application/json"}
    return (await http.post(path, content=body, headers=headers)).raise_for_status()


def _draft(number: int, dice: random.Random) -> OrderDraft:
    first, last, company = dice.choice(_PEOPLE)
    email = f"shopper{_PEOPLE.index((first, last, company))}@example.com"
    address = AddressDraft(first_name=first, last_name=last, company=company, email=email)
    customer = CustomerDraft(
        email=email,
        first_name=first,
        last_name=last,
        company=company,
        store_credit=Decimal(50),
        addresses=(address,),
    )
    plain = OrderDraft(
        lines=tuple(_line(dice) for _ in range(dice.randint(1, 4))),
        customer=customer if dice.random() < 0.6 else None,
        billing=address,
        shipping=(ShippingDraft(address=address, cost=_cents(dice, 400, 1500)),),
    )
    change = _SPECIAL.get(number % 25)
    return plain if change is None else plain.model_copy(update=change(plain, dice))


def _line(dice: random.Random) -> LineDraft:
    product = dice.choice(ASSORTMENT)
    return LineDraft(
        sku=product.sku,
        price=product.price,
        quantity=dice.randint(1, 3),
        type="digital" if product.product_class == "DIGITAL" else "physical",
    )


def _cents(dice: random.Random, least: int, most: int) -> Decimal:
    return Decimal(dice.randint(least, most)) / 100


def _coupon(_draft: OrderDraft, _dice: random.Random) -> dict[str, object]:
    return {"coupons": (CouponDraft(code="TEN", type="percent", amount=Decimal(10)),)}


def _manual_discount(_: OrderDraft, dice: random.Random) -> dict[str, object]:
    return {"discount": _cents(dice, 50, 300)}


def _handling_and_fee(draft: OrderDraft, dice: random.Random) -> dict[str, object]:
    shipping = draft.shipping[0].model_copy(update={"handling": _cents(dice, 100, 400)})
    return {
        "shipping": (shipping,),
        "fees": (FeeDraft(name="Package insurance", cost=Decimal("2.50")),),
    }


def _gift_certificate(_: OrderDraft, dice: random.Random) -> dict[str, object]:
    return {"gift_certificate": _cents(dice, 200, 700)}


def _store_credit(draft: OrderDraft, dice: random.Random) -> dict[str, object]:
    customer = draft.customer or CustomerDraft(
        email=draft.billing.email,
        first_name=draft.billing.first_name,
        last_name=draft.billing.last_name,
        store_credit=Decimal(50),
    )
    return {"customer": customer, "store_credit": _cents(dice, 200, 700)}


def _two_addresses(draft: OrderDraft, dice: random.Random) -> dict[str, object]:
    other = AddressDraft(first_name="Óscar", last_name="Peña", street_1="1 Congress Avenue")
    second = ShippingDraft(address=other, cost=_cents(dice, 400, 900))
    parcel = LineDraft(sku="MUG-BLUE", price=Decimal("12.40"), ship_to=1)
    return {"shipping": (*draft.shipping, second), "lines": (*draft.lines, parcel)}


def _many_lines(_: OrderDraft, dice: random.Random) -> dict[str, object]:
    return {"lines": tuple(_line(dice) for _ in range(57))}


def _incomplete(_draft: OrderDraft, _dice: random.Random) -> dict[str, object]:
    return {"status_id": 0, "payment": None}


def _pending(_draft: OrderDraft, _dice: random.Random) -> dict[str, object]:
    pending = PaymentDraft(
        label="Bank Deposit", gateway="bankdeposit", method="offline", event="pending"
    )
    return {"status_id": 7, "payment": pending}


def _unlisted(draft: OrderDraft, _dice: random.Random) -> dict[str, object]:
    mystery = LineDraft(sku=UNLISTED_SKU, price=Decimal("25.00"))
    return {"lines": (*draft.lines, mystery)}


def _refunded_in_part(_draft: OrderDraft, _dice: random.Random) -> dict[str, object]:
    item = RefundItemDraft(item_type="PRODUCT")
    return {"afterwards": (RefundDraft(items=(item,), reason="Arrived broken"),)}


def _refunded(_draft: OrderDraft, _dice: random.Random) -> dict[str, object]:
    return {"afterwards": (RefundDraft(reason="Changed their mind"),)}


def _cancelled(_draft: OrderDraft, _dice: random.Random) -> dict[str, object]:
    return {"afterwards": (Cancellation(),)}


def _shipped(_draft: OrderDraft, _dice: random.Random) -> dict[str, object]:
    return {"afterwards": (StatusChange(status_id=2),)}


_SPECIAL: dict[int, _Change] = {
    2: _coupon,
    3: _manual_discount,
    5: _handling_and_fee,
    6: _gift_certificate,
    8: _store_credit,
    9: _incomplete,
    11: _two_addresses,
    12: _pending,
    14: _refunded_in_part,
    15: _unlisted,
    17: _many_lines,
    18: _cancelled,
    20: _shipped,
    22: _refunded,
}
"""What is special about an order, by its place among twenty-five."""
