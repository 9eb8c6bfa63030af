"""Runs a command: options in, exit code out, every expected failure as one sentence."""

import asyncio
import logging
import os
import sys
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from sqlalchemy.exc import DBAPIError
from temporalio.client import WorkflowFailureError
from temporalio.service import RPCError, RPCStatusCode

from activities.connections import SecretMissing
from connectors.errors import OutsideFailure
from connectors.registry import SystemMisconfigured
from domain.hold import Held
from journal.database import JournalUrlInvalid
from journal.opening import SchemaOutdated
from settings.keyring import KeysInvalid, KeyUnknown
from settings.load import SettingsInvalid
from starters.cli.context import Context, TemporalUnreachable, WrongUsage
from starters.cli.output import Output, complain
from starters.endpoints import EndpointUnusable
from starters.mappings_csv import RowsRefused
from starters.namespace import SearchAttributeMistyped

ConnectionOption = Annotated[
    str | None,
    typer.Option("--connection", "-c", help="Which connection; the only one if left out."),
]
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", help="The settings file; else $TILLBRIDGE_CONFIG or tillbridge.toml."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


class ExitCode(IntEnum):
    """What a command's end tells the program that called it."""

    WELL = 0
    ATTENTION = 1  # something is held, a check failed, a file was refused
    WRONG_USAGE = 2  # of the command or the settings
    UNREACHABLE = 3  # Temporal or the journal


_WRONG_SETTINGS = (
    WrongUsage,
    SettingsInvalid,
    SystemMisconfigured,
    KeysInvalid,
    KeyUnknown,
    SecretMissing,
    SearchAttributeMistyped,
    EndpointUnusable,
    JournalUrlInvalid,
)
_EXPECTED = (
    *_WRONG_SETTINGS,
    TemporalUnreachable,
    SchemaOutdated,
    RowsRefused,
    OutsideFailure,
    Held,
    RPCError,
    WorkflowFailureError,
    DBAPIError,
    OSError,
)


def run(
    work: Callable[[Context], Awaitable[ExitCode]],
    *,
    config: Path | None,
    connection: str | None = None,
    as_json: bool = False,
) -> NoReturn:
    """Carry out a command and exit with its code."""

    async def whole() -> int:
        async with AsyncExitStack() as stack:
            out = Output(as_json=as_json)
            return await work(Context(stack, out, config=config, connection=connection))

    raise typer.Exit(asyncio.run(in_sentences(whole())))


async def in_sentences(work: Coroutine[Any, Any, int]) -> int:
    """Return the exit code of the work; what may go wrong becomes a sentence and its code."""
    try:
        return await work
    except _EXPECTED as error:
        sentence, code = explained(error)
        complain(sentence)
        return code


def explained(error: Exception) -> tuple[str, ExitCode]:
    """Say an expected failure in one sentence, with the exit code that it deserves."""
    match error:
        case TemporalUnreachable() | SchemaOutdated():
            return str(error), ExitCode.UNREACHABLE
        case RPCError():
            return _of_temporal(error)
        case DBAPIError():
            # The driver's first line; the rest repeats the statement and its parameters.
            cause = str(error.orig).partition("\n")[0]
            return (
                f"The journal cannot be used: {cause}. Check journal.url; "
                "`tillbridge journal migrate` brings an older one up to date.",
                ExitCode.UNREACHABLE,
            )
        case WorkflowFailureError():
            return f"The workflow ended without a result: {error.cause}", ExitCode.ATTENTION
        case OSError():
            return f"{error.strerror or error}: {error.filename or 'network'}.", ExitCode.ATTENTION
        case _ if isinstance(error, _WRONG_SETTINGS):
            return str(error), ExitCode.WRONG_USAGE
        case _:
            return str(error), ExitCode.ATTENTION


def _of_temporal(error: RPCError) -> tuple[str, ExitCode]:
    if error.status is RPCStatusCode.NOT_FOUND:
        return f"Temporal does not know that: {error.message}.", ExitCode.ATTENTION
    return (
        f"Temporal did not take it ({error.status.name.lower()}): {error.message}.",
        ExitCode.UNREACHABLE,
    )


def leave(code: int) -> NoReturn:
    """End the process now: with the Temporal SDK's threads about, Python's own end may abort."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
