"""The connection test: credentials, clock, settings, and each scope by the cheapest call for it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from connectors.bigcommerce.answers import parsed
from connectors.bigcommerce.client import BigCommerceClient
from connectors.bigcommerce.wire import WireStore, WireTime
from connectors.contract import Finding
from connectors.errors import CredentialsRejected, NotFound

# Signed webhooks are refused when their time is more than five minutes away from ours.
_LARGEST_SKEW = timedelta(minutes=1)


class Probe(NamedTuple):
    """A call that answers 403 where a scope is missing. Any other answer proves the scope."""

    check: str
    path: str
    detail: str
    params: dict[str, str]


_ONE = {"limit": "1"}
_PROBES = (
    Probe(
        "Orders",
        "/v2/orders",
        "Orders can be read. Writing the document number back needs the modify scope, which only "
        "a write can prove.",
        _ONE,
    ),
    Probe("Refunds", "/v3/orders/payment_actions/refunds", "Refunds can be read.", _ONE),
    # No such order: the scope is checked before the order is looked for.
    Probe("Transactions", "/v3/orders/1/transactions", "Payments can be read.", {}),
    Probe("Customers", "/v3/customers", "Customers can be read.", _ONE),
    Probe("Webhooks", "/v3/hooks", "Webhooks can be read.", _ONE),
)


async def examine(client: BigCommerceClient, *, now: Callable[[], datetime]) -> tuple[Finding, ...]:
    """Examine a store; changes nothing.

    Raises:
        Unavailable: the store cannot be reached, which says nothing about its settings.
    """
    findings = [await _clock(client, now), await _store(client)]
    for probe in _PROBES:
        findings.append(await probed(client, probe))
    return tuple(findings)


async def _clock(client: BigCommerceClient, now: Callable[[], datetime]) -> Finding:
    check, operation = "Clock", "the time"
    try:
        answer = await client.get("/v2/time", operation=operation)
    except CredentialsRejected as error:
        return _refused(check, error)
    skew = abs(now() - parsed(WireTime, answer, operation=operation).time)
    return Finding(
        check=check,
        ok=skew <= _LARGEST_SKEW,
        detail=f"This machine and BigCommerce are {skew.total_seconds():.0f} s apart.",
        remedy="" if skew <= _LARGEST_SKEW else "Synchronise this machine's clock (NTP).",
    )


async def _store(client: BigCommerceClient) -> Finding:
    check, operation = "Store", "the store's settings"
    try:
        answer = await client.get("/v2/store", operation=operation)
    except CredentialsRejected as error:
        return _refused(check, error)
    store = parsed(WireStore, answer, operation=operation)
    tax = "with" if store.is_price_entered_with_tax else "without"
    return Finding(
        check=check,
        ok=True,
        detail=f"{store.name}: {store.currency}, prices entered {tax} tax, time zone "
        f"{store.timezone.name or 'not told'}, plan {store.plan_level or 'not told'}.",
    )


async def probed(client: BigCommerceClient, probe: Probe) -> Finding:
    """Make the call and say what it proved."""
    try:
        await client.get(probe.path, operation=probe.check.lower(), params=probe.params)
    except CredentialsRejected as error:
        return _refused(probe.check, error)
    except NotFound:
        return Finding(check=probe.check, ok=True, detail=probe.detail)
    return Finding(check=probe.check, ok=True, detail=probe.detail)


def _refused(check: str, error: CredentialsRejected) -> Finding:
    return Finding(check=check, ok=False, detail=str(error), remedy=error.remedy)
