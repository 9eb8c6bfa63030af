"""From the order as it is now and what is already done to the steps still needed. Pure."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum

from domain.hold import Hold, HoldCode
from domain.money import Money, minor_unit
from domain.order import ChargeKind, Order, Refund, RefundPayment, conservation
from domain.record import Record


class Gate(StrEnum):
    """What a store status means for the ledger."""

    EXPORT = "export"
    WAIT = "wait"  # not yet: the store will tell when
    AWAIT_PAYMENT = "await-payment"  # not yet, unless the method is one that is paid on account
    IGNORE = "ignore"  # never an order so far, e.g. an abandoned checkout
    CANCEL = "cancel"


class EditPolicy(StrEnum):
    """What to do when an order changes after its document was posted."""

    HOLD = "hold"
    AMEND = "amend"


class Policy(Record):
    """What a connection has decided. `gates` is keyed by the store's status code."""

    gates: Mapping[str, Gate]
    on_account_methods: frozenset[str] = frozenset()
    edits: EditPolicy = EditPolicy.HOLD
    tolerance: Decimal = Decimal("0.05")  # in the order's currency
    report_back: bool = True
    key_prefix: str
    placeholder_item: str = ""  # empty: an unknown SKU holds the order
    create_customers: bool = True
    payouts: bool = False  # whether money given back is booked as well as its credit

    def gate(self, order: Order) -> Gate:
        """Read the order's status through the table; a status that nobody listed waits."""
        gate = self.gates.get(order.status.code, Gate.WAIT)
        if gate is Gate.AWAIT_PAYMENT:
            on_account = order.payment_method in self.on_account_methods
            return Gate.EXPORT if on_account else Gate.WAIT
        return gate


class StepKind(StrEnum):
    """The kinds of step, in the order in which a plan lists them."""

    CUSTOMER = "customer"
    DOCUMENT = "document"
    AMEND = "amend"
    PAYMENT = "payment"
    REFUND = "refund"
    CANCEL = "cancel"
    PAYOUT = "payout"  # last of the ledger's: what holds money up holds up no credit
    REPORT = "report"


class Step(Record):
    """One thing to do. `key` is stable: `document`, `payment:85926313`, `payout:12:13`."""

    key: str
    kind: StepKind
    ref: str = ""  # the store's payment or refund id


class Link(Record):
    """A step that is done: what it made in the ERP. `skipped` when a person waived it instead."""

    step: str
    ref: str = ""
    fingerprint: str = ""  # of what it was made from
    snapshot: str = ""  # digest of the order as it was then, on `document` and `amend:N`
    total: Money | None = None
    skipped: bool = False


Links = Mapping[str, Link]


class DuePayout(Record):
    """Money of a refund that is to be booked as given back."""

    step: str
    refund: Refund
    payment: RefundPayment
    amount: Money  # no more than was taken
    credit: str  # the step whose credit it settles: that of its refund, or the cancellation's


def posted_state(done: Links) -> Link | None:
    """Return the newest of the document and its amendments: what the ledger now says."""
    amendments = [link for key, link in done.items() if key.startswith("amend:")]
    if amendments:
        return max(amendments, key=lambda link: int(link.step.partition(":")[2]))
    return done.get("document")


def plan_order(order: Order, done: Links, policy: Policy) -> tuple[Step, ...]:
    """Plan the steps still needed, in the order in which they must happen; empty: all is done."""
    gate = policy.gate(order)
    document = done.get("document")
    if document is None and gate is not Gate.EXPORT:
        return ()
    if document is not None and document.skipped:
        return ()
    steps: list[Step] = []
    if document is None:
        steps.append(Step(key="customer", kind=StepKind.CUSTOMER))
        steps.append(Step(key="document", kind=StepKind.DOCUMENT))
    elif was_edited(order, done) and not _was_cancelled(done):
        # Before a cancellation too: that one credits what the order says now.
        amended = sum(key.startswith("amend:") for key in done)
        steps.append(Step(key=f"amend:{amended + 1}", kind=StepKind.AMEND))
    steps += [
        Step(key=f"payment:{payment.id}", kind=StepKind.PAYMENT, ref=payment.id)
        for payment in sorted(order.payments, key=lambda payment: (payment.taken_at, payment.id))
        if payment.amount
    ]
    # A cancellation has credited everything: money given back after it is no new credit.
    if not _was_cancelled(done):
        steps += [
            Step(key=f"refund:{refund.id}", kind=StepKind.REFUND, ref=refund.id)
            for refund in _in_time(order)
            if refund.amount
        ]
    if gate is Gate.CANCEL and order.refunded < order.total:
        steps.append(Step(key="cancel", kind=StepKind.CANCEL))
    if policy.payouts:
        steps += [
            Step(key=due.step, kind=StepKind.PAYOUT, ref=due.refund.id)
            for due in payouts_due(order, done)
        ]
    if policy.report_back:
        steps.append(Step(key="report", kind=StepKind.REPORT))
    return tuple(step for step in steps if step.key not in done)


def payouts_due(order: Order, done: Links) -> tuple[DuePayout, ...]:
    """List the money given back that is not booked yet, oldest first.

    Never more than was taken: what nobody paid only comes off the invoice. What a person has
    waived, a payment or a refund's credit, was booked by hand, and so is the money of it.
    """
    zero = Money.zero(order.currency)
    returned = {
        f"payout:{refund.id}:{payment.id}": (refund, payment)
        for refund in _in_time(order)
        for payment in sorted(refund.payments, key=lambda payment: payment.id)
    }
    gone = [
        link.total or (returned[step][1].amount if step in returned else zero)
        for step, link in done.items()
        if step.startswith("payout:")
    ]
    gone += [
        payment.amount
        for step, (refund, payment) in returned.items()
        if step not in done and not _credit_of(refund, done)
    ]
    left = _taken(order, done) - Money.total(gone, order.currency)
    due: list[DuePayout] = []
    for step, (refund, payment) in returned.items():
        credit, amount = _credit_of(refund, done), min(payment.amount, left)
        if step not in done and credit and amount > zero:
            due.append(
                DuePayout(step=step, refund=refund, payment=payment, amount=amount, credit=credit)
            )
            left = left - amount
    return tuple(due)


def _taken(order: Order, done: Links) -> Money:
    waived = {step for step, link in done.items() if link.skipped}
    taken = (one.amount for one in order.payments if f"payment:{one.id}" not in waived)
    return Money.total(taken, order.currency)


def _credit_of(refund: Refund, done: Links) -> str:
    """Name the step that credits a refund; empty where a person did it by hand."""
    own = f"refund:{refund.id}"
    if own in done:
        return "" if done[own].skipped else own
    return "cancel" if _was_cancelled(done) else own


def _in_time(order: Order) -> list[Refund]:
    return sorted(order.refunds, key=lambda refund: (refund.made_at, refund.id))


def _was_cancelled(done: Links) -> bool:
    cancelled = done.get("cancel")
    return cancelled is not None and not cancelled.skipped


def was_edited(order: Order, done: Links) -> bool:
    """Tell whether the order no longer is what the ledger says."""
    state = posted_state(done)
    return state is not None and state.fingerprint != order.fingerprint


def obstacle(order: Order, done: Links, policy: Policy) -> Hold | None:
    """Find what stands against the plan as a whole; None when its steps may run."""
    # Giving all the money back moves a cancelled order to 'Refunded', which revives nothing.
    alive = policy.gate(order) is Gate.EXPORT and order.refunded < order.total
    if _was_cancelled(done) and alive and "revival" not in done:
        return Hold(
            step="revival",
            code=HoldCode.ORDER_EDITED,
            reason=f"Order {order.number} was cancelled, and credited, and is now "
            f"'{order.status.label}' again.",
            remedy="Invoice it by hand in the ERP and skip this, or cancel it again.",
        )
    steps = {step.kind: step for step in plan_order(order, done, policy)}
    about_totals = steps.get(StepKind.DOCUMENT) or steps.get(StepKind.AMEND)
    if about_totals is None:
        return None
    if broken := conservation(order):
        return Hold(
            step=about_totals.key,
            code=HoldCode.NOT_CONSERVED,
            reason=f"The parts of order {order.number} make {broken.counted}, but its total is "
            f"{broken.total}: {broken.difference} is unexplained.",
            remedy="Correct the order in the store; it is then read again by itself.",
        )
    rounding = Money.total(
        (abs(c.amount) for c in order.charges if c.kind is ChargeKind.ROUNDING), order.currency
    )
    # A currency without cents cannot round by less than one.
    if rounding.amount > max(policy.tolerance, minor_unit(order.currency)):
        return Hold(
            step=about_totals.key,
            code=HoldCode.ROUNDING_EXCEEDED,
            reason=f"The store's own rounding of order {order.number} comes to {rounding}, more "
            f"than the {policy.tolerance} that this connection allows.",
            remedy="Raise `tolerance` for the connection, or correct the order in the store.",
        )
    state = posted_state(done)
    if StepKind.AMEND in steps and policy.edits is EditPolicy.HOLD and state is not None:
        return Hold(
            step=about_totals.key,
            code=HoldCode.ORDER_EDITED,
            reason=f"Order {order.number} was edited after it was posted as {state.ref}: the store "
            f"says {order.total}, the ledger {state.total}.",
            remedy='Correct the ledger by hand and skip this step, or set edits = "amend".',
        )
    return None
