"""The steps of an order. Each looks up, calls, remembers; what is needed was decided elsewhere."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from temporalio import activity

from activities.bookkeeping import Bookkeeping
from activities.connections import Connections
from activities.customers import Accounts
from activities.documents import awaiting_store
from activities.order_postings import OrderPostings
from activities.privacy import naming_nobody
from activities.records import OrderDecision, OrderPlan, StepDone, StepWork
from connectors.contract import Capability, Erp
from connectors.errors import NotFound, Unavailable, Unsupported
from domain.availability import sold_by
from domain.credit import amendment, cancellation, refund_credit
from domain.customer import customer_of
from domain.order import Order, OrderKey
from domain.plan import Gate, Link, Links, Policy, StepKind, obstacle, plan_order, posted_state
from domain.privacy import personal_words
from journal.opening import Journal

# A webhook may overtake the order it tells of; the store is asked again for about a minute.
_TRIES_FOR_A_NEW_ORDER = 6
_BETWEEN_TRIES = timedelta(seconds=10)

# Less than a connection lingers, so that its second look, at the echoes, counts.
_STORE_CLOCK_MARGIN = timedelta(seconds=5)


class OrderActivities:
    """What an order's workflow may do in the outside world."""

    def __init__(self, connections: Connections, journal: Journal) -> None:
        self._connections = connections
        self._journal = journal
        self._postings = OrderPostings(connections, journal)

    @activity.defn
    async def plan_order(self, key: OrderKey) -> OrderPlan:
        """Fetch the order as it is now, keep it in the journal, and plan what is still needed."""
        book = Bookkeeping(self._journal, key.connection, key.resource)
        async with book.told("plan"):
            order = await self._fetch(key)
            done = await self._journal.links.of(key.connection, key.resource)
            policy = await self._connections.policy(key.connection)
            return await self._planned(key, order, done, policy, book)

    @activity.defn
    async def ensure_customer(self, work: StepWork) -> StepDone:
        """Find or open the buyer's ERP account."""

        async def settle(order: Order, done: Links, erp: Erp) -> Link:
            del done
            policy = await self._connections.policy(work.key.connection)
            accounts = Accounts(
                work.key.connection,
                erp,
                self._journal,
                await self._postings.rules(work.key.connection),
            )
            code = await accounts.find_or_open(customer_of(order), may_open=policy.create_customers)
            return Link(step=work.step.key, ref=code)

        return await self._settle(work, settle)

    @activity.defn
    async def post_document(self, work: StepWork) -> StepDone:
        """Post the order's invoice unless it is there; prove that it is there as meant."""

        async def settle(order: Order, done: Links, erp: Erp) -> Link:
            document = await self._postings.resolved(work.key, order, done["customer"].ref, erp)
            return await self._postings.post(work, order, document, erp)

        return await self._settle(work, settle)

    @activity.defn
    async def amend_document(self, work: StepWork) -> StepDone:
        """Bring the posted invoice to what the order says now, by a debit or a credit."""

        async def settle(order: Order, done: Links, erp: Erp) -> Link:
            state = posted_state(done)
            customer, invoice = done["customer"].ref, done["document"].ref
            if Capability.AMENDMENTS not in erp.capabilities:
                raise Unsupported(
                    f"{invoice} cannot be amended in this ERP; the order now says {order.total}.",
                    remedy="Correct the ledger by hand, then skip this step.",
                )
            before = await self._snapshot(work.key, state.snapshot if state else "")
            document = amendment(
                await self._postings.resolved(work.key, before, customer, erp),
                await self._postings.resolved(work.key, order, customer, erp),
                key=self._postings.key(
                    work.key.connection, order, f"A{work.step.key.partition(':')[2]}"
                ),
                against=invoice,
                on=order.changed_at.date(),
            )
            if document is None:
                return self._postings.link(work, order, invoice, order.total)
            return await self._postings.post(work, order, document, erp)

        return await self._settle(work, settle)

    @activity.defn
    async def post_payment(self, work: StepWork) -> StepDone:
        """Put money that the store took against the invoice, on its clearing account."""

        async def settle(order: Order, done: Links, erp: Erp) -> Link:
            return await self._postings.pay(work, order, done, erp)

        return await self._settle(work, settle)

    @activity.defn
    async def post_refund(self, work: StepWork) -> StepDone:
        """Credit a refund against the invoice."""

        async def settle(order: Order, done: Links, erp: Erp) -> Link:
            refund = next(r for r in order.refunds if r.id == work.step.ref)
            invoice = await self._postings.resolved(work.key, order, done["customer"].ref, erp)
            credit = refund_credit(
                refund,
                invoice=invoice,
                key=self._postings.key(work.key.connection, order, f"R{refund.id}"),
                against=done["document"].ref,
            )
            return await self._postings.post(work, order, credit, erp)

        return await self._settle(work, settle)

    @activity.defn
    async def cancel_document(self, work: StepWork) -> StepDone:
        """Credit what is left of a cancelled order's invoice."""

        async def settle(order: Order, done: Links, erp: Erp) -> Link:
            credit = cancellation(
                order,
                invoice=await self._postings.resolved(work.key, order, done["customer"].ref, erp),
                key=self._postings.key(work.key.connection, order, "X"),
                against=done["document"].ref,
                on=order.changed_at.date(),
            )
            return await self._postings.post(work, order, credit, erp)

        return await self._settle(work, settle)

    @activity.defn
    async def post_payout(self, work: StepWork) -> StepDone:
        """Put money that the store gave back against its credit, out of its clearing account."""

        async def settle(order: Order, done: Links, erp: Erp) -> Link:
            return await self._postings.pay_back(work, order, done, erp)

        return await self._settle(work, settle)

    @activity.defn
    async def report_back(self, work: StepWork) -> StepDone:
        """Write the invoice's number onto the store's order."""

        async def settle(order: Order, done: Links, erp: Erp) -> Link:
            del erp
            reference = done["document"].ref
            if order.reported_reference != reference:
                store = await self._connections.store(work.key.connection)
                await store.report_posted(order.id, reference)
            return Link(step=work.step.key, ref=reference)

        return await self._settle(work, settle)

    @activity.defn
    async def record_decision(self, work: OrderDecision) -> None:
        """Remember what a person decided; a skipped step counts as done from now on."""
        key = work.key
        book = Bookkeeping(self._journal, key.connection, key.resource)
        if work.action == "skip":
            # Whatever stands before the document waives the order; the rest waives itself.
            whole = work.step in ("", "plan", "customer", "document")
            step = "document" if whole else work.step
            done = await self._journal.links.of(key.connection, key.resource)
            if step not in done:
                link = Link(step=step, skipped=True)
                if step.startswith("amend:"):
                    link = await self._accepted_edit(work, step, done)
                await self._journal.links.put(key.connection, key.resource, link)
        if work.action != "hold":
            await book.settled(work.decision.actor)
        await book.note(work.step, work.action, work.decision.reason, actor=work.decision.actor)

    async def _accepted_edit(self, work: OrderDecision, step: str, done: Links) -> Link:
        """Take the edit that was shown, and booked by hand, as the state of the ledger."""
        order = await self._snapshot(work.key, work.snapshot)
        return Link(
            step=step,
            ref=done["document"].ref,
            fingerprint=order.fingerprint,
            snapshot=work.snapshot,
            total=order.total,
            skipped=True,
        )

    async def _fetch(self, key: OrderKey) -> Order:
        store = await self._connections.store(key.connection)
        try:
            return await store.order(key.order_id)
        except NotFound as error:
            if activity.info().attempt < _TRIES_FOR_A_NEW_ORDER:
                raise Unavailable(str(error), retry_after=_BETWEEN_TRIES) from error
            raise

    async def _planned(
        self, key: OrderKey, order: Order, done: Links, policy: Policy, book: Bookkeeping
    ) -> OrderPlan:
        digest = await self._journal.snapshots.put(key.connection, order.model_dump_json())
        steps = plan_order(order, done, policy)
        hold = obstacle(order, done, policy)
        gate = policy.gate(order)
        await self._keep_sold(key, order, done, gate)
        if hold is not None:
            await book.held(hold)
        elif not steps:
            await book.settled()
        if not steps:
            await self._in_agreement(key, order)
            if "document" not in done and gate in (Gate.WAIT, Gate.AWAIT_PAYMENT):
                await self._journal.holds.open(
                    key.connection, key.resource, awaiting_store(order), since=datetime.now(UTC)
                )
        names = ", ".join(step.key for step in steps) or "nothing to do"
        await book.note("plan", "planned", f"{order.status.label}: {names}")
        settings = self._connections.settings(key.connection)
        document = done.get("document")
        return OrderPlan(
            snapshot=digest,
            gate=gate,
            status=order.status.label,
            steps=steps,
            hold=hold,
            document=document.ref if document else "",
            skipped=document.skipped if document else False,
            erp_queue=self._connections.erp_queue(key.connection),
            linger_seconds=settings.policy.linger_seconds,
        )

    async def _settle(
        self, work: StepWork, settle: Callable[[Order, Links, Erp], Awaitable[Link]]
    ) -> StepDone:
        """Do one step on what was planned, unless it is linked already; link what it made."""
        key = work.key
        book = Bookkeeping(self._journal, key.connection, key.resource)
        async with book.told(work.step.key):
            erp = await self._connections.erp(key.connection)
            book.late_commit = timedelta(seconds=erp.late_commit_seconds)
            done = await self._journal.links.of(key.connection, key.resource)
            order = await self._snapshot(key, work.snapshot)
            # An attempt that linked it may have died before it could tell of it.
            link = done.get(work.step.key)
            if link is None:
                with naming_nobody(personal_words(order)):
                    link = await settle(order, done, erp)
                await self._journal.links.put(key.connection, key.resource, link)
            if work.step.kind is StepKind.DOCUMENT:
                await self._journal.open_lines.posted(key.connection, key.resource)
            await book.settled()
            amount = f" ({link.total})" if link.total else ""
            await book.note(work.step.key, "done", f"{link.ref}{amount}")
            if work.last:
                await self._in_agreement(key, order)
            return StepDone(ref=link.ref)

    async def _keep_sold(self, key: OrderKey, order: Order, done: Links, gate: Gate) -> None:
        """Remember what the order sells for as long as the ERP does not know of it."""
        lines = self._journal.open_lines
        if "document" in done:
            await lines.posted(key.connection, key.resource)
        else:
            sells = gate not in (Gate.IGNORE, Gate.CANCEL)
            await lines.note(key.connection, key.resource, sold_by(order) if sells else {})

    async def _in_agreement(self, key: OrderKey, order: Order) -> None:
        """Remember as of when store and ledger agree, so that a catch-up need not ask again.

        The store's times are whole seconds: of what is quite new by its own clock one cannot say
        yet that nothing more happened at the same time.
        """
        there = (await self._connections.store(key.connection)).time
        fresh = there is None or there - order.as_of < _STORE_CLOCK_MARGIN
        as_of = order.as_of - _STORE_CLOCK_MARGIN if fresh else order.as_of
        marks = self._journal.watermarks
        seen = await marks.get(key.connection, key.resource)
        await marks.advance(key.connection, key.resource, seen=seen, to=as_of)

    async def _snapshot(self, key: OrderKey, digest: str) -> Order:
        """Read the order that was planned; if the journal lost it, as it is now."""
        text = await self._journal.snapshots.get(key.connection, digest)
        return Order.model_validate_json(text) if text else await self._fetch(key)
