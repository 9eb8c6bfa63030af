"""Looking after a store's webhooks: there, active, pointing here, and not blocked."""

from datetime import UTC, datetime

from temporalio import activity

from activities.bookkeeping import Bookkeeping
from activities.connections import Connections
from activities.records import WebhookReport
from journal.opening import Journal

_WATERMARK = "webhooks"


class WebhookActivities:
    """What the guardian may do in the outside world."""

    def __init__(self, connections: Connections, journal: Journal) -> None:
        self._connections = connections
        self._journal = journal

    @activity.defn
    async def reconcile_webhooks(self, connection: str) -> WebhookReport:
        """Create what is missing, switch on what was switched off, and say since when it was so."""
        now = datetime.now(UTC)
        book = Bookkeeping(self._journal, connection, "webhooks")
        async with book.told("webhooks"):
            report = await self._reconcile(connection)
        last_well = await self._journal.watermarks.get(connection, _WATERMARK)
        if report.created or report.reactivated or report.blocked_reason:
            since = last_well or now
            await book.note(
                "webhooks",
                "repaired",
                f"{report.created} created, {report.reactivated} switched on again"
                + (f"; blocked: {report.blocked_reason}" if report.blocked_reason else ""),
            )
            report = report.model_copy(update={"gap_since": since})
        if not report.blocked_reason:
            await self._journal.watermarks.advance(connection, _WATERMARK, seen=last_well, to=now)
        return report

    async def _reconcile(self, connection: str) -> WebhookReport:
        store = await self._connections.store(connection)
        destination, headers = await self._connections.webhook_target(connection)
        health = await store.webhooks()
        ours = {hook.scope: hook for hook in health.hooks if hook.destination == destination}
        created = reactivated = 0
        for scope in sorted(store.webhook_scopes):
            hook = ours.get(scope)
            if hook is None or headers:
                # With headers an existing webhook is brought up to date: secrets rotate.
                await store.create_webhook(scope, destination, headers)
            if hook is None:
                created += 1
            elif not hook.active:
                await store.activate_webhook(hook.id)
                reactivated += 1
        return WebhookReport(
            created=created, reactivated=reactivated, blocked_reason=health.blocked_reason
        )
