from datetime import timedelta
from decimal import Decimal

from domain.availability import OpenLine
from journal.opening import Journal
from tests.journal.conftest import Clock

TWO_MUGS = {"MUG": Decimal(2)}


async def test_an_order_counts_until_it_is_posted_and_against_older_numbers_still_then(
    journal: Journal, clock: Clock
) -> None:
    lines = journal.open_lines
    await lines.note("acme", "order:1", TWO_MUGS)
    open_line = OpenLine(sku="MUG", quantity=Decimal(2))
    assert await lines.since("acme", clock()) == (open_line,)

    posted_at = clock()
    await lines.posted("acme", "order:1")
    clock.advance(timedelta(minutes=1))
    await lines.posted("acme", "order:1")
    posted = open_line.model_copy(update={"posted_at": posted_at})
    assert await lines.since("acme", posted_at) == (posted,)
    assert await lines.since("acme", clock()) == ()
    assert await lines.prune("acme", clock()) == 1
    assert await lines.since("acme", posted_at) == ()


async def test_an_edited_order_counts_as_it_is_now_and_a_cancelled_one_not(
    journal: Journal, clock: Clock
) -> None:
    lines = journal.open_lines
    await lines.note("acme", "order:1", TWO_MUGS)
    await lines.note("acme", "order:1", {"POT": Decimal("1.5")})
    assert [(one.sku, one.quantity) for one in await lines.since("acme", clock())] == [
        ("POT", Decimal("1.5"))
    ]
    await lines.note("acme", "order:1", {})
    assert await lines.since("acme", clock()) == ()


async def test_connections_keep_apart(journal: Journal, clock: Clock) -> None:
    await journal.open_lines.note("acme", "order:1", TWO_MUGS)
    assert await journal.open_lines.since("other", clock()) == ()
