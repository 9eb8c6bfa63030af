"""The course of the demo: orders are placed, webhooks fly, and at the end the ledger is read."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from statistics import quantiles
from time import monotonic

import httpx

from sandbox.bigcommerce.drafts import OrderDraft
from sandbox.shopper import shop, shopping
from starters.demo.configuration import CONNECTION, KEY_PREFIX
from starters.demo.outcome import DemoResult, read_ledger, read_store, results
from starters.demo.progress import Progress, progress_of_all
from starters.demo.stage import Stage
from starters.demo.stock import push_stock, stock_comes_back

_PACE = 0.1
_GIVE_UP_AFTER = 300.0
_RUNNING = "WorkflowType='OrderSync' AND ExecutionStatus='Running' AND Attention IS NULL"


async def play(
    stage: Stage,
    *,
    orders: int,
    seed: int,
    draw: Callable[[Sequence[Progress]], None],
    say: Callable[[str], None],
) -> DemoResult:
    """Place the orders, wait until each is in the ledger, held or ignored, and count.

    Before that the store is given the ERP's stock, and afterwards what has changed of it.
    """
    say(f"Giving the store the stock of {stage.kind.title}")
    await push_stock(stage)
    started = monotonic()
    await _forget_calls(stage)
    placed: list[str] = []
    shopping_trip = asyncio.create_task(_shop(stage, shopping(seed, orders), placed))
    try:
        async with asyncio.timeout(_GIVE_UP_AFTER):
            while True:
                progress = await progress_of_all(stage.journal, placed)
                draw(progress)
                if shopping_trip.done() and await _all_settled(stage, progress):
                    break
                await asyncio.sleep(0.25)
    except TimeoutError:
        pass  # whatever did not settle in time is counted as lost below
    await shopping_trip
    return await _count(stage, placed, monotonic() - started, say)


async def _shop(stage: Stage, drafts: Sequence[OrderDraft], placed: list[str]) -> None:
    for draft in drafts:
        placed += [str(order_id) for order_id in await shop(stage.store_url, [draft])]
        await asyncio.sleep(_PACE)


async def _all_settled(stage: Stage, progress: Sequence[Progress]) -> bool:
    if not all(order.settled for order in progress):
        return False
    running = await stage.client.count_workflows(_RUNNING)
    return running.count == 0


async def _count(
    stage: Stage, placed: Sequence[str], seconds: float, say: Callable[[str], None]
) -> DemoResult:
    progress = await progress_of_all(stage.journal, placed)
    calls = await _calls(stage)
    store = await read_store(stage.store_url, placed)
    ledger = await read_ledger(stage.erp_url)
    ignored = {
        order.order_id: f"'{store[order.order_id].status}' in the store: nothing to post."
        for order in progress
        if order.settled and not order.held
    }
    orders = results(
        placed,
        store,
        ledger,
        prefix=KEY_PREFIX,
        holds={order.order_id: order.held for order in progress if order.held},
        ignored=ignored,
    )
    states = Counter(order.state for order in orders)
    say(f"{stage.kind.title} counts some goods anew; its stock goes to the store")
    return DemoResult(
        erp=stage.kind.title,
        placed=len(placed),
        posted=states["posted"],
        held=states["held"],
        ignored=states["ignored"],
        duplicates=len(ledger.twice),
        lost=states["lost"],
        seconds=round(seconds, 2),
        webhook_to_invoice_seconds=await _latencies(stage, placed),
        http_calls=calls,
        orders=orders,
        stock=await stock_comes_back(stage, orders),
    )


async def _latencies(stage: Stage, placed: Sequence[str]) -> dict[str, float]:
    """Measure from the answer to an order's first webhook to its invoice, read back."""
    told = await _first_webhooks(stage)
    times: list[float] = []
    for order_id in placed:
        entries = await stage.journal.trail.of(CONNECTION, f"order:{order_id}", limit=100)
        posted = [e.at for e in entries if e.step == "document" and e.outcome == "done"]
        if posted and order_id in told:
            times.append((posted[0] - told[order_id]).total_seconds())
    if len(times) < 2:
        return {}
    cuts = quantiles(times, n=100, method="inclusive")
    return {"p50": round(cuts[49], 3), "p95": round(cuts[94], 3)}


async def _first_webhooks(stage: Stage) -> dict[str, datetime]:
    told: dict[str, datetime] = {}
    for order_id, at in await _deliveries(stage):
        told[order_id] = min(at, told.get(order_id, at))
    return told


async def _deliveries(stage: Stage) -> list[tuple[str, datetime]]:
    async with httpx.AsyncClient(base_url=stage.store_url, trust_env=False) as http:
        attempts = (await http.get("/_sandbox/webhooks")).raise_for_status().json()
    return [
        (str(attempt["data"]["id"]), datetime.fromisoformat(attempt["at"]))
        for attempt in attempts
        if attempt["scope"].startswith("store/order/") and "id" in attempt["data"]
    ]


async def _forget_calls(stage: Stage) -> None:
    for url in (stage.store_url, stage.erp_url):
        async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
            (await http.delete("/_sandbox/calls")).raise_for_status()


async def _calls(stage: Stage) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name, url in (("store", stage.store_url), ("erp", stage.erp_url)):
        async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
            seen = (await http.get("/_sandbox/calls")).raise_for_status().json()
        counts[name] = len(seen["calls"])
    return counts


def default_folder() -> Path:
    """Return where the demo keeps its files: below the current folder, made anew each time."""
    return Path("var") / "demo"
