"""Where trials run: many connections side by side on one worker process and one Temporal server."""

import asyncio
import os
import secrets
import shutil
import sqlite3
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from temporalio.client import Client

from journal.opening import Journal, migrate, open_journal
from settings.keyring import Keyring
from settings.load import load_settings
from settings.model import Settings
from settings.temporal import connect
from settings.written import as_toml
from starters.faults.matrix.cases import ALLOWED_FOR_LATE_COMMITS_SECONDS, READ_SECONDS
from starters.faults.matrix.site import Site
from starters.namespace import ensure_search_attributes
from starters.processes import Child, claimed_port, until_ready
from starters.temporal_server import answering, temporal_server

_TILLBRIDGE = Path(sys.executable).parent / "tillbridge"


@dataclass(frozen=True)
class Engine:
    """The Temporal server of a whole run."""

    folder: Path
    port: int
    server: Child
    payload_key: str


@dataclass(frozen=True)
class Bench:
    """What a set of trials shares."""

    settings: Settings
    client: Client
    journal: Journal
    journal_file: Path
    worker: Child
    temporal: Child
    sites: tuple[Site, ...]


@asynccontextmanager
async def running_engine(folder: Path) -> AsyncIterator[Engine]:
    """Start a Temporal server with its data in the folder, made anew; end it with the context."""
    await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    await asyncio.to_thread(folder.mkdir, parents=True)
    port = claimed_port()
    async with temporal_server(folder, port) as server:
        await until_ready(server, lambda: answering(port))
        yield Engine(folder, port, server, Keyring.new_key("faults"))


@asynccontextmanager
async def bench(
    engine: Engine,
    name: str,
    erp: str,
    erp_settings: Sequence[Mapping[str, object]],
    *,
    patient: bool,
) -> AsyncIterator[Bench]:
    """Set up a connection for each entry of `erp_settings`, with a journal and a worker for all.

    `patient` clients wait long for an answer: a part of ours is to fail first.
    """
    folder = engine.folder / name
    await asyncio.to_thread(folder.mkdir)
    async with AsyncExitStack() as stack:
        sites = [
            Site(f"{name}-{n:03d}", f"F{n:03d}-", erp, own) for n, own in enumerate(erp_settings)
        ]
        await stack.enter_async_context(_served(sites))
        file = _written(engine, folder, name, sites, patient=patient)
        settings = load_settings(file, env={})
        url = settings.journal.url.get_secret_value()
        await migrate(url)
        client = await connect(settings)
        await ensure_search_attributes(client)
        keyring = Keyring.parse(settings.keys.journal.get_secret_value())
        journal = await stack.enter_async_context(open_journal(url, keyring))
        command = [str(_TILLBRIDGE), "worker", "--config", str(file)]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("TEMPORAL_")}
        worker = Child("worker", command, log=folder / "worker.log", env=environment)
        await stack.enter_async_context(worker)
        yield Bench(
            settings, client, journal, folder / "journal.db", worker, engine.server, tuple(sites)
        )


@asynccontextmanager
async def _served(sites: Sequence[Site]) -> AsyncIterator[None]:
    """Serve all at once and stop all at once: a server alone takes a tenth of a second to stop."""
    try:
        await asyncio.gather(*(site.__aenter__() for site in sites))
        yield
    finally:
        await asyncio.gather(*(site.__aexit__(None, None, None) for site in sites))


@asynccontextmanager
async def locked(journal_file: Path) -> AsyncIterator[None]:
    """Keep everybody else from writing to the journal."""
    connection = await asyncio.to_thread(
        sqlite3.connect, journal_file, timeout=60, isolation_level=None, check_same_thread=False
    )
    try:
        await asyncio.to_thread(connection.execute, "BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")
    finally:
        connection.close()


def _written(
    engine: Engine, folder: Path, name: str, sites: Sequence[Site], *, patient: bool
) -> Path:
    connections = {site.connection: _connection(site, patient=patient) for site in sites}
    tree: dict[str, object] = {
        "temporal": {"address": f"127.0.0.1:{engine.port}", "queue_prefix": f"{name}-"},
        "journal": {"url": f"sqlite+aiosqlite:///{folder.resolve()}/journal.db"},
        "keys": {"journal": Keyring.new_key("faults"), "payloads": engine.payload_key},
        # Held calls keep their slots, so that there must be one for every trial.
        "worker": {"max_activities": 400, "max_erp_activities": 400, "graceful_seconds": 5},
        "connections": connections,
    }
    file = folder / "tillbridge.toml"
    file.write_text(as_toml(tree), encoding="utf-8")
    return file


def _connection(site: Site, *, patient: bool) -> dict[str, object]:
    seconds = 120.0 if patient else READ_SECONDS
    timeouts = {"connect": 2.0, "read": seconds, "write": seconds}
    tables = site.settings
    store, erp = tables["store"], tables["erp"]
    assert isinstance(store, dict)
    assert isinstance(erp, dict)
    profile = {
        "late_commit_seconds": ALLOWED_FOR_LATE_COMMITS_SECONDS,
        **erp["profile"],
        **dict.fromkeys(site.under_fault.waits, seconds),
    }
    return {
        "store": {**store, "timeouts": timeouts},
        "erp": {**erp, "timeouts": timeouts, "profile": profile},
        "policy": {
            "key_prefix": site.prefix,
            "linger_seconds": 0,
            "edits": "amend",
            "customers_without_orders": True,
        },
        "webhooks": {"path_secret": secrets.token_urlsafe(24), "client_secret": "unused-here"},
        "mappings": site.kind.mappings,
    }
