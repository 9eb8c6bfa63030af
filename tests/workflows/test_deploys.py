"""A new build takes over while orders are in flight: each finishes, once, whatever had changed."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import Client

from sandbox.assortment import UNLISTED_SKU
from sandbox.faults import Fault, FaultKind
from settings.model import Settings
from starters.deploys import BuildNotWorking, BuildState, deployment, make_current
from tests.end_to_end.drafts import JANE, an_order, line
from tests.support.world import World
from tests.support.worlds import a_world
from tests.workflows.next_release import WithPatch
from workers.build import WORKFLOWS, build_workers
from workers.versioning import why_without_work
from workflows.order import OrderSync

pytestmark = pytest.mark.seconds(35)

SOON = timedelta(seconds=30)
AT_ONCE = timedelta(0)


@pytest.fixture
async def world(client: Client, tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(client, tmp_path) as world:
        await world.stop_worker()
        yield world


def of_build(world: World, build_id: str) -> Settings:
    worker = world.settings.worker.model_copy(update={"build_id": build_id})
    return world.settings.model_copy(update={"worker": worker})


@asynccontextmanager
async def workers(
    world: World, build_id: str = "", *, orders: type = OrderSync
) -> AsyncIterator[None]:
    """Run the workers of a build, as a process of its own would: with a client of its own."""
    config = world.client.config()
    client = await Client.connect(
        config["service_client"].config.target_host, data_converter=config["data_converter"]
    )
    workflows = [orders if known is OrderSync else known for known in WORKFLOWS]
    async with AsyncExitStack() as stack:
        for worker in build_workers(
            client, of_build(world, build_id), world.journal, stack, workflows=workflows
        ):
            await stack.enter_async_context(worker)
        yield


async def use(world: World, build_id: str) -> None:
    await make_current(world.client, world.settings, build_id, within=SOON)


async def state_of(world: World, build_id: str) -> BuildState:
    found = await deployment(world.client, world.settings)
    return next(build.state for build in found.builds if build.build_id == build_id)


async def held_order(world: World) -> str:
    order = world.place(an_order(customer=JANE, lines=(line(sku=UNLISTED_SKU),)))
    await world.held(order)
    return order


async def release(world: World) -> None:
    await world.map("item", UNLISTED_SKU, line(0).sku)


async def build_of(world: World, order: str) -> str:
    described = await world.workflow(order).describe()
    info = described.raw_description.workflow_execution_info.versioning_info
    return info.deployment_version.build_id


async def patches_of(world: World, order: str) -> int:
    history = await world.workflow(order).fetch_history()
    return sum(event.event_type == EventType.EVENT_TYPE_MARKER_RECORDED for event in history.events)


async def test_an_order_held_on_the_old_build_finishes_once_on_the_new_one(world: World) -> None:
    async with AsyncExitStack() as old:
        await old.enter_async_context(workers(world, "a"))
        await use(world, "a")
        held = await held_order(world)
        assert await build_of(world, held) == "a"
        async with workers(world, "b", orders=WithPatch):
            await use(world, "b")
            await old.aclose()
            assert (await world.workflow(held).query("status"))["code"] == "mapping-missing"
            await release(world)
            await world.settled(held)
            world.assert_posted_once(held)
            assert await build_of(world, held) == "b"
            later = await world.post(an_order(customer=JANE))
            world.assert_posted_once(later)
            assert (await patches_of(world, held), await patches_of(world, later)) == (0, 1)


async def test_a_new_build_takes_nothing_until_it_is_made_current(world: World) -> None:
    async with workers(world, "a"):
        await use(world, "a")
        async with workers(world, "b", orders=WithPatch):
            assert "tillbridge deploys use b" in await why_without_work(
                world.client, of_build(world, "b")
            )
            order = await world.post(an_order(customer=JANE))
            assert await build_of(world, order) == "a"
            await use(world, "b")
            assert await why_without_work(world.client, of_build(world, "b")) == ""
            assert await state_of(world, "a") is BuildState.REPLACED
            assert await state_of(world, "b") is BuildState.CURRENT


async def test_an_order_in_doubt_on_the_old_build_is_found_by_the_new_one_and_posted_once(
    world: World,
) -> None:
    async with AsyncExitStack() as old:
        await old.enter_async_context(workers(world, "a"))
        await use(world, "a")
        # The ERP books the invoice, the answer is lost, and then the ERP is away for a while.
        world.erp.faults.add(Fault(kind=FaultKind.DROP_AFTER, path="Transaction/Post", times=1))
        order = world.place(an_order(customer=JANE))

        async def booked() -> bool | None:
            return True if world.has_invoice(order) else None

        await world.until(booked, "the first posting")
        world.erp.faults.add(Fault(kind=FaultKind.SERVER_ERROR, times=1000))
        async with workers(world, "b", orders=WithPatch):
            await use(world, "b")
            await old.aclose()
            assert not world.payments(order)
            world.erp.faults.clear()
            await world.settled(order)
            world.assert_posted_once(order)
            assert await build_of(world, order) == "b"


async def test_a_build_with_no_workers_cannot_be_made_current(world: World) -> None:
    async with workers(world, "a"):
        await use(world, "a")
        with pytest.raises(BuildNotWorking, match="No worker of build b works on"):
            await make_current(world.client, world.settings, "b", within=AT_ONCE)
        assert await state_of(world, "a") is BuildState.CURRENT


async def test_builds_may_be_told_apart_from_one_deploy_to_the_next_and_back(world: World) -> None:
    async with workers(world):
        held = await held_order(world)
    async with workers(world, "a"):
        await use(world, "a")
        assert "workers without a build id get no work" in await why_without_work(
            world.client, world.settings
        )
        await release(world)
        await world.settled(held)
        world.assert_posted_once(held)
        async with workers(world):
            await use(world, "")
            order = await world.post(an_order(customer=JANE))
            world.assert_posted_once(order)
            assert await build_of(world, order) == ""


async def test_after_a_roll_back_an_order_of_the_newer_build_is_reset_and_posted_once(
    world: World,
) -> None:
    async with workers(world, "a"), AsyncExitStack() as new:
        await use(world, "a")
        await new.enter_async_context(workers(world, "b", orders=WithPatch))
        await use(world, "b")
        held = await held_order(world)
        await use(world, "a")
        await new.aclose()
        await release(world)

        await world.until(lambda: refused(world, held), "the older code's refusal", within=90)
        await reset(world, held)
        await world.settled(held)
        world.assert_posted_once(held)
        assert await build_of(world, held) == "a"


async def test_without_build_ids_a_patched_change_finishes_what_the_old_code_began(
    world: World,
) -> None:
    async with workers(world):
        held = await held_order(world)
    async with workers(world, orders=WithPatch):
        await release(world)
        await world.settled(held)
        world.assert_posted_once(held)
        later = await world.post(an_order(customer=JANE))
        world.assert_posted_once(later)
    assert (await patches_of(world, held), await patches_of(world, later)) == (0, 1)


async def refused(world: World, order: str) -> bool:
    """Tell whether a worker has refused the order's history.

    A task that went to a worker just leaving times out, and what fails after it leaves no event.
    """
    handle = world.workflow(order)
    events = (await handle.fetch_history()).events
    if any(event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED for event in events):
        return True
    return (await handle.describe()).raw_description.pending_workflow_task.attempt > 2


async def reset(world: World, order: str) -> None:
    """What `temporal workflow reset --type FirstWorkflowTask` does."""
    handle = world.workflow(order)
    history = await handle.fetch_history()
    first = next(
        event.event_id
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
    )
    await world.client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=world.client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=handle.id),
            workflow_task_finish_event_id=first,
            reason="rolled back",
            request_id=f"{handle.id}-rolled-back",
        )
    )
