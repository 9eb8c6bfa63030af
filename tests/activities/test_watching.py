"""What is told of a store or an ERP by how the calls to it end, and what is not asked again."""

import logging
from datetime import timedelta

import pytest

from activities.watched import watched
from activities.watching import Watch
from connectors.errors import (
    CredentialsRejected,
    NoSeat,
    OutcomeUnknown,
    Rejected,
    Throttled,
    Unavailable,
)
from journal.opening import Journal
from journal.outages import OutageKind, Side
from settings.model import WaitingSettings

AT_ONCE = WaitingSettings(told_after_seconds=0)  # pyright: ignore[reportCallIssue]
PATIENT = WaitingSettings(told_after_seconds=60)  # pyright: ignore[reportCallIssue]
WRONG = CredentialsRejected("The ERP refuses the password.", remedy="Correct it.")


class Ledger:
    """Ends each call as it was told to; counts those that really came."""

    late_commit_seconds = 7.0

    def __init__(self) -> None:
        self.ends_in: Exception | None = None
        self.asked = 0

    async def find_document(self) -> str:
        return await self._end()

    async def report_posted(self) -> str:
        return await self._end()

    async def renew_session(self) -> str:
        return await self._end()

    async def examine(self) -> str:
        return await self._end()

    async def _end(self) -> str:
        self.asked += 1
        if self.ends_in is not None:
            raise self.ends_in
        return "found"


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


def watching(
    journal: Journal,
    ledger: Ledger,
    side: Side = Side.ERP,
    settings: WaitingSettings = AT_ONCE,
) -> Ledger:
    opened_at = journal.outages.now()
    return watched(ledger, Watch(journal, "acme", side, settings=settings, opened_at=opened_at))


async def ends(ledger: Ledger, system: Ledger, error: Exception) -> None:
    ledger.ends_in = error
    with pytest.raises(type(error)):
        await system.find_document()


async def kinds(journal: Journal) -> list[OutageKind]:
    return [outage.kind for outage in await journal.outages.all("acme")]


async def test_what_is_no_call_passes_through(journal: Journal, ledger: Ledger) -> None:
    assert watching(journal, ledger).late_commit_seconds == 7.0


async def test_a_short_silence_is_no_outage(journal: Journal, ledger: Ledger) -> None:
    erp = watching(journal, ledger, settings=PATIENT)
    for _ in range(10):
        await ends(ledger, erp, Unavailable("No answer."))
    assert await kinds(journal) == []


async def test_one_line_tells_that_it_is_away_and_one_that_it_is_back(
    journal: Journal, ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "activities.watching")
    workers = [watching(journal, ledger) for _ in range(3)]
    for worker in workers * 4:
        await ends(ledger, worker, Unavailable("No answer."))
    assert await kinds(journal) == [OutageKind.UNAVAILABLE]
    ledger.ends_in = None
    for worker in workers * 4:
        await worker.find_document()
    assert await kinds(journal) == []
    told = [(r.levelname, r.getMessage()) for r in caplog.records]
    assert [level for level, _ in told] == ["WARNING", "INFO"]
    assert "The ERP of 'acme': No answer." in told[0][1]
    entries = await journal.trail.of("acme", "outage:erp")
    assert [entry.outcome for entry in entries] == ["opened", "closed"]


async def test_a_lost_answer_counts_as_none(journal: Journal, ledger: Ledger) -> None:
    await ends(ledger, watching(journal, ledger), OutcomeUnknown("Perhaps."))
    assert await kinds(journal) == [OutageKind.UNAVAILABLE]


@pytest.mark.parametrize(
    "error", [Throttled(retry_after=timedelta(seconds=9), limit="X"), Rejected("No.")], ids=repr
)
async def test_a_limit_or_a_refusal_is_no_outage(
    journal: Journal, ledger: Ledger, error: Exception
) -> None:
    await ends(ledger, watching(journal, ledger), error)
    assert await kinds(journal) == []


async def test_a_full_licence_is_told_as_that_and_ends_when_a_seat_is_free(
    journal: Journal, ledger: Ledger
) -> None:
    erp = watching(journal, ledger)
    await ends(ledger, erp, NoSeat("No seat is free."))
    assert await kinds(journal) == [OutageKind.NO_SEAT]
    ledger.ends_in = None
    await erp.find_document()
    assert await kinds(journal) == []


async def test_what_may_not_have_asked_proves_nothing(journal: Journal, ledger: Ledger) -> None:
    erp = watching(journal, ledger)
    await ends(ledger, erp, Unavailable("No answer."))
    ledger.ends_in = None
    await erp.renew_session()
    assert await kinds(journal) == [OutageKind.UNAVAILABLE]


async def test_a_wrong_password_is_sent_once_by_all_processes(
    journal: Journal, ledger: Ledger
) -> None:
    workers = [watching(journal, ledger) for _ in range(3)]
    for worker in workers * 5:
        await ends(ledger, worker, WRONG)
    assert ledger.asked == 1
    assert await kinds(journal) == [OutageKind.CREDENTIALS]


async def test_the_refusal_that_is_repeated_without_asking_says_the_same(
    journal: Journal, ledger: Ledger
) -> None:
    erp = watching(journal, ledger)
    await ends(ledger, erp, WRONG)
    with pytest.raises(CredentialsRejected) as repeated:
        await erp.find_document()
    assert (str(repeated.value), repeated.value.remedy) == (str(WRONG), WRONG.remedy)


async def test_a_refusal_of_the_password_is_an_answer(journal: Journal, ledger: Ledger) -> None:
    erp = watching(journal, ledger)
    await ends(ledger, erp, Unavailable("No answer."))
    await ends(ledger, erp, WRONG)
    assert await kinds(journal) == [OutageKind.CREDENTIALS]


async def test_when_somebody_retries_though_it_is_still_wrong_it_is_sent_once_more(
    journal: Journal, ledger: Ledger
) -> None:
    erp = watching(journal, ledger)
    await ends(ledger, erp, WRONG)
    held_since = journal.outages.now()
    for _ in range(30):  # orders, all retried by one command
        await journal.outages.release("acme", held_since=held_since)
        await ends(ledger, erp, WRONG)
    assert ledger.asked == 2


async def test_when_it_was_put_right_one_retry_lets_everything_go(
    journal: Journal, ledger: Ledger
) -> None:
    erp = watching(journal, ledger)
    await ends(ledger, erp, WRONG)
    await journal.outages.release("acme", held_since=journal.outages.now())
    ledger.ends_in = None
    assert await erp.find_document() == "found"
    assert await kinds(journal) == []


async def test_a_try_that_found_the_system_away_leaves_the_next_its_turn(
    journal: Journal, ledger: Ledger
) -> None:
    erp = watching(journal, ledger)
    await ends(ledger, erp, WRONG)
    await journal.outages.release("acme", held_since=journal.outages.now())
    await ends(ledger, erp, Unavailable("No answer."))
    ledger.ends_in = None
    assert await erp.find_document() == "found"


async def test_the_connection_test_is_never_refused_and_tells_nothing_by_itself(
    journal: Journal, ledger: Ledger
) -> None:
    erp = watching(journal, ledger)
    await ends(ledger, erp, WRONG)
    ledger.ends_in = None
    await erp.examine()
    assert await kinds(journal) == [OutageKind.CREDENTIALS]


async def test_a_store_that_lets_us_read_but_not_write_is_read_on(
    journal: Journal, ledger: Ledger
) -> None:
    store = watching(journal, ledger, Side.STORE)
    ledger.ends_in = WRONG
    with pytest.raises(CredentialsRejected):
        await store.report_posted()
    assert await kinds(journal) == [OutageKind.PERMISSION]
    ledger.ends_in = None
    await store.find_document()
    assert await kinds(journal) == [OutageKind.PERMISSION]
    await store.report_posted()
    assert await kinds(journal) == []


class Door:
    """Lets log on, or not; counts who came."""

    def __init__(self) -> None:
        self.password_is_right = False
        self.came = 0

    async def log_on(self) -> str:
        self.came += 1
        if not self.password_is_right:
            raise WRONG
        return "token"


def watch_of(journal: Journal) -> Watch:
    opened_at = journal.outages.now()
    return Watch(journal, "acme", Side.ERP, settings=AT_ONCE, opened_at=opened_at)


async def test_who_waited_for_a_log_on_that_was_refused_does_not_try_another(
    journal: Journal,
) -> None:
    door, workers = Door(), [watch_of(journal) for _ in range(3)]
    for worker in workers:  # one after the other, as the session's lease has it
        with pytest.raises(CredentialsRejected):
            await worker.log_on(door.log_on)
    assert door.came == 1


async def test_a_connection_test_may_log_on_and_its_refusal_stops_no_later_retry(
    journal: Journal,
) -> None:
    door, worker = Door(), watch_of(journal)
    with pytest.raises(CredentialsRejected):
        await worker.log_on(door.log_on)
    held_since = journal.outages.now()
    with worker.connection_test(), pytest.raises(CredentialsRejected):
        await worker.log_on(door.log_on)
    assert door.came == 2
    await journal.outages.release("acme", held_since=held_since)
    door.password_is_right = True
    async with worker.call("find_document"):
        assert await worker.log_on(door.log_on) == "token"
    assert await kinds(journal) == []


async def test_a_connection_test_that_logs_on_ends_the_refusal(journal: Journal) -> None:
    door, worker = Door(), watch_of(journal)
    with pytest.raises(CredentialsRejected):
        await worker.log_on(door.log_on)
    door.password_is_right = True
    with worker.connection_test():
        await worker.log_on(door.log_on)
    assert await kinds(journal) == []
