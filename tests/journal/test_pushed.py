from datetime import timedelta

from domain.stock import Refused
from journal.opening import Journal
from journal.pushed import Place
from tests.journal.conftest import Clock

MUG_1, MUG_2, POT_1 = ("MUG", "1"), ("MUG", "2"), ("POT", "1")


async def tell(journal: Journal, clock: Clock, said: dict[Place, str], **how: bool) -> int:
    return await journal.pushed.told("acme", "stock", said, at=clock(), **how)


async def places(journal: Journal, number: int) -> list[Place]:
    return [(r.sku, r.location) for r in await journal.pushed.batch("acme", "stock", number)]


async def test_only_what_the_erp_says_anew_is_new(journal: Journal, clock: Clock) -> None:
    assert await tell(journal, clock, {MUG_1: "5", MUG_2: "7"}) == 2
    first = clock()
    clock.advance(timedelta(hours=1))
    assert await tell(journal, clock, {MUG_1: "5", MUG_2: "8"}) == 1
    rows = await journal.pushed.rows("acme", "stock")
    assert [(row.told, row.told_at) for row in rows] == [("5", first), ("8", clock())]


async def test_what_is_confirmed_gets_the_time_of_it(journal: Journal, clock: Clock) -> None:
    await tell(journal, clock, {MUG_1: "5"})
    clock.advance(timedelta(hours=1))
    assert await tell(journal, clock, {MUG_1: "5"}, confirm=True) == 0
    assert [row.told_at for row in await journal.pushed.rows("acme", "stock")] == [clock()]


async def test_flows_and_connections_keep_apart(journal: Journal, clock: Clock) -> None:
    await tell(journal, clock, {MUG_1: "5"})
    assert await journal.pushed.rows("acme", "prices") == ()
    assert await journal.pushed.rows("other", "stock") == ()


async def test_what_was_taken_leaves_its_batch_and_what_was_refused_keeps_its_digest(
    journal: Journal, clock: Clock
) -> None:
    await tell(journal, clock, {MUG_1: "5", MUG_2: "7", POT_1: "9"})
    await journal.pushed.assign("acme", "stock", [[MUG_1, POT_1], [MUG_2]])
    assert (await places(journal, 0), await places(journal, 1)) == ([MUG_1, POT_1], [MUG_2])

    refusal = Refused(sku="POT", location="1", reason="tracked otherwise")
    await journal.pushed.took("acme", "stock", {MUG_1: "a", POT_1: "b"}, [refusal])
    assert (await places(journal, 0), await places(journal, 1)) == ([], [MUG_2])
    rows = {(r.sku, r.location): r for r in await journal.pushed.rows("acme", "stock")}
    assert (rows[MUG_1].digest, rows[MUG_1].refused) == ("a", "")
    assert (rows[POT_1].digest, rows[POT_1].refused) == ("", "tracked otherwise")

    assert await journal.pushed.forgive("acme", "stock") == 1
    assert all(not row.refused for row in await journal.pushed.rows("acme", "stock"))


async def test_a_new_division_drops_the_older(journal: Journal, clock: Clock) -> None:
    await tell(journal, clock, {MUG_1: "5", MUG_2: "7"})
    await journal.pushed.assign("acme", "stock", [[MUG_1, MUG_2]])
    await journal.pushed.assign("acme", "stock", [[MUG_2]])
    assert await places(journal, 0) == [MUG_2]


async def test_a_sample_is_of_what_was_pushed_since(journal: Journal, clock: Clock) -> None:
    skus = {(f"SKU-{n:02}", "1"): "5" for n in range(20)}
    await tell(journal, clock, skus)
    await journal.pushed.took("acme", "stock", dict.fromkeys(list(skus)[:10], "a"), ())
    clock.advance(timedelta(minutes=1))
    await journal.pushed.took("acme", "stock", dict.fromkeys(list(skus)[10:], "a"), ())
    sample = await journal.pushed.sample("acme", "stock", since=clock(), size=5)
    assert [row.sku for row in sample] == [f"SKU-{n}" for n in (10, 12, 14, 16, 18)]


async def test_what_the_store_was_found_to_have_is_what_it_has(
    journal: Journal, clock: Clock
) -> None:
    await tell(journal, clock, {MUG_1: "5"})
    await journal.pushed.store_has("acme", "stock", {MUG_1: "found", POT_1: "of no interest"})
    rows = await journal.pushed.rows("acme", "stock")
    assert [(row.sku, row.digest) for row in rows] == [("MUG", "found")]
