"""A storm of webhooks over everything on one machine, with Temporal killed in the middle."""

import asyncio
import json
import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic

from sandbox.assortment import ASSORTMENT
from sandbox.bigcommerce.drafts import LineDraft, OrderDraft
from starters.demo.configuration import CONNECTION
from starters.demo.stage import Stage, staged
from starters.faults.storm.judge import lost
from starters.faults.storm.result import StormResult, answers
from starters.faults.storm.sender import Wave, send

_POSTED_ORDERS = 200
_BURST_SECONDS = 5
_EMPTY_WITHIN_SECONDS = 600.0
_INCOMPLETE = 0  # a checkout that was never finished: looked at, and nothing to post
_KETTLE = LineDraft(sku=ASSORTMENT[0].sku, price=ASSORTMENT[0].price)

_CONNECTION = f"TILLBRIDGE_CONNECTIONS__{CONNECTION.upper()}"
# What a merchant has, instead of the demo's hurry; and nothing but webhooks goes on.
_OVERRIDES = {
    f"{_CONNECTION}__POLICY__LINGER_SECONDS": "10",
    f"{_CONNECTION}__PUSH__STOCK__ENABLED": "false",
}


class InboxNotEmptied(Exception):
    """Webhooks still waited in the inbox long after the last one was sent."""


async def run_storm(
    folder: Path,
    *,
    rate: int = 100,
    seconds: int = 60,
    burst: int = 2000,
    kill_temporal: bool = True,
    say: Callable[[str], None] = print,
) -> StormResult:
    """Send `rate` webhooks a second for `seconds`, then `burst` more within five seconds.

    The stream tells of 200 paid orders over and over, as trade does: they are posted meanwhile.
    The burst tells of checkouts never finished, once each: the most work for Temporal, a new
    workflow for every webhook, and each one lost would be seen as a workflow that is not there.
    The store's own webhooks are held back, so that every one is counted.

    Raises:
        NotReady: a process did not come up.
        InboxNotEmptied: webhooks still wait after ten minutes.
    """
    async with staged(folder, say, overrides=_OVERRIDES) as stage:
        stage.store.hold_webhooks()
        paid = await place(stage, min(_POSTED_ORDERS, rate * seconds), OrderDraft(lines=(_KETTLE,)))
        abandoned = await place(
            stage, burst, OrderDraft(lines=(_KETTLE,), status_id=_INCOMPLETE, payment=None)
        )
        say(f"{rate} webhooks a second for {seconds} s over {len(paid)} orders")
        begun = asyncio.Event()
        waves = wave(stage, "stream", paid, rate=rate, count=rate * seconds)
        stream = asyncio.create_task(send(waves, begun=begun))
        await begun.wait()
        if kill_temporal:
            await asyncio.sleep(seconds / 2)
            say("Killing Temporal; it is started again")
            stage.temporal.send(signal.SIGKILL)
        streamed = await stream
        say(f"{burst} webhooks in {_BURST_SECONDS} s, each of another order")
        burst_rate = burst / _BURST_SECONDS
        bursted = await send(wave(stage, "burst", abandoned, rate=burst_rate, count=burst))
        empty_after = await _inbox_empty(stage)
        say("Reading in Temporal's histories whether all arrived")
        missing = await lost(stage.client, CONNECTION, [*streamed, *bursted])
        return StormResult(
            rate=rate,
            seconds=seconds,
            processors=os.cpu_count() or 1,
            temporal_kills=stage.temporal.restarts,
            stream=answers(streamed),
            burst=answers(bursted),
            through_the_inbox=handed_on(stage.serve.log),
            inbox_empty_after_seconds=round(empty_after, 1),
            lost=len(missing),
        )


def wave(stage: Stage, name: str, orders: Sequence[str], *, rate: float, count: int) -> Wave:
    """Describe webhooks as this stage's store would send them."""
    webhooks = stage.settings.connection(CONNECTION).webhooks
    path_secret = webhooks.path_secret.get_secret_value()
    assert webhooks.client_secret is not None
    return Wave(
        name=name,
        destination=f"http://127.0.0.1:{stage.ports.webhooks}/webhooks/{CONNECTION}/{path_secret}",
        secret=webhooks.client_secret.get_secret_value(),
        producer=f"stores/{stage.store.settings.store_hash}",
        orders=tuple(orders),
        rate=rate,
        count=count,
    )


async def place(stage: Stage, count: int, draft: OrderDraft) -> list[str]:
    """Place orders in the store, and let it answer others meanwhile."""
    placed: list[str] = []
    for _ in range(count):
        placed.append(str(stage.store.place_order(draft)))
        await asyncio.sleep(0)
    return placed


def handed_on(log: Path) -> int:
    """Count in the webhook service's log the deliveries that went through the inbox."""
    counted = 0
    for line in log.read_text(encoding="utf-8").splitlines():
        if '"Handed on from the inbox' in line:
            counted += int(json.loads(line)["deliveries"])
    return counted


async def _inbox_empty(stage: Stage) -> float:
    began = monotonic()
    try:
        async with asyncio.timeout(_EMPTY_WITHIN_SECONDS):
            while True:
                if not (await stage.journal.inbox.waiting()).resources:
                    return monotonic() - began
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise InboxNotEmptied(
            f"{(await stage.journal.inbox.waiting()).deliveries} webhooks still wait in the inbox"
        ) from None
