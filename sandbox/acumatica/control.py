"""The stand-in's own API below `/_sandbox/`: look into the books, turn the knobs."""

from collections.abc import Callable
from dataclasses import asdict, fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.acumatica.books import Books
from sandbox.acumatica.records import ZERO
from sandbox.acumatica.refusals import HttpRefusal
from sandbox.acumatica.settings import AcumaticaSettings
from sandbox.acumatica.stock import taken
from sandbox.acumatica.wire import decode

if TYPE_CHECKING:
    from sandbox.acumatica.app import AcumaticaStandIn

_SECRETS = frozenset({"password", "client_secret"})


def ledger(books: Books) -> dict[str, Any]:
    """The whole ledger as JSON values, after an audit; amounts are text."""
    books.audit()
    balances = books.balances()
    orders, invoices = books.orders, books.invoices
    payments, refunds = books.payments, books.refunds
    return {
        "customers": plain(books.customers),
        "orders": plain(orders),
        "invoices": plain([one for one in invoices if one.kind != "Credit Memo"]),
        "credit_notes": plain([one for one in invoices if one.kind == "Credit Memo"]),
        "payments": plain(payments),
        "refunds": plain(refunds),
        "gl_postings": plain(list(books.journals.values())),
        "totals": {
            "accounts": plain(balances),
            "debits": str(sum((v for v in balances.values() if v > 0), ZERO)),
            "credits": str(sum((v for v in balances.values() if v < 0), ZERO)),
            "orders": len(orders),
            "invoices": len(invoices),
            "payments": len(payments),
            "refunds": len(refunds),
        },
    }


def items(books: Books) -> list[dict[str, Any]]:
    """Every item with its price, its costs and its stock by warehouse."""
    by_orders = taken(books)
    filed = (
        *books.records.get("StockItem", {}).values(),
        *books.records.get("NonStockItem", {}).values(),
    )
    names = ("InventoryID", "Description", "ItemStatus", "DefaultPrice", "ValuationMethod")
    costs = ("AverageCost", "CurrentStdCost", "LastCost")
    return [
        {
            **{name: plain(item[name]) for name in (*names, *costs)},
            "stock": {
                level.warehouse: {
                    "on_hand": str(level.on_hand),
                    "available": str(level.on_hand - by_orders[(level.item, level.warehouse)]),
                }
                for level in books.levels_of(item["InventoryID"])
            },
        }
        for item in filed
    ]


def plain(value: Any) -> Any:
    """Records as dictionaries, amounts and dates as text, document keys as `type number`."""
    if is_dataclass(value):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, dict):
        return {
            " ".join(name) if isinstance(name, tuple) else str(name): plain(one)
            for name, one in value.items()
        }
    if isinstance(value, list | tuple | set):
        return [plain(one) for one in value]
    return str(value) if isinstance(value, Decimal | date) else value


async def serve(stand_in: "AcumaticaStandIn", request: Request) -> Response:
    """Answers one control request: GET a view, or POST to a knob with a JSON object."""
    name = request.url.path.removeprefix("/_sandbox/")
    views = _views(stand_in)
    if request.method == "GET" and name in views:
        return JSONResponse(views[name]())
    knobs = _knobs(stand_in)
    if request.method != "POST" or name not in knobs:
        told = {"error": "no such control", "views": list(views), "knobs": list(knobs)}
        return JSONResponse(told, 404)
    try:
        knobs[name](**decode(await request.body() or b"{}"))
    except (TypeError, ValueError, KeyError, ArithmeticError, HttpRefusal) as problem:
        return JSONResponse({"error": str(problem)}, 422)
    return Response(status_code=204)


def _views(stand_in: "AcumaticaStandIn") -> dict[str, Callable[[], Any]]:
    return {
        "ledger": lambda: ledger(stand_in.books),
        "common-ledger": lambda: stand_in.common_ledger().model_dump(mode="json"),
        "items": lambda: items(stand_in.books),
        "customers": lambda: plain(stand_in.books.customers),
        "settings": lambda: _shown(stand_in.settings),
        "pushes": lambda: plain(stand_in.push.attempts),
    }


def _knobs(stand_in: "AcumaticaStandIn") -> dict[str, Callable[..., object]]:
    return {
        "settings": lambda **changed: _turn(stand_in.settings, changed),
        "expire-token": stand_in.expire_token,
        "expire-refresh-token": stand_in.expire_refresh_token,
        "revoke-access": stand_in.revoke_access,
        "expire-session": stand_in.expire_session,
        "take-seat": stand_in.take_seat,
        "free-seat": stand_in.free_seat,
        "decline-next": stand_in.decline_next,
        "close-period": stand_in.close_period,
        "open-period": stand_in.open_period,
        "deactivate-customer": stand_in.deactivate_customer,
        "activate-customer": stand_in.activate_customer,
        "deactivate-item": stand_in.deactivate_item,
        "set-credit-limit": stand_in.set_credit_limit,
        "add-customer": stand_in.add_customer,
        "change-customer": stand_in.change_customer,
        "change-contact": stand_in.change_contact,
        "add-item": stand_in.add_item,
        "set-stock": stand_in.set_stock,
        "set-price": stand_in.set_price,
        "fulfil": stand_in.fulfil,
        "subscribe": stand_in.push.subscribe,
        "repeat-push": stand_in.push.repeat_next,
        "lose-push": stand_in.push.lose_next,
    }


def _shown(settings: AcumaticaSettings) -> dict[str, Any]:
    return {name: plain(value) for name, value in asdict(settings).items() if name not in _SECRETS}


def _turn(settings: AcumaticaSettings, changed: dict[str, Any]) -> None:
    known = {one.name for one in fields(settings)}
    if unknown := changed.keys() - known:
        raise ValueError(f"no such settings: {sorted(unknown)}")
    for name, value in changed.items():
        if isinstance(getattr(settings, name), set):
            value = set(value)
        elif isinstance(getattr(settings, name), tuple):
            value = tuple(value)
        setattr(settings, name, value)
