import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.exc import StatementError

from journal.opening import Journal

NOON = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)
HOUR = timedelta(hours=1)


async def test_a_watermark_starts_unset_and_advances(journal: Journal):
    marks = journal.watermarks
    assert await marks.get("acme", "orders") is None
    assert await marks.advance("acme", "orders", seen=None, to=NOON)
    assert await marks.get("acme", "orders") == NOON
    assert await marks.advance("acme", "orders", seen=NOON, to=NOON + HOUR)
    assert await marks.get("acme", "orders") == NOON + HOUR
    assert await marks.get("acme", "customers") is None


async def test_a_watermark_never_goes_back(journal: Journal):
    marks = journal.watermarks
    await marks.advance("acme", "orders", seen=None, to=NOON)
    assert not await marks.advance("acme", "orders", seen=NOON, to=NOON - HOUR)
    assert await marks.get("acme", "orders") == NOON


async def test_who_saw_an_older_watermark_does_not_advance_it(journal: Journal):
    marks = journal.watermarks
    await marks.advance("acme", "orders", seen=None, to=NOON)
    assert not await marks.advance("acme", "orders", seen=None, to=NOON + HOUR)
    assert not await marks.advance("acme", "orders", seen=NOON - HOUR, to=NOON + HOUR)
    assert await marks.get("acme", "orders") == NOON


@pytest.mark.parametrize("seen", [None, NOON], ids=["first", "later"])
async def test_of_many_who_advance_at_once_one_succeeds(
    journal: Journal, other_process: Journal, seen: datetime | None
):
    if seen is not None:
        await journal.watermarks.advance("acme", "orders", seen=None, to=seen)
    outcomes = await asyncio.gather(
        *(
            place.watermarks.advance("acme", "orders", seen=seen, to=NOON + (n + 1) * HOUR)
            for n in range(10)
            for place in (journal, other_process)
        )
    )
    assert outcomes.count(True) == 1


async def test_times_come_back_in_utc_whatever_zone_they_were_given_in(journal: Journal):
    tokyo = NOON.astimezone(timezone(9 * HOUR))
    await journal.watermarks.advance("acme", "orders", seen=None, to=tokyo)
    kept = await journal.watermarks.get("acme", "orders")
    assert kept == NOON
    assert kept is not None
    assert kept.utcoffset() == timedelta(0)


async def test_a_time_without_a_zone_is_refused(journal: Journal):
    naive = NOON.replace(tzinfo=None)
    with pytest.raises(StatementError, match="no time zone"):
        await journal.watermarks.advance("acme", "orders", seen=None, to=naive)
