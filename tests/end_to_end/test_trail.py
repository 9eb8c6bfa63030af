"""The trail has no gap, whatever dies in the middle of a step."""

from domain.plan import Link
from sandbox.faults import Fault, FaultKind
from tests.end_to_end.drafts import an_order
from tests.support.world import World


async def test_a_step_linked_by_an_attempt_that_died_is_told_by_the_next_once(
    world: World,
) -> None:
    refusal = Fault(kind=FaultKind.UNAVAILABLE, method="PUT", path="/v2/orders/")
    world.store.faults.add(refusal)
    order = world.place(an_order())

    async def told(outcome: str) -> list[str]:
        entries = await world.journal.trail.of(world.connection, f"order:{order}")
        return [one.message for one in entries if (one.step, one.outcome) == ("report", outcome)]

    async def waits() -> bool | None:
        return True if await told("waiting") else None

    await world.until(waits, "the first attempt to report back")
    link = Link(step="report", ref=world.number(order))
    await world.journal.links.put(world.connection, f"order:{order}", link)

    await world.settled(order)
    assert await told("done") == [world.number(order)]
