"""The v2 endpoints: orders with their parts, statuses, and facts about the store."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from sandbox.bigcommerce.asking import included, json_object, moment, paging
from sandbox.bigcommerce.lines_v2 import lines_v2
from sandbox.bigcommerce.records import Order
from sandbox.bigcommerce.refusals import Refused, json_answer
from sandbox.bigcommerce.settings import STATUSES
from sandbox.bigcommerce.store import Store
from sandbox.bigcommerce.taxes_v2 import taxes_v2
from sandbox.bigcommerce.wire_v2 import addresses_v2, coupons_v2, fees_v2, order_v2

_ROOT = "/stores/{store_hash}/v2"
_SORTS: dict[str, Callable[[Order], Any]] = {
    "id": lambda order: order.id,
    "customer_id": lambda order: order.customer_id,
    "date_created": lambda order: order.created,
    "date_modified": lambda order: order.modified,
    "status_id": lambda order: order.status_id,
    "channel_id": lambda order: order.draft.channel_id,
    "external_id": lambda _: "",
}


def orders_v2(store: Store) -> APIRouter:
    """Routes over one store."""
    router = APIRouter(prefix=_ROOT)

    @router.get("/orders")
    async def list_orders(request: Request) -> Response:
        found = _sorted(request, _filtered(request, list(store.orders.values())))
        include = included(request)
        return _page(request, [order_v2(order, store.settings, include) for order in found])

    @router.get("/orders/count")
    async def count_orders() -> Response:
        counts = [
            {
                **_status(status_id),
                "count": sum(1 for o in store.orders.values() if o.status_id == status_id),
                "sort_order": status_id,
            }
            for status_id in STATUSES
        ]
        return json_answer({"statuses": counts, "count": len(store.orders)})

    @router.get("/orders/{order_id}")
    async def get_order(order_id: int, request: Request) -> Response:
        return json_answer(order_v2(store.order(order_id), store.settings, included(request)))

    @router.put("/orders/{order_id}")
    async def put_order(order_id: int, request: Request) -> Response:
        order = store.order(order_id)
        _write(store, order, await json_object(request))
        return json_answer(order_v2(order, store.settings, frozenset()))

    _add_parts(router, store)
    _add_facts(router, store)
    return router


def _add_parts(router: APIRouter, store: Store) -> None:
    @router.get("/orders/{order_id}/products")
    async def list_lines(order_id: int, request: Request) -> Response:
        return _page(request, lines_v2(store.order(order_id)))

    @router.get("/orders/{order_id}/shipping_addresses")
    async def list_addresses(order_id: int, request: Request) -> Response:
        return _page(request, addresses_v2(store.order(order_id), store.settings))

    @router.get("/orders/{order_id}/coupons")
    async def list_coupons(order_id: int, request: Request) -> Response:
        return _page(request, coupons_v2(store.order(order_id)))

    @router.get("/orders/{order_id}/taxes")
    async def list_taxes(order_id: int, request: Request) -> Response:
        details = request.query_params.get("details") == "true"
        return _page(request, taxes_v2(store.order(order_id), details=details))

    @router.get("/orders/{order_id}/fees")
    async def list_fees(order_id: int, request: Request) -> Response:
        return _page(request, fees_v2(store.order(order_id)))


def _add_facts(router: APIRouter, store: Store) -> None:
    @router.get("/order_statuses")
    async def list_statuses() -> Response:
        return json_answer([_status(status_id) for status_id in STATUSES])

    @router.get("/time")
    async def get_time() -> Response:
        return json_answer({"time": int(store.now().timestamp())})

    @router.get("/store")
    async def get_store() -> Response:
        return json_answer(_store_facts(store))


def _page(request: Request, found: list[dict[str, Any]]) -> Response:
    """One page of a v2 list; an empty one is 204 without a body."""
    page, limit = paging(request)
    shown = found[(page - 1) * limit : page * limit]
    return json_answer(shown) if shown else Response(status_code=204)


def _filtered(request: Request, orders: list[Order]) -> list[Order]:
    ranges: list[tuple[str, Any, Callable[[Order], Any]]] = [
        ("id", _int, lambda o: o.id),
        ("total", _amount, lambda o: o.prices.total.inc),
        ("date_created", moment, lambda o: o.created),
        ("date_modified", moment, lambda o: o.modified),
    ]
    exact: list[tuple[str, Callable[[Order], str]]] = [
        ("customer_id", lambda o: str(o.customer_id)),
        ("status_id", lambda o: str(o.status_id)),
        ("channel_id", lambda o: str(o.draft.channel_id)),
        ("email", lambda o: o.draft.billing.email),
        ("cart_id", lambda o: o.cart_id),
        ("payment_method", lambda o: o.payment_label),
        ("external_order_id", lambda o: o.external_order_id or ""),
    ]
    found = [order for order in orders if not order.is_deleted]
    for name, read, value in ranges:
        least, most = read(request, f"min_{name}"), read(request, f"max_{name}")
        if least is not None:
            found = [order for order in found if value(order) >= least]
        if most is not None:
            found = [order for order in found if value(order) <= most]
    for name, text in exact:
        wanted = request.query_params.get(name)
        if wanted is not None:
            found = [order for order in found if text(order) == wanted]
    return found


def _sorted(request: Request, orders: list[Order]) -> list[Order]:
    name, _, direction = request.query_params.get("sort", "id:asc").partition(":")
    if name not in _SORTS or direction not in ("", "asc", "desc"):
        raise Refused(400, "The field 'sort' is invalid.")
    return sorted(orders, key=_SORTS[name], reverse=direction == "desc")


def _int(request: Request, name: str) -> int | None:
    amount = _amount(request, name)
    return None if amount is None else int(amount)


def _amount(request: Request, name: str) -> Decimal | None:
    given = request.query_params.get(name)
    try:
        return None if given is None else Decimal(given)
    except ArithmeticError:
        raise Refused(400, f"The field '{name}' is invalid.") from None


def _write(store: Store, order: Order, sent: dict[str, Any]) -> None:
    """Applies the safe fields. Raises Refused (400) before anything has changed."""
    for name in sent:
        if name not in ("status_id", "external_order_id", "staff_notes"):
            raise Refused(
                400, f"The field '{name}' cannot be written to. Please remove it from your request."
            )
    status_id = sent.get("status_id", order.status_id)
    if status_id not in STATUSES:
        raise Refused(400, "The field 'status_id' is invalid.")
    if "external_order_id" in sent:
        given = sent["external_order_id"]
        order.external_order_id = None if given is None else str(given)
    if "staff_notes" in sent:
        order.staff_notes = str(sent["staff_notes"] or "")
    if status_id == order.status_id:
        store.touch(order)
    else:
        store.set_status(order.id, status_id)


def _status(status_id: int) -> dict[str, Any]:
    name = STATUSES[status_id]
    return {
        "id": status_id,
        "name": name,
        "system_label": name,
        "custom_label": name,
        "system_description": name,
        "order": status_id,
    }


def _store_facts(store: Store) -> dict[str, Any]:
    settings = store.settings
    return {
        "id": settings.store_hash,
        "store_id": settings.store_id,
        "name": settings.name,
        "domain": "sandbox.example.com",
        "secure_url": "https://sandbox.example.com",
        "status": "live",
        "country_code": "US",
        "timezone": {"name": settings.timezone, "raw_offset": -21600, "dst_offset": -18000},
        "language": "en",
        "currency": settings.currency,
        "decimal_places": 2,
        "weight_units": "KGS",
        "plan_name": "Standard",
        "plan_level": "Standard",
        "plan_is_trial": False,
        "is_price_entered_with_tax": settings.prices_include_tax,
        "default_channel_id": 1,
        "default_site_id": 1000,
        "features": {"multi_storefront_enabled": False, "checkout_type": "optimized"},
    }
