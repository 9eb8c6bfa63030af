"""The steps of a customer's sync: bring the ERP's account up to what the store knows."""

from collections.abc import Mapping
from datetime import timedelta

from temporalio import activity

from activities.agreement import Agreements
from activities.bookkeeping import Bookkeeping
from activities.connections import Connections
from activities.customers import Accounts
from activities.privacy import naming_nobody
from activities.records import CustomerDecision, CustomerOutcome
from connectors.contract import Capability, Erp
from domain.customer import Customer, CustomerKey
from domain.plan import Link
from domain.privacy import personal_words
from journal.opening import Journal


class CustomerActivities:
    """What a customer's workflow may do in the outside world."""

    def __init__(self, connections: Connections, journal: Journal) -> None:
        self._connections = connections
        self._journal = journal

    @activity.defn
    async def erp_queue(self, key: CustomerKey) -> str:
        """Name the queue on which this connection's ERP is written to."""
        return self._connections.erp_queue(key.connection)

    @activity.defn
    async def sync_customer(self, key: CustomerKey) -> CustomerOutcome:
        """Read the customer and update every ERP account that is theirs, or the store from it.

        An account is opened only when the connection wants customers without orders; else the
        first order opens it.
        """
        resource = f"customer:{key.customer_id}"
        book = Bookkeeping(self._journal, key.connection, resource)
        async with book.told("customer"):
            erp = await self._connections.erp(key.connection)
            book.late_commit = timedelta(seconds=erp.late_commit_seconds)
            store = await self._connections.store(key.connection)
            links = await self._journal.links.of(key.connection, resource)
            settings = self._connections.settings(key.connection)
            agreements = Agreements(key.connection, settings, self._journal, erp=erp, store=store)
            if links and agreements.wanted:
                agreed = await agreements.reach(resource, links)
                outcome = _outcome(links, agreed.sentence)
                await book.settled()
                if agreed.sentence:
                    await book.note("customer", "done", f"{outcome.code}: {agreed.sentence}")
                return outcome
            customer = await store.customer(key.customer_id)
            with naming_nobody(personal_words(customer)):
                if links:
                    outcome = await self._update(key.connection, erp, customer, links)
                else:
                    outcome = await self._open(key.connection, erp, customer)
            await book.settled()
            if outcome.did not in ("unchanged", "not-wanted"):
                await book.note("customer", "done", f"{outcome.did} {outcome.code}")
            return outcome

    @activity.defn
    async def record_customer_decision(self, work: CustomerDecision) -> None:
        """Remember what a person decided about a customer."""
        resource = f"customer:{work.key.customer_id}"
        book = Bookkeeping(self._journal, work.key.connection, resource)
        await book.settled(work.decision.actor)
        await book.note("customer", work.action, work.decision.reason, actor=work.decision.actor)

    async def _open(self, connection: str, erp: Erp, customer: Customer) -> CustomerOutcome:
        policy = self._connections.settings(connection).policy
        if not policy.customers_without_orders:
            return CustomerOutcome(did="not-wanted")
        rules = self._connections.settings(connection).rules_with(
            await self._journal.mappings.rules(connection)
        )
        accounts = Accounts(connection, erp, self._journal, rules)
        code = await accounts.find_or_open(customer, may_open=policy.create_customers)
        return CustomerOutcome(code=code, did="created")

    async def _update(
        self, connection: str, erp: Erp, customer: Customer, links: Mapping[str, Link]
    ) -> CustomerOutcome:
        can_update = Capability.UPDATE_CUSTOMERS in erp.capabilities
        changed: list[str] = []
        for currency, link in links.items():
            wanted = customer.model_copy(update={"currency": currency})
            if link.fingerprint == wanted.fingerprint or not can_update:
                continue
            await erp.update_customer(link.ref, wanted)
            updated = link.model_copy(update={"fingerprint": wanted.fingerprint})
            await self._journal.links.put(connection, customer.resource, updated)
            changed.append(link.ref)
        return _outcome(links, changed)


def _outcome(links: Mapping[str, Link], did: object) -> CustomerOutcome:
    code = next(iter(links.values())).ref
    return CustomerOutcome(code=code, did="updated" if did else "unchanged")
