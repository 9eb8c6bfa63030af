"""What became of the orders, counted in the store and in the ERP's ledger, not in our own books."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Literal

import httpx

from domain.record import Record
from sandbox.common_ledger import CommonLedger
from starters.demo.storefront import storefront

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


class StockDifference(Record):
    """A SKU of which the store has another quantity than it should."""

    sku: str
    in_store: int
    expected: int


class StockResult(Record):
    """How the ERP's stock came to the store. `calls` and `seconds` are those of the push.

    `agrees`: what the store has of every SKU `compared` is what the ERP has available less what
    the store has sold and the ERP's numbers do not contain. `trouble` says why a push fell short.
    """

    counted_anew: Mapping[str, int]
    read: int
    changed: int
    pushed: int
    calls: int
    seconds: float
    compared: int
    differing: tuple[StockDifference, ...]
    agrees: bool
    trouble: str = ""


class DemoResult(Record):
    """The whole run. `duplicates` and `lost` come from the ledger; `erp` is its title."""

    erp: str
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
    stock: StockResult

    @property
    def well(self) -> bool:
        """Tell whether everything is as promised."""
        return not (self.lost or self.duplicates) and self.stock.agrees


class StoreView(Record):
    """An order as the store's API tells it."""

    order_id: str
    total: Decimal
    currency: str
    status: str


async def read_store(base_url: str, orders: Sequence[str]) -> dict[str, StoreView]:
    """Read the orders over the store's API."""
    views: dict[str, StoreView] = {}
    async with storefront(base_url) as http:
        for order_id in orders:
            answer = await http.get(f"v2/orders/{order_id}")
            wire = answer.raise_for_status().json()
            views[order_id] = StoreView(
                order_id=order_id,
                total=Decimal(wire["total_inc_tax"]),
                currency=wire["default_currency_code"],
                status=wire["status"],
            )
    return views


async def read_ledger(base_url: str) -> CommonLedger:
    """Read the ledger over the ERP stand-in's own interface."""
    async with httpx.AsyncClient(base_url=base_url, trust_env=False) as http:
        answer = await http.get("/_sandbox/common-ledger")
        return CommonLedger.model_validate_json(answer.raise_for_status().content)


def results(
    placed: Sequence[str],
    store: Mapping[str, StoreView],
    ledger: CommonLedger,
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
    ledger: CommonLedger,
    key: str,
    holds: Mapping[str, str],
    ignored: Mapping[str, str],
) -> OrderResult:
    booked = next((one for one in ledger.documents if one.reference == key), None)
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
        erp_document=booked.number if booked else None,
        # Numbers are stored padded where an ERP's key is of a fixed width.
        customer=booked.customer.lstrip("0") if booked else None,
        store_total=f"{view.total:.2f}",
        erp_total=f"{ledger.sold(key):.2f}" if booked else None,
        reason=reason,
    )
