"""How this Acumatica instance is set up: what differs between versions, licences and tenants."""

from dataclasses import dataclass, field
from datetime import date

SERVED = ("20.200.001", "22.200.001", "23.200.001", "24.200.001")


@dataclass
class AcumaticaSettings:
    """Knobs of one instance; a test or a rehearsal may turn them while the stand-in runs."""

    tenant: str = "TillCo"
    multi_tenant: bool = True
    """With one tenant in the database any tenant name is let in."""
    default_branch: str = "MAIN"
    build: str = "25.093.0036"
    versions: tuple[str, ...] = SERVED
    """Versions of the Default endpoint that are published."""
    bare_versions: bool = False
    """Older builds answer `GET /entity` with the array alone."""
    versions_need_login: bool = False
    today: date | None = None
    """The business date; None is the real one."""
    utc_offset_hours: int = 0
    """The instance's time zone: dates sent with another offset shift by it."""

    client_id: str = "88358B02-A48D-A50E-F710-39C1636C30F6@TillCo"
    client_secret: str = "till-secret"
    username: str = "till"
    password: str = "till-password"
    token_seconds: int = 3600
    rotate_refresh_tokens: bool = True
    lock_after: int = 5
    """Wrong passwords in a row that lock the account."""
    redirect_uri: str = "https://tillbridge.example.com/acumatica"
    seats: int = 2
    """Maximum number of web services API users; a trial licence has two."""
    session_idle_seconds: float = 600
    requests_per_minute: int | None = None
    """From half of it on, requests are delayed."""
    concurrent_requests: int = 3
    queue_limit: int = 20
    """Requests that may wait before more are declined with 429."""
    latency_seconds: float = 0.0
    """How long each request to an entity takes."""

    long_operation_polls: int = 1
    """Status requests that an action answers with 202; 0 finishes it in the request itself."""
    long_operation_seconds: float = 2.0
    """After this long an action is finished even if nobody asks."""
    busy_while_long: bool = True
    """Whether other requests of a session fail while its long operation runs."""
    missing_record_status: int = 404
    """Some builds answer a keyed GET of nothing with 500."""
    pad_codes: bool = True
    forbidden: set[str] = field(default_factory=set)
    """Entities that the user has no rights to."""

    order_types: set[str] = field(default_factory=lambda: {"SO", "IN", "CM", "RC"})
    """Order types that are activated."""
    forbid_duplicates: set[str] = field(default_factory=lambda: {"SO", "CM"})
    """Order types with Customer Order Nbr. Validation = Forbid Duplicates."""
    orders_on_hold: bool = True
    """Whether new orders start on hold unless `Hold` says otherwise."""
    documents_on_hold: bool = True
    """The same for invoices and payments."""
    advanced_so_invoices: bool = True
    """The feature that permits sales invoices without an order."""
    require_payment_reference: bool = False
    price_decimals: int = 2
    """Decimal places of unit prices; what is sent finer is rounded."""
    promotion_percent: int = 0
    """An own promotion of the ERP on every stock line unless an order switches it off."""
    auto_number_customers: bool = True
    required_customer_fields: tuple[str, ...] = ()
    """Fields that a customer made mandatory after go-live."""
    state_codes_only: bool = False
    """Whether states are validated: a name instead of a code is refused."""
    customer_class: str = "WEB"
    default_tax_zone: str = "STOREZONE"
    base_currency: str = "USD"
    tax_id: str = "STORETAX"
    default_warehouse: str = "MAIN"

    push_pace: float = 1.0
    """Multiplies the gaps between the attempts of a push notification."""
