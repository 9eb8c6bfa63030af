import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from journal.opening import Journal
from journal.trail import TrailEntry
from tests.journal.conftest import Clock


def entry(clock: Clock, **changes: object) -> TrailEntry:
    facts = {
        "connection": "acme",
        "resource": "order:118",
        "at": clock(),
        "action": "post_document",
        "step": "document",
        "outcome": "done",
        "message": "W100118 (10.00 USD)",
        "details": {"attempt": "1", "größe": "é"},
    }
    return TrailEntry.model_validate({**facts, **changes})


async def test_an_entry_comes_back_as_it_was_appended(journal: Journal, clock: Clock):
    await journal.trail.append(entry(clock, actor="ann", key="run/1/done"))
    (kept,) = await journal.trail.of("acme", "order:118")
    assert kept == entry(clock, actor="ann", key="run/1/done", number=kept.number)


async def test_a_repeated_append_with_a_key_counts_once(journal: Journal, clock: Clock):
    repeated = [journal.trail.append(entry(clock, key="run/1/done")) for _ in range(10)]
    await asyncio.gather(*repeated)
    await journal.trail.append(entry(clock, key="run/1/done", connection="zeta"))
    assert len(await journal.trail.of("acme", "order:118")) == 1
    assert len(await journal.trail.recent()) == 2


async def test_appends_without_a_key_all_count(journal: Journal, clock: Clock):
    await journal.trail.append(entry(clock))
    await journal.trail.append(entry(clock))
    assert len(await journal.trail.of("acme", "order:118")) == 2


async def test_a_timeline_is_read_page_by_page_oldest_first(journal: Journal, clock: Clock):
    for outcome in ("planned", "held", "done"):
        await journal.trail.append(entry(clock, outcome=outcome))
    first = await journal.trail.of("acme", "order:118", limit=2)
    rest = await journal.trail.of("acme", "order:118", after=first[-1].number)
    assert [e.outcome for e in (*first, *rest)] == ["planned", "held", "done"]


async def test_the_newest_entries_come_first_across_resources(journal: Journal, clock: Clock):
    for order in ("1", "2", "3"):
        await journal.trail.append(entry(clock, resource=f"order:{order}"))
    newest = await journal.trail.recent("acme", limit=2)
    before = await journal.trail.recent("acme", before=newest[-1].number)
    assert [e.resource for e in (*newest, *before)] == ["order:3", "order:2", "order:1"]
    assert await journal.trail.recent("zeta") == ()


@pytest.mark.parametrize("change", ["UPDATE trail SET message = ''", "DELETE FROM trail"])
async def test_the_database_refuses_to_alter_the_trail(
    journal: Journal, clock: Clock, url: str, change: str
):
    await journal.trail.append(entry(clock))
    engine = create_async_engine(url)
    try:
        with pytest.raises(DBAPIError, match="append-only"):
            async with engine.begin() as connection:
                await connection.execute(text(change))
    finally:
        await engine.dispose()
    assert len(await journal.trail.of("acme", "order:118")) == 1
