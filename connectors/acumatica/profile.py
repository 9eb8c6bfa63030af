"""What differs between Acumatica sites, with the defaults that public sources suggest.

Nothing in this room may assume what stands here: whatever a site does otherwise is a setting.
"""

from pydantic import BaseModel, ConfigDict, Field


class AcumaticaProfile(BaseModel):
    """One site's dialect. Text patterns are regular expressions, searched without case."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    late_commit_seconds: float = Field(
        default=15, ge=0, description="How long after a broken call a posting may still appear."
    )
    concurrency: int = Field(
        default=1, ge=1, le=3, description="Calls at a time; a session serves one."
    )
    action_poll_seconds: float = Field(
        default=1, gt=0, description="Longest pause between two looks at a long operation."
    )
    action_seconds: float = Field(
        default=300, gt=0, description="How long an action, such as a release, may take."
    )
    throttle_seconds: float = Field(
        default=30, gt=0, description="Pause after a 429 that names no time."
    )
    page_size: int = Field(
        default=500, ge=1, le=5000, description="Items on a page of stock or prices."
    )
    sweep_seconds: float = Field(
        default=600, gt=0, description="How long a list that was read is good for its later pages."
    )
    find_chunk: int = Field(default=20, ge=1, description="Codes asked for at a time.")
    key_length: int = Field(
        default=40, ge=1, description="Characters of ExternalRef and CustomerOrder."
    )
    price_decimals: int = Field(
        default=2, ge=0, le=6, description="Decimals of a unit price that the site keeps."
    )
    line_discounts: bool = Field(
        default=True,
        description="Say cents that no unit price can by the line's discount; else by a line of "
        "`rounding_item`.",
    )
    link_credits: bool = Field(
        default=False,
        description="Tie credit lines to the lines of the invoice. Acumatica then refuses to take "
        "back more pieces than were invoiced, also when only a part of their price goes back.",
    )
    hold_credited_orders: bool = Field(
        default=True, description="Put an open order on hold once all of it has been credited."
    )
    applied_invoice_type: str = Field(
        default="INV", description="How an invoice is named in a payment's applications."
    )
    applied_credit_type: str = Field(
        default="CRM", description="How a credit memo is named in a refund's applications."
    )
    refund_type: str = Field(
        default="Refund", description="Type of money given back; older builds: Customer Refund."
    )
    release_order_refunds: bool = Field(
        default=True,
        description="Release a refund that is entered on a credit order. Else it counts once it is "
        "entered, and is released in Acumatica, with the credit memo.",
    )
    released_statuses: tuple[str, ...] = Field(
        default=("Open", "Closed", "Reserved", "Unapplied"),
        description="Statuses of invoices, memos and payments that are in the ledger.",
    )
    void_statuses: tuple[str, ...] = Field(
        default=("Canceled", "Cancelled", "Voided"),
        description="Statuses of documents that count as not there.",
    )
    open_order_statuses: tuple[str, ...] = Field(
        default=("Open", "Credit Hold", "Pending Approval"),
        description="Statuses of orders of which nothing was shipped, and which may be held.",
    )
    held_customer_statuses: tuple[str, ...] = Field(
        default=("On Hold", "Hold", "Credit Hold", "Inactive"),
        description="Statuses in which a customer takes no order.",
    )

    no_seat_patterns: tuple[str, ...] = Field(
        default=(r"API Login Limit", r"CheckApiUsersLimits", r"ConcurrentApiLogins"),
        description="Every licence seat of the API is taken.",
    )
    tenant_patterns: tuple[str, ...] = Field(
        default=(r"PXUndefinedCompanyException", r"proper company ID cannot be determined"),
        description="There is no such tenant.",
    )
    duplicate_patterns: tuple[str, ...] = Field(
        default=(r"already (exists|been (used|entered))", r"duplicate", r"same .*(order|ref)"),
        description="Our key is taken.",
    )
    period_closed_patterns: tuple[str, ...] = Field(
        default=(
            r"period.{0,80}(closed|inactive|locked)",
            r"(closed|inactive|locked).{0,40}period",
        ),
        description="The document's financial period takes no postings.",
    )
    on_hold_patterns: tuple[str, ...] = Field(
        default=(
            r"customer.{0,80}(on hold|credit hold|inactive)",
            r"credit (limit|check)",
        ),
        description="The customer takes no orders.",
    )
    busy_patterns: tuple[str, ...] = Field(
        default=(
            r"operation has not been completed",
            r"operation is (in progress|being executed)",
            r"long.running",
        ),
        description="The session is still at something else, so that a call was not executed.",
    )
    passing_patterns: tuple[str, ...] = Field(
        default=(
            r"deadlock",
            r"timeout|timed out",
            r"another process",
            r"PXLockViolation",
            r"locked by",
        ),
        description="What a 500 says of something that will be over in a while.",
    )
