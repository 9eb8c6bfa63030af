"""The commands `deploys`: which build of Tillbridge the orders run on, and changing over."""

from datetime import timedelta
from typing import Annotated

import typer

from starters.cli.context import Context, WrongUsage
from starters.cli.output import Output, complain, good_or_bad
from starters.cli.running import ConfigOption, ExitCode, JsonOption, run
from starters.deploys import (
    UNVERSIONED,
    Build,
    BuildNotWorking,
    BuildState,
    Deployment,
    NotEveryQueueKnows,
    deployment,
    make_current,
)

group = typer.Typer(help="Builds of Tillbridge: deploying a new one.", no_args_is_help=True)
_SHOWN = 5
_PEOPLE_CALL_IT = {
    BuildState.CURRENT: "current: takes everything",
    BuildState.REPLACED: "replaced: its workers may go",
    BuildState.NEW: "new: takes nothing yet",
}


@group.command("list")
def list_builds(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List the builds that workers run, and what each has in hand.

    Exit code 1: nobody works for the current build, or workflows fail on its code.
    """

    async def work(context: Context) -> ExitCode:
        found = await deployment(await context.client(), context.settings)
        context.out.report(found, lambda out: _show(out, found))
        current = [build for build in found.builds if build.state is BuildState.CURRENT]
        manned = any(build.workers for build in current)
        return ExitCode.WELL if manned and not found.stuck else ExitCode.ATTENTION

    run(work, config=config, as_json=as_json)


@group.command("use")
def use(
    build: Annotated[
        str | None, typer.Argument(metavar="BUILD", help="The build id, as the workers have it.")
    ] = None,
    unversioned: Annotated[
        bool, typer.Option("--unversioned", help="Workers without a build id instead.")
    ] = False,
    wait: Annotated[
        float, typer.Option(help="Seconds that its workers, and Temporal's queues, may take.")
    ] = 60.0,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give everything to one build, also the orders in flight at their next step.

    Waits until its workers are on every queue, and every queue knows. Going back is the same with
    the older build. Exit code 1: not in time; the message says whether anything was changed.
    """

    async def work(context: Context) -> ExitCode:
        if (build is None) is not unversioned:
            raise WrongUsage("Name one build, or give --unversioned.")
        build_id = build or UNVERSIONED
        client, settings = await context.client(), context.settings
        try:
            await make_current(client, settings, build_id, within=timedelta(seconds=wait))
        except (BuildNotWorking, NotEveryQueueKnows) as error:
            complain(str(error))
            return ExitCode.ATTENTION
        context.out.report(
            {"current": build_id}, lambda out: out.say(f"{_name(build_id)} is current.")
        )
        return ExitCode.WELL

    run(work, config=config, as_json=as_json)


def _show(out: Output, found: Deployment) -> None:
    rows = [
        (
            f"{good_or_bad(ok=_well(build))} {_name(build.build_id)}",
            _state(build),
            str(build.workers),
            str(build.running) if build.build_id else "",
            f"{build.since:%Y-%m-%d %H:%M:%S}" if build.since else "",
        )
        for build in found.builds
    ]
    if rows:
        out.table(("build", "state", "workers", "running", "since (UTC)"), rows)
    else:
        out.say("No worker is there. Start one: tillbridge worker", style="red")
    if found.stuck:
        out.say(
            f"Not going on, for the current build's code does not fit what they did before: "
            f"{_some(found.stuck)}. See docs/operations.md, Rolling back.",
            style="red",
        )


def _well(build: Build) -> bool:
    return build.workers > 0 or build.state is not BuildState.CURRENT


def _state(build: Build) -> str:
    if build.state is BuildState.RAMPING:
        return f"ramping: takes {build.ramp_percent:g} %"
    return _PEOPLE_CALL_IT[build.state]


def _some(ids: tuple[str, ...]) -> str:
    more = f" and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else ""
    return ", ".join(ids[:_SHOWN]) + more


def _name(build_id: str) -> str:
    return f"Build {build_id}" if build_id else "Workers without a build id"
