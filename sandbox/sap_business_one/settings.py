"""How this Business One company is set up: what differs between releases, countries and sites."""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

TaxField = Literal["TaxCode", "VatGroup"]


@dataclass
class SapSettings:
    """Knobs of one company; a test or a rehearsal may turn them while the stand-in runs."""

    company_db: str = "SBODEMOUS"
    company_name: str = "OEC Computers"
    username: str = "tillbridge"
    password: str = "b1-password"
    version: str = "1000280"
    """What Login answers; it tells the feature pack."""
    today: date | None = None
    """The company's date; None is the real one."""
    server_hours_from_utc: int = 0
    """The server's clock is local, and nothing it writes says so."""

    login_seconds: float = 0.0
    """How long a login takes; about 2 on a real server."""
    max_parallel_logins: int = 6
    """One more at the same time fails with 299."""
    session_minutes: float = 30
    page_size: int = 20
    next_link_drops_filter: bool = False
    """Some releases leave the filter out of the link to the next page."""

    country: str = "US"
    local_currency: str = "USD"
    tax_field: TaxField = "TaxCode"
    wrong_tax_field: Literal["refuse", "ignore"] = "refuse"
    default_tax_code: str = "EX"
    """What the company's tax determination finds for a line that names no code."""
    line_tax: Literal["taken", "recomputed"] = "taken"
    """Whether the amount of tax sent with a line wins over the rate of its code."""
    default_warehouse: str = "01"
    branches: bool = False
    """Whether every document must name one."""
    block_negative_inventory: bool = False
    credit_of_paid_invoices: Literal["reopen-first", "allow"] = "reopen-first"
    approval: tuple[str, ...] = ()
    """Entity sets whose new documents an approval procedure takes: they become drafts."""
    user_field: str = "C2_ExtRef"
    """The field of ours that the company was given, on documents and both kinds of payments."""
    mandatory_fields: dict[str, str] = field(default_factory=dict)
    """Fields that somebody else's add-on insists on, by entity set, such as U_Salon."""
