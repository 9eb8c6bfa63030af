"""What is done to one trial: a fault at one call, or a stroke that befalls many trials at once."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from domain.record import Record
from sandbox.faults import Fault, FaultKind
from starters.faults.matrix.cases import (
    GONE_SECONDS,
    HANG_SECONDS,
    KINDS,
    LATE_COMMIT_SECONDS,
    Case,
)
from starters.faults.matrix.site import CallSite, Side, Site

_REACHED_WITHIN = 60.0
_NOTICED_WITHIN = 30.0
_FOR_EVER = 600.0


class Aim(Record):
    """What is broken: which call, and how."""

    site: CallSite
    case: Case


class Strike:
    """Something that befalls every trial of a bench at once, when each has reached its instant."""

    def __init__(self, trials: int, deed: Callable[[Callable[[], None]], Awaitable[None]]) -> None:
        """Prepare the deed; it calls what it is given once it has struck, and may go on then."""
        self._waiting = trials
        self._deed = deed
        self._all_there = asyncio.Event()
        self.struck = asyncio.Event()

    def arrived(self) -> None:
        """Tell that one more trial is at its instant, or will never be."""
        self._waiting -= 1
        if self._waiting == 0:
            self._all_there.set()

    async def befall(self) -> None:
        """Wait for the trials, then do it."""
        await self._all_there.wait()
        await self._deed(self.struck.set)


class Injury:
    """Arms one fault, sees it strike, and does what the stand-in itself cannot do."""

    def __init__(
        self,
        site: Site,
        aim: Aim,
        strike: Strike | None,
        *,
        before: CallSite | None,
        noticed: Callable[[], Awaitable[None]],
    ) -> None:
        """Prepare it. `noticed` waits until the sync has met a failure, or is over."""
        self.armed = asyncio.Event()
        self.reached = False
        self._site = site
        self._aim = aim
        self._strike = strike
        self._before = before
        self._noticed = noticed

    async def inflict(self) -> None:
        """Do all of it, in step with the sync that runs meanwhile."""
        if self._aim.case is Case.REFUSED:
            await self._refuse()
        elif self._strike is not None:
            await self._wait_for_the_strike(self._strike)
        else:
            await self._break()

    async def _break(self) -> None:
        case, side = self._aim.case, self._aim.site.side
        kind = KINDS.get(case, FaultKind.HOLD)
        self._arm(self._aim.site, kind)
        await self._fired(side)
        if case.ending is None:
            self._site.faults(side).release()
            return
        end = self._site.under_fault.endings[case.ending]
        await self._site.turn(end.turns)
        self._site.faults(side).release()
        if end.undone:
            await asyncio.sleep(GONE_SECONDS)
            await self._site.turn(end.undone)

    async def _refuse(self) -> None:
        """Take the system away behind the answer to the call before."""
        side = self._aim.site.side
        server = self._site.servers[side]
        if self._before is None:
            self.reached = True
            await server.stop()
            self.armed.set()
        else:
            self._arm(self._before, FaultKind.HOLD)
            await self._fired(side)
            server.refuse()
            self._site.faults(side).release()
        await asyncio.sleep(GONE_SECONDS)
        # On a busy machine nobody may have asked by then.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._noticed(), _NOTICED_WITHIN)
        await server.stop()
        await server.start()

    async def _wait_for_the_strike(self, strike: Strike) -> None:
        side = self._aim.site.side
        self._arm(self._aim.site, KINDS.get(self._aim.case, FaultKind.HOLD))
        try:
            async with asyncio.timeout(_REACHED_WITHIN):
                await self._fired(side)
        except TimeoutError:
            pass  # the verdict tells that it was not reached
        strike.arrived()
        await strike.struck.wait()
        self._site.faults(side).release()

    def _arm(self, call: CallSite, kind: FaultKind) -> None:
        seconds = {
            FaultKind.HANG_BEFORE: HANG_SECONDS,
            FaultKind.HANG_AFTER: HANG_SECONDS,
            FaultKind.LATE_COMMIT: LATE_COMMIT_SECONDS,
        }.get(kind, _FOR_EVER)
        self._site.faults(call.side).add(
            Fault(
                kind=kind,
                method=call.method,
                path=call.pattern,
                contains=call.about,
                after=call.nth - 1,
                seconds=_FOR_EVER if self._strike is not None else seconds,
            )
        )
        self.armed.set()

    async def _fired(self, side: Side) -> None:
        await self._site.faults(side).spent()
        self.reached = True
