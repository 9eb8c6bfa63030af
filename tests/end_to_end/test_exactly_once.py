"""Duplicates, losses, outages and lost memories: never a second invoice, never none."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import Client

from sandbox.bigcommerce.drafts import RefundDraft
from sandbox.faults import Fault, FaultKind
from tests.end_to_end.drafts import JANE, an_order
from tests.support.world import World
from tests.support.worlds import a_world

pytestmark = pytest.mark.seconds(40)


async def test_duplicate_and_out_of_order_webhooks_make_one_invoice(world: World) -> None:
    world.store.hold_webhooks()
    order = world.place(an_order())
    world.store.set_status(int(order), 2)
    world.store.set_status(int(order), 10)
    world.store.release_webhooks(order="shuffled", duplicate=5)
    await world.settled(order)
    assert world.invoice(order).balance == 0
    assert len(world.payments(order)) == 1


async def test_a_lost_webhook_is_found_by_the_catch_up(world: World) -> None:
    world.store.lose_next(50)
    order = world.place(an_order())
    await world.store.courier.settle()
    await world.catch_up()
    await world.settled(order)
    assert world.invoice(order).value == world.store_total(order)


async def test_a_refund_that_left_no_mark_on_its_order_is_found_by_the_catch_up(
    world: World,
) -> None:
    order = await world.post(an_order())
    world.store.lose_next(50)
    world.store.refund(int(order), RefundDraft())
    await world.store.courier.settle()
    await world.catch_up()
    await world.settled(order)
    assert sum(world.credits(order)) == world.store_total(order)


async def test_a_catch_up_leaves_alone_what_is_in_agreement(client: Client, tmp_path: Path) -> None:
    behind = timedelta(hours=1)
    async with a_world(client, tmp_path, store_clock=lambda: datetime.now(UTC) - behind) as world:
        order = await world.post(an_order())
        behind = timedelta(0)  # an hour goes by
        await world.look_again(order)  # takes note of our own write-back
        await world.settled(order)
        before = (await world.workflow(order).describe()).run_id
        await world.catch_up()
        assert (await world.workflow(order).describe()).run_id == before


@pytest.mark.parametrize("behind", [timedelta(0), timedelta(minutes=10)])
async def test_a_change_in_the_second_of_the_last_look_is_found_by_the_catch_up(
    client: Client, tmp_path: Path, behind: timedelta
) -> None:
    stopped = datetime.now(UTC) - behind
    async with a_world(client, tmp_path, store_clock=lambda: stopped) as world:
        order = await world.post(an_order())
        await world.catch_up()
        await world.settled(order)
        world.store.lose_next(1000)
        world.store.cancel(int(order))
        await world.store.courier.settle()
        await world.catch_up()
        await world.settled(order)
        assert sum(world.credits(order)) == world.store_total(order)


async def test_history_gone_the_journal_knows_the_invoice(world: World) -> None:
    order = await world.post(an_order())
    await forget_history(world, order)
    await world.look_again(order)
    await world.settled(order)
    assert world.invoice(order).balance == 0


async def test_history_and_journal_gone_the_erp_is_asked_by_key(
    client: Client, tmp_path: Path
) -> None:
    async with a_world(client, tmp_path) as world:
        order = await world.post(an_order(customer=JANE))
        world.store.refund(int(order), RefundDraft())
        await world.settled(order)
        posted, paid = world.invoice(order), len(world.payments(order))

        await world.journal.links.forget(world.connection, f"order:{order}")
        await world.journal.links.forget(
            world.connection, f"customer:{world.store.order(int(order)).customer_id}"
        )
        await forget_history(world, order)
        await world.look_again(order)
        await world.settled(order)

        assert world.invoice(order) == posted
        assert len(world.payments(order)) == paid
        assert sum(world.credits(order)) == world.store_total(order)
        assert (await world.links(order))["document"].ref == world.number(order)


async def forget_history(world: World, order: str) -> None:
    handle = world.workflow(order)
    described = await handle.describe()
    await world.client.workflow_service.delete_workflow_execution(
        DeleteWorkflowExecutionRequest(
            namespace=world.client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=handle.id, run_id=described.run_id),
        )
    )


async def test_an_answer_lost_after_the_commit_is_not_posted_again(world: World) -> None:
    for kind in (FaultKind.DROP_AFTER, FaultKind.LATE_COMMIT):
        world.erp.faults.add(Fault(kind=kind, path="Transaction/Post", seconds=0.2))
        order = await world.post(an_order())
        assert world.invoice(order).value == world.store_total(order), kind
        assert len(world.payments(order)) == 1


async def test_a_session_taken_by_another_logon_costs_no_order(world: World) -> None:
    await world.post(an_order())
    world.erp.steal_session()
    order = await world.post(an_order())
    assert world.invoice(order).balance == 0


async def test_an_erp_that_is_away_is_waited_for(world: World) -> None:
    await world.erp_server.stop()
    order = world.place(an_order())
    await world.store.courier.settle()

    async def tried() -> bool | None:
        entries = await world.journal.trail.of(world.connection, f"order:{order}", limit=50)
        return True if any(entry.outcome == "waiting" for entry in entries) else None

    await world.until(tried, "an attempt against the absent ERP")
    await world.erp_server.start()
    await world.settled(order)
    assert world.invoice(order).balance == 0


async def test_a_store_that_throttles_is_obeyed(world: World) -> None:
    world.store.faults.add(Fault(kind=FaultKind.THROTTLE, path="/v2/orders/", times=3))
    order = await world.post(an_order())
    assert world.invoice(order).balance == 0


async def test_a_worker_restarted_in_the_middle_doubles_nothing(world: World) -> None:
    world.erp.faults.add(Fault(kind=FaultKind.HANG_AFTER, path="Transaction/Post", seconds=1))
    orders = [world.place(an_order()) for _ in range(4)]

    async def posting() -> bool | None:
        return True if world.erp.invoices else None

    await world.until(posting, "a first posting")
    await world.stop_worker()
    await world.start_worker()
    for order in orders:
        await world.settled(order)
        assert world.invoice(order).balance == 0
        assert len(world.payments(order)) == 1


async def test_a_webhook_switched_off_is_switched_on_and_its_gap_caught_up(
    world: World,
) -> None:
    for hook in world.store.hooks.listening("store/order/created"):
        world.store.hooks.deactivate(hook.id)
    order = world.place(an_order())
    report = await world.look_after_webhooks()
    assert report.reactivated
    await world.until(lambda: exists(world, order), "the caught-up order")
    await world.settled(order)
    assert world.invoice(order).balance == 0


async def exists(world: World, order: str) -> bool | None:
    query = f"WorkflowId='{world.key(order).workflow_id}'"
    return True if (await world.client.count_workflows(query)).count else None
