"""From each connection's settings to the endpoints that believe its store and its ERP."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from pydantic import SecretStr

from activities.push_records import Flow
from connectors.registry import SystemMisconfigured, hints_of
from journal.opening import open_journal
from settings.keyring import Keyring
from settings.model import Settings, WebhookSettings
from settings.push import PushSettings
from starters.webhooks.hints import HintEndpoint
from starters.webhooks.intake import Endpoint
from starters.webhooks.paths import PathSecretWeak
from starters.webhooks.verify import SharedHeader, Verifier, VerifierUnusable

_REFERENCE = "secret:"


class EndpointUnusable(Exception):
    """A connection's webhooks cannot be verified as it is configured."""


async def endpoints_of(settings: Settings) -> dict[str, Endpoint]:
    """Build the endpoint of every connection; secrets kept in the journal are read from it.

    Raises:
        EndpointUnusable: a secret is missing or too weak, or nothing would prove a delivery.
    """
    endpoints: dict[str, Endpoint] = {}
    for name, connection in settings.connections.items():
        webhooks = connection.webhooks
        stored = await _stored_secrets(
            settings,
            name,
            (
                webhooks.path_secret,
                webhooks.client_secret,
                webhooks.previous_client_secret,
                webhooks.header_secret,
            ),
        )
        try:
            endpoints[name] = Endpoint(
                connection=name,
                path_secret=_plain(webhooks.path_secret, stored),
                verifier=_verifier(webhooks, stored),
                store_hash=str(connection.store.get("store_hash", "")),
            )
        except (PathSecretWeak, VerifierUnusable, KeyError) as error:
            raise EndpointUnusable(
                f"The webhooks of connection '{name}' cannot be verified: {_why(error)}. "
                f"Correct [connections.{name}.webhooks]."
            ) from None
    return endpoints


async def hint_endpoints_of(settings: Settings) -> dict[str, HintEndpoint]:
    """Build the endpoint of every connection whose ERP is to tell of changes; as `endpoints_of`.

    Raises:
        EndpointUnusable: a setting or a secret is missing or wrong, or the path secret too weak.
    """
    endpoints: dict[str, HintEndpoint] = {}
    for name, connection in settings.connections.items():
        try:
            source = hints_of(connection.erp)
            if source is None:
                continue
            secrets = (source.path_secret, *source.header_secrets)
            stored = await _stored_secrets(settings, name, map(SecretStr, secrets))
            path, *headers = (_plain(SecretStr(one), stored) for one in secrets)
            endpoints[name] = HintEndpoint(
                connection=name,
                path_secret=path,
                verifier=Verifier([], shared_header=SharedHeader(source.header_name, headers)),
                read=source.read,
                pushed=_pushed(connection.push),
                pause=timedelta(seconds=source.pause_seconds),
            )
        except (SystemMisconfigured, PathSecretWeak, VerifierUnusable, KeyError) as error:
            raise EndpointUnusable(
                f"The notifications of connection '{name}' cannot be verified: {_why(error)}. "
                f"Correct [connections.{name}.erp.notifications]."
            ) from None
    return endpoints


def _pushed(push: PushSettings) -> frozenset[Flow]:
    switched_on = {Flow.STOCK: push.stock.enabled, Flow.PRICES: push.prices.enabled}
    return frozenset(flow for flow, on in switched_on.items() if on)


def _why(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"secret:{error.args[0]} is not stored"
    return str(error).rstrip(".")


def _verifier(webhooks: WebhookSettings, stored: Mapping[str, str]) -> Verifier:
    header = None
    if webhooks.header_secret is not None:
        header = SharedHeader(webhooks.header_name, [_plain(webhooks.header_secret, stored)])
    configured = (webhooks.client_secret, webhooks.previous_client_secret)
    return Verifier(
        [_plain(secret, stored) for secret in configured if secret is not None],
        tolerance=timedelta(seconds=webhooks.tolerance_seconds),
        legacy=webhooks.legacy_signature,
        shared_header=header,
        require_both=webhooks.require_both,
    )


async def _stored_secrets(
    settings: Settings, connection: str, parts: Iterable[SecretStr | None]
) -> dict[str, str]:
    """Read the journal's secrets of a connection, if any of these refers to one."""
    if not any(part and part.get_secret_value().startswith(_REFERENCE) for part in parts):
        return {}
    keyring = Keyring.parse(settings.keys.journal.get_secret_value())
    async with open_journal(settings.journal.url.get_secret_value(), keyring) as journal:
        names = await journal.secrets.names(connection)
        stored = {name: await journal.secrets.get(connection, name) for name in names}
        return {name: secret for name, secret in stored.items() if secret is not None}


def _plain(secret: SecretStr, stored: Mapping[str, str]) -> str:
    value = secret.get_secret_value()
    return stored[value.removeprefix(_REFERENCE)] if value.startswith(_REFERENCE) else value
