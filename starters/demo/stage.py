"""Everything that the demo runs: Temporal, both stand-ins, worker, webhook service, codec."""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from temporalio.client import Client

from journal.opening import Journal, migrate, open_journal
from sandbox.bigcommerce import BigCommerceStandIn, StoreSettings
from sandbox.serving import StandInServer
from sandbox.syspro import SysproStandIn
from settings.keyring import Keyring
from settings.load import load_settings
from settings.model import Settings
from settings.temporal import connect
from starters.demo.configuration import CONNECTION, Ports, write_configuration
from starters.demo.processes import Child, free_port
from starters.namespace import ensure_search_attributes
from starters.schedules import apply_schedules
from workflows.webhooks import WebhookGuardian

_READY_WITHIN = 60.0
_BIN = Path(sys.executable).parent

# Latency only: without them a development server lets each idle task wait up to 50 ms.
_DYNAMIC_CONFIG = (
    "history.transferProcessorMaxPollRPS=1000",
    "history.timerProcessorMaxPollRPS=1000",
)


class NotReady(Exception):
    """A part of the demo did not come up; the message ends with its last words."""


@dataclass(frozen=True)
class Stage:
    """What is running, and how to reach it."""

    folder: Path
    ports: Ports
    settings: Settings
    settings_file: Path
    client: Client
    journal: Journal
    store_url: str
    erp_url: str
    worker: Child

    @property
    def urls(self) -> dict[str, str]:
        """Return what a person may want to open."""
        return {
            "Temporal UI": f"http://127.0.0.1:{self.ports.temporal_ui}",
            "Webhook service": f"http://127.0.0.1:{self.ports.webhooks}/healthz",
            "Codec server": f"http://127.0.0.1:{self.ports.codec}",
            "BigCommerce stand-in": f"{self.store_url}/stores/abc123/v2/store",
            "SYSPRO stand-in, ledger": f"{self.erp_url}/_sandbox/ledger",
        }


@asynccontextmanager
async def staged(folder: Path, say: Callable[[str], None]) -> AsyncIterator[Stage]:
    """Set everything up from nothing in the folder, and take it down again.

    Raises:
        NotReady: a process did not come up.
    """
    folder = _empty(folder)
    ports = Ports(*(free_port(port) for port in (7233, 8233, 8080, 8081, 8091, 8092)))
    settings_file = write_configuration(folder, ports)
    settings = load_settings(settings_file)
    async with AsyncExitStack() as stack:
        say("Starting Temporal, a BigCommerce store and a SYSPRO company")
        store, erp = BigCommerceStandIn(StoreSettings(quota=100_000)), SysproStandIn()
        store_server = await stack.enter_async_context(StandInServer(store.app, ports.store))
        erp_server = await stack.enter_async_context(StandInServer(erp.app, ports.erp))
        temporal = await stack.enter_async_context(_temporal(folder, ports))
        await _until(temporal, lambda: _listening(ports.temporal))
        journal_url = settings.journal.url.get_secret_value()
        await migrate(journal_url)
        client = await connect(settings)
        await ensure_search_attributes(client)
        await apply_schedules(client, settings)

        say("Starting the worker and the webhook service")
        worker = await stack.enter_async_context(_tillbridge("worker", folder, settings_file))
        serve = await stack.enter_async_context(_tillbridge("serve", folder, settings_file))
        await _until(serve, lambda: _answers(f"http://127.0.0.1:{ports.webhooks}/readyz"))
        say("Registering webhooks in the store")
        await client.execute_workflow(
            WebhookGuardian.run,
            CONNECTION,
            id=f"{CONNECTION}:webhooks:demo",
            task_queue="sync",
        )
        journal = await stack.enter_async_context(
            open_journal(journal_url, Keyring.parse(settings.keys.journal.get_secret_value()))
        )
        yield Stage(
            folder=folder,
            ports=ports,
            settings=settings,
            settings_file=settings_file,
            client=client,
            journal=journal,
            store_url=store_server.base_url,
            erp_url=erp_server.base_url,
            worker=worker,
        )


def _empty(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder.resolve()


def _temporal(folder: Path, ports: Ports) -> Child:
    flags = [part for value in _DYNAMIC_CONFIG for part in ("--dynamic-config-value", value)]
    command = [
        str(_BIN / "temporal"), "server", "start-dev",
        "--ip", "127.0.0.1", "--port", str(ports.temporal), "--ui-port", str(ports.temporal_ui),
        "--db-filename", str(folder / "temporal.db"),
        "--sqlite-pragma", "journal_mode=WAL", "--sqlite-pragma", "synchronous=NORMAL",
        "--ui-codec-endpoint", f"http://127.0.0.1:{ports.codec}",
        "--log-level", "warn", *flags,
    ]  # fmt: skip
    return Child("temporal", command, log=folder / "temporal.log", env=os.environ)


def _tillbridge(role: str, folder: Path, settings_file: Path) -> Child:
    command = [str(_BIN / "tillbridge"), role, "--config", str(settings_file)]
    return Child(role, command, log=folder / f"{role}.log", env=os.environ)


async def _until(child: Child, ready: Callable[[], Awaitable[bool]]) -> None:
    try:
        async with asyncio.timeout(_READY_WITHIN):
            while True:
                if await ready():
                    return
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise NotReady(
            f"{child.name} did not start within {_READY_WITHIN:.0f} s. The end of {child.log}:\n"
            f"{child.last_words()}"
        ) from None


async def _listening(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


async def _answers(url: str) -> bool:
    try:
        async with httpx.AsyncClient(trust_env=False) as http:
            return (await http.get(url)).is_success
    except httpx.TransportError:
        return False
