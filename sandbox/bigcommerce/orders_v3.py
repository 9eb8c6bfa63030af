"""The v3 endpoints of an order's money: transactions, refunds and refund quotes."""

from decimal import Decimal
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from sandbox.bigcommerce.asking import json_object, listed, moment, paging
from sandbox.bigcommerce.records import Order, Refund, RefundPayment
from sandbox.bigcommerce.refunds import Asked, Quote, quote, settle
from sandbox.bigcommerce.refusals import Refused, json_answer, not_found
from sandbox.bigcommerce.store import Store
from sandbox.bigcommerce.wire_v3 import page_v3, quote_v3, refund_v3, transaction_v3


def orders_v3(store: Store) -> APIRouter:
    """Routes over one store."""
    router = APIRouter(prefix="/stores/{store_hash}/v3/orders")

    # Registered before the routes with an order id, which would swallow it.
    @router.get("/payment_actions/refunds")
    async def list_refunds(request: Request) -> Response:
        page, limit = paging(request)
        found = [refund_v3(refund) for refund in _filtered(request, store.refunds)]
        shown, meta = page_v3(found, page=page, limit=limit)
        return json_answer({"data": shown, "meta": meta})

    @router.get("/payment_actions/refunds/{refund_id}")
    async def get_refund(refund_id: int) -> Response:
        found = next((refund for refund in store.refunds if refund.id == refund_id), None)
        if found is None:
            raise not_found()
        return json_answer({"data": refund_v3(found), "meta": {}})

    @router.get("/{order_id}/transactions")
    async def list_transactions(order_id: int) -> Response:
        made = store.order(order_id).transactions
        if not made:
            return Response(status_code=204)
        shown, meta = page_v3([transaction_v3(one) for one in made], page=1, limit=250)
        return json_answer({"data": shown, "meta": meta})

    @router.get("/{order_id}/payment_actions/refunds")
    async def list_order_refunds(order_id: int) -> Response:
        refunds = store.order(order_id).refunds
        return json_answer({"data": [refund_v3(refund) for refund in refunds], "meta": {}})

    _add_refunding(router, store)
    return router


def _add_refunding(router: APIRouter, store: Store) -> None:
    @router.post("/{order_id}/payment_actions/refund_quotes")
    async def quote_refund(order_id: int, request: Request) -> Response:
        order = store.order(order_id)
        quoted = _quoted(order, await json_object(request))
        body = quote_v3(order.id, quoted, inclusive=order.inclusive)
        return json_answer({"data": body, "meta": {}}, status=201)

    @router.post("/{order_id}/payment_actions/refunds")
    async def post_refund(order_id: int, request: Request) -> Response:
        order = store.order(order_id)
        sent = await json_object(request)
        try:
            payments = [_payment(payment) for payment in sent.get("payments", ())]
            refund = settle(order, _quoted(order, sent), payments, str(sent.get("reason") or ""))
        except Refused as refused:
            raise _in_data(refused) from None
        booked = await store.refund_by_api(order, refund)
        return json_answer({"data": refund_v3(booked), "meta": {}}, status=201)


def _in_data(refused: Refused) -> Refused:
    """Refund errors come as a list under `data` (card, section 10)."""
    error = {"status": refused.status, "title": refused.message, "type": "/api-docs/refunds"}
    return Refused(refused.status, refused.message, body={"data": [error]})


def _quoted(order: Order, sent: dict[str, Any]) -> Quote:
    override = sent.get("merchant_calculated_override")
    if override is not None and not {"total_amount", "total_tax"} <= set(override):
        raise Refused(422, "merchant_calculated_override needs total_amount and total_tax.")
    adjustment = sent.get("tax_adjustment_amount")
    items = sent.get("items") or ()
    if not items and adjustment is None:
        raise Refused(422, "items is required.")
    return quote(
        order,
        [_asked(item) for item in items],
        override=override and (_exact(override["total_amount"]), _exact(override["total_tax"])),
        tax_adjustment=None if adjustment is None else _exact(adjustment),
    )


def _asked(item: Any) -> Asked:
    try:
        return Asked(
            item_type=str(item["item_type"]),
            item_id=int(item["item_id"]),
            quantity=int(item.get("quantity", 0)),
            amount=_exact(item.get("amount", 0)),
            reason=str(item.get("reason", "")),
            adjustments=tuple(
                (_exact(one["amount"]), str(one.get("description", "")))
                for one in item.get("adjustments", ())
            ),
        )
    except (KeyError, TypeError, ValueError, ArithmeticError):
        raise Refused(422, "A refund item is invalid.") from None


def _payment(sent: Any) -> RefundPayment:
    try:
        return RefundPayment(
            str(sent["provider_id"]), _exact(sent["amount"]), offline=bool(sent.get("offline"))
        )
    except (KeyError, TypeError, ValueError, ArithmeticError):
        raise Refused(422, "A refund payment is invalid.") from None


def _exact(value: Any) -> Decimal:
    return Decimal(str(value))


def _filtered(request: Request, refunds: list[Refund]) -> list[Refund]:
    orders, ids = listed(request, "order_id:in"), listed(request, "id:in")
    since, until = moment(request, "created:min"), moment(request, "created:max")
    return [
        refund
        for refund in refunds
        if (orders is None or str(refund.order_id) in orders)
        and (ids is None or str(refund.id) in ids)
        and (since is None or refund.created >= since)
        and (until is None or refund.created <= until)
    ]
