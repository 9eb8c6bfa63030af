"""Why something is held: a stable code, one sentence for people, and what releases it."""

from enum import StrEnum

from domain.record import Record


class HoldCode(StrEnum):
    """Every reason for which a person is asked. Each has a page in docs/operations.md."""

    MAPPING_MISSING = "mapping-missing"
    NOT_CONSERVED = "not-conserved"
    ROUNDING_EXCEEDED = "rounding-exceeded"
    TOTALS_DIFFER = "totals-differ"
    ORDER_EDITED = "order-edited"
    CUSTOMER_AMBIGUOUS = "customer-ambiguous"
    CUSTOMER_UNKNOWN = "customer-unknown"
    CUSTOMER_ON_HOLD = "customer-on-hold"
    PERIOD_CLOSED = "period-closed"
    CURRENCY_DIFFERS = "currency-differs"
    REJECTED = "rejected"
    CREDENTIALS_REJECTED = "credentials-rejected"
    POSTING_MISMATCH = "posting-mismatch"
    CONFLICT = "conflict"
    UNSUPPORTED = "unsupported"
    NOT_IN_STORE = "not-in-store"
    AWAITING_STORE = "awaiting-store"
    BY_REQUEST = "by-request"


class Hold(Record):
    """One thing that waits for a decision. `reason` and `remedy` are sentences without secrets."""

    step: str
    code: HoldCode
    reason: str
    remedy: str = ""
    mapping_kind: str = ""  # with MAPPING_MISSING: the one rule that would release it
    mapping_key: str = ""


def quoted(key: str) -> str:
    """Return a key as one word of a shell: a SKU must not run when a remedy is pasted."""
    return "'" + key.replace("'", "'\\''") + "'"


class Held(Exception):
    """Raised where a decision finds that a person must decide. Carries the hold."""

    def __init__(self, hold: Hold) -> None:
        super().__init__(hold.reason)
        self.hold = hold


class MappingMissing(Held):
    """A rule that the document needs does not exist; `map set KIND KEY VALUE` releases it."""

    def __init__(self, kind: str, key: str, *, step: str, reason: str) -> None:
        super().__init__(
            Hold(
                step=step,
                code=HoldCode.MAPPING_MISSING,
                reason=reason,
                remedy=f"Map it: tillbridge map set {kind} {quoted(key)} VALUE",
                mapping_kind=kind,
                mapping_key=key,
            )
        )
