"""What became of the orders, counted in the store and in the ERP's ledger, not in our own books."""

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

import httpx

from domain.record import Record

_ONCE = ("invoices", "payments")

State = Literal["posted", "held", "ignored", "lost", "syncing"]


class OrderResult(Record):
    """One order: the store's total, the ledger's, and why it is held or ignored."""

    order_id: str
    state: State
    erp_document: str | None = None
    customer: str | None = None
    store_total: str
    erp_total: str | None = None
    reason: str | None = None


class DemoResult(Record):
    """The whole run. `duplicates` and `lost` come from the ledger."""

    placed: int
    posted: int
    held: int
    ignored: int
    duplicates: int
    lost: int
    seconds: float
    webhook_to_invoice_seconds: Mapping[str, float]
    http_calls: Mapping[str, int]
    orders: tuple[OrderResult, ...]


class StoreView(Record):
    """An order as the store's API tells it."""

    order_id: str
    total: Decimal
    currency: str
    status: str


class LedgerView(Record):
    """The ledger's documents by our key, with how often each key occurs."""

    totals: Mapping[str, Decimal]
    customers: Mapping[str, str]
    duplicates: int


async def read_store(base_url: str, orders: Sequence[str]) -> dict[str, StoreView]:
    """Read the orders over the store's API."""
    views: dict[str, StoreView] = {}
    headers = {"X-Auth-Token": "sandbox-token", "Accept": "application/json"}
    async with httpx.AsyncClient(base_url=base_url, headers=headers, trust_env=False) as http:
        for order_id in orders:
            answer = await http.get(f"/stores/abc123/v2/orders/{order_id}")
            wire = answer.raise_for_status().json()
            views[order_id] = StoreView(
                order_id=order_id,
                total=Decimal(wire["total_inc_tax"]),
                currency=wire["default_currency_code"],
                status=wire["status"],
            )
    return views


async def read_ledger(base_url: str) -> LedgerView:
    """Read the ledger over the ERP stand-in's API and count what occurs more than once."""
    async with httpx.AsyncClient(base_url=base_url, trust_env=False) as http:
        ledger = (await http.get("/_sandbox/ledger")).raise_for_status().json()
    invoices: list[dict[str, Any]] = ledger["invoices"]
    occurrences = Counter((kind, row["reference"]) for kind in _ONCE for row in ledger[kind])
    # A document has one line a product class, whether invoice, debit or credit.
    occurrences.update((row["reference"], row["product_class"]) for row in ledger["sales_lines"])
    return LedgerView(
        totals={row["invoice"]: Decimal(row["value"]) for row in invoices},
        customers={row["invoice"]: row["customer"].lstrip("0") for row in invoices},
        duplicates=sum(count - 1 for count in occurrences.values()),
    )


def results(
    placed: Sequence[str],
    store: Mapping[str, StoreView],
    ledger: LedgerView,
    *,
    prefix: str,
    holds: Mapping[str, str],
    ignored: Mapping[str, str],
) -> tuple[OrderResult, ...]:
    """Judge each order by what the ledger holds; only then by what we say of it."""
    return tuple(
        _result(store[order_id], ledger, f"{prefix}{order_id}", holds, ignored)
        for order_id in placed
    )


def _result(
    view: StoreView,
    ledger: LedgerView,
    document: str,
    holds: Mapping[str, str],
    ignored: Mapping[str, str],
) -> OrderResult:
    booked = ledger.totals.get(document)
    reason = holds.get(view.order_id) or (ignored.get(view.order_id) if booked is None else None)
    if view.order_id in holds:
        state: State = "held"
    elif booked is not None:
        state = "posted"
    else:
        state = "ignored" if view.order_id in ignored else "lost"
    return OrderResult(
        order_id=view.order_id,
        state=state,
        erp_document=document if booked is not None else None,
        customer=ledger.customers.get(document),
        store_total=f"{view.total:.2f}",
        erp_total=f"{booked:.2f}" if booked is not None else None,
        reason=reason,
    )
