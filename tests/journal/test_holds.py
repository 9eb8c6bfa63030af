from datetime import timedelta

from domain.hold import Hold, HoldCode
from journal.opening import Journal
from tests.journal.conftest import Clock

MISSING = Hold(
    step="document",
    code=HoldCode.MAPPING_MISSING,
    reason="No item for SKU MUG.",
    remedy="Map it.",
    mapping_kind="item",
    mapping_key="MUG",
)
REJECTED = Hold(step="document", code=HoldCode.REJECTED, reason="Period 11 is closed.")
HOUR = timedelta(hours=1)


async def test_a_hold_opened_again_keeps_the_time_since_when(journal: Journal, clock: Clock):
    await journal.holds.open("acme", "order:118", MISSING, since=clock())
    await journal.holds.open("acme", "order:118", MISSING, since=clock() + HOUR)
    held = await journal.holds.of("acme", "order:118")
    assert held is not None
    assert (held.hold, held.since) == (MISSING, clock())


async def test_a_changed_hold_replaces_the_earlier_one(journal: Journal, clock: Clock):
    await journal.holds.open("acme", "order:118", MISSING, since=clock())
    await journal.holds.open("acme", "order:118", REJECTED, since=clock() + HOUR)
    (held,) = await journal.holds.list("acme")
    assert (held.hold, held.since) == (REJECTED, clock() + HOUR)


async def test_a_closed_hold_is_gone_and_closes_only_once(journal: Journal, clock: Clock):
    await journal.holds.open("acme", "order:118", MISSING, since=clock())
    assert await journal.holds.close("acme", "order:118", "ann")
    assert not await journal.holds.close("acme", "order:118", "ann")
    assert await journal.holds.of("acme", "order:118") is None
    assert await journal.holds.list() == ()
    assert await journal.holds.count_by_code() == {}


async def test_a_hold_that_comes_back_counts_from_its_return(journal: Journal, clock: Clock):
    await journal.holds.open("acme", "order:118", MISSING, since=clock())
    await journal.holds.close("acme", "order:118", "ann")
    await journal.holds.open("acme", "order:118", MISSING, since=clock() + HOUR)
    held = await journal.holds.of("acme", "order:118")
    assert held is not None
    assert held.since == clock() + HOUR


async def test_all_that_one_rule_would_release_is_found(journal: Journal, clock: Clock):
    other_sku = MISSING.model_copy(update={"mapping_key": "CUP"})
    await journal.holds.open("acme", "order:1", MISSING, since=clock())
    await journal.holds.open("acme", "order:2", other_sku, since=clock())
    await journal.holds.open("acme", "order:3", MISSING, since=clock())
    await journal.holds.open("zeta", "order:4", MISSING, since=clock())
    found = await journal.holds.list("acme", mapping_kind="item", mapping_key="MUG")
    assert [held.resource for held in found] == ["order:1", "order:3"]


async def test_holds_are_listed_oldest_first_page_by_page(journal: Journal, clock: Clock):
    for number, age in enumerate([0, 2, 2, 1]):
        since = clock() - age * HOUR
        await journal.holds.open("acme", f"order:{number}", REJECTED, since=since)
    first = await journal.holds.list(code=HoldCode.REJECTED, limit=1)
    second = await journal.holds.list(limit=2, after=first[-1])
    third = await journal.holds.list(after=second[-1])
    pages = [held.resource for page in (first, second, third) for held in page]
    assert pages == ["order:1", "order:2", "order:3", "order:0"]


async def test_open_holds_are_counted_by_code(journal: Journal, clock: Clock):
    for connection, resource, hold in (
        ("acme", "order:1", MISSING),
        ("acme", "order:2", MISSING),
        ("zeta", "order:1", REJECTED),
    ):
        await journal.holds.open(connection, resource, hold, since=clock())
    everywhere = {HoldCode.MAPPING_MISSING: 2, HoldCode.REJECTED: 1}
    assert await journal.holds.count_by_code() == everywhere
    assert await journal.holds.count_by_code("zeta") == {HoldCode.REJECTED: 1}
