"""One person, one account, however many first orders come at the same moment."""

from tests.end_to_end.drafts import JANE, a_person, an_order
from tests.support.world import World


async def test_a_guest_who_registers_at_the_same_moment_gets_one_account(world: World) -> None:
    jane = a_person("Jane", "Doe", JANE.email)
    world.store.hold_webhooks()
    orders = [
        world.place(an_order(billing=jane, customer=customer)) for customer in (None, JANE) * 3
    ]
    world.store.release_webhooks()
    for order in orders:
        await world.settled(order)

    hers = [one for one in world.erp.customers if one["Email"] == JANE.email]
    assert len(hers) == 1
    assert {world.invoice(order).customer for order in orders} == {hers[0].customer}
