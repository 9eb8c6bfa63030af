"""Stock on its way back: the ERP counts goods anew, a push tells the store, both are compared."""

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import ROUND_FLOOR, Decimal
from time import monotonic

from activities.push_records import Flow, PushKey, PushSummary
from activities.push_start import PushWish, start_push
from settings.queues import sync_queue
from starters.demo.configuration import CONNECTION, STORE_LOCATION
from starters.demo.outcome import OrderResult, StockDifference, StockResult
from starters.demo.stage import Stage
from starters.demo.storefront import inventory, sold_by, storefront

COUNTED_ANEW: Mapping[str, int] = {"KETTLE-1L": 500, "GRINDER": 40, "POT-CAST": 0}
_KEY = PushKey(connection=CONNECTION, flow=Flow.STOCK)


async def push_stock(stage: Stage) -> PushSummary:
    """Push once, or see to its end the push that is under way."""
    queue = sync_queue(stage.settings.temporal)
    handle = await start_push(stage.client, PushWish(key=_KEY), queue=queue)
    return PushSummary.model_validate(await handle.result())


async def stock_comes_back(stage: Stage, orders: Sequence[OrderResult]) -> StockResult:
    """Count some goods anew in the ERP, push, and compare the store's inventory with the ERP's.

    There has to have been a push before.
    """
    # One that the schedule began might have read the ERP already.
    await stage.client.get_workflow_handle(_KEY.workflow_id).result()
    for sku, quantity in COUNTED_ANEW.items():
        stage.erp.set_stock(sku, on_hand=quantity, warehouse=stage.kind.selling_warehouse)
    started = monotonic()
    summary = await push_stock(stage)
    seconds = monotonic() - started
    available = stage.erp.available_in(stage.kind.selling_warehouse)
    async with storefront(stage.store_url) as http:
        lacking: Counter[str] = Counter()
        for order_id in _lacking_in(stage, orders):
            lacking.update(await sold_by(http, order_id))
        in_store = await inventory(http, STORE_LOCATION)
    compared = sorted(in_store.keys() & available.keys())
    differing = differences(
        {sku: in_store[sku] for sku in compared}, available=available, lacking=lacking
    )
    trouble = summary.stopped or summary.stale
    return StockResult(
        counted_anew=COUNTED_ANEW,
        read=summary.read,
        changed=summary.changed,
        pushed=summary.pushed,
        calls=summary.calls,
        seconds=round(seconds, 2),
        compared=len(compared),
        differing=differing,
        agrees=bool(compared) and not differing and not trouble,
        trouble=trouble,
    )


def differences(
    in_store: Mapping[str, int], *, available: Mapping[str, Decimal], lacking: Mapping[str, int]
) -> tuple[StockDifference, ...]:
    """Return the SKUs of which the store has not what the ERP has less what it lacks."""
    found: list[StockDifference] = []
    for sku, quantity in in_store.items():
        left = (available[sku] - lacking.get(sku, 0)).to_integral_value(ROUND_FLOOR)
        expected = max(int(left), 0)
        if quantity != expected:
            found.append(StockDifference(sku=sku, in_store=quantity, expected=expected))
    return tuple(found)


def _lacking_in(stage: Stage, orders: Sequence[OrderResult]) -> list[str]:
    """Return the orders whose goods the ERP's stock still contains."""
    stock = stage.settings.connection(CONNECTION).push.stock
    falls = not stock.posted_counts_hours
    sold = (order for order in orders if order.state != "ignored")
    return [order.order_id for order in sold if order.erp_document is None or not falls]
