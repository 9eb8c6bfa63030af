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


def control(store: Store, courier: Courier) -> APIRouter:
    """Routes over one store and its webhooks."""
    router = APIRouter(prefix="/_sandbox")
    _add_trade(router, store)
    _add_webhooks(router, courier)
    return router


def _add_trade(router: APIRouter, store: Store) -> None:
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

    @router.get("/webhooks")
    async def attempts() -> Response:
        return json_answer([asdict(attempt) for attempt in courier.attempts])
