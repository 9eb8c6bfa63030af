"""What the steps of an order put into the ERP: documents and money, each once, and their links."""

from activities.connections import Connections
from activities.documents import receipt, resolved_document
from activities.posting import pay_back_once, pay_once, post_once
from activities.records import StepWork
from connectors.contract import Erp
from connectors.errors import Rejected
from domain.document import SalesDocument
from domain.mapping import Rules
from domain.money import Money
from domain.order import Order, OrderKey
from domain.plan import Link, Links, StepKind, payouts_due
from domain.settlement import payment_for, payout_for
from journal.opening import Journal


class OrderPostings:
    """Posts what a step asks for and returns the link of it."""

    def __init__(self, connections: Connections, journal: Journal) -> None:
        self._connections = connections
        self._journal = journal

    async def rules(self, connection: str) -> Rules:
        """Return the mapping rules: the journal's before those of the settings."""
        settings = self._connections.settings(connection)
        return settings.rules_with(await self._journal.mappings.rules(connection))

    def key(self, connection: str, order: Order, suffix: str) -> str:
        """Return our key of something that belongs to an order's document."""
        return f"{self._prefix(connection)}{order.id}-{suffix}"

    async def resolved(self, key: OrderKey, order: Order, customer: str, erp: Erp) -> SalesDocument:
        """Resolve the order's invoice. Raises as `document_for`."""
        policy = await self._connections.policy(key.connection)
        return await resolved_document(
            order,
            customer=customer,
            erp=erp,
            rules=await self.rules(key.connection),
            policy=policy,
        )

    async def post(self, work: StepWork, order: Order, document: SalesDocument, erp: Erp) -> Link:
        """Post an invoice, credit or debit, and keep the receipt. Raises as `post_once`."""
        tolerance = self._connections.settings(work.key.connection).policy.tolerance
        posted = await post_once(
            erp,
            document,
            tolerance=Money(amount=tolerance, currency=order.currency),
            step=work.step.key,
        )
        link = self.link(work, order, posted.ref, document.total)
        await self._journal.links.put(
            work.key.connection, work.key.resource, link, receipt(work.step.key, posted)
        )
        return link

    def link(self, work: StepWork, order: Order, ref: str, posted: Money) -> Link:
        """Link what was posted; document and amendments with what the ledger now says."""
        whole = work.step.kind in (StepKind.DOCUMENT, StepKind.AMEND)
        return Link(
            step=work.step.key,
            ref=ref,
            fingerprint=order.fingerprint,
            snapshot=work.snapshot,
            total=order.total if whole else posted,
        )

    async def pay(self, work: StepWork, order: Order, done: Links, erp: Erp) -> Link:
        """Put money that the store took against the invoice. Raises as `pay_once`."""
        connection = work.key.connection
        payment = payment_for(
            order,
            work.step.ref,
            prefix=self._prefix(connection),
            done=done,
            rules=await self.rules(connection),
        )
        posted = await pay_once(erp, payment, step=work.step.key)
        return Link(step=work.step.key, ref=posted.ref, total=payment.amount)

    async def pay_back(self, work: StepWork, order: Order, done: Links, erp: Erp) -> Link:
        """Put money that the store gave back against its credit. Raises as `pay_back_once`.

        Raises:
            Rejected: the store no longer says that it went back.
        """
        connection = work.key.connection
        due = next((one for one in payouts_due(order, done) if one.step == work.step.key), None)
        if due is None:
            raise Rejected(
                f"Order {order.number} no longer gives back what {work.step.key} is about.",
                remedy="Retry: the order is then planned anew.",
            )
        payout = payout_for(
            order,
            due,
            prefix=self._prefix(connection),
            done=done,
            rules=await self.rules(connection),
        )
        posted = await pay_back_once(erp, payout, step=work.step.key)
        return Link(step=work.step.key, ref=posted.ref, total=payout.amount)

    def _prefix(self, connection: str) -> str:
        return self._connections.settings(connection).policy.key_prefix
