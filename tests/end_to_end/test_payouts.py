"""The money of a refund, in every ERP that books it as given back: never twice, never too much."""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import Client

from domain.hold import HoldCode
from domain.mapping import RuleKind
from sandbox.bigcommerce.drafts import RefundDraft, RefundItemDraft
from sandbox.faults import Fault, FaultKind
from tests.end_to_end.drafts import JANE, an_order
from tests.support.world import World
from tests.support.worlds import a_world

pytestmark = pytest.mark.seconds(40)

PAYING = ("acumatica", "sap-business-one")
ONE_PIECE = RefundDraft(items=(RefundItemDraft(item_type="PRODUCT", position=0, quantity=1),))


@pytest.fixture(params=PAYING)
async def paying(
    client: Client, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[World]:
    """A world with each of the ERPs that book money given back."""
    async with a_world(client, tmp_path, system=request.param) as world:
        yield world


def paid_back(world: World, order: str) -> dict[str, Decimal]:
    """What went back, by the account that it went out of."""
    return {one.account: one.amount for one in world.ledger.payouts_of(world.number(order))}


def card(world: World) -> str:
    return clearing(world, "card")


def clearing(world: World, tender: str) -> str:
    return world.settings.connection(world.connection).mappings[RuleKind.PAYMENT_METHOD][tender]


async def test_a_partial_refund_is_paid_out_once_whatever_is_forgotten(paying: World) -> None:
    order = await paying.post(an_order())
    paying.store.refund(int(order), ONE_PIECE)
    await paying.settled(order)
    (refund,) = paying.store.order(int(order)).refunds
    assert paid_back(paying, order) == {card(paying): refund.total}

    await paying.journal.links.forget(paying.connection, f"order:{order}")
    await forget_history(paying, order)
    await paying.look_again(order)
    await paying.settled(order)
    assert paid_back(paying, order) == {card(paying): refund.total}
    assert paying.ledger.twice == []


async def test_a_refund_to_two_tenders_leaves_each_account_what_it_kept(paying: World) -> None:
    jane = JANE.model_copy(update={"store_credit": Decimal(50)})
    order = await paying.post(an_order(customer=jane, store_credit=Decimal("10.00")))
    paying.store.refund(int(order), RefundDraft())
    await paying.settled(order)
    total = paying.store_total(order)
    assert paid_back(paying, order) == {
        card(paying): total - Decimal("10.00"),
        clearing(paying, "store-credit"): Decimal("10.00"),
    }


async def test_the_money_of_a_cancelled_order_goes_back_against_its_credit(paying: World) -> None:
    order = await paying.post(an_order())
    paying.store.cancel(int(order))
    await paying.settled(order)
    assert paid_back(paying, order) == {}
    paying.store.refund(int(order), RefundDraft())
    await paying.settled(order)
    assert paying.credited(order) == paying.store_total(order)
    assert paid_back(paying, order) == {card(paying): paying.store_total(order)}


async def test_an_order_on_account_is_credited_and_pays_nothing_out(paying: World) -> None:
    order = await paying.post(an_order(payment=None))
    paying.store.order(int(order)).payment_status = "paid"  # by hand, which leaves no transaction
    paying.store.refund(int(order), ONE_PIECE)
    await paying.settled(order)
    (refund,) = paying.store.order(int(order)).refunds
    assert paying.credited(order) == refund.total
    assert paid_back(paying, order) == {}


async def test_a_payout_that_is_booked_after_its_call_broke_is_not_booked_twice(
    paying: World,
) -> None:
    path = {"acumatica": "/ReleasePayment$", "sap-business-one": "/VendorPayments"}
    kind = paying.settings.connection(paying.connection).erp_type
    order = await paying.post(an_order())
    paying.site.faults.add(
        Fault(kind=FaultKind.LATE_COMMIT, method="POST", path=path[kind], seconds=0.2)
    )
    paying.store.refund(int(order), ONE_PIECE)
    await paying.settled(order)
    assert not paying.site.faults.pending
    (refund,) = paying.store.order(int(order)).refunds
    assert paid_back(paying, order) == {card(paying): refund.total}
    assert paying.ledger.twice == []


async def test_a_way_back_that_nothing_maps_is_held_after_the_credit_is_booked(
    client: Client, tmp_path: Path
) -> None:
    mappings = {"payment-method": {"card": "161010"}}
    async with a_world(client, tmp_path, system="sap-business-one", mappings=mappings) as world:
        order = await world.post(an_order(customer=JANE))
        world.store.refund(int(order), RefundDraft(to_store_credit=True))
        await world.held(order, HoldCode.MAPPING_MISSING)
        assert world.credited(order) == world.store_total(order)
        await world.map("payment-method", "store-credit", "212010")
        await world.settled(order)
        assert paid_back(world, order) == {"212010": world.store_total(order)}


async def test_a_connection_may_leave_payouts_to_people(client: Client, tmp_path: Path) -> None:
    async with a_world(
        client, tmp_path, system="sap-business-one", policy={"payouts": False}
    ) as world:
        order = await world.post(an_order())
        world.store.refund(int(order), RefundDraft())
        await world.settled(order)
        assert world.credited(order) == world.store_total(order)
        assert world.ledger.payouts == ()


async def forget_history(world: World, order: str) -> None:
    handle = world.workflow(order)
    described = await handle.describe()
    await world.client.workflow_service.delete_workflow_execution(
        DeleteWorkflowExecutionRequest(
            namespace=world.client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=handle.id, run_id=described.run_id),
        )
    )
