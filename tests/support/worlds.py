"""Sets a world up: stand-ins served, a journal of its own, a connection, a worker."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from pathlib import Path

from fastapi import FastAPI
from temporalio.client import Client

from activities.push_records import PushKey
from activities.push_start import hint_push
from journal.opening import migrate, open_journal
from sandbox.bigcommerce import BigCommerceStandIn, StoreSettings
from sandbox.bigcommerce.settings import real_clock
from sandbox.erps import ERPS
from sandbox.serving import StandInServer
from sandbox.syspro import SysproSettings as SysproSite
from sandbox.syspro import SysproStandIn
from sandbox.syspro.access import odata_access
from settings.keyring import Keyring
from settings.model import Settings
from settings.temporal import look_again
from starters.endpoints import endpoints_of, hint_endpoints_of
from starters.processes import claimed_port
from starters.webhooks.app import webhook_app
from starters.webhooks.intake import ResourceEvent
from starters.webhooks.notifications import Hints
from tests.support.journals import fresh_journal
from tests.support.world import World
from tests.support.world_settings import settings_tree

_REDELIVERY_PACE = 0.02  # a minute between two attempts becomes a second


@asynccontextmanager
async def a_world(
    client: Client,
    folder: Path,
    *,
    store: StoreSettings | None = None,
    store_clock: Callable[[], datetime] = real_clock,
    system: str = "syspro",
    site: SysproSite | None = None,
    odata: bool = False,
    erp: dict[str, object] | None = None,
    policy: dict[str, object] | None = None,
    mappings: dict[str, dict[str, str]] | None = None,
    push: dict[str, dict[str, object]] | None = None,
    customers: dict[str, object] | None = None,
    journal_url: str = "",
) -> AsyncIterator[World]:
    """Set a world up: webhooks registered, worker working, books of both sides fresh."""
    connection = f"t{secrets.token_hex(4)}"
    bigcommerce = BigCommerceStandIn(
        store or StoreSettings(quota=1_000_000), clock=store_clock, webhook_pace=_REDELIVERY_PACE
    )
    kind = ERPS[system]
    standing_in = SysproStandIn(site) if site is not None else kind.open(None)
    async with AsyncExitStack() as stack:
        store_server = await stack.enter_async_context(
            StandInServer(bigcommerce.app, clock=store_clock)
        )
        erp_server = await stack.enter_async_context(StandInServer(standing_in.app))
        url = journal_url or await asyncio.to_thread(fresh_journal, folder / "journal.db")
        journal_key = Keyring.new_key("test")
        keyring = Keyring.parse(journal_key)
        if journal_url:
            await migrate(url)
        journal = await stack.enter_async_context(open_journal(url, keyring))
        port = claimed_port()
        tree = settings_tree(
            connection,
            client.service_client.config.target_host,
            url,
            journal_key,
            port,
            bigcommerce.settings,
            store_server.base_url,
            kind,
            standing_in,
            erp_server.base_url,
            erp={
                **(odata_access(standing_in.settings, erp_server.base_url) if odata else {}),
                **(erp or {}),
            },
            policy=policy or {},
            mappings=mappings or {},
            push=push or {},
            customers=customers or {},
        )
        settings = Settings.model_validate(tree)
        webhook_server = await stack.enter_async_context(
            StandInServer(await _webhook_service(settings, client), port)
        )
        world = World(
            connection=connection,
            settings=settings,
            tree=tree,
            client=client,
            journal=journal,
            journal_url=url,
            keyring=keyring,
            store=bigcommerce,
            store_server=store_server,
            site=standing_in,
            erp_server=erp_server,
            webhook_server=webhook_server,
        )
        await world.start_worker()
        stack.push_async_callback(world.stop_worker)
        await world.look_after_webhooks()
        yield world
        standing_in.common_ledger()  # audits itself


async def _webhook_service(settings: Settings, client: Client) -> FastAPI:
    async def start(event: ResourceEvent) -> None:
        await look_again(client, event.key, queue=f"{settings.temporal.queue_prefix}sync")

    async def ready() -> None:
        return None

    async def wake(key: PushKey) -> None:
        await hint_push(client, key, queue=f"{settings.temporal.queue_prefix}sync")

    told = await hint_endpoints_of(settings)
    hints = Hints(told, wake) if told else None
    return webhook_app(await endpoints_of(settings), start, ready, hints=hints)
