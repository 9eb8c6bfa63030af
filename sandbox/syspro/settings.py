"""How this SYSPRO site is set up: what differs between versions, licences and sites."""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

BUSINESS_OBJECTS = frozenset(
    {
        "ARSTIN", "ARSTPY", "ARSSCS", "ARSQRY", "COMFND", "COMFCH", "COMBRW", "GENQGL", "GENQPP",
        "GENTJL", "IMPQ29", "IMPQIK", "IMPQGI", "INVQRY", "SORTOI", "SORTIC", "SORQRY",
    }
)  # fmt: skip


@dataclass
class SysproSettings:
    """Knobs of one site; a test or a rehearsal may turn them while the stand-in runs."""

    company_id: str = "EDU1"
    company_name: str = "Outdoor Trading Company"
    company_password: str = ""
    operator: str = "TILL"
    operator_password: str = "till-password"
    version: str = "8.0.0"
    today: date | None = None
    """The site's date; None is the real one."""

    token_form: Literal["7", "8"] = "8"
    """SYSPRO 7: 36 characters with two trailing spaces; SYSPRO 8: up to 75."""
    token_wrapped: bool = False
    """Some builds answer the logon inside a `<string>` element."""
    seats: int = 3
    idle_timeout_seconds: int = 1800
    session_error: str = "ERROR: Invalid user id. The session has expired or is not logged in"
    """No source shows SYSPRO's own wording."""
    no_seat_error: str = "ERROR: Maximum number of licensed users exceeded"
    licensed: frozenset[str] = BUSINESS_OBJECTS
    post_ld: bool = True
    """Builds without the large-document call answer it with 404."""
    max_url_chars: int = 16_384

    over_width: Literal["cut", "refuse"] = "cut"
    customer_key_type: Literal["A", "N"] = "A"
    customer_method: Literal["A", "M"] = "M"
    customer_presentation_length: int = 6
    invoice_key_type: Literal["A", "N"] = "A"
    invoice_numbering: Literal["company", "branch"] = "company"
    value_includes_tax: bool = True
    """Whether ARSTIN's InvoiceValue contains TaxValue; the documentation leaves it open."""
    credit_beyond_balance: Literal["allow", "refuse"] = "allow"
    payments_shown_negative: bool = True
    """Sign of TrnValue in ARSQRY for what reduces an invoice."""
    gl_journal_error: str = ""
    """When set, sub-ledger postings succeed and their GL journal does not."""
    omit_order_answer: bool = False
    """Some version 8 sites answer a clean SORTOI import without the Order element."""

    odata: bool = True
    odata_user: str = "TILL-ODATA"
    odata_password: str = "odata-password"
    odata_cap: int = 5000
    odata_next_link: bool = False
    odata_functions: bool = True
    """Whether `contains`, `startswith`, `tolower` and `trim` work in a filter."""

    local_currency: str = "USD"
    default_branch: str = "10"
    default_warehouse: str = "FG"
    web_customer: str = field(default="WEB0001")
    web_customer_eur: str = field(default="WEBEUR")

    def __post_init__(self) -> None:
        if self.customer_key_type == "N":
            # A numeric key field holds digits only.
            self.web_customer = "1" if self.web_customer == "WEB0001" else self.web_customer
            self.web_customer_eur = (
                "2" if self.web_customer_eur == "WEBEUR" else self.web_customer_eur
            )
