"""The open connections of a process: stores, ERPs and policies by connection name."""

import asyncio
from contextlib import AsyncExitStack
from typing import cast

from connectors.contract import Capability, Erp, Store
from connectors.registry import open_erp, open_store
from domain.plan import Policy
from journal.opening import Journal
from settings.load import resolve_references
from settings.model import ConnectionSettings, Settings
from settings.queues import erp_queue, sync_queue


class SecretMissing(Exception):
    """The settings refer to a secret that the journal does not hold."""


class Connections:
    """Opens each store and ERP once, when first asked for, and closes them all together."""

    def __init__(self, settings: Settings, journal: Journal, stack: AsyncExitStack) -> None:
        self._settings = settings
        self._journal = journal
        self._stack = stack
        self._stores: dict[str, Store] = {}
        self._erps: dict[str, Erp] = {}
        self._opening = asyncio.Lock()

    def settings(self, connection: str) -> ConnectionSettings:
        """Return a connection's settings; KeyError when there is none of that name."""
        return self._settings.connection(connection)

    async def store(self, connection: str) -> Store:
        """Return the connection's store, open."""
        async with self._opening:
            if connection not in self._stores:
                config = await self._with_secrets(connection, self.settings(connection).store)
                store = open_store(config)
                self._stack.push_async_callback(store.aclose)
                self._stores[connection] = store
            return self._stores[connection]

    async def erp(self, connection: str) -> Erp:
        """Return the connection's ERP, open."""
        async with self._opening:
            if connection not in self._erps:
                config = await self._with_secrets(connection, self.settings(connection).erp)
                erp = open_erp(config, self._journal.sessions.for_connection(connection))
                self._stack.push_async_callback(erp.aclose)
                self._erps[connection] = erp
            return self._erps[connection]

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
        store = await self.store(connection)
        return Policy(
            gates=store.gates,
            on_account_methods=chosen.on_account_methods,
            edits=chosen.edits,
            tolerance=chosen.tolerance,
            report_back=chosen.report_back and Capability.REPORT_BACK in store.capabilities,
            key_prefix=chosen.key_prefix,
            placeholder_item=chosen.placeholder_item,
            create_customers=chosen.create_customers,
        )

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
