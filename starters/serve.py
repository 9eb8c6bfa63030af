"""The process that stores and the Temporal UI talk to: webhook service and codec server."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.runtime import Runtime
from temporalio.service import RPCError

from activities.push_records import PushKey
from activities.push_start import hint_push
from journal.opening import SchemaOutdated, open_journal
from settings.keyring import Keyring
from settings.model import Settings
from settings.queues import sync_queue
from settings.temporal import connect, look_again
from starters.codec_server import codec_app
from starters.endpoints import endpoints_of, hint_endpoints_of
from starters.webhooks.app import webhook_app
from starters.webhooks.group_commit import in_words
from starters.webhooks.inbox import Inbox
from starters.webhooks.intake import NotStarted, ResourceEvent
from starters.webhooks.notifications import Hints
from starters.webhooks.serving import serve_webhooks
from workers.runtime import set_up_telemetry, stop_on_signals

_BETWEEN_TRIES_SECONDS = 2.0
_ASK_SECONDS = 1.5
_OPENED_WITHIN_SECONDS = 2.0
# The inbox refuses within two seconds what neither Temporal nor the journal takes. Beyond that only
# a machine too busy is late, and then a late 200 spares the next delivery of the same.
_ACCEPT_SECONDS = 5.0

_log = logging.getLogger("tillbridge.serve")
Listening = Callable[[str, int], None]
"""Told the service's name and its port once it accepts connections."""


class Temporal:
    """Where events are handed on. Connects as soon as Temporal is there, and not before."""

    def __init__(self, settings: Settings, runtime: Runtime | None) -> None:
        self._settings = settings
        self._runtime = runtime
        self._queue = sync_queue(settings.temporal)
        self._client: Client | None = None

    async def reach(self) -> None:
        """Return once connected; a store that calls before is asked to call again."""
        while self._client is None:
            try:
                self._client = await connect(self._settings, runtime=self._runtime)
            except RuntimeError as error:
                _log.warning("Temporal cannot be reached yet: %s", error)
                await asyncio.sleep(_BETWEEN_TRIES_SECONDS)
        _log.info("Temporal reached at %s", self._settings.temporal.address)

    async def start(self, event: ResourceEvent) -> None:
        """Tell the record's workflow to look again; whoever calls sets the time limit.

        Raises:
            NotStarted: Temporal has not been reached since this process started.
            RPCError: Temporal did not take it.
        """
        if self._client is None:
            raise NotStarted("Temporal cannot be reached")
        await look_again(self._client, event.key, queue=self._queue)

    async def push(self, key: PushKey) -> None:
        """Have a push look what has changed. As `start`."""
        if self._client is None:
            raise NotStarted("Temporal cannot be reached")
        await hint_push(self._client, key, queue=self._queue)

    async def ready(self) -> str | None:
        """Return None when Temporal and our namespace answer, else the reason in one sentence."""
        if self._client is None:
            return "Temporal has not been reached yet."
        request = DescribeNamespaceRequest(namespace=self._client.namespace)
        try:
            await self._client.workflow_service.describe_namespace(
                request, timeout=timedelta(seconds=_ASK_SECONDS)
            )
        except RPCError as error:
            return f"Temporal answers {error.status.name.lower()}: {error.message}"
        return None


async def serve(
    settings: Settings,
    *,
    webhooks: bool = True,
    codec: bool = True,
    stop: asyncio.Event | None = None,
    listening: Listening | None = None,
) -> int:
    """Serve until `stop`, or without one until SIGINT or SIGTERM; return the exit code.

    Raises:
        OSError: an address cannot be bound.
        EndpointUnusable: a connection's webhooks cannot be verified as it is configured.
    """
    stop = stop or stop_on_signals()
    listening = listening or _log_port
    try:
        async with asyncio.TaskGroup() as services:
            if webhooks:
                services.create_task(_webhooks(settings, stop, listening))
            if codec:
                services.create_task(_codec(settings, stop, listening))
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return 0


async def _webhooks(settings: Settings, stop: asyncio.Event, listening: Listening) -> None:
    temporal = Temporal(settings, set_up_telemetry(settings.telemetry, "webhooks"))
    inbox = Inbox(temporal.start, temporal.ready)
    told = await hint_endpoints_of(settings)
    app = webhook_app(
        await endpoints_of(settings),
        inbox.start,
        inbox.ready,
        hints=Hints(told, temporal.push) if told else None,
        accept_seconds=_ACCEPT_SECONDS,
    )
    at = settings.webhook_service
    async with _beside(
        temporal.reach(), inbox.watch_temporal(), _work_with_journal(settings, inbox)
    ):
        # The first delivery must not be refused because the journal took a moment to open.
        await inbox.opened(within=_OPENED_WITHIN_SECONDS)
        await serve_webhooks(
            app, at.host, at.port, stop=stop, listening=lambda port: listening("webhooks", port)
        )


async def _work_with_journal(settings: Settings, inbox: Inbox) -> None:
    """Give the inbox its journal, again and again: without one, Temporal alone is relied on."""
    keyring = Keyring.parse(settings.keys.journal.get_secret_value())
    told = ""
    while True:
        try:
            async with open_journal(settings.journal.url.get_secret_value(), keyring) as journal:
                told = ""
                await inbox.work(journal)
        except (SchemaOutdated, SQLAlchemyError, OSError) as failure:
            if (reason := in_words(failure)) != told:
                _log.warning("Webhooks have no inbox, the journal cannot be used: %s", reason)
                told = reason
            await asyncio.sleep(_BETWEEN_TRIES_SECONDS)


@asynccontextmanager
async def _beside(*works: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run all of them during the block. If one fails, the block ends with its error."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work) for work in works]
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None


async def _codec(settings: Settings, stop: asyncio.Event, listening: Listening) -> None:
    at = settings.codec_server
    app = codec_app(
        Keyring.parse(settings.keys.payloads.get_secret_value()),
        allowed_origins=at.allowed_origins,
        token=at.token.get_secret_value() if at.token else None,
    )
    await serve_webhooks(
        app, at.host, at.port, stop=stop, listening=lambda port: listening("codec server", port)
    )


def _log_port(name: str, port: int) -> None:
    _log.info("The %s listens on port %d", name, port)
