"""A worker process: connects, hosts its queues, and finishes what is running when told to stop."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import AsyncExitStack

from journal.opening import open_journal
from settings.keyring import Keyring
from settings.model import Settings
from settings.temporal import connect
from workers.build import build_workers
from workers.runtime import set_up_logs, set_up_telemetry, stop_on_signals
from workers.versioning import why_without_work

_log = logging.getLogger("tillbridge.worker")


async def serve(settings: Settings, *, queues: Sequence[str] = ()) -> int:
    """Work until SIGINT or SIGTERM; return the exit code.

    Raises:
        SchemaOutdated: the journal's tables are not those of this version; says what to run.
    """
    set_up_logs(settings.telemetry.log_level)
    stop = stop_on_signals()
    client = await connect(settings, runtime=set_up_telemetry(settings.telemetry, "worker"))
    async with AsyncExitStack() as stack:
        keyring = Keyring.parse(settings.keys.journal.get_secret_value())
        journal = await stack.enter_async_context(
            open_journal(settings.journal.url.get_secret_value(), keyring)
        )
        workers = build_workers(client, settings, journal, stack, queues=queues)
        served = [worker.task_queue for worker in workers]
        if not served:
            _log.error("None of the queues %s belongs to a configured connection.", list(queues))
            return 2
        build = {"build_id": settings.worker.build_id}
        async with AsyncExitStack() as running:
            for worker in workers:
                await running.enter_async_context(worker)
            _log.info("Working on %s", ", ".join(served), extra=build)
            if reason := await why_without_work(client, settings):
                _log.warning(reason, extra=build)
            await stop.wait()
            _log.info("Stopping: finishing what is running", extra=build)
            await asyncio.sleep(0)
    return 0
