"""What travels between workflows and activities: keys, digests, steps and totals; never a name."""

from datetime import datetime

from domain.customer import CustomerKey
from domain.hold import Hold
from domain.order import OrderKey
from domain.plan import Gate, Step
from domain.record import Record


class OrderPlan(Record):
    """What an order needs now. `snapshot` names the order, as it was fetched, in the journal."""

    snapshot: str
    gate: Gate
    status: str  # the store's label
    steps: tuple[Step, ...]
    hold: Hold | None = None
    document: str = ""  # the ERP document, once there is one
    skipped: bool = False
    erp_queue: str
    linger_seconds: float


class StepWork(Record):
    """One step of one order, to be done on exactly what was planned."""

    key: OrderKey
    step: Step
    snapshot: str
    last: bool = False  # of its plan: with it the order is in agreement as of the snapshot


class StepDone(Record):
    """What a step made in the ERP."""

    ref: str = ""


class Decision(Record):
    """What a person decided. Sent as a signal's argument; both parts may be left out."""

    actor: str = "somebody"
    reason: str = ""


class OrderDecision(Record):
    """A decision about an order, to be remembered. `step` is what it is about, if anything."""

    key: OrderKey
    action: str  # retry, skip, hold, release
    decision: Decision
    step: str = ""
    snapshot: str = ""  # of the order that the person was shown


class CustomerOutcome(Record):
    """What a customer's sync came to. `code` is empty when the ERP has no account for them."""

    code: str = ""
    did: str  # created, updated, unchanged, not-wanted


class CustomerDecision(Record):
    """A decision about a customer, to be remembered."""

    key: CustomerKey
    action: str
    decision: Decision


class CatchUpWork(Record):
    """One page of looking for what changed. Without `since`: from the watermark on."""

    connection: str
    resource: str  # orders, customers, erp-customers, all-erp-customers
    since: datetime | None = None
    cursor: str = ""
    newest: datetime | None = None


class CatchUpPage(Record):
    """What one page held: `started` were told to look again, the others are known to be done."""

    since: datetime
    next_cursor: str = ""
    newest: datetime | None = None
    seen: int
    started: int


class WebhookReport(Record):
    """What the guardian found and did. `gap_since`: deliveries may be missing from then on."""

    created: int = 0
    reactivated: int = 0
    blocked_reason: str = ""
    gap_since: datetime | None = None
