"""What would be posted for an order and what would hold it, found out without writing anything."""

from collections.abc import Sequence

from activities.connections import Connections
from activities.customers import Accounts
from activities.documents import resolved_document
from connectors.contract import Capability, Erp
from connectors.errors import Refusal
from domain.credit import amendment, cancellation, refund_credit
from domain.customer import Customer, customer_of
from domain.document import SalesDocument
from domain.hold import Held, Hold, HoldCode, quoted
from domain.mapping import RuleKind, Rules, clearing_account, payout_account
from domain.money import Money
from domain.order import Order, OrderKey
from domain.plan import (
    Gate,
    Link,
    Links,
    Policy,
    Step,
    StepKind,
    obstacle,
    payouts_due,
    plan_order,
    posted_state,
)
from domain.record import Record
from journal.opening import Journal

TO_BE_OPENED = "(new)"


class BuyerAccount(Record):
    """The buyer's account in the ERP, as far as it is known without opening one."""

    code: str = ""  # empty: there is none yet, or it is not clear which
    how: str  # linked, mapped, standing, found, would-be-opened, held


class PreviewedPayment(Record):
    """Money that would be put against the invoice, or given back against its credit."""

    step: str
    amount: Money
    method: str
    account: str


class Preview(Record):
    """An order as it would be posted now."""

    order_id: str
    number: str
    status: str
    gate: Gate
    posted_as: str = ""
    skipped: bool = False
    customer: BuyerAccount
    steps: tuple[Step, ...]
    documents: tuple[SalesDocument, ...] = ()
    payments: tuple[PreviewedPayment, ...] = ()
    payouts: tuple[PreviewedPayment, ...] = ()
    holds: tuple[Hold, ...] = ()


async def preview_order(key: OrderKey, connections: Connections, journal: Journal) -> Preview:
    """Fetch the order, plan it and resolve what its steps would post; nothing is written.

    Raises:
        NotFound: the store knows no such order.
        OutsideFailure: the store or the ERP does not answer, or refuses our credentials.
    """
    store, erp = await connections.store(key.connection), await connections.erp(key.connection)
    order = await store.order(key.order_id)
    policy = await connections.policy(key.connection)
    settings = connections.settings(key.connection)
    rules = settings.rules_with(await journal.mappings.rules(key.connection))
    done = await journal.links.of(key.connection, key.resource)
    document = done.get("document", Link(step="document"))
    rehearsal = _Rehearsal(key, order, done, policy, rules, erp, journal)
    steps = plan_order(order, done, policy)
    against_all = obstacle(order, done, policy)
    customer = await rehearsal.customer()
    await rehearsal.through(steps, customer)
    return Preview(
        order_id=order.id,
        number=order.number,
        status=order.status.label,
        gate=policy.gate(order),
        posted_as=document.ref,
        skipped=document.skipped,
        customer=customer,
        steps=steps,
        documents=tuple(rehearsal.documents),
        payments=tuple(rehearsal.payments),
        payouts=tuple(rehearsal.payouts),
        holds=tuple([against_all] if against_all else []) + tuple(rehearsal.holds),
    )


class _Rehearsal:
    """Goes through a plan as the activities would, up to each write."""

    def __init__(
        self,
        key: OrderKey,
        order: Order,
        done: Links,
        policy: Policy,
        rules: Rules,
        erp: Erp,
        journal: Journal,
    ) -> None:
        self._key = key
        self._order = order
        self._done = done
        self._policy = policy
        self._rules = rules
        self._erp = erp
        self._journal = journal
        self.documents: list[SalesDocument] = []
        self.payments: list[PreviewedPayment] = []
        self.payouts: list[PreviewedPayment] = []
        self.holds: list[Hold] = []

    async def customer(self) -> BuyerAccount:
        """Find out whose account it is, opening none."""
        if link := self._done.get("customer"):
            return BuyerAccount(code=link.ref, how="linked")
        customer = customer_of(self._order)
        _, _, name = customer.resource.partition(":")
        accounts = Accounts(self._key.connection, self._erp, self._journal, self._rules)
        if code := await accounts.linked(customer):
            if self._rules.find(RuleKind.CUSTOMER, name):
                how = "mapped"
            else:
                standing = self._erp.standing_customer(customer.currency)
                how = "standing" if code == standing else "linked"
            await self._check_account(code)
            return BuyerAccount(code=code, how=how)
        return await self._matched(customer, name)

    async def _matched(self, customer: Customer, name: str) -> BuyerAccount:
        candidates = await self._erp.find_customers(customer)
        if len(candidates) == 1:
            await self._check_account(candidates[0].code)
            return BuyerAccount(code=candidates[0].code, how="found")
        may_open = Capability.CREATE_CUSTOMERS in self._erp.capabilities
        if not candidates and may_open and self._policy.create_customers:
            return BuyerAccount(how="would-be-opened")
        if candidates:
            codes = " and ".join(candidate.code for candidate in candidates)
            reason = f"ERP customers {codes} may both be this buyer; choose one."
            code = HoldCode.CUSTOMER_AMBIGUOUS
        else:
            reason = "The buyer has no account in the ERP, and none may be opened by itself."
            code = HoldCode.CUSTOMER_UNKNOWN
        self.holds.append(
            Hold(
                step="customer",
                code=code,
                reason=reason,
                remedy=f"Map it: tillbridge map set customer {quoted(name)} CODE",
                mapping_kind=RuleKind.CUSTOMER,
                mapping_key=name,
            )
        )
        return BuyerAccount(how="held")

    async def _check_account(self, code: str) -> None:
        account = await self._erp.customer(code)
        if account is None:
            reason = f"Customer {code} does not exist in the ERP."
            self.holds.append(Hold(step="document", code=HoldCode.REJECTED, reason=reason))
        elif account.on_hold:
            reason = f"Customer {code} is on hold in the ERP."
            self.holds.append(Hold(step="document", code=HoldCode.CUSTOMER_ON_HOLD, reason=reason))

    async def through(self, steps: Sequence[Step], customer: BuyerAccount) -> None:
        """Resolve every document and payment; what cannot be resolved is a hold."""
        code = customer.code or TO_BE_OPENED
        for step in steps:
            try:
                if step.kind is StepKind.PAYMENT:
                    self._pay(step)
                elif step.kind is StepKind.PAYOUT:
                    self._pay_back(step)
                elif document := await self._document(step, code):
                    self._check_amounts(document)
            except Held as held:
                if held.hold not in self.holds:
                    self.holds.append(held.hold)
            except Refusal as refusal:
                self.holds.append(
                    Hold(
                        step=step.key,
                        code=refusal.hold,
                        reason=str(refusal),
                        remedy=refusal.remedy,
                    )
                )

    async def _document(self, step: Step, customer: str) -> SalesDocument | None:
        """Return what the step would post; None when it posts no document."""
        if step.kind not in (
            StepKind.DOCUMENT,
            StepKind.AMEND,
            StepKind.REFUND,
            StepKind.CANCEL,
        ):
            return None
        order = self._order
        invoice = await self._resolved(order, customer)
        against = self._done["document"].ref if "document" in self._done else invoice.key
        match step.kind:
            case StepKind.AMEND:
                return amendment(
                    await self._resolved(await self._as_posted(), customer),
                    invoice,
                    key=self._key_for(f"A{step.key.partition(':')[2]}"),
                    against=against,
                    on=order.changed_at.date(),
                )
            case StepKind.REFUND:
                refund = next(refund for refund in order.refunds if refund.id == step.ref)
                name = self._key_for(f"R{refund.id}")
                return refund_credit(refund, invoice=invoice, key=name, against=against)
            case StepKind.CANCEL:
                name, on = self._key_for("X"), order.changed_at.date()
                return cancellation(order, invoice=invoice, key=name, against=against, on=on)
            case _:
                return invoice

    async def _as_posted(self) -> Order:
        """Return the order as the ledger has it; if the journal lost it, as it is now."""
        state = posted_state(self._done)
        digest = state.snapshot if state else ""
        text = await self._journal.snapshots.get(self._key.connection, digest)
        return Order.model_validate_json(text) if text else self._order

    async def _resolved(self, order: Order, customer: str) -> SalesDocument:
        return await resolved_document(
            order, customer=customer, erp=self._erp, rules=self._rules, policy=self._policy
        )

    def _check_amounts(self, document: SalesDocument) -> None:
        tolerance = Money(amount=self._policy.tolerance, currency=document.total.currency)
        self.documents.append(document)
        prepared = self._erp.prepared(document, tolerance=tolerance)
        self.documents[-1] = prepared

    def _pay(self, step: Step) -> None:
        payment = next(payment for payment in self._order.payments if payment.id == step.ref)
        self.payments.append(
            PreviewedPayment(
                step=step.key,
                amount=payment.amount,
                method=payment.method,
                account=clearing_account(self._order, payment, self._rules),
            )
        )

    def _pay_back(self, step: Step) -> None:
        due = next(one for one in payouts_due(self._order, self._done) if one.step == step.key)
        self.payouts.append(
            PreviewedPayment(
                step=step.key,
                amount=due.amount,
                method=due.payment.method,
                account=payout_account(self._order, due.payment, self._rules, step=step.key),
            )
        )

    def _key_for(self, suffix: str) -> str:
        return f"{self._policy.key_prefix}{self._order.id}-{suffix}"
