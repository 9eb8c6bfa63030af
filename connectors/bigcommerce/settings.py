"""The settings of one BigCommerce store."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from connectors.transport import Timeouts
from domain.plan import Gate

# What each status means unless the connection says otherwise. The ids are the platform's own and
# cannot be added to; only their labels can be edited by a merchant.
DEFAULT_GATES: Mapping[str, Gate] = {
    "0": Gate.IGNORE,  # Incomplete; may still become 11
    "1": Gate.WAIT,  # Pending
    "2": Gate.EXPORT,  # Shipped
    "3": Gate.EXPORT,  # Partially Shipped
    "4": Gate.EXPORT,  # Refunded: the sale happened, its refunds follow
    "5": Gate.CANCEL,  # Cancelled
    "6": Gate.CANCEL,  # Declined
    "7": Gate.AWAIT_PAYMENT,  # Awaiting Payment
    "8": Gate.EXPORT,  # Awaiting Pickup
    "9": Gate.EXPORT,  # Awaiting Shipment
    "10": Gate.EXPORT,  # Completed
    "11": Gate.EXPORT,  # Awaiting Fulfillment: the normal paid order
    "12": Gate.WAIT,  # Manual Verification Required
    "13": Gate.WAIT,  # Disputed
    "14": Gate.EXPORT,  # Partially Refunded
}


class BigCommerceSettings(BaseModel):
    """Where a store's API is, the API account that we use, and how hard we may lean on it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    api_url: str = Field(
        default="https://api.bigcommerce.com",
        pattern=r"^https?://[^/?#]+$",
        description="Root of the API, without a path.",
    )
    store_hash: str = Field(
        pattern=r"^[A-Za-z0-9]+$",
        description="The store's hash: the part after /stores/ in the API path of its account.",
    )
    access_token: SecretStr = Field(
        description="Access token of a store-level API account with the scopes Orders (modify), "
        "Order Transactions (read-only), Customers (read-only) and Information & Settings "
        "(read-only); to push stock and prices also Inventory (modify) and Products (modify)."
    )
    client_secret: SecretStr | None = Field(
        default=None,
        description="Client secret of the same API account. Not used for calls; webhooks are "
        "signed with it, see the connection's `webhooks.client_secret`.",
    )
    statuses: Mapping[str, Gate] = Field(
        default={},
        description="What a status id means for the ledger, where it differs from the default: "
        "export, wait, await-payment, ignore or cancel.",
    )
    test_payments: bool = Field(
        default=False, description="Count payments of a gateway's test mode as money taken."
    )
    quota_floor_percent: Annotated[int, Field(ge=0, le=90)] = Field(
        default=10,
        description="How much of the store's quota per window is left to its other apps.",
    )
    longest_wait_seconds: float = Field(
        default=10,
        ge=0,
        description="How long a call waits for quota before it gives its worker's slot back.",
    )
    max_concurrent: Annotated[int, Field(ge=1, le=40)] = Field(
        default=6, description="Calls in flight at once; lowered by itself under pressure."
    )
    stock_settles_seconds: float = Field(
        default=30,
        ge=0,
        description="How long after a push the store's stock is looked at: it is applied later.",
    )
    ca_file: Path | None = Field(
        default=None, description="A private certificate authority, e.g. of a proxy."
    )
    timeouts: Timeouts = Field(default=Timeouts(), description="How long one call may take.")

    @field_validator("statuses")
    @classmethod
    def _known_statuses(cls, value: Mapping[str, Gate]) -> Mapping[str, Gate]:
        unknown = sorted(set(value) - set(DEFAULT_GATES))
        if unknown:
            raise ValueError(f"BigCommerce has no status {', '.join(unknown)}; they are 0 to 14")
        return value

    @property
    def gates(self) -> Mapping[str, Gate]:
        """Return the status table with the connection's overrides."""
        return {**DEFAULT_GATES, **self.statuses}
