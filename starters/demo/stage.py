"""Everything that the demo runs: Temporal, both stand-ins, worker, webhook service, codec."""

import os
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from temporalio.client import Client

from journal.opening import Journal, migrate, open_journal
from sandbox.bigcommerce import BigCommerceStandIn, StoreSettings
from sandbox.common_ledger import ErpStandIn
from sandbox.erps import ERPS, ErpKind
from sandbox.serving import StandInServer
from settings.keyring import Keyring
from settings.load import load_settings
from settings.model import Settings
from settings.temporal import connect
from starters.demo.configuration import CONNECTION, Ports, write_configuration
from starters.namespace import ensure_search_attributes
from starters.processes import Child, claimed_port, until_ready
from starters.schedules import apply_schedules
from starters.temporal_server import answering, temporal_server
from workflows.webhooks import WebhookGuardian

_BIN = Path(sys.executable).parent
_USUAL_PORTS = (7233, 8233, 8080, 8081, 8091, 8092)


@dataclass(frozen=True)
class Stage:
    """What is running, and how to reach it."""

    folder: Path
    ports: Ports
    settings: Settings
    settings_file: Path
    client: Client
    journal: Journal
    store: BigCommerceStandIn
    store_server: StandInServer
    kind: ErpKind
    erp: ErpStandIn
    erp_server: StandInServer
    worker: Child
    serve: Child
    temporal: Child

    @property
    def store_url(self) -> str:
        """Return where the store is."""
        return self.store_server.base_url

    @property
    def erp_url(self) -> str:
        """Return where the ERP is."""
        return self.erp_server.base_url

    @property
    def urls(self) -> dict[str, str]:
        """Return what a person may want to open."""
        return {
            "Temporal UI": f"http://127.0.0.1:{self.ports.temporal_ui}",
            "Webhook service": f"http://127.0.0.1:{self.ports.webhooks}/healthz",
            "Codec server": f"http://127.0.0.1:{self.ports.codec}",
            "BigCommerce stand-in": f"{self.store_url}/stores/abc123/v2/store",
            f"{self.kind.title} stand-in, ledger": f"{self.erp_url}/_sandbox/ledger",
        }


@asynccontextmanager
async def staged(
    folder: Path,
    say: Callable[[str], None],
    *,
    erp: str = "syspro",
    usual_ports: bool = False,
    overrides: Mapping[str, str] | None = None,
    webhook_pace: float = 1.0,
) -> AsyncIterator[Stage]:
    """Set everything up from nothing in the folder, and take it down again.

    `erp` is one of the names in `ERPS`. `usual_ports` are those that people know, where they are
    free; not for a stage whose processes are killed, for others may take them meanwhile.
    `overrides` are variables that change single settings, `TILLBRIDGE_SECTION__NAME`;
    `webhook_pace` multiplies the waits between the store's attempts to deliver.

    Raises:
        NotReady: a process did not come up.
    """
    folder = _empty(folder)
    ports = Ports(*(claimed_port(port if usual_ports else 0) for port in _USUAL_PORTS))
    kind = ERPS[erp]
    store = BigCommerceStandIn(StoreSettings(quota=100_000), webhook_pace=webhook_pace)
    standing_in = kind.open(None)
    settings_file = write_configuration(
        folder, ports, store=store.settings, erp=standing_in, kind=kind, overrides=overrides or {}
    )
    settings = load_settings(settings_file)
    async with AsyncExitStack() as stack:
        say(f"Starting Temporal, a BigCommerce store and {kind.title}")
        store_server = await stack.enter_async_context(StandInServer(store.app, ports.store))
        erp_server = await stack.enter_async_context(StandInServer(standing_in.app, ports.erp))
        codec = f"http://127.0.0.1:{ports.codec}"
        temporal = await stack.enter_async_context(
            temporal_server(folder, ports.temporal, ui_port=ports.temporal_ui, codec_url=codec)
        )
        await until_ready(temporal, lambda: answering(ports.temporal))
        journal_url = settings.journal.url.get_secret_value()
        await migrate(journal_url)
        client = await connect(settings)
        await ensure_search_attributes(client)
        await apply_schedules(client, settings)

        say("Starting the worker and the webhook service")
        worker = await stack.enter_async_context(_tillbridge("worker", folder, settings_file))
        serve = await stack.enter_async_context(_tillbridge("serve", folder, settings_file))
        await until_ready(serve, lambda: _answers(f"http://127.0.0.1:{ports.webhooks}/readyz"))
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
            store=store,
            store_server=store_server,
            kind=kind,
            erp=standing_in,
            erp_server=erp_server,
            worker=worker,
            serve=serve,
            temporal=temporal,
        )


def _empty(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder.resolve()


def _tillbridge(role: str, folder: Path, settings_file: Path) -> Child:
    command = [str(_BIN / "tillbridge"), role, "--config", str(settings_file)]
    return Child(role, command, log=folder / f"{role}.log", env=os.environ)


async def _answers(url: str) -> bool:
    try:
        async with httpx.AsyncClient(trust_env=False) as http:
            return (await http.get(url)).is_success
    except httpx.TransportError:
        return False
