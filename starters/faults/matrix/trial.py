"""One trial: a sync under one fault at one call, and the verdict from the books afterwards."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any

from temporalio.client import WorkflowExecutionStatus, WorkflowFailureError, WorkflowHandle
from temporalio.service import RPCError

from domain.record import Record
from settings.queues import sync_queue
from settings.temporal import look_again
from starters.faults.matrix.bench import Bench
from starters.faults.matrix.cases import Case
from starters.faults.matrix.injury import Aim, Injury, Strike
from starters.faults.matrix.scenarios import Key, Scenario
from starters.faults.matrix.site import CallSite, Site, differences

_SETTLES_WITHIN = 180.0
_LOOK_EVERY_SECONDS = 0.5


class Verdict(Record):
    """What came of one trial. `retries` counts every further attempt of an activity."""

    scenario: str
    aim: Aim
    reached: bool
    violations: tuple[str, ...] = ()
    retries: int = 0
    seconds: float = 0

    @property
    def passed(self) -> bool:
        """Tell whether the fault struck and left no trace in the books."""
        return self.reached and not self.violations


@dataclass(frozen=True)
class CleanRun:
    """What an undisturbed run of a scenario calls, and what it leaves behind."""

    calls: Mapping[CallSite, CallSite | None]  # each with the one answered before it
    books: dict[str, Any]
    outcome: object
    trail: tuple[str, ...]
    violations: tuple[str, ...]  # of what the store itself says; as it should be, none

    def before(self, site: CallSite, *, further: int) -> CallSite | None:
        """Return the call answered before that one, or before `further` more; None: none was."""
        found = self.calls[site]
        for _ in range(further):
            found = found and self.calls[found]
        return found


class Trial:
    """One scenario on one site of a bench."""

    def __init__(self, bench: Bench, site: Site, scenario: Scenario) -> None:
        self._bench = bench
        self._site = site
        self._scenario = scenario
        self._queue = sync_queue(bench.settings.temporal)
        self._under_way: WorkflowHandle[Any, Any] | None = None

    async def prepare(self) -> None:
        """Do what comes before, undisturbed."""
        if self._scenario.before is not None:
            key = self._scenario.before(self._site.store, self._site.connection)
            await self._settled(await self._look(key))
        self._site.forget_calls()

    def unprepared(self, aim: Aim, failure: "Unsettled") -> Verdict:
        """Tell that the trial never came to its fault."""
        why = (f"before the fault: {failure}",)
        return Verdict(scenario=self._scenario.name, aim=aim, reached=False, violations=why)

    async def clean(self) -> CleanRun:
        """Run without any fault and remember what that is like."""
        key, outcome, _ = await self._deed()
        return CleanRun(
            calls=self._site.calls(),
            books=await self._site.books(),
            outcome=outcome,
            trail=await self._trail(key),
            violations=await self._site.violations(),
        )

    async def broken(
        self, aim: Aim, clean: CleanRun, strike: Strike | None = None, *, missed: int = 0
    ) -> Verdict:
        """Run with the fault and judge by the books of a clean run.

        `missed`: how often the fault found nothing to strike. Calls that overlap are not answered
        in the same order each time, so that a system is then taken away one call sooner.
        """
        started = monotonic()
        before = clean.before(aim.site, further=missed)
        injury = Injury(self._site, aim, strike, before=before, noticed=self._noticed)
        async with asyncio.TaskGroup() as group:
            inflicting = group.create_task(injury.inflict())
            await injury.armed.wait()
            try:
                key, outcome, retries = await self._deed()
            except Unsettled as failure:
                inflicting.cancel()
                return self._verdict(aim, injury, (str(failure),), 0, monotonic() - started)
            if not injury.reached:
                inflicting.cancel()
        seconds = monotonic() - started
        if aim.case is Case.REFUSED and not retries:
            injury.reached = False  # nothing was asked while nobody was there
        await self._site.faults(aim.site.side).landed()
        violations = [
            *differences(clean.books, await self._site.books(), "books"),
            *await self._untold(key, clean),
        ]
        if outcome != clean.outcome:
            violations.append(f"the sync ended as {outcome} instead of {clean.outcome}")
        return self._verdict(aim, injury, tuple(violations), retries, seconds)

    def _verdict(
        self, aim: Aim, injury: Injury, violations: tuple[str, ...], retries: int, seconds: float
    ) -> Verdict:
        return Verdict(
            scenario=self._scenario.name,
            aim=aim,
            reached=injury.reached,
            violations=violations,
            retries=retries,
            seconds=round(seconds, 1),
        )

    async def _deed(self) -> tuple[Key, object, int]:
        key = self._scenario.deed(self._site.store, self._site.connection)
        self._under_way = await self._look(key)
        return key, *await self._settled(self._under_way)

    async def _noticed(self) -> None:
        """Wait until an activity of the sync is to be tried again, or the sync is over."""
        while True:
            if self._under_way is not None:
                described = await _patiently(self._under_way.describe)
                pending = described.raw_description.pending_activities
                if described.status is not WorkflowExecutionStatus.RUNNING:
                    return
                if any(activity.attempt > 1 for activity in pending):
                    return
            await asyncio.sleep(_LOOK_EVERY_SECONDS)

    async def _look(self, key: Key) -> WorkflowHandle[Any, Any]:
        return await look_again(self._bench.client, key, queue=self._queue)

    async def _settled(self, handle: WorkflowHandle[Any, Any]) -> tuple[object, int]:
        """Wait for the workflow's end; return its result and how many attempts were repeats."""
        run = self._bench.client.get_workflow_handle(
            handle.id, run_id=handle.result_run_id or handle.first_execution_run_id
        )
        try:
            async with asyncio.timeout(_SETTLES_WITHIN):
                result = await _patiently(run.result)
                history = await _patiently(run.fetch_history)
        except TimeoutError:
            hold = await self._bench.journal.holds.of(self._site.connection, _resource(handle.id))
            why = f"held: {hold.hold.reason}" if hold else "neither held nor done"
            raise Unsettled(f"after {_SETTLES_WITHIN:.0f} s {why}") from None
        except WorkflowFailureError as failure:
            raise Unsettled(f"the workflow failed: {failure.cause}") from None
        attempts = [
            event.activity_task_started_event_attributes.attempt
            for event in history.events
            if event.HasField("activity_task_started_event_attributes")
        ]
        prefix = self._site.prefix
        outcome = {name: str(value).replace(prefix, "") for name, value in result.items()}
        return outcome, sum(attempt - 1 for attempt in attempts)

    async def _trail(self, key: Key) -> tuple[str, ...]:
        """Return what the trail says was done, each as often as it says so."""
        trail = self._bench.journal.trail
        entries = await trail.of(self._site.connection, _resource(key.workflow_id))
        return tuple(sorted(e.step or e.action for e in entries if e.outcome == "done"))

    async def _untold(self, key: Key, clean: CleanRun) -> list[str]:
        """Name what the journal lacks: steps in the trail, links behind them, closed holds."""
        told = await self._trail(key)
        missing = sorted({*clean.trail} - {*told})
        journal = self._bench.journal
        faults = [f"the trail lacks: {', '.join(missing)}"] if missing else []
        hold = await journal.holds.of(self._site.connection, _resource(key.workflow_id))
        if hold is not None:
            faults.append(f"a hold is left open: {hold.hold.reason}")
        return faults


class Unsettled(Exception):
    """A sync did not come to its end."""


async def _patiently(ask: Callable[[], Awaitable[Any]]) -> Any:
    """Ask Temporal until it answers: it may be down just now, on purpose."""
    while True:
        try:
            return await ask()
        except RPCError:
            await asyncio.sleep(0.5)


def _resource(workflow_id: str) -> str:
    return workflow_id.partition(":")[2]
