"""The stand-in's own API below `/_sandbox/`: look into the books, turn the knobs."""

import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.syspro.books import Books

if TYPE_CHECKING:
    from sandbox.syspro.app import SysproStandIn


def ledger(books: Books) -> dict[str, Any]:
    """The whole ledger as JSON values, after an audit; amounts are text."""
    books.audit()
    documents = list(books.invoices.values())
    balances = books.balances()
    return {
        "customers": plain(list(books.customers.values())),
        "invoices": plain([one for one in documents if one.document_type != "C"]),
        "credit_notes": plain(
            [
                *(one for one in documents if one.document_type == "C"),
                *(m for ms in books.movements.values() for m in ms if _applied_credit(m)),
            ]
        ),
        "payments": plain(list(books.payments.values())),
        "sales_lines": plain(list(books.sales_lines.values())),
        "orders": plain(list(books.orders.values())),
        "stock_moves": plain(list(books.stock_moves.values())),
        "gl_postings": plain(list(books.journals.values())),
        "totals": {
            "accounts": plain(balances),
            "debits": str(sum((v for v in balances.values() if v > 0), Decimal(0))),
            "credits": str(sum((v for v in balances.values() if v < 0), Decimal(0))),
            "invoices": len(documents),
            "payments": len(books.payments),
        },
    }


def _applied_credit(movement: Any) -> bool:
    return movement.kind == "C" and movement.document_type == "I"


def plain(value: Any) -> Any:
    """Records as dictionaries, amounts and dates as text."""
    if is_dataclass(value):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, dict):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return str(value) if isinstance(value, Decimal | date) else value


async def serve(stand_in: "SysproStandIn", request: Request) -> Response:
    """Answers one control request: GET ledger, or POST to a knob with a JSON object."""
    name = request.url.path.removeprefix("/_sandbox/")
    if name == "common-ledger" and request.method == "GET":
        return JSONResponse(stand_in.common_ledger().model_dump(mode="json"))
    if name == "ledger" and request.method == "GET":
        return JSONResponse(ledger(stand_in.books))
    knob = _knobs(stand_in).get(name)
    if knob is None or request.method != "POST":
        return JSONResponse({"error": "no such control", "knobs": list(_knobs(stand_in))}, 404)
    body = await request.body()
    try:
        knob(**json.loads(body or b"{}", parse_float=Decimal))
    except (TypeError, ValueError, KeyError, ArithmeticError) as problem:
        return JSONResponse({"error": str(problem)}, 422)
    return Response(status_code=204)


def _knobs(stand_in: "SysproStandIn") -> dict[str, Callable[..., object]]:
    return {
        "close-period": stand_in.close_period,
        "open-period": stand_in.open_period,
        "hold-customer": stand_in.hold_customer,
        "release-customer": stand_in.release_customer,
        "steal-session": stand_in.steal_session,
        "expire-session": stand_in.expire_session,
        "occupy-seats": stand_in.occupy_seats,
        "vacate-seats": stand_in.vacate_seats,
        "add-item": stand_in.add_item,
        "add-customer": stand_in.add_customer,
        "change-contact": stand_in.change_contact,
        "set-stock": stand_in.set_stock,
        "set-price": stand_in.set_price,
    }
