"""From each connection's settings to the endpoint that believes its webhooks."""

from collections.abc import Mapping
from datetime import timedelta

from pydantic import SecretStr

from journal.opening import open_journal
from settings.keyring import Keyring
from settings.model import Settings, WebhookSettings
from starters.webhooks.intake import Endpoint, PathSecretWeak
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
        stored = await _stored_secrets(settings, name, connection.webhooks)
        try:
            endpoints[name] = Endpoint(
                connection=name,
                path_secret=_plain(connection.webhooks.path_secret, stored),
                verifier=_verifier(connection.webhooks, stored),
                store_hash=str(connection.store.get("store_hash", "")),
            )
        except (PathSecretWeak, VerifierUnusable, KeyError) as error:
            reason = (
                f"secret:{error.args[0]} is not stored" if isinstance(error, KeyError) else error
            )
            raise EndpointUnusable(
                f"The webhooks of connection '{name}' cannot be verified: {reason}. "
                f"Correct [connections.{name}.webhooks]."
            ) from None
    return endpoints


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
    settings: Settings, connection: str, webhooks: WebhookSettings
) -> dict[str, str]:
    """Read the journal's secrets of a connection, if its webhooks refer to any."""
    parts = (
        webhooks.path_secret,
        webhooks.client_secret,
        webhooks.previous_client_secret,
        webhooks.header_secret,
    )
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
