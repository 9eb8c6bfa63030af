"""What happens to an order after it was posted, in every ERP: edits, cancellations, refunds."""

from decimal import Decimal
from pathlib import Path

from temporalio.client import Client

from domain.hold import HoldCode
from sandbox.bigcommerce.drafts import (
    OrderEdit,
    RefundDraft,
    RefundItemDraft,
)
from starters.standing import remembered_standing
from tests.end_to_end.drafts import an_order, line
from tests.support.world import World
from tests.support.worlds import a_world


async def test_an_edit_after_posting_is_held_showing_both_totals(any_world: World) -> None:
    world = any_world
    order = await world.post(an_order())
    before = world.store_total(order)

    world.store.edit_order(int(order), OrderEdit(quantities={0: 3}))
    hold = await world.held(order, HoldCode.ORDER_EDITED)

    assert f"{before:.2f}" in hold.reason
    assert f"{world.store_total(order):.2f}" in hold.reason
    assert world.sold(order) == before


async def test_a_held_edit_that_was_booked_by_hand_is_skipped_for_good(world: World) -> None:
    order = await world.post(an_order())
    world.store.edit_order(int(order), OrderEdit(quantities={0: 3}))
    await world.held(order, HoldCode.ORDER_EDITED)

    await world.signal(order, "skip", {"actor": "ann", "reason": "booked by hand"})
    await world.settled(order)
    await world.look_again(order)
    await world.settled(order)
    assert await world.journal.holds.of(world.connection, f"order:{order}") is None


async def test_an_edit_is_amended_where_the_connection_says_so(
    client: Client, tmp_path: Path, system: str
) -> None:
    async with a_world(client, tmp_path, system=system, policy={"edits": "amend"}) as world:
        order = await world.post(an_order())
        paid = world.ledger.paid(world.number(order))

        world.store.edit_order(int(order), OrderEdit(quantities={0: 3}))
        await world.settled(order)
        assert world.sold(order) == world.store_total(order)

        world.store.edit_order(int(order), OrderEdit(quantities={0: 1}))
        await world.settled(order)
        assert world.sold(order) == world.store_total(order)
        assert world.ledger.paid(world.number(order)) == paid


async def test_an_order_cancelled_before_posting_is_never_posted(any_world: World) -> None:
    any_world.store.hold_webhooks()
    order = any_world.place(an_order())
    any_world.store.cancel(int(order))
    any_world.store.release_webhooks()

    await any_world.settled(order)
    assert not any_world.has_invoice(order)


async def test_an_order_with_nothing_to_post_is_remembered_as_looked_at(world: World) -> None:
    order = await world.post(an_order(status_id=0, payment=None))
    assert (await remembered_standing(world.journal, world.key(order))).stage == "ignored"


async def test_an_order_cancelled_after_posting_is_credited_whole(any_world: World) -> None:
    order = await any_world.post(an_order(payment=None))
    any_world.store.cancel(int(order))
    await any_world.settled(order)
    assert any_world.credited(order) == any_world.store_total(order)


async def test_a_full_refund_is_credited_whole(any_world: World) -> None:
    order = await any_world.post(an_order())
    any_world.store.refund(int(order), RefundDraft())
    await any_world.settled(order)
    assert any_world.credited(order) == any_world.store_total(order)


async def test_a_partial_refund_credits_what_came_back(any_world: World) -> None:
    order = await any_world.post(an_order(lines=(line(0, quantity=2), line(1))))
    item = RefundItemDraft(item_type="PRODUCT", position=0, quantity=1)
    any_world.store.refund(int(order), RefundDraft(items=(item,)))
    await any_world.settled(order)
    (refund,) = any_world.store.order(int(order)).refunds
    assert any_world.credited(order) == refund.total


async def test_a_partial_refund_leaves_the_freight_where_it_is(world: World) -> None:
    order = await world.post(an_order(lines=(line(0, quantity=2), line(1))))
    item = RefundItemDraft(item_type="PRODUCT", position=0, quantity=1)
    world.store.refund(int(order), RefundDraft(items=(item,)))
    await world.settled(order)
    assert world.classes(order)["FREIGHT"] == Decimal("9.95")


async def test_two_refunds_at_once_are_credited_once_each(any_world: World) -> None:
    world = any_world
    order = await world.post(an_order(lines=(line(0, quantity=3),)))
    world.store.hold_webhooks()
    for _ in range(2):
        item = RefundItemDraft(item_type="PRODUCT", position=0, quantity=1)
        world.store.refund(int(order), RefundDraft(items=(item,)))
    world.store.release_webhooks(order="shuffled", duplicate=2)

    await world.settled(order)
    assert len({link for link in await world.links(order) if link.startswith("refund:")}) == 2
    assert world.credited(order) == world.store.order(int(order)).refunded
    assert world.ledger.twice == []


async def test_a_refund_of_the_order_as_a_whole_carries_no_tax(any_world: World) -> None:
    order = await any_world.post(an_order())
    item = RefundItemDraft(item_type="ORDER", amount=Decimal("5.00"))
    any_world.store.refund(int(order), RefundDraft(items=(item,)))
    await any_world.settled(order)

    documents = any_world.ledger.documents_of(any_world.number(order))
    (credit,) = (one for one in documents if one.total < 0)
    assert (credit.total, credit.tax) == (Decimal("-5.00"), 0)


async def test_a_refund_before_the_first_sync_is_posted_after_the_invoice(
    any_world: World,
) -> None:
    any_world.store.hold_webhooks()
    order = any_world.place(an_order())
    any_world.store.refund(int(order), RefundDraft())
    any_world.store.release_webhooks(order="shuffled")

    await any_world.settled(order)
    assert any_world.sold(order) == any_world.store_total(order)
    assert any_world.credited(order) == any_world.store_total(order)
