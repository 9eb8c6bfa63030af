"""The commands by which people decide: retry, skip, hold, release."""

from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

from activities.records import Decision
from domain.customer import CustomerKey
from domain.hold import HoldCode
from domain.order import OrderKey
from starters.cli.context import Context, operating_user
from starters.cli.orders import OrderArgument
from starters.cli.output import complain
from starters.cli.running import ConfigOption, ConnectionOption, ExitCode, JsonOption, run
from starters.decisions import Action, decide, keys_of, needs_a_person, open_holds

ReasonOption = Annotated[str, typer.Option("--reason", help="Why; it is kept in the trail.")]
ActorOption = Annotated[
    str | None, typer.Option("--actor", help="Who decides; else the user of this machine.")
]
OneOrder = Annotated[str | None, typer.Argument(metavar="ORDER", help="The order's id.")]
CodeOption = Annotated[
    HoldCode | None, typer.Option("--code", help="All that are held for this reason.")
]
AllOption = Annotated[bool, typer.Option("--all", help="Everything that is held.")]
_DONE = {"retry": "tried again", "skip": "skipped", "hold": "held", "release": "released"}


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (retry, skip, hold, release):
        app.command()(command)


def retry(
    order: OneOrder = None,
    code: CodeOption = None,
    everything: AllOption = False,
    reason: ReasonOption = "",
    actor: ActorOption = None,
    connection: ConnectionOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Try again what is held: one order, all held for one reason, or all."""
    if [order is not None, code is not None, everything].count(True) != 1:
        raise typer.BadParameter("Give an ORDER, or --code CODE, or --all.")
    run(
        _of_orders("retry", order, code, reason, actor),
        config=config,
        connection=connection,
        as_json=as_json,
    )


def skip(
    order: OrderArgument,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept in the trail.")],
    actor: ActorOption = None,
    connection: ConnectionOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Leave out the step that is held, for ever; before the document, the whole order."""

    async def work(context: Context) -> ExitCode:
        key = context.order(order)
        held = await (await context.journal()).holds.of(key.connection, key.resource)
        if held is None or not needs_a_person(held):
            why = f": {held.hold.reason}" if held else "."
            complain(f"Order {key.order_id} does not wait for a decision; nothing to skip{why}")
            return ExitCode.ATTENTION
        return await _decided(context, "skip", [key], reason, actor)

    _need_reason(reason)
    run(work, config=config, connection=connection, as_json=as_json)


def hold(
    order: OrderArgument,
    reason: Annotated[str, typer.Option("--reason", help="Why; people will read it.")],
    actor: ActorOption = None,
    connection: ConnectionOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Stop an order before its next step, until it is released."""
    _need_reason(reason)
    run(
        _of_orders("hold", order, None, reason, actor),
        config=config,
        connection=connection,
        as_json=as_json,
    )


def release(
    order: OneOrder = None,
    code: CodeOption = None,
    reason: ReasonOption = "",
    actor: ActorOption = None,
    connection: ConnectionOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let an order go on after a hold, or all that are held for one reason."""
    if (order is None) == (code is None):
        raise typer.BadParameter("Give an ORDER or --code CODE.")
    run(
        _of_orders("release", order, code, reason, actor),
        config=config,
        connection=connection,
        as_json=as_json,
    )


def _of_orders(
    action: Action, order: str | None, code: HoldCode | None, reason: str, actor: str | None
) -> Callable[[Context], Awaitable[ExitCode]]:
    """Decide on one order, else on all that are held, or held for one reason."""

    async def work(context: Context) -> ExitCode:
        keys: list[OrderKey | CustomerKey]
        if order is not None:
            keys = [context.order(order)]
        else:
            journal = await context.journal()
            holds = await open_holds(journal, context.connection, code=code)
            keys = keys_of(held for held in holds if code or needs_a_person(held))
        return await _decided(context, action, keys, reason, actor)

    return work


async def _decided(
    context: Context,
    action: Action,
    keys: list[OrderKey | CustomerKey],
    reason: str,
    actor: str | None,
) -> ExitCode:
    told = 0
    if keys:
        told = await decide(
            await context.client(),
            context.settings,
            keys,
            action=action,
            decision=Decision(actor=actor or operating_user(), reason=reason),
        )
    names = [key.workflow_id for key in keys]
    found = {"action": action, "told": told, "workflows": names}
    what = names[0] if told == 1 else f"{told} held records"
    sentence = f"Told {what} to be {_DONE[action]}." if told else "Nothing is held for that reason."
    context.out.report(found, lambda out: out.say(sentence))
    return ExitCode.WELL


def _need_reason(reason: str) -> None:
    if not reason.strip():
        raise typer.BadParameter("Say why with --reason; it is kept in the trail.")
