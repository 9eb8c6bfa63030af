"""Orders for the scenarios, by what is special about them."""

from decimal import Decimal

from sandbox.assortment import ASSORTMENT
from sandbox.bigcommerce.drafts import (
    AddressDraft,
    CustomerDraft,
    LineDraft,
    OrderDraft,
    ShippingDraft,
)

GOODS = ASSORTMENT[0]
JANE = CustomerDraft(email="jane.doe@example.com", first_name="Jane", last_name="Doe")


def line(index: int = 0, **changes: object) -> LineDraft:
    product = ASSORTMENT[index]
    return LineDraft.model_validate({"sku": product.sku, "price": product.price, **changes})


def an_order(**changes: object) -> OrderDraft:
    """A paid guest order of one line with shipping."""
    usual: dict[str, object] = {
        "lines": (line(quantity=2),),
        "shipping": (ShippingDraft(cost=Decimal("9.95")),),
    }
    return OrderDraft.model_validate({**usual, **changes})


def a_person(first: str, last: str, email: str) -> AddressDraft:
    return AddressDraft(first_name=first, last_name=last, email=email)
