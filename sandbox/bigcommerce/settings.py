"""The store's settings and tokens, and the order statuses the platform knows."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

Clock = Callable[[], datetime]

ALL_SCOPES = frozenset(
    {
        "store_v2_orders",
        "store_v2_transactions",
        "store_v2_customers",
        "store_v2_information",
        "store_v2_products",
        "store_inventory",
        "store_locations",
    }
)

STATUSES: dict[int, str] = {
    0: "Incomplete",
    1: "Pending",
    2: "Shipped",
    3: "Partially Shipped",
    4: "Refunded",
    5: "Cancelled",
    6: "Declined",
    7: "Awaiting Payment",
    8: "Awaiting Pickup",
    9: "Awaiting Shipment",
    10: "Completed",
    11: "Awaiting Fulfillment",
    12: "Manual Verification Required",
    13: "Disputed",
    14: "Partially Refunded",
}


def real_clock() -> datetime:
    """The time of this machine."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Token:
    """An access token of one API account; its client secret signs the account's webhooks."""

    scopes: frozenset[str] = ALL_SCOPES
    client_id: str = "sandbox-client"
    client_secret: str = "sandbox-client-secret"


@dataclass
class StoreSettings:
    """What a merchant could set, plus the knobs of the stand-in. May be changed while running."""

    store_hash: str = "abc123"
    store_id: int = 1025646
    name: str = "Tillbridge Sandbox"
    currency: str = "USD"
    timezone: str = "America/Chicago"
    prices_include_tax: bool = False
    tokens: dict[str, Token] = field(default_factory=lambda: {"sandbox-token": Token()})
    allow_http_loopback: bool = True
    """Accept webhook destinations on plain http and any port of this machine.

    The real platform takes only https on port 443 with a public certificate. On by default, so
    that a webhook service on a laptop can be tried; switch it off to rehearse the real rule.
    """
    refunds_touch_orders: bool = False
    """Whether a refund moves `date_modified`. Undocumented, hence the harder case by default."""
    refund_seconds: float = 0.0
    """How long a refund takes, during which another one on the same order is refused."""
    stopwatch: Callable[[], float] = time.monotonic
    """Seconds by which the quota's window and waits are measured; a test may hold it."""
    inventory_applies_after: float = 0.05
    """Seconds until an adjustment that was answered is applied."""
    adjustment_seconds: float = 0.0
    """How long an adjustment takes to be answered, during which another one is refused."""
    quota: int = 150
    quota_window_ms: int = 30_000
    bare_throttle: bool = False
    """Answer an exhausted quota without any rate limit header."""
    max_concurrent: int | None = None
    """Requests in flight above which a bare 429 is answered, as adaptive limits do."""
