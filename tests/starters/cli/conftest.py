"""The real command line with real settings and a real SQLite journal in a folder of its own."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
from temporalio.client import Client
from temporalio.converter import DataConverter
from typer.testing import CliRunner, Result

from journal.opening import Journal, open_journal
from settings.codec import data_converter
from settings.keyring import Keyring
from starters.cli.main import app
from starters.namespace import ensure_search_attributes
from tests.support.journals import fresh_journal
from tests.support.temporal import temporal_server

JOURNAL_KEY = Keyring.new_key("one")
PAYLOAD_KEY = Keyring.new_key("payloads")
NOBODY_LISTENS = "127.0.0.1:1"
T = TypeVar("T")

SETTINGS = """
[temporal]
address = "{temporal}"
queue_prefix = "{prefix}"
[journal]
url = "sqlite+aiosqlite:///{folder}/journal.db"
[keys]
journal = "{journal_key}"
payloads = "{payload_key}"
{connections}
"""
CONNECTION = """
[connections.{name}]
store = {{ type = "bigcommerce", store_hash = "abc123" }}
erp = {{ type = "syspro" }}
[connections.{name}.policy]
key_prefix = "{prefix}"
linger_seconds = 0.1
[connections.{name}.webhooks]
path_secret = "an-unguessable-path-secret"
client_secret = "the-client-secret"
[connections.{name}.mappings.revenue]
shipping = "FREIGHT"
"""


@dataclass
class Shop:
    """A folder with settings and a journal, and the commands run against it."""

    folder: Path

    @property
    def settings_file(self) -> Path:
        return self.folder / "tillbridge.toml"

    @property
    def prefix(self) -> str:
        """Queues of its own, so that no test's worker takes another test's orders."""
        return f"{self.folder.name}-"

    @property
    def database(self) -> Path:
        return self.folder / "journal.db"

    @property
    def journal_url(self) -> str:
        return f"sqlite+aiosqlite:///{self.database}"

    def configure(
        self,
        *,
        temporal: str = NOBODY_LISTENS,
        connections: tuple[str, ...] = ("main",),
        journal_key: str = JOURNAL_KEY,
    ) -> None:
        self.settings_file.write_text(
            SETTINGS.format(
                temporal=temporal,
                prefix=self.prefix,
                folder=self.folder,
                journal_key=journal_key,
                payload_key=PAYLOAD_KEY,
                connections="".join(
                    CONNECTION.format(name=name, prefix="BC-" if name == "main" else "OUT-")
                    for name in connections
                ),
            )
        )

    def run(self, *arguments: str, stdin: str | None = None) -> Result:
        """Run a command in this process; only for tests that are not coroutines."""
        env = {"TILLBRIDGE_CONFIG": str(self.settings_file)}
        return CliRunner().invoke(app, list(arguments), input=stdin, env=env)

    def run_bare(self, *arguments: str) -> Result:
        """Run a command that needs no settings."""
        return CliRunner().invoke(app, list(arguments))

    async def command(self, *arguments: str) -> Result:
        """Run a command beside the event loop that this test and its worker use."""
        return await asyncio.to_thread(self.run, *arguments)

    async def answer(self, *arguments: str) -> Any:
        result = await self.command(*arguments, "--json")
        assert result.stdout, result.output
        return json.loads(result.stdout)

    def remember(self, write: Callable[[Journal], Awaitable[T]]) -> T:
        """Do something with the journal; only for tests that are not coroutines."""

        async def opened() -> T:
            async with self.journal() as journal:
                return await write(journal)

        return asyncio.run(opened())

    def data_converter(self) -> DataConverter:
        return data_converter(Keyring.parse(PAYLOAD_KEY))

    def journal(self) -> Any:
        return open_journal(self.journal_url, Keyring.parse(JOURNAL_KEY))


@pytest.fixture
def bare_shop(tmp_path: Path) -> Shop:
    """Settings, but no journal yet."""
    shop = Shop(tmp_path)
    shop.configure()
    return shop


@pytest.fixture
def shop(bare_shop: Shop) -> Shop:
    fresh_journal(bare_shop.database)
    return bare_shop


@pytest.fixture(scope="session")
async def server() -> AsyncIterator[str]:
    async with temporal_server(search_attributes=()) as environment:
        yield environment.client.service_client.config.target_host


@pytest.fixture
async def client(shop: Shop, server: str) -> Client:
    shop.configure(temporal=server)
    client = await Client.connect(server, data_converter=shop.data_converter())
    await ensure_search_attributes(client)
    return client
