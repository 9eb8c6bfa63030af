"""The stand-in's own interface under `/_sandbox/`: be the shopper, the merchant, the network."""

from dataclasses import asdict
from typing import Literal

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from sandbox.bigcommerce.courier import Courier
from sandbox.bigcommerce.drafts import (
    CustomerDraft,
    OrderDraft,
    OrderEdit,
    PaymentDraft,
    RefundDraft,
    StatusChange,
)
from sandbox.bigcommerce.records import Order
from sandbox.bigcommerce.refusals import json_answer
from sandbox.bigcommerce.store import Store


class Release(BaseModel):
    """How held webhooks go out."""

    model_config = ConfigDict(extra="forbid")

    order: Literal["fifo", "shuffled"] = "fifo"
    duplicate: int = Field(default=0, ge=0)


class Loss(BaseModel):
    """How many of the next webhooks never leave."""

    model_config = ConfigDict(extra="forbid")

    count: int = Field(ge=1)


class Delay(BaseModel):
    """How many of the next webhooks leave late, and how much later."""

    model_config = ConfigDict(extra="forbid")

    count: int = Field(ge=1)
    seconds: float = Field(ge=0)


class Repetition(BaseModel):
    """How many of the next webhooks are delivered again, and how often."""

    model_config = ConfigDict(extra="forbid")

    count: int = Field(ge=1)
    times: int = Field(default=1, ge=1)


class CustomerChange(BaseModel):
    """What the merchant changes about a customer; None leaves it as it is."""

    model_config = ConfigDict(extra="forbid")

    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    phone: str | None = None
    email: str | None = None


class Counted(BaseModel):
    """What the merchant counted of a SKU."""

    model_config = ConfigDict(extra="forbid")

    sku: str
    quantity: int = Field(ge=0)
    location: int = 1


def control(store: Store, courier: Courier) -> APIRouter:
    """Routes over one store and its webhooks."""
    router = APIRouter(prefix="/_sandbox")
    _add_trade(router, store)
    _add_stock(router, store)
    _add_webhooks(router, courier)
    return router


def _add_trade(router: APIRouter, store: Store) -> None:
    @router.get("/orders")
    async def books() -> Response:
        return json_answer([_booked(order) for order in store.orders.values()])

    @router.post("/orders")
    async def place(draft: OrderDraft) -> Response:
        return json_answer({"id": store.place_order(draft)}, status=201)

    @router.post("/orders/{order_id}/status")
    async def change_status(order_id: int, change: StatusChange) -> Response:
        store.set_status(order_id, change.status_id)
        return Response(status_code=204)

    @router.post("/orders/{order_id}/edit")
    async def edit(order_id: int, change: OrderEdit) -> Response:
        store.edit_order(order_id, change)
        return Response(status_code=204)

    @router.post("/orders/{order_id}/cancel")
    async def cancel(order_id: int) -> Response:
        store.cancel(order_id)
        return Response(status_code=204)

    @router.post("/orders/{order_id}/pay")
    async def pay(order_id: int, payment: PaymentDraft) -> Response:
        return json_answer({"id": store.pay(order_id, payment)}, status=201)

    @router.post("/orders/{order_id}/refund")
    async def refund(order_id: int, draft: RefundDraft) -> Response:
        return json_answer({"id": store.refund(order_id, draft)}, status=201)

    @router.post("/customers")
    async def register(draft: CustomerDraft) -> Response:
        return json_answer({"id": store.add_customer(draft)}, status=201)

    @router.post("/customers/{customer_id}")
    async def change(customer_id: int, changes: CustomerChange) -> Response:
        store.update_customer(customer_id, **changes.model_dump(exclude_none=True))
        return Response(status_code=204)


def _add_stock(router: APIRouter, store: Store) -> None:
    @router.get("/stock")
    async def stock() -> Response:
        catalogue = store.catalogue
        levels = {
            sku: {str(at): catalogue.on_hand(sku, at) for at in catalogue.locations}
            for sku in (variant.sku for variant in catalogue.variants.values())
        }
        return json_answer(levels)

    @router.post("/stock")
    async def count(counted: Counted) -> Response:
        store.catalogue.count(counted.sku, counted.quantity, counted.location)
        return Response(status_code=204)


def _booked(order: Order) -> dict[str, object]:
    """An order in the store's own books: its total, what came in and what was given back."""
    return {
        "id": order.id,
        "status_id": order.status_id,
        "total": str(order.prices.total.inc),
        "currency": order.currency,
        "customer_id": order.customer_id,
        "payments": [str(one.amount) for one in order.settled if one.amount],
        "refunds": {str(refund.id): str(refund.total) for refund in order.refunds},
        "paid_back": [
            str(one.amount) for refund in order.refunds for _, one in refund.payments if one.amount
        ],
    }


def _add_webhooks(router: APIRouter, courier: Courier) -> None:
    @router.post("/webhooks/hold")
    async def hold() -> Response:
        courier.hold()
        return Response(status_code=204)

    @router.post("/webhooks/release")
    async def release(how: Release) -> Response:
        courier.release(order=how.order, duplicate=how.duplicate)
        return Response(status_code=204)

    @router.post("/webhooks/lose")
    async def lose(loss: Loss) -> Response:
        courier.lose_next(loss.count)
        return Response(status_code=204)

    @router.post("/webhooks/delay")
    async def delay(how: Delay) -> Response:
        courier.delay_next(how.count, how.seconds)
        return Response(status_code=204)

    @router.post("/webhooks/repeat")
    async def repeat(how: Repetition) -> Response:
        courier.repeat_next(how.count, how.times)
        return Response(status_code=204)

    @router.get("/webhooks")
    async def attempts() -> Response:
        return json_answer([asdict(attempt) for attempt in courier.attempts])
