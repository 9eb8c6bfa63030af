"""Records the histories that the replay tests use: `python -m tests.histories.record`.

Run it at a release, on made-up orders, and keep what earlier releases recorded: those are the
histories that are in flight when the next one is deployed.
"""

import asyncio
import re
import tempfile
from pathlib import Path
from typing import Any

from temporalio.client import Client, WorkflowHandle
from temporalio.contrib.pydantic import pydantic_data_converter

from activities.push_records import Flow, PushKey
from activities.push_start import PushWish, hint_push, start_push
from activities.records import CatchUpWork
from domain.customer import CustomerKey
from sandbox.assortment import UNLISTED_SKU
from sandbox.bigcommerce.drafts import OrderEdit, RefundDraft
from sandbox.faults import Fault, FaultKind
from settings.temporal import look_again
from tests.end_to_end.drafts import JANE, an_order, line
from tests.support.temporal import temporal_server
from tests.support.world import World
from tests.support.worlds import a_world
from workers.runtime import run_main
from workflows.catch_up import CatchUp, CatchUpOrder
from workflows.push_due import PushDue

FOLDER = Path(__file__).parent
RELEASE = "0.3.0"
_ANN = {"actor": "ann", "reason": "looking into it"}
# What tells of the machine and not of the workflow.
_BUILD_SPECIFIC = re.compile(r'"(identity|binaryChecksum|buildId|stackTrace)": "(?:[^"\\]|\\.)*"')


async def record() -> int:
    async with temporal_server() as server:
        client = await Client.connect(
            server.client.service_client.config.target_host,
            data_converter=pydantic_data_converter,
        )
        with tempfile.TemporaryDirectory() as folder:
            async with a_world(
                client,
                Path(folder),
                mappings={"location": {"FG": "1"}},
                push={"stock": {"posted_counts_hours": 1}},
            ) as world:
                await _record_orders(world)
                await _record_the_others(world)
                await _record_the_pushes(world)
        with tempfile.TemporaryDirectory() as folder:
            async with a_world(client, Path(folder), system="acumatica") as world:
                await _record_a_payout(world)
    return 0


async def _record_orders(world: World) -> None:
    paid = await world.post(an_order(customer=JANE))
    await _keep(world.workflow(paid), "OrderSync", "paid")

    refunded = await world.post(an_order())
    world.store.refund(int(refunded), RefundDraft())
    await world.settled(refunded)
    await _keep(world.workflow(refunded), "OrderSync", "refunded")

    mapped = world.place(an_order(lines=(line(sku=UNLISTED_SKU),)))
    await world.held(mapped)
    await world.map("item", UNLISTED_SKU, line(0).sku)
    await world.settled(mapped)
    await _keep(world.workflow(mapped), "OrderSync", "held-then-mapped")

    edited = await world.post(an_order())
    world.store.edit_order(int(edited), OrderEdit(quantities={0: 3}))
    await world.held(edited)
    await _keep(world.workflow(edited), "OrderSync", "held-and-still-open")
    await world.signal(edited, "skip", {"actor": "ann", "reason": "booked by hand"})
    await world.settled(edited)
    await _keep(world.workflow(edited), "OrderSync", "edited-then-skipped")

    await _record_a_stopped_order(world)


async def _record_a_payout(world: World) -> None:
    order = await world.post(an_order())
    world.store.refund(int(order), RefundDraft())
    await world.settled(order)
    await _keep(world.workflow(order), "OrderSync", "paid-out")


async def _record_a_stopped_order(world: World) -> None:
    order = await world.post(an_order())
    await world.signal(order, "hold", _ANN)
    await _stopped(world, world.workflow(order))
    await world.signal(order, "release", _ANN)
    await world.settled(order)
    await _keep(world.workflow(order), "OrderSync", "stopped-then-released")


async def _record_a_stopped_customer(world: World, *ends: str) -> None:
    handle = await look_again(
        world.client,
        CustomerKey(connection=world.connection, customer_id="1"),
        queue=world.queue,
        signal="hold",
        signal_args=(_ANN,),
    )
    for signal in ends:
        await _stopped(world, handle)
        await handle.signal(signal, _ANN)
    await handle.result()
    await _keep(handle, "CustomerSync", f"stopped-then-{'-and-'.join(ends)}")


async def _stopped(world: World, handle: WorkflowHandle[Any, Any]) -> None:
    async def held() -> bool | None:
        return True if (await handle.query("status"))["stage"] == "held" else None

    await world.until(held, f"a hold of {handle.id}")


async def _record_the_others(world: World) -> None:
    key = CustomerKey(connection=world.connection, customer_id="1")
    await (await look_again(world.client, key, queue=world.queue)).result()
    await _keep(world.client.get_workflow_handle(key.workflow_id), "CustomerSync", "known")
    await _record_a_stopped_customer(world, "retry", "release")
    await _record_a_stopped_customer(world, "skip")

    catch_up = await world.client.start_workflow(
        CatchUp.run,
        CatchUpOrder(work=CatchUpWork(connection=world.connection, resource="orders")),
        id=f"{world.connection}:catch-up:orders",
        task_queue=world.queue,
    )
    await catch_up.result()
    await _keep(catch_up, "CatchUp", "orders")

    for hook in world.store.hooks.listening("store/order/created"):
        world.store.hooks.deactivate(hook.id)
    await world.look_after_webhooks()
    async for found in world.client.list_workflows("WorkflowType='WebhookGuardian'"):
        handle = world.client.get_workflow_handle(found.id, run_id=found.run_id)
        await _keep(handle, "WebhookGuardian", "gap")
        return


async def _record_the_pushes(world: World) -> None:
    for flow, workflow in ((Flow.STOCK, "StockPush"), (Flow.PRICES, "PricePush")):
        wish = PushWish(key=PushKey(connection=world.connection, flow=flow), full=True)
        handle = await start_push(world.client, wish, queue=world.queue)
        await handle.result()
        await _keep(handle, workflow, "everything")
    stock = PushKey(connection=world.connection, flow=Flow.STOCK)
    batches = world.client.get_workflow_handle(f"{stock.workflow_id}/batches-0")
    await _keep(batches, "PushBatches", "one")

    due = await world.client.start_workflow(
        PushDue.run,
        PushWish(key=stock),
        id=f"{world.connection}:push-due:stock",
        task_queue=world.queue,
    )
    await due.result()
    await _keep(due, "PushDue", "stock")
    nothing_new = world.client.get_workflow_handle(stock.workflow_id)
    await nothing_new.result()
    await _keep(nothing_new, "StockPush", "nothing-new")
    await _record_the_hints(world)


async def _record_the_hints(world: World) -> None:
    prices = PushKey(connection=world.connection, flow=Flow.PRICES)
    hinted = await hint_push(world.client, prices, queue=world.queue)
    await hinted.result()
    await _keep(hinted, "PricePush", "hinted")

    stock = PushKey(connection=world.connection, flow=Flow.STOCK)
    world.erp.set_stock("GRINDER", on_hand=3)
    world.store.faults.add(Fault(kind=FaultKind.THROTTLE, path="adjustments", times=1))
    world.store.faults.forget_calls()
    first = await hint_push(world.client, stock, queue=world.queue)

    async def pushing() -> bool | None:
        return any("adjustments" in call.path for call in world.store.faults.calls) or None

    await world.until(pushing, "the push")
    await hint_push(world.client, stock, queue=world.queue)
    await first.result()
    run = world.client.get_workflow_handle(first.id, run_id=first.first_execution_run_id)
    await _keep(run, "StockPush", "hinted-again")


async def _keep(handle: WorkflowHandle[Any, Any], workflow: str, case: str) -> None:
    history = (await handle.fetch_history()).to_json()
    path = FOLDER / workflow / f"{RELEASE}-{case}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(_BUILD_SPECIFIC.sub(r'"\1": ""', history) + "\n", encoding="utf-8")


if __name__ == "__main__":
    run_main(asyncio.wait_for(record(), timeout=300))
