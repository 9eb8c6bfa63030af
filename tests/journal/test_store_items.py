from datetime import timedelta

from domain.stock import StoreItem
from journal.opening import Journal
from tests.journal.conftest import Clock

MUG = StoreItem(sku="MUG", stock_id="variant:1", price_id="product:1")
POT = StoreItem(sku="POT", why="its stock is not tracked")


async def test_skus_are_brought_up_to_date_and_those_that_are_gone_are_forgotten(
    journal: Journal, clock: Clock
) -> None:
    items = journal.store_items
    assert await items.oldest("acme") is None
    await items.put("acme", [MUG, POT], seen_at=clock())
    assert await items.find("acme", {"MUG", "POT", "SOCK"}) == {"MUG": MUG, "POT": POT}
    clock.advance(timedelta(days=1))
    tracked = MUG.model_copy(update={"stock_id": "product:1"})
    await items.put("acme", [tracked], seen_at=clock())
    assert await items.drop_unseen("acme", since=clock()) == 1
    assert await items.all("acme") == (tracked,)
    assert await items.oldest("acme") == clock()


async def test_an_item_without_a_sku_is_new_once_until_it_has_one(
    journal: Journal, clock: Clock
) -> None:
    items = journal.store_items

    async def note(unknown: set[str], linked: set[str]) -> tuple[str, ...]:
        return await items.note_unlinked("acme", unknown=unknown, linked=linked, at=clock())

    assert await note({"B", "A"}, {"C"}) == ("A", "B")
    assert await note({"B", "A"}, {"C"}) == ()
    assert await items.unlinked("acme") == ("A", "B")
    assert await note({"B"}, {"A"}) == ()
    assert await items.unlinked("acme") == ("B",)
    assert await note({"A"}, set()) == ("A",)
