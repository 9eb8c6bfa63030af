"""The stand-in's own API below `/_sandbox/`: look into the books, turn the knobs."""

import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.sap_business_one import ledger
from sandbox.sap_business_one.audit import audit
from sandbox.sap_business_one.books import ZERO, Books

if TYPE_CHECKING:
    from sandbox.sap_business_one.app import SapBusinessOneStandIn


def shown_ledger(books: Books) -> dict[str, Any]:
    """The whole ledger as JSON values, after an audit; amounts are text."""
    audit(books)
    accounts = dict(sorted(books.accounts.items()))
    invoices = ledger.documents(books, "Invoices")
    incoming = ledger.payments(books, "IncomingPayments")
    return {
        "customers": plain(ledger.partners(books)),
        "orders": plain(ledger.documents(books, "Orders")),
        "deliveries": plain(ledger.documents(books, "DeliveryNotes")),
        "invoices": plain(invoices),
        "credit_notes": plain(ledger.documents(books, "CreditNotes")),
        "payments": plain(incoming),
        "refunds": plain(ledger.payments(books, "VendorPayments")),
        "stock_moves": plain(list(books.movements.values())),
        "gl_postings": plain(list(books.journals.values())),
        "totals": {
            "accounts": plain(accounts),
            "debits": str(sum((v for v in accounts.values() if v > 0), ZERO)),
            "credits": str(sum((v for v in accounts.values() if v < 0), ZERO)),
            "invoices": len(invoices),
            "payments": len(incoming),
        },
    }


def shown_items(books: Books) -> list[dict[str, Any]]:
    """Every item with its prices and what lies where; numbers are text."""
    return [
        {
            "sku": code,
            "name": row["ItemName"],
            "cost": str(row["AvgStdPrice"]),
            "prices": {str(p["PriceList"]): str(p["Price"]) for p in row["ItemPrices"]},
            "stock": {
                place: {
                    "in_stock": str(books.level(code, place).in_stock),
                    "committed": str(books.level(code, place).committed),
                }
                for place in books.lists["Warehouses"]
            },
        }
        for code, row in books.items.items()
    ]


def plain(value: Any) -> Any:
    """Records as dictionaries, amounts and dates as text."""
    if is_dataclass(value):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, dict):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return str(value) if isinstance(value, Decimal | date) else value


async def serve(stand_in: "SapBusinessOneStandIn", request: Request) -> Response:
    """Answers one control request: GET ledger or items, or POST to a knob with a JSON object."""
    name = request.url.path.removeprefix("/_sandbox/")
    if request.method == "GET" and name == "common-ledger":
        return JSONResponse(stand_in.common_ledger().model_dump(mode="json"))
    if request.method == "GET" and name == "ledger":
        return JSONResponse(shown_ledger(stand_in.books))
    if request.method == "GET" and name == "items":
        return JSONResponse(shown_items(stand_in.books))
    knob = _knobs(stand_in).get(name)
    if knob is None or request.method != "POST":
        return JSONResponse({"error": "no such control", "knobs": list(_knobs(stand_in))}, 404)
    body = await request.body()
    try:
        knob(**json.loads(body or b"{}", parse_float=Decimal))
    except (TypeError, ValueError, KeyError, ArithmeticError) as problem:
        return JSONResponse({"error": str(problem)}, 422)
    return Response(status_code=204)


def _knobs(stand_in: "SapBusinessOneStandIn") -> dict[str, Callable[..., object]]:
    return {
        "add-item": stand_in.add_item,
        "add-partner": stand_in.add_partner,
        "add-user-field": stand_in.add_user_field,
        "approve-drafts": stand_in.approve_drafts,
        "change-contact": stand_in.change_contact,
        "close-period": stand_in.close_period,
        "deactivate-item": stand_in.deactivate_item,
        "drop-sessions": stand_in.drop_sessions,
        "expire-session": stand_in.expire_session,
        "freeze-partner": stand_in.freeze_partner,
        "open-period": stand_in.open_period,
        "refuse-next": stand_in.refuse_next,
        "remove-rate": stand_in.remove_rate,
        "remove-user-field": stand_in.remove_user_field,
        "set-price": stand_in.set_price,
        "set-rate": stand_in.set_rate,
        "set-stock": stand_in.set_stock,
        "thaw-partner": stand_in.thaw_partner,
    }
