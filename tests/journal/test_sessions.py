import asyncio
import sys
from datetime import UTC, datetime, timedelta

import pytest

from connectors.sessions import Session, Sessions
from journal.leases import LeaseBusy
from journal.opening import Journal, open_journal
from settings.keyring import Keyring
from tests.journal.conftest import Clock


class ErpRefuses(Exception):
    pass


class LogonCounter:
    """Stands for an ERP's logon: slow, and countable."""

    def __init__(self, *, failing: bool = False) -> None:
        self.count = 0
        self._failing = failing
        self.begun = asyncio.Event()
        self.may_end = asyncio.Event()
        self.may_end.set()

    async def __call__(self) -> str:
        self.count += 1
        self.begun.set()
        await self.may_end.wait()
        await asyncio.sleep(0)
        if self._failing:
            raise ErpRefuses
        return f"guid-{self.count}"


async def test_a_connection_that_never_logged_on_has_no_session(journal: Journal):
    sessions: Sessions = journal.sessions.for_connection("acme")
    assert await sessions.current() is None


async def test_thirty_callers_at_once_make_one_logon(journal: Journal):
    sessions, logon = journal.sessions.for_connection("acme"), LogonCounter()
    renewed = await asyncio.gather(*(sessions.renew(None, logon) for _ in range(30)))
    assert logon.count == 1
    assert {session.token for session in renewed} == {"guid-1"}
    assert {session.version for session in renewed} == {1}


async def test_thirty_callers_of_two_processes_make_one_logon(
    journal: Journal, other_process: Journal
):
    logon = LogonCounter()
    here, there = (j.sessions.for_connection("acme") for j in (journal, other_process))
    first = await here.renew(None, logon)
    callers = [place.renew(first, logon) for _ in range(15) for place in (here, there)]
    renewed = await asyncio.gather(*callers)
    assert logon.count == 2
    assert {session.version for session in renewed} == {2}
    assert await there.current() == await here.current()


async def test_an_old_session_is_renewed_to_the_current_one_without_a_logon(journal: Journal):
    sessions, logon = journal.sessions.for_connection("acme"), LogonCounter()
    first = await sessions.renew(None, logon)
    second = await sessions.renew(first, logon)
    assert await sessions.renew(first, logon) == second
    assert logon.count == 2


async def test_a_refused_logon_is_tried_once_for_all_who_wait(journal: Journal):
    sessions, logon = journal.sessions.for_connection("acme"), LogonCounter(failing=True)
    callers = (sessions.renew(None, logon) for _ in range(30))
    outcomes = await asyncio.gather(*callers, return_exceptions=True)
    assert logon.count == 1
    assert all(isinstance(outcome, ErpRefuses) for outcome in outcomes)
    assert (await sessions.renew(None, LogonCounter())).version == 1


async def test_a_token_is_kept_although_its_caller_was_cancelled(journal: Journal):
    sessions, logon = journal.sessions.for_connection("acme"), LogonCounter()
    logon.may_end.clear()
    caller = asyncio.create_task(sessions.renew(None, logon))
    await logon.begun.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    logon.may_end.set()
    assert (await sessions.renew(None, logon)).token == "guid-1"
    assert logon.count == 1


async def test_a_session_ends_once_and_its_version_is_never_used_again(journal: Journal):
    sessions, logon = journal.sessions.for_connection("acme"), LogonCounter()
    first = await sessions.renew(None, logon)
    assert await sessions.end(first)
    assert not await sessions.end(first)
    assert await sessions.current() is None
    second = await sessions.renew(None, logon)
    assert second.version > first.version
    assert not await sessions.end(first)
    assert await sessions.current() == second


async def test_connections_do_not_share_a_session(journal: Journal):
    await journal.sessions.for_connection("acme").renew(None, LogonCounter())
    assert await journal.sessions.for_connection("zeta").current() is None


async def test_a_printed_session_shows_no_token(journal: Journal):
    session = await journal.sessions.for_connection("acme").renew(None, LogonCounter())
    assert isinstance(session, Session)
    assert "guid" not in repr(session) + str(session)


async def test_exclusive_calls_never_overlap_in_one_or_several_processes(
    journal: Journal, other_process: Journal
):
    inside = most = calls = 0

    async def call(place: Journal) -> None:
        nonlocal inside, most, calls
        async with place.sessions.for_connection("acme").exclusive():
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            calls += 1
            inside -= 1

    await asyncio.gather(*(call(place) for _ in range(5) for place in (journal, other_process)))
    assert (most, calls) == (1, 10)


HOLD_AND_HANG = """
import asyncio, sys
from datetime import timedelta
from journal.opening import open_journal
from settings.keyring import Keyring

async def main():
    ttl = timedelta(seconds=float(sys.argv[2]))
    async with open_journal(sys.argv[1], Keyring.parse(sys.stdin.readline()), lease_ttl=ttl) as j:
        async def logon():
            sys.stdout.write("logging on\\n")
            sys.stdout.flush()
            await asyncio.Event().wait()
        await j.sessions.for_connection("acme").renew(None, logon)

asyncio.run(main())
"""


async def test_a_process_killed_in_its_logon_gives_way_when_its_lease_runs_out(url: str):
    ttl, keys, clock = timedelta(minutes=5), Keyring.new_key("2026"), Clock()
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", HOLD_AND_HANG, url, str(ttl.total_seconds())),
        stdin=pipe,
        stdout=pipe,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(keys.encode() + b"\n")
    assert await process.stdout.readline() == b"logging on\n"
    process.kill()
    await process.communicate()
    clock.now = datetime.now(UTC)
    async with open_journal(url, Keyring.parse(keys), lease_ttl=ttl, clock=clock) as journal:
        with pytest.raises(LeaseBusy):
            async with journal.leases.hold("session:acme", ttl=ttl, wait=timedelta(0)):
                pass
        clock.advance(ttl)
        session = await journal.sessions.for_connection("acme").renew(None, LogonCounter())
    assert session.version == 1
