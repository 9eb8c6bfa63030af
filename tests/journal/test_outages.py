from datetime import timedelta

from journal.opening import Journal
from journal.outages import OutageKind, Permit, Side
from tests.journal.conftest import Clock

AWAY, REFUSED = OutageKind.UNAVAILABLE, OutageKind.CREDENTIALS
MINUTE = timedelta(minutes=1)
SHORTLY = timedelta(seconds=1)


async def test_an_outage_is_new_once_however_many_processes_tell_it(
    journal: Journal, other_process: Journal, clock: Clock
):
    assert await journal.outages.open("acme", Side.ERP, AWAY, "No answer.")
    began = clock()
    clock.advance(MINUTE)
    assert not await other_process.outages.open("acme", Side.ERP, AWAY, "Still none.")
    (outage,) = await journal.outages.all("acme")
    assert (outage.since, outage.seen_at) == (began, clock())
    assert outage.sentence == "Still none."


async def test_each_side_and_each_kind_is_an_outage_of_its_own(journal: Journal):
    assert await journal.outages.open("acme", Side.ERP, AWAY, "ERP away.")
    assert await journal.outages.open("acme", Side.STORE, AWAY, "Store away.")
    assert await journal.outages.open("acme", Side.ERP, REFUSED, "Wrong password.")
    assert await journal.outages.open("zeta", Side.ERP, AWAY, "ERP away.")
    assert len(await journal.outages.all("acme")) == 3
    assert len(await journal.outages.all()) == 4


async def test_a_closed_outage_is_given_to_one_process_and_listed_no_more(
    journal: Journal, other_process: Journal, clock: Clock
):
    await journal.outages.open("acme", Side.ERP, AWAY, "No answer.")
    clock.advance(MINUTE)
    (closed,) = await other_process.outages.close("acme", Side.ERP, [AWAY])
    assert clock() - closed.since == MINUTE
    assert await journal.outages.close("acme", Side.ERP, [AWAY]) == ()
    assert await journal.outages.all() == ()


async def test_an_outage_that_comes_back_is_new_and_counts_from_its_return(
    journal: Journal, clock: Clock
):
    await journal.outages.open("acme", Side.ERP, AWAY, "No answer.")
    await journal.outages.close("acme", Side.ERP, [AWAY])
    clock.advance(MINUTE)
    assert await journal.outages.open("acme", Side.ERP, AWAY, "No answer.")
    (outage,) = await journal.outages.all()
    assert outage.since == clock()


async def test_an_answer_to_a_call_from_before_the_failure_ends_nothing(
    journal: Journal, clock: Clock
):
    asked_at = clock()
    clock.advance(SHORTLY)
    await journal.outages.open("acme", Side.ERP, AWAY, "No answer.")
    assert await journal.outages.close("acme", Side.ERP, [AWAY], asked_at=asked_at) == ()
    assert len(await journal.outages.all()) == 1


async def test_an_operation_that_is_not_allowed_ends_with_that_operation_only(journal: Journal):
    kind = OutageKind.PERMISSION
    await journal.outages.open("acme", Side.STORE, kind, "No scope.", operation="report_posted")
    assert await journal.outages.close("acme", Side.STORE, [kind], operation="order") == ()
    assert await journal.outages.close("acme", Side.STORE, [kind], operation="report_posted")


async def refused(journal: Journal):
    await journal.outages.open("acme", Side.ERP, REFUSED, "Wrong password.")
    (outage,) = await journal.outages.all()
    return outage


async def test_refused_credentials_are_not_tried_again_by_themselves(
    journal: Journal, clock: Clock
):
    opened_at = clock()
    clock.advance(SHORTLY)
    outage = await refused(journal)
    for _ in range(3):
        clock.advance(timedelta(days=1))
        permit = await journal.outages.permit(outage, opened_at=opened_at, within=MINUTE)
        assert permit is Permit.REFUSED


async def test_once_released_one_caller_of_all_processes_tries_and_the_others_wait(
    journal: Journal, other_process: Journal, clock: Clock
):
    opened_at = clock()
    clock.advance(SHORTLY)
    outage = await refused(journal)
    clock.advance(MINUTE)
    await other_process.outages.release("acme", held_since=clock())
    permits = [
        await process.outages.permit(outage, opened_at=opened_at, within=MINUTE)
        for process in (journal, other_process, journal)
    ]
    assert permits == [Permit.GO, Permit.WAIT, Permit.WAIT]


async def test_a_try_whose_process_died_is_made_by_the_next(journal: Journal, clock: Clock):
    opened_at = clock()
    clock.advance(SHORTLY)
    outage = await refused(journal)
    await journal.outages.release("acme", held_since=clock())
    for _ in range(2):
        permit = await journal.outages.permit(outage, opened_at=opened_at, within=MINUTE)
        assert permit is Permit.GO
        clock.advance(MINUTE)


async def test_a_try_that_came_to_nothing_is_given_back(journal: Journal, clock: Clock):
    outage = await refused(journal)
    await journal.outages.release("acme", held_since=clock())
    await journal.outages.permit(outage, opened_at=clock(), within=MINUTE)
    await journal.outages.give_back(outage)
    assert await journal.outages.permit(outage, opened_at=clock(), within=MINUTE) is Permit.GO


async def test_just_after_a_refusal_a_decision_about_an_older_hold_releases_nothing(
    journal: Journal, clock: Clock
):
    opened_at = held_since = clock()
    clock.advance(SHORTLY)
    outage = await refused(journal)
    await journal.outages.release("acme", held_since=held_since)
    permit = await journal.outages.permit(outage, opened_at=opened_at, within=MINUTE)
    assert permit is Permit.REFUSED
    clock.advance(MINUTE)
    await journal.outages.release("acme", held_since=held_since)
    permit = await journal.outages.permit(outage, opened_at=opened_at, within=MINUTE)
    assert permit is Permit.GO


async def test_whoever_opened_the_system_after_the_refusal_may_try(journal: Journal, clock: Clock):
    outage = await refused(journal)
    clock.advance(SHORTLY)
    permit = await journal.outages.permit(outage, opened_at=clock(), within=MINUTE)
    assert permit is Permit.GO


async def test_what_has_ended_meanwhile_needs_no_permit(journal: Journal, clock: Clock):
    outage = await refused(journal)
    await journal.outages.close("acme", Side.ERP, [REFUSED])
    permit = await journal.outages.permit(outage, opened_at=clock(), within=MINUTE)
    assert permit is Permit.GO
