"""`tillbridge faults`: the evidence for "exactly once", made anew on this machine."""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Coroutine
from datetime import UTC, datetime
from pathlib import Path
from platform import python_version
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from sandbox.erps import ERPS
from settings.load import load_settings
from starters.cli.output import complain
from starters.cli.running import (
    ConfigOption,
    ConnectionOption,
    ExitCode,
    JsonOption,
    WrongUsage,
    in_sentences,
)
from starters.faults.matrix.cases import Case
from starters.faults.matrix.report import markdown, put_section, sentence, show
from starters.faults.matrix.run import (
    BENCHES_AT_ONCE,
    MatrixResult,
    NothingToTry,
    Unstable,
    run_matrix,
)
from starters.faults.matrix.scenarios import SCENARIOS
from starters.faults.matrix.trial import Verdict
from starters.faults.soak import report as soaks
from starters.faults.soak.result import SoakResult
from starters.faults.soak.run import run_soak
from starters.faults.storm import report as storms
from starters.faults.storm.run import run_storm
from workers.runtime import run_main, stop_on_signals

group = typer.Typer(help="Try what Tillbridge promises, under faults.", invoke_without_command=True)

_FIRST = next(iter(ERPS))
_INTERRUPTED = 130
_WIDTH_OF_A_LOG = 260
_FOLDER = Path("var") / "faults"
FolderOption = Annotated[
    Path, typer.Option("--folder", help="Where the runs keep their files; a cut one goes on there.")
]


def _known(erp: str | None) -> str | None:
    if erp is not None and erp not in ERPS:
        raise typer.BadParameter(f"There is no ERP {erp}; there are: {', '.join(ERPS)}.")
    return erp


ErpOption = Annotated[
    str | None,
    typer.Option("--erp", help=f"Which ERP is tried: {', '.join(ERPS)}.", callback=_known),
]
ReportOption = Annotated[
    Path | None, typer.Option("--report", help="Write the result into this Markdown page as well.")
]


@group.callback()
def matrix(
    context: typer.Context,
    scenario: Annotated[
        list[str] | None, typer.Option(help=f"Only: {', '.join(s.name for s in SCENARIOS)}.")
    ] = None,
    erp: ErpOption = None,
    fault: Annotated[list[Case] | None, typer.Option(help="Only these faults.")] = None,
    call: Annotated[str, typer.Option(help="Only calls whose name contains this.")] = "",
    sample: Annotated[int | None, typer.Option(min=1, help="Only so many trials.")] = None,
    seed: Annotated[int, typer.Option(help="Which ones the sample draws.")] = 0,
    benches: Annotated[
        int,
        typer.Option(min=1, help="Sets of 60 trials at a time; fewer on a busy machine."),
    ] = BENCHES_AT_ONCE,
    folder: FolderOption = _FOLDER / "matrix",
    report: ReportOption = None,
    connection: ConnectionOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Try every outside call of every kind of sync under every fault, and judge by the ledger.

    Everything runs on this machine, against stand-ins. With --connection, they are posted to the
    way that connection posts: its strategy and its profile, in its ERP. Each ERP has verdicts and
    a section of the report of its own.
    """
    if context.invoked_subcommand is not None:
        return
    unknown = sorted({*(scenario or ())} - {s.name for s in SCENARIOS})
    if unknown:
        known = ", ".join(s.name for s in SCENARIOS)
        raise typer.BadParameter(f"There is no scenario {', '.join(unknown)}; there are: {known}.")

    async def whole() -> int:
        table = load_settings(config).connection(connection).erp if connection else {}
        system = str(table.get("type") or erp or _FIRST)
        if erp not in (None, system):
            raise WrongUsage(f"{connection} posts to {system}, not to {erp}: leave --erp out.")
        console = _console(as_json=as_json)
        with _progress(console) as progress:
            bar = progress.add_task("trials", total=None)

            def judged(verdict: Verdict, to_come: int) -> None:
                done = progress.tasks[bar].completed + 1
                progress.update(bar, completed=done, total=done + to_come)
                if not verdict.passed:
                    progress.console.print(f"✗ {sentence(verdict)}", markup=False)

            result = await run_matrix(
                folder / system,
                erp=system,
                erp_settings=ERPS[system].rehearsed(table) if table else {},
                scenarios=scenario or (),
                cases=fault or tuple(Case),
                calls=call,
                sample=sample,
                seed=seed,
                benches=benches,
                say=progress.console.print,
                judged=judged,
            )
        _tell(result, console, as_json=as_json)
        _report(report, f"matrix {system}", markdown(result))
        return ExitCode.ATTENTION if result.failed else ExitCode.WELL

    async def told() -> int:
        try:
            return await whole()
        except NothingToTry as error:
            complain(str(error))
            return ExitCode.WRONG_USAGE
        except Unstable as error:
            complain(str(error))
            return ExitCode.ATTENTION

    _run(told())


@group.command()
def soak(
    orders: Annotated[int, typer.Option(min=1, help="How many orders are placed.")] = 2000,
    seed: Annotated[
        list[int] | None, typer.Option(help="Writes the script; several make several soaks.")
    ] = None,
    erp: ErpOption = None,
    folder: FolderOption = _FOLDER / "soak",
    report: ReportOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let thousands of orders come while everything goes wrong at random; then count.

    The same seed and number of orders have the same script. Exit code 1: anything was lost,
    doubled, or is not to the cent.
    """

    system = erp or _FIRST

    async def whole() -> int:
        console = _console(as_json=as_json)
        results: list[SoakResult] = []
        for each in seed or [1]:
            place = folder / system / str(each)
            result = await run_soak(place, erp=system, orders=orders, seed=each, say=console.print)
            soaks.show(result, console)
            results.append(result)
        if as_json:
            typer.echo(json.dumps([result.model_dump(mode="json") for result in results], indent=2))
        _report(report, f"soak {system}", soaks.markdown(results))
        return ExitCode.WELL if all(result.clean for result in results) else ExitCode.ATTENTION

    _run(whole())


@group.command()
def storm(
    rate: Annotated[int, typer.Option(min=1, help="Webhooks a second.")] = 100,
    seconds: Annotated[int, typer.Option(min=1, help="For how long.")] = 60,
    burst: Annotated[int, typer.Option(min=0, help="How many more within five seconds.")] = 2000,
    kill: Annotated[bool, typer.Option("--kill/--no-kill", help="Kill Temporal once.")] = True,
    folder: FolderOption = _FOLDER / "storm",
    report: ReportOption = None,
    as_json: JsonOption = False,
) -> None:
    """Send signed webhooks to everything on this machine, with Temporal killed in the middle.

    Exit code 1: an acknowledged webhook was lost, or one was refused.
    """

    async def whole() -> int:
        console = _console(as_json=as_json)
        result = await run_storm(
            folder,
            rate=rate,
            seconds=seconds,
            burst=burst,
            kill_temporal=kill,
            say=console.print,
        )
        storms.show(result, console)
        if as_json:
            typer.echo(result.model_dump_json(indent=2))
        _report(report, "storm", storms.markdown(result))
        return ExitCode.WELL if result.passed else ExitCode.ATTENTION

    _run(whole())


def _run(work: Coroutine[Any, Any, int]) -> None:
    os.environ.pop("TEMPORAL_ADDRESS", None)  # each run brings its own server

    async def until_stopped() -> int:
        stop = stop_on_signals()
        working = asyncio.create_task(in_sentences(work))
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait([working, stopped], return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if working.done():
            return await working
        working.cancel()  # takes down what it started
        with contextlib.suppress(asyncio.CancelledError):
            await working
        return _INTERRUPTED

    run_main(until_stopped())


def _console(*, as_json: bool) -> Console:
    """Return where people read: a log has room for the widest table, a screen has what it has."""
    out = sys.stderr if as_json else sys.stdout
    return Console(file=out, highlight=False, width=None if out.isatty() else _WIDTH_OF_A_LOG)


def _report(page: Path | None, section: str, text: str) -> None:
    if page is not None:
        on = f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python {python_version()}"
        put_section(page, section, f"{on}: `tillbridge {' '.join(sys.argv[1:])}`\n\n{text}")


def _tell(result: MatrixResult, console: Console, *, as_json: bool) -> None:
    if as_json:
        typer.echo(result.model_dump_json(indent=2))
    else:
        show(result, console)


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, TimeElapsedColumn(), console=console, transient=True)
