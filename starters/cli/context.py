"""What the commands share: settings, journal, Temporal and connections, opened when first used."""

import getpass
import os
from contextlib import AsyncExitStack
from functools import cached_property
from pathlib import Path

from temporalio.client import Client

from activities.connections import Connections
from domain.order import OrderKey
from journal.opening import Journal, open_journal
from settings.keyring import Keyring
from settings.load import load_settings
from settings.model import ConnectionSettings, Settings
from settings.temporal import connect
from starters.cli.output import Output


class WrongUsage(Exception):
    """The command cannot be carried out as it was given; the sentence says how to give it."""


class TemporalUnreachable(Exception):
    """Temporal does not answer at the configured address."""


class Context:
    """One run of one command. Whatever was opened is closed with the stack."""

    def __init__(
        self, stack: AsyncExitStack, out: Output, *, config: Path | None, connection: str | None
    ) -> None:
        self._stack = stack
        self._config = config
        self._named = connection
        self._journal: Journal | None = None
        self._client: Client | None = None
        self._connections: Connections | None = None
        self.out = out

    @cached_property
    def settings(self) -> Settings:
        """Return the settings; SettingsInvalid when they cannot be used."""
        return load_settings(self._config)

    @cached_property
    def connection(self) -> str:
        """Return the connection that is meant: the one named, or the only one there is."""
        known = self.settings.connections
        if self._named is not None:
            if self._named not in known:
                raise WrongUsage(
                    f"There is no connection '{self._named}'. "
                    f"Configured: {', '.join(known) or 'none yet'}."
                )
            return self._named
        if len(known) != 1:
            raise WrongUsage(
                f"Say which connection with --connection: {', '.join(known)}."
                if known
                else "No connection is configured yet; add [connections.NAME] to the settings."
            )
        return next(iter(known))

    @property
    def connection_settings(self) -> ConnectionSettings:
        """Return the settings of the connection that is meant."""
        return self.settings.connections[self.connection]

    def order(self, order_id: str) -> OrderKey:
        """Return the key of an order of the connection that is meant."""
        cleaned = order_id.strip().removeprefix("#")
        if not cleaned or not cleaned.isascii() or not cleaned.isprintable() or " " in cleaned:
            raise WrongUsage(f"'{order_id}' is not an order's id; give it as the store shows it.")
        return OrderKey(connection=self.connection, order_id=cleaned)

    async def journal(self) -> Journal:
        """Return the journal, open."""
        if self._journal is None:
            keyring = Keyring.parse(self.settings.keys.journal.get_secret_value())
            url = self.settings.journal.url.get_secret_value()
            self._journal = await self._stack.enter_async_context(open_journal(url, keyring))
        return self._journal

    async def client(self) -> Client:
        """Return the Temporal client, connected.

        Raises:
            TemporalUnreachable: nothing answers there, or not as Temporal.
        """
        if self._client is None:
            self._client = await connected(self.settings)
        return self._client

    async def connections(self) -> Connections:
        """Return the stores and ERPs, each opened on first use."""
        if self._connections is None:
            self._connections = Connections(self.settings, await self.journal(), self._stack)
        return self._connections


async def connected(settings: Settings) -> Client:
    """Connect to Temporal, saying in one sentence if that fails.

    Raises:
        TemporalUnreachable: nothing answers there, or not as Temporal.
    """
    try:
        return await connect(settings)
    except RuntimeError as error:
        address = os.environ.get("TEMPORAL_ADDRESS") or settings.temporal.address
        raise TemporalUnreachable(
            f"Temporal does not answer at {address}. Start it, or correct temporal.address."
        ) from error


def operating_user() -> str:
    """Return who runs the command, for the trail."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"  # a container without a user database
