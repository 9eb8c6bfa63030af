"""The settings of what flows from the ERP to the store."""

from datetime import time, timedelta
from decimal import Decimal

from pydantic import Field

from domain.availability import StockPolicy
from domain.price import PriceField
from settings.section import Section


class StockPushSettings(Section):
    """How the ERP's stock gets into the store. Warehouses are mapped by the rules `location`."""

    enabled: bool = Field(False, description="Push stock by itself; by hand it always works.")
    every_minutes: int = Field(15, gt=0, description="How often to push what changed.")
    full_at: time = Field(
        time(2, 30), description="When everything is compared with the store, every night (UTC)."
    )
    safety_stock: Decimal = Field(
        Decimal(0), ge=0, description="How many of every SKU are kept back at every location."
    )
    stale_after_minutes: int = Field(
        60, gt=0, description="How old the ERP's numbers may be before more is kept back."
    )
    stale_percent: Decimal = Field(
        Decimal(10),
        ge=0,
        le=100,
        description="How much of what could be sold is kept back for every hour beyond that.",
    )
    posted_counts_hours: float = Field(
        0,
        ge=0,
        description="How long an order still counts after it was posted, where posting takes "
        "nothing out of the ERP's stock: as long as it takes until somebody has booked it out.",
    )
    patience_minutes: float = Field(
        5, gt=0, description="How long an ERP that does not answer is waited for."
    )

    @property
    def posted_counts_for(self) -> timedelta:
        """Return how long a posted order still counts."""
        return timedelta(hours=self.posted_counts_hours)

    @property
    def policy(self) -> StockPolicy:
        """Return what is kept back."""
        return StockPolicy(
            safety_stock=self.safety_stock,
            stale_after=timedelta(minutes=self.stale_after_minutes),
            stale_percent=self.stale_percent,
        )


class PricePushSettings(Section):
    """How the ERP's prices get into the store."""

    enabled: bool = Field(False, description="Push prices by itself; by hand it always works.")
    at: time = Field(time(3, 30), description="When, every night (UTC).")
    price_list: str = Field(
        "", description="The ERP's price list. Empty: the one its settings name as usual."
    )
    currency: str = Field(
        "USD", pattern=r"^[A-Z]{3}$", description="Currency of the list, and of the store."
    )
    fields: frozenset[PriceField] = Field(
        frozenset(PriceField), description="What the ERP owns; the rest stays the merchant's."
    )


class PushSettings(Section):
    """What flows from the ERP to the store."""

    stock: StockPushSettings = StockPushSettings()  # pyright: ignore[reportCallIssue]
    prices: PricePushSettings = PricePushSettings()  # pyright: ignore[reportCallIssue]
