"""Every call of every kind of sync, under every fault: planned, run side by side, resumable."""

import asyncio
import os
import random
import signal
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import TypeVar

from domain.record import Record
from starters.faults.matrix.bench import Bench, Engine, bench, locked, running_engine
from starters.faults.matrix.cases import STRIKES, Case
from starters.faults.matrix.injury import Aim, Strike
from starters.faults.matrix.kept import Cell, Kept, digest
from starters.faults.matrix.scenarios import SCENARIOS, Scenario
from starters.faults.matrix.site import CallSite, differences
from starters.faults.matrix.trial import CleanRun, Trial, Unsettled, Verdict

T = TypeVar("T")
Say = Callable[[str], None]

_ON_A_BENCH = 120
_SIDE_BY_SIDE = 60
_STRUCK_AT_ONCE = 60
BENCHES_AT_ONCE = 3  # their stand-ins share one process, which must answer within a read time-out
_TRIES_TO_REACH = 3
# A refusal without a time to wait is waited out for half a minute.
_LONG_WAITS = (Case.THROTTLED, Case.THROTTLED_BARE)
_LOCKED_SECONDS = 33.0  # the journal itself is patient for 30


class Unstable(Exception):
    """Undisturbed runs differ, or leave wrong books: nothing can be measured by them."""


class NothingToTry(Exception):
    """No call has such a name, or none of those can have such a fault; names those there are."""


_Make = Callable[[Sequence[Cell], Callable[[Verdict], None], int], Awaitable[None]]


class MatrixResult(Record):
    """All trials of a run. `resumed`: how many verdicts were taken over from an earlier one."""

    erp: str
    calls: Mapping[str, tuple[CallSite, ...]]
    verdicts: tuple[Verdict, ...]
    resumed: int
    seconds: float

    @property
    def failed(self) -> tuple[Verdict, ...]:
        """Return the trials that did not pass."""
        return tuple(verdict for verdict in self.verdicts if not verdict.passed)


async def run_matrix(
    folder: Path,
    *,
    erp: str = "syspro",
    erp_settings: Mapping[str, object] | None = None,
    scenarios: Sequence[str] = (),
    cases: Sequence[Case] = tuple(Case),
    calls: str = "",
    sample: int | None = None,
    seed: int = 0,
    benches: int = BENCHES_AT_ONCE,
    say: Say = lambda _: None,
    judged: Callable[[Verdict, int], None] = lambda *_: None,
) -> MatrixResult:
    """Try every call under every fault and judge each trial by the books.

    `erp` is one of the names in `ERPS`. `scenarios` and `cases` limit the matrix, and so does
    `calls`, a text that a call's label must contain; `sample` tries only so many of its cells,
    drawn with `seed`. Verdicts are kept in the folder as they come: a run of the same program that
    was cut short goes on where it stopped. `benches`: how many sets of trials run at a time.
    `judged` is told each verdict and how many are still to come.

    Raises:
        Unstable: undisturbed runs differ.
        NothingToTry: `calls` and `cases` leave no trial.
    """
    started = monotonic()
    chosen = [s for s in SCENARIOS if not scenarios or s.name in scenarios]
    async with running_engine(folder / "engine") as engine:
        say("Recording the calls of undisturbed runs")
        run = _Run(engine, chosen, erp, erp_settings or {}, judged, benches)
        await run.record()
        cells = cells_of(run.clean, cases, calls)
        if sample is not None:
            cells = random.Random(seed).sample(cells, min(sample, len(cells)))
        kept = Kept(folder / "verdicts.jsonl", digest(erp, erp_settings or {}))
        resumed = kept.take_over(cells)
        say(f"{len(cells)} trials" + (f", {len(resumed)} of them done before" if resumed else ""))
        await run.all([cell for cell in cells if cell not in resumed], kept)
    return MatrixResult(
        erp=erp,
        calls={name: tuple(clean.calls) for name, clean in run.clean.items()},
        verdicts=tuple(kept.verdicts[cell] for cell in cells),
        resumed=len(resumed),
        seconds=round(monotonic() - started, 1),
    )


class _Run:
    """One run of the matrix on one engine."""

    def __init__(
        self,
        engine: Engine,
        scenarios: Sequence[Scenario],
        erp: str,
        erp_settings: Mapping[str, object],
        judged: Callable[[Verdict, int], None],
        benches: int,
    ) -> None:
        self.clean: dict[str, CleanRun] = {}
        self._engine = engine
        self._scenarios = {scenario.name: scenario for scenario in scenarios}
        self._erp = erp
        self._erp_settings = erp_settings
        self._judged = judged
        self._benches = 0
        self._to_come = 0
        self._benches_at_once = asyncio.Semaphore(benches)

    async def record(self) -> None:
        """Run each scenario twice without a fault; both runs must be the same."""
        twice = [scenario for scenario in self._scenarios.values() for _ in range(2)]
        async with self._bench(twice, patient=True) as (trials, _):
            await asyncio.gather(*(trial.prepare() for trial in trials))
            runs = await asyncio.gather(*(trial.clean() for trial in trials))
        for scenario, first, second in zip(twice[::2], runs[::2], runs[1::2], strict=True):
            if sorted(first.calls, key=str) != sorted(second.calls, key=str):
                raise Unstable(f"Undisturbed runs of '{scenario.name}' made different calls.")
            if first.violations:
                raise Unstable(f"Undisturbed, '{scenario.name}': {'; '.join(first.violations)}")
            if unlike := differences(first.books, second.books):
                raise Unstable(f"Undisturbed runs of '{scenario.name}' left: {'; '.join(unlike)}")
            self.clean[scenario.name] = first

    async def all(self, cells: Sequence[Cell], kept: Kept) -> None:
        """Make every trial; those whose fault found nothing to strike are made again."""
        for missed in range(_TRIES_TO_REACH):
            self._to_come = len(cells)
            await self._once(cells, kept, missed=missed)
            cells = [cell for cell in cells if cell not in kept.verdicts]

    async def _once(self, cells: Sequence[Cell], kept: Kept, *, missed: int) -> None:
        def keep(verdict: Verdict) -> None:
            self._to_come -= 1
            if verdict.reached or missed == _TRIES_TO_REACH - 1:
                kept.add(verdict)
                self._judged(verdict, self._to_come)

        def of(*cases: Case) -> list[Cell]:
            return [cell for cell in cells if cell.aim.case in cases]

        async def on_a_bench(some: Sequence[Cell], make: _Make) -> None:
            async with self._benches_at_once:
                await make(some, keep, missed)

        async with asyncio.TaskGroup() as group:  # those that wait for long begin first
            for some in _in_chunks(of(*_LONG_WAITS), _ON_A_BENCH):
                group.create_task(on_a_bench(some, self._side_by_side))
            for case in set(STRIKES) - {Case.TEMPORAL_KILLED}:
                for some in _in_chunks(of(case), _STRUCK_AT_ONCE):
                    group.create_task(on_a_bench(some, self._struck))
            for some in _in_chunks(of(*set(Case) - {*STRIKES, *_LONG_WAITS}), _ON_A_BENCH):
                group.create_task(on_a_bench(some, self._side_by_side))
        # Temporal is everybody's: it is killed when nobody else is at work.
        for some in _in_chunks(of(Case.TEMPORAL_KILLED), _STRUCK_AT_ONCE):
            await on_a_bench(some, self._struck)

    async def _side_by_side(
        self, cells: Sequence[Cell], keep: Callable[[Verdict], None], missed: int
    ) -> None:
        slots = asyncio.Semaphore(_SIDE_BY_SIDE)

        async def one(trial: Trial, cell: Cell) -> None:
            async with slots:
                try:
                    await trial.prepare()
                except Unsettled as failure:
                    keep(trial.unprepared(cell.aim, failure))
                    return
                clean = self.clean[cell.scenario]
                keep(await trial.broken(cell.aim, clean, missed=missed))

        async with (
            self._bench(self._of(cells), patient=False) as (trials, _),
            asyncio.TaskGroup() as group,
        ):
            for trial, cell in zip(trials, cells, strict=True):
                group.create_task(one(trial, cell))

    async def _struck(
        self, cells: Sequence[Cell], keep: Callable[[Verdict], None], missed: int
    ) -> None:
        (case,) = {cell.aim.case for cell in cells}
        async with self._bench(self._of(cells), patient=True) as (trials, on):
            strike = Strike(len(cells), _deed(case, on))

            async def one(trial: Trial, cell: Cell) -> None:
                clean = self.clean[cell.scenario]
                keep(await trial.broken(cell.aim, clean, strike, missed=missed))

            await asyncio.gather(*(trial.prepare() for trial in trials))
            async with asyncio.TaskGroup() as group:
                group.create_task(strike.befall())
                for trial, cell in zip(trials, cells, strict=True):
                    group.create_task(one(trial, cell))

    def _of(self, cells: Iterable[Cell]) -> list[Scenario]:
        return [self._scenarios[cell.scenario] for cell in cells]

    @asynccontextmanager
    async def _bench(
        self, scenarios: Sequence[Scenario], *, patient: bool
    ) -> AsyncIterator[tuple[list[Trial], Bench]]:
        self._benches += 1
        erps = [{**scenario.erp, **self._erp_settings} for scenario in scenarios]
        name = f"b{self._benches}"
        async with bench(self._engine, name, self._erp, erps, patient=patient) as on:
            sites = zip(on.sites, scenarios, strict=True)
            yield [Trial(on, site, scenario) for site, scenario in sites], on


def _deed(case: Case, on: Bench) -> Callable[[Callable[[], None]], Awaitable[None]]:
    async def lock(struck: Callable[[], None]) -> None:
        async with locked(on.journal_file):
            struck()
            await asyncio.sleep(_LOCKED_SECONDS)

    async def kill(struck: Callable[[], None]) -> None:
        victim = on.temporal if case is Case.TEMPORAL_KILLED else on.worker
        assert victim.pid is not None
        os.kill(victim.pid, signal.SIGKILL)
        struck()

    return lock if case is Case.JOURNAL_LOCKED else kill


def cells_of(clean: Mapping[str, CleanRun], cases: Sequence[Case], calls: str = "") -> list[Cell]:
    """List the trials of those faults at the calls whose label contains the text.

    Raises:
        NothingToTry: there are none.
    """
    cells = [cell for cell in _cells(clean, cases) if calls in cell.aim.site.label]
    if not cells:
        labels = sorted({site.label for run in clean.values() for site in run.calls})
        raise NothingToTry(
            f"There is nothing to try: no call with '{calls}' in its name has such a fault. "
            f"The calls are: {'; '.join(labels)}."
        )
    return cells


def _cells(clean: Mapping[str, CleanRun], cases: Sequence[Case]) -> Iterator[Cell]:
    for name, run in clean.items():
        for call in run.calls:
            for case in cases:
                if call.side == "erp" or not case.of_the_erp_only:
                    yield Cell(scenario=name, aim=Aim(site=call, case=case))


def _in_chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Cut into pieces of about equal length, none longer than `size`."""
    pieces = -(-len(items) // size)
    for n in range(pieces):
        yield items[n * len(items) // pieces : (n + 1) * len(items) // pieces]
