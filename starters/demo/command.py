"""`tillbridge demo`: the whole of Tillbridge on this machine, with stand-ins outside."""

import asyncio
import os
from collections.abc import Callable, Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live

from sandbox.erps import ERPS
from starters.demo.outcome import DemoResult
from starters.demo.progress import Progress
from starters.demo.run import default_folder, play
from starters.demo.screen import live_table, show_result
from starters.demo.stage import Stage, staged
from starters.processes import NotReady
from workers.runtime import run_main, stop_on_signals

_STORES = ("bigcommerce",)
_ERPS = tuple(ERPS)


def _one_of(names: Sequence[str]) -> Callable[[str], str]:
    def checked(name: str) -> str:
        if name not in names:
            raise typer.BadParameter(f"there is no {name!r} here, but: {', '.join(names)}.")
        return name

    return checked


def demo(
    orders: Annotated[int, typer.Option(min=1, help="How many orders are placed.")] = 25,
    seed: Annotated[int, typer.Option(help="The same seed places the same orders.")] = 7,
    _store: Annotated[
        str,
        typer.Option("--store", callback=_one_of(_STORES), help="Where the orders are placed."),
    ] = _STORES[0],
    erp: Annotated[
        str, typer.Option(callback=_one_of(_ERPS), help="Whose ledger: " + ", ".join(_ERPS) + ".")
    ] = "syspro",
    stay: Annotated[bool, typer.Option("--stay", help="Keep all running afterwards.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object, no table.")] = False,
) -> None:
    """Place orders in a store and watch each get into an ERP's ledger exactly once."""
    os.environ.pop("TEMPORAL_ADDRESS", None)  # the demo brings its own server
    run_main(_demo(orders, seed, erp=erp, stay=stay, as_json=json))


async def _demo(orders: int, seed: int, *, erp: str, stay: bool, as_json: bool) -> int:
    console = Console(stderr=as_json)
    stop = stop_on_signals()
    try:
        async with staged(default_folder(), _saying(console), erp=erp, usual_ports=True) as stage:
            playing = asyncio.create_task(_play(stage, console, orders, seed))
            interrupted = asyncio.create_task(stop.wait())
            await asyncio.wait([playing, interrupted], return_when=asyncio.FIRST_COMPLETED)
            if not playing.done():
                playing.cancel()
                console.print("Interrupted; taking everything down.")
                return 130
            interrupted.cancel()
            result = await playing
            _tell(result, console, as_json=as_json)
            if stay:
                _tell_how_to_go_on(stage, console)
                await stop.wait()
            return 0 if result.well else 1
    except NotReady as failure:
        console.print(f"[red]{failure}[/]")
        return 3


async def _play(stage: Stage, console: Console, orders: int, seed: int) -> DemoResult:
    with Live(console=console, refresh_per_second=4, transient=True) as live:

        def draw(progress: Sequence[Progress]) -> None:
            live.update(live_table(progress, expected=orders, erp=stage.kind.title))

        return await play(stage, orders=orders, seed=seed, draw=draw, say=_saying(console))


def _saying(console: Console) -> Callable[[str], None]:
    return lambda text: console.print(f"[dim]{text}[/]")


def _tell(result: DemoResult, console: Console, *, as_json: bool) -> None:
    if as_json:
        typer.echo(result.model_dump_json(indent=2))
    else:
        show_result(console, result)


def _tell_how_to_go_on(stage: Stage, console: Console) -> None:
    console.print("\nStill running; Ctrl-C ends it.")
    for name, url in stage.urls.items():
        console.print(f"  {name}: {url}")
    console.print(f"  Worker: process {stage.worker.pid}; killed, it is started again")
    console.print(f"  Settings: export TILLBRIDGE_CONFIG={stage.settings_file}")
    console.print("  Then try: tillbridge status")
