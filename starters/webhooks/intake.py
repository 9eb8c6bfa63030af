"""From a genuine delivery to an accepted one: what it is about, whether it is new, who takes it."""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from temporalio.service import RPCError

from domain.customer import CustomerKey
from domain.order import OrderKey
from domain.record import Record
from starters.webhooks.events import BodyUnreadable, Kind, read_callback, resource_of
from starters.webhooks.paths import require_unguessable
from starters.webhooks.recent import Recent
from starters.webhooks.verify import Verified, Verifier

_log = logging.getLogger(__name__)
_REMEMBERED_DELIVERIES = 10_000


class NotStarted(Exception):
    """The event could not be handed on; `start` raises it to have the store deliver again."""


class ResourceEvent(Record):
    """One order or customer of one connection that ought to be looked at again."""

    connection: str
    kind: Kind
    resource_id: str
    scope: str
    received_at: datetime
    delivery_id: str  # the signed webhook-id, else a digest of the body

    @property
    def key(self) -> OrderKey | CustomerKey:
        """Return the key whose `workflow_id` is to be signalled."""
        if self.kind == "order":
            return OrderKey(connection=self.connection, order_id=self.resource_id)
        return CustomerKey(connection=self.connection, customer_id=self.resource_id)


Start = Callable[[ResourceEvent], Awaitable[None]]
"""Returns once the event cannot be lost any more.

Raises NotStarted, RPCError, OSError or TimeoutError when it could not be made safe. An inbox for
the time when Temporal is away is a `Start` around another one: it keeps what that one refuses.
"""


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where one connection's webhooks arrive. `store_hash`, if given, must match the producer."""

    connection: str
    path_secret: str = field(repr=False)
    verifier: Verifier = field(repr=False)
    store_hash: str = ""

    def __post_init__(self) -> None:
        require_unguessable(self.path_secret, self.connection, "webhook")


class Outcome(StrEnum):
    """What became of a genuine delivery."""

    ACCEPTED = "accepted"
    REPEATED = "repeated"
    IGNORED = "ignored"
    UNREADABLE = "unreadable"
    REFUSED = "refused"  # the only one that the store is to deliver again


class Intake:
    """Hands genuine deliveries to `start`, each once as far as this process remembers."""

    def __init__(
        self,
        start: Start,
        *,
        accept_seconds: float,
        remembered: int = _REMEMBERED_DELIVERIES,
    ) -> None:
        self._start = start
        self._accept_seconds = accept_seconds
        self._accepted: Recent[tuple[str, str | None, str]] = Recent(remembered)

    async def take(self, endpoint: Endpoint, verified: Verified, body: bytes) -> Outcome:
        """Decide on one delivery; returns within `accept_seconds`."""
        try:
            callback = read_callback(body)
        except BodyUnreadable as unreadable:
            _log.warning("webhook of %s is unreadable: %s", endpoint.connection, unreadable)
            return Outcome.UNREADABLE
        if endpoint.store_hash and callback.producer not in (
            None,
            f"stores/{endpoint.store_hash}",
        ):
            # One client secret serves all stores of an app: genuine, yet another store's event.
            _log.warning("webhook of %s comes from another store; ignored", endpoint.connection)
            return Outcome.IGNORED
        resource = resource_of(callback)
        if resource is None:
            _log.debug("webhook of %s ignored: %.80r", endpoint.connection, callback.scope)
            return Outcome.IGNORED
        digest = hashlib.sha256(body).hexdigest()
        event = ResourceEvent(
            connection=endpoint.connection,
            kind=resource[0],
            resource_id=resource[1],
            scope=callback.scope[:200],
            received_at=datetime.now(UTC),
            delivery_id=verified.webhook_id or digest[:32],
        )
        return await self._take_once(event, verified, digest)

    async def _take_once(self, event: ResourceEvent, verified: Verified, digest: str) -> Outcome:
        # Without a signed id two real changes can look the same, so nothing is dropped then.
        delivery = (event.connection, verified.webhook_id, digest)
        outcome = Outcome.ACCEPTED
        if delivery in self._accepted:
            outcome = Outcome.REPEATED
        elif not await self._handed_on(event):
            return Outcome.REFUSED
        elif verified.webhook_id is not None:
            self._accepted.add(delivery)
        _log.info(
            "webhook of %s %s: %s %s (%.80r, by %s, delivery %s)",
            event.connection,
            outcome,
            event.kind,
            event.resource_id,
            event.scope,
            verified.how,
            event.delivery_id,
        )
        return outcome

    async def _handed_on(self, event: ResourceEvent) -> bool:
        """Tell whether `start` made the event safe in time."""
        try:
            async with asyncio.timeout(self._accept_seconds):
                await self._start(event)
        except (NotStarted, RPCError, OSError, TimeoutError) as failure:
            _log.warning(
                "webhook of %s for %s %s not accepted (%s); the store will deliver again",
                event.connection,
                event.kind,
                event.resource_id,
                type(failure).__name__,
            )
            return False
        return True
