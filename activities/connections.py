"""The open connections of a process: stores, ERPs and policies by connection name."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import cast

from activities.watched import GuardedSessions, watched
from activities.watching import Watch
from connectors.contract import Capability, Erp, Store
from connectors.errors import CredentialsRejected
from connectors.registry import open_erp, open_store
from domain.plan import Policy
from journal.opening import Journal
from journal.outages import Side
from settings.load import resolve_references
from settings.model import ConnectionSettings, Settings
from settings.queues import erp_queue, sync_queue


class SecretMissing(CredentialsRejected):
    """The settings refer to a secret that the journal does not hold."""


@dataclass(frozen=True)
class _Opened:
    """A store or an ERP in use, with what it was opened with."""

    system: Store | Erp
    config: dict[str, object]
    watch: Watch


class Connections:
    """Opens each store and ERP once, when first asked for, and closes them all together.

    One whose credentials are refused is opened again as soon as its secrets are others.
    """

    def __init__(self, settings: Settings, journal: Journal, stack: AsyncExitStack) -> None:
        self._settings = settings
        self._journal = journal
        # Entered now: what is opened later must stay open for whoever enters the stack after us.
        self._systems = AsyncExitStack()
        stack.push_async_exit(self._systems)
        self._opened: dict[tuple[str, Side], _Opened] = {}
        self._opening = asyncio.Lock()

    def settings(self, connection: str) -> ConnectionSettings:
        """Return a connection's settings; KeyError when there is none of that name."""
        return self._settings.connection(connection)

    async def store(self, connection: str) -> Store:
        """Return the connection's store, open and watched."""
        opened = await self._open(connection, Side.STORE)
        return cast(Store, watched(opened.system, opened.watch))

    async def erp(self, connection: str) -> Erp:
        """Return the connection's ERP, open and watched."""
        opened = await self._open(connection, Side.ERP)
        return cast(Erp, watched(opened.system, opened.watch))

    async def proven(self, connection: str, side: Side) -> None:
        """Note that a connection test found the system well: what was told of it is over."""
        await (await self._open(connection, side)).watch.proven()

    @property
    def sync_queue(self) -> str:
        """Name the task queue of the workflows."""
        return sync_queue(self._settings.temporal)

    async def webhook_target(self, connection: str) -> tuple[str, dict[str, str]]:
        """Return where the store must deliver, and the headers that it must send along."""
        webhooks = self.settings(connection).webhooks
        secrets: dict[str, object] = {"path": webhooks.path_secret.get_secret_value()}
        if webhooks.header_secret is not None:
            secrets[webhooks.header_name] = webhooks.header_secret.get_secret_value()
        told = {k: str(v) for k, v in (await self._with_secrets(connection, secrets)).items()}
        base = self._settings.webhook_service.public_url.rstrip("/")
        return f"{base}/webhooks/{connection}/{told.pop('path')}", told

    def erp_queue(self, connection: str) -> str:
        """Name the task queue on which the connection's ERP is written to."""
        return erp_queue(self._settings.temporal, self.settings(connection).erp_type)

    async def policy(self, connection: str) -> Policy:
        """Combine what the connection decided with what its store's statuses mean."""
        chosen = self.settings(connection).policy
        store, erp = await self.store(connection), await self.erp(connection)
        return Policy(
            gates=store.gates,
            on_account_methods=chosen.on_account_methods,
            edits=chosen.edits,
            tolerance=chosen.tolerance,
            report_back=chosen.report_back and Capability.REPORT_BACK in store.capabilities,
            key_prefix=chosen.key_prefix,
            placeholder_item=chosen.placeholder_item,
            create_customers=chosen.create_customers,
            payouts=chosen.payouts and Capability.PAYOUTS in erp.capabilities,
        )

    async def _open(self, connection: str, side: Side) -> _Opened:
        async with self._opening:
            opened = self._opened.get((connection, side))
            if opened is not None and await opened.watch.refused() is None:
                return opened
            # Its clock first: what is refused from now on is refused to these secrets.
            opened_at = self._journal.outages.now()
            settings = self.settings(connection)
            config = await self._with_secrets(
                connection, settings.store if side is Side.STORE else settings.erp
            )
            if opened is not None and opened.config == config:
                return opened
            watch = Watch(
                self._journal,
                connection,
                side,
                settings=self._settings.waiting,
                opened_at=opened_at,
            )
            system: Store | Erp
            if side is Side.STORE:
                system = open_store(config)
            else:
                sessions = self._journal.sessions.for_connection(connection)
                system = open_erp(config, GuardedSessions(sessions, watch))
            # One that is replaced may still be in use: all are closed at the end.
            self._systems.push_async_callback(system.aclose)
            opened = _Opened(system=system, config=config, watch=watch)
            self._opened[connection, side] = opened
            return opened

    async def _with_secrets(self, connection: str, config: dict[str, object]) -> dict[str, object]:
        """Put the journal's secrets where the settings refer to them."""
        secrets = {
            name: await self._journal.secrets.get(connection, name)
            for name in await self._journal.secrets.names(connection)
        }

        def lookup(kind: str, name: str) -> str | None:
            if kind == "secret" and name not in secrets:
                raise SecretMissing(
                    f"Connection {connection} refers to secret:{name}, which is not stored. "
                    f"Store it: tillbridge secrets set {name} --connection {connection}"
                )
            return secrets[name] if kind == "secret" else f"{kind}:{name}"

        return cast(dict[str, object], resolve_references(config, lookup))
