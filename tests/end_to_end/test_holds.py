"""What holds an order, what people are told, and what releases it."""

from domain.hold import HoldCode
from sandbox.assortment import UNLISTED_SKU
from tests.end_to_end.drafts import JANE, a_person, an_order, line
from tests.support.world import World


async def test_an_unknown_sku_is_released_by_mapping_it_and_nothing_else(world: World) -> None:
    order = world.place(an_order(lines=(line(sku=UNLISTED_SKU),)))
    hold = await world.held(order, HoldCode.MAPPING_MISSING)
    assert UNLISTED_SKU in hold.reason
    assert (hold.mapping_kind, hold.mapping_key) == ("item", UNLISTED_SKU)

    await world.map("item", UNLISTED_SKU, line(0).sku)
    await world.settled(order)
    assert world.invoice(order).value == world.store_total(order)


async def test_two_customers_with_one_email_are_named_and_a_person_chooses(world: World) -> None:
    for code in ("TWIN1", "TWIN2"):
        world.erp.add_customer(code, name="Jane Doe", email="jane.doe@example.com")
    order = world.place(an_order(customer=JANE))
    hold = await world.held(order, HoldCode.CUSTOMER_AMBIGUOUS)
    assert "TWIN1" in hold.reason
    assert "TWIN2" in hold.reason

    await world.map("customer", hold.mapping_key, "TWIN2")
    await world.settled(order)
    assert world.invoice(order).customer.endswith("TWIN2")


async def test_a_customer_on_hold_holds_the_order_until_released(world: World) -> None:
    first = await world.post(an_order(customer=JANE))
    account = world.invoice(first).customer
    world.erp.hold_customer(account)

    second = world.place(an_order(customer=JANE))
    hold = await world.held(second, HoldCode.CUSTOMER_ON_HOLD)
    assert "hold" in hold.reason.lower()

    world.erp.release_customer(account)
    await world.signal(second, "retry", {"actor": "ann"})
    await world.settled(second)
    assert world.invoice(second).value == world.store_total(second)


async def test_a_closed_period_holds_the_order_until_it_is_opened(world: World) -> None:
    world.erp.close_period()
    order = world.place(an_order())
    await world.held(order, HoldCode.PERIOD_CLOSED)
    assert not world.has_invoice(order)

    world.erp.open_period()
    await world.signal(order, "retry")
    await world.settled(order)
    assert world.invoice(order).value == world.store_total(order)


async def test_a_skipped_order_is_left_out_for_good(world: World) -> None:
    order = world.place(an_order(lines=(line(sku=UNLISTED_SKU),)))
    await world.held(order)
    await world.signal(order, "skip", {"actor": "ann", "reason": "a test order"})
    await world.settled(order)
    await world.look_again(order)
    await world.settled(order)
    assert not world.has_invoice(order)

    entries = await world.journal.trail.of(world.connection, f"order:{order}", limit=100)
    assert any(entry.actor == "ann" and entry.outcome == "skip" for entry in entries)


async def test_a_person_can_hold_an_order_and_let_it_go(world: World) -> None:
    await world.stop_worker()
    order = world.place(an_order())
    await world.signal(order, "hold", {"actor": "ann", "reason": "checking the address"})
    await world.start_worker()

    async def parked() -> bool | None:
        progress = await world.workflow(order).query("status")
        return True if progress["code"] == HoldCode.BY_REQUEST else None

    await world.until(parked, "the hold")
    assert not world.has_invoice(order)

    await world.signal(order, "release", {"actor": "ann"})
    await world.settled(order)
    assert world.invoice(order).value == world.store_total(order)


async def test_a_change_in_the_store_ends_a_hold_by_itself(world: World) -> None:
    order = world.place(an_order(lines=(line(sku=UNLISTED_SKU),), payment=None))
    await world.held(order, HoldCode.MAPPING_MISSING)
    world.store.cancel(int(order))
    await world.settled(order)
    assert await world.journal.holds.of(world.connection, f"order:{order}") is None


async def test_the_temporal_ui_finds_what_is_held_by_its_reason(world: World) -> None:
    order = world.place(
        an_order(lines=(line(sku=UNLISTED_SKU),), billing=a_person("Ann", "Roe", "a@example.com"))
    )
    await world.held(order)
    query = f"Attention='mapping-missing' AND Connection='{world.connection}'"

    async def listed() -> str | None:
        async for found in world.client.list_workflows(query):
            return found.id
        return None

    assert await world.until(listed, "the search attribute") == world.key(order).workflow_id
