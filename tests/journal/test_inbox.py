from journal.opening import Journal
from tests.journal.conftest import Clock


async def test_deliveries_are_drained_in_the_order_in_which_they_came(
    journal: Journal, clock: Clock
):
    for number in ("3", "1", "2"):
        await journal.inbox.put("acme", "order", number, clock(), f"hash-{number}")
    first = await journal.inbox.oldest(limit=2)
    assert [(e.workflow, e.resource_id) for e in first] == [("order", "3"), ("order", "1")]
    assert first[0].received_at == clock()
    await journal.inbox.done([entry.id for entry in first])
    await journal.inbox.done([entry.id for entry in first])
    assert [entry.resource_id for entry in await journal.inbox.oldest()] == ["2"]


async def test_a_delivery_repeated_by_the_store_waits_once(journal: Journal, clock: Clock):
    await journal.inbox.put("acme", "order", "1", clock(), "hash")
    await journal.inbox.put("acme", "order", "1", clock(), "hash")
    await journal.inbox.put("zeta", "order", "1", clock(), "hash")
    assert len(await journal.inbox.oldest()) == 2


async def test_nothing_done_is_nothing_forgotten(journal: Journal, clock: Clock):
    await journal.inbox.put("acme", "order", "1", clock(), "hash")
    await journal.inbox.done([])
    assert len(await journal.inbox.oldest()) == 1
