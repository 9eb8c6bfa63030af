"""Webhook registrations: what a connection needs, what there is, and what is broken about it."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from connectors.bigcommerce.answers import parsed, parsed_rows
from connectors.bigcommerce.client import LARGEST_PAGE, BigCommerceClient, v3_one
from connectors.bigcommerce.wire import WireBlockedDomain, WireHook, WireHookAdmin
from connectors.contract import Webhook, WebhookHealth

# By name and not by wildcard, which would add archiving, messages and our own metafields. Address
# changes fire no `customer/updated`, refunds perhaps no `order/updated`.
WEBHOOK_SCOPES = frozenset(
    {
        "store/order/created",
        "store/order/updated",
        "store/order/statusUpdated",
        "store/order/refund/created",
        "store/order/transaction/created",
        "store/order/transaction/updated",
        "store/customer/created",
        "store/customer/updated",
        "store/customer/address/created",
        "store/customer/address/updated",
        "store/customer/address/deleted",
    }
)


class Hooks:
    """The registrations of our API account; those of others are invisible to it."""

    def __init__(self, client: BigCommerceClient) -> None:
        self._client = client

    async def health(self) -> WebhookHealth:
        """Read all registrations and whether deliveries to one of their hosts are stopped."""
        found = await self._listed()
        operation = "the state of webhooks"
        answer = await self._client.get("/v3/hooks/admin", operation=operation)
        admin = parsed(WireHookAdmin, v3_one(answer, operation), operation=operation)
        hosts = {_host(hook.destination) for hook in found}
        blocked = [one for one in admin.blocked_domains if _host(one.destination) in hosts]
        return WebhookHealth(
            hooks=tuple(
                Webhook(
                    id=str(hook.id),
                    # Some scopes are printed, and perhaps kept, with a slash at the end.
                    scope=hook.scope.rstrip("/"),
                    destination=hook.destination,
                    active=hook.is_active,
                )
                for hook in found
            ),
            blocked_reason="; ".join(map(_reason, blocked)),
        )

    async def create(self, scope: str, destination: str, headers: Mapping[str, str]) -> None:
        """Register a webhook, or bring the headers of the one that is there up to date.

        (scope, destination) is unique per API account; creating it twice is refused.
        """
        there = await self._listed({"scope": scope, "destination": destination})
        ours = [hook for hook in there if (hook.scope, hook.destination) == (scope, destination)]
        if not ours:
            body = {"scope": scope, "destination": destination, "is_active": True}
            extra = {"headers": dict(headers)} if headers else {}
            await self._client.post("/v3/hooks", {**body, **extra}, operation="a new webhook")
        elif headers and _lower(ours[0].headers) != _lower(headers):
            await self._change(str(ours[0].id), {"headers": dict(headers)})

    async def activate(self, webhook_id: str) -> None:
        """Switch a webhook on; nothing else does once the platform has switched it off."""
        await self._change(webhook_id, {"is_active": True})

    async def _change(self, webhook_id: str, body: Mapping[str, object]) -> None:
        await self._client.put(f"/v3/hooks/{webhook_id}", body, operation="a webhook")

    async def _listed(self, wanted: Mapping[str, str] | None = None) -> tuple[WireHook, ...]:
        operation = "webhooks"
        params = {**(wanted or {}), "limit": str(LARGEST_PAGE)}
        rows = await self._client.v3_list("/v3/hooks", operation=operation, params=params)
        return parsed_rows(WireHook, rows, operation=operation)


def _host(destination: str) -> str:
    address = destination if "://" in destination else f"//{destination}"
    return urlsplit(address).netloc.lower()


def _reason(domain: WireBlockedDomain) -> str:
    why = ", ".join(reason.failure_description for reason in domain.reasons)
    return (
        f"BigCommerce delivers nothing to {_host(domain.destination)} for another "
        f"{domain.time_left} s ({why or 'no reason given'})"
    )


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
