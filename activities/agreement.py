"""Brings a store's customer and their ERP account to say the same, each field by its owner."""

from collections.abc import Iterable, Mapping

from activities.privacy import naming_nobody
from connectors.contract import Capability, Erp, Store
from connectors.errors import NotFound, Rejected
from domain.contacts import AccountContact, Agreement, ContactField, Owners, Settlement, settle
from domain.customer import Customer, StoreContact
from domain.hold import Held, Hold, HoldCode
from domain.mapping import RuleKind
from domain.plan import Link
from domain.privacy import personal_words
from domain.record import Record
from journal.opening import Journal
from settings.model import ConnectionSettings

_GUEST = "customer:guest-"
_ROUNDS = 3


class Agreed(Record):
    """What was written to bring both sides to agree: fields, never what is in them."""

    store: tuple[str, ...] = ()
    account: tuple[str, ...] = ()

    def and_(self, store: Iterable[str], account: Iterable[str]) -> "Agreed":
        """Add what else was written; each field is named once."""
        return Agreed(
            store=tuple(dict.fromkeys((*self.store, *store))),
            account=tuple(dict.fromkeys((*self.account, *sorted(account)))),
        )

    @property
    def sentence(self) -> str:
        """Say it for the trail; empty when there was nothing to do."""
        parts = [
            f"{', '.join(fields)} {where}"
            for fields, where in (
                (self.store, "of the ERP written to the store"),
                (self.account, "of the store written to the ERP"),
            )
            if fields
        ]
        return "; ".join(parts)


class Agreements:
    """Settles the customers of one connection whose customers flow back."""

    def __init__(
        self,
        connection: str,
        settings: ConnectionSettings,
        journal: Journal,
        *,
        erp: Erp,
        store: Store,
    ) -> None:
        self._connection = connection
        self._settings = settings.customers
        self._rules_with = settings.rules_with
        self._journal = journal
        self._erp = erp
        self._store = store

    @property
    def wanted(self) -> bool:
        """Tell whether customers flow back: switched on, and both sides can."""
        return (
            self._settings.flow_back
            and Capability.CUSTOMERS in self._erp.capabilities
            and Capability.UPDATE_CUSTOMERS in self._erp.capabilities
            and Capability.CUSTOMERS_IN in self._store.capabilities
        )

    async def reach(self, resource: str, links: Mapping[str, Link]) -> Agreed:
        """Settle a customer with their account, and tell those in other currencies.

        Raises:
            Held: the store knows the customer no more, and their accounts stay as they are; or the
                ERP knows the account no more.
            Refusal: either side refuses what the other one owns.
        """
        held = {currency: await self._read(link) for currency, link in links.items()}
        for currency, link in links.items():
            # What is refused now is not to be told again by every look at the same account.
            await self._remember(resource, link, _seen(held[currency], link))
        customer = await self._customer(resource.partition(":")[2], links)
        own = customer.own or StoreContact()
        agreed = Agreed()
        for currency, link in links.items():
            # The account in the store's currency, or the only one, speaks for the customer.
            main = currency == customer.currency or len(links) == 1
            there = held[currency]
            wanted = customer.model_copy(update={"currency": currency})
            words = personal_words(wanted) | there.words
            with naming_nobody(words):
                if main and not await self._is_shared(resource, link):
                    did = await self._settle(resource, link, wanted, own, there)
                else:
                    did = await self._tell(resource, link, wanted, own, there)
            agreed = agreed.and_(did.store, did.account)
        return agreed

    async def _customer(self, customer_id: str, links: Mapping[str, Link]) -> Customer:
        try:
            return await self._store.customer(customer_id)
        except NotFound:
            codes = " and ".join(sorted({link.ref for link in links.values()}))
            raise Held(
                Hold(
                    step="customer",
                    code=HoldCode.NOT_IN_STORE,
                    reason=f"Customer {customer_id} is no longer in the store; account {codes} in "
                    "the ERP was left as it is.",
                    remedy="Skip: the account's next change would ask again.",
                )
            ) from None

    async def _settle(
        self,
        resource: str,
        link: Link,
        customer: Customer,
        own: StoreContact,
        held: AccountContact,
    ) -> Agreed:
        before = Agreement.parse(link.fingerprint)
        if before is not None and before == Agreement.of(held, own):
            await self._remember(resource, link, before)
            return Agreed()
        did, last = Agreed(), Settlement()
        was_company = before is not None and before.company
        for _ in range(_ROUNDS):
            settlement = settle(
                own,
                kept=await self._erp.contact_as_kept(customer),
                held=held,
                owners=self._owners,
                was_company=was_company,
            )
            # Asked the same again: the other side keeps it in its own way.
            if settlement in (Settlement(), last):
                break
            await self._write(customer, link.ref, settlement)
            did = did.and_(settlement.store.fields, settlement.account)
            # Somebody may have changed more meanwhile, which nobody has looked at yet.
            if settlement.store.fields:
                there = await self._store.customer(customer.id)
                customer = there.model_copy(update={"currency": customer.currency})
                own = there.own or own
            if settlement.account:
                held = await self._read(link)
            last, was_company = settlement, bool(own.company)
        await self._remember(resource, link, Agreement.of(held, own))
        return did

    async def _write(self, customer: Customer, code: str, settlement: Settlement) -> None:
        if settlement.account:
            told = settlement.told(customer)
            await self._erp.update_customer(code, told, parts=settlement.account)
        if settlement.store.fields:
            await self._store.update_customer(customer.id, settlement.store)

    async def _tell(
        self,
        resource: str,
        link: Link,
        customer: Customer,
        own: StoreContact,
        held: AccountContact,
    ) -> Agreed:
        """Bring an account up to date that does not flow back, once for each change in the store.

        Several customers of the store would otherwise put each other's fields back for ever.
        """
        before = Agreement.parse(link.fingerprint)
        now = Agreement.of(held, own)
        did = Agreed()
        if before is None or before.store != now.store:
            await self._erp.update_customer(link.ref, customer)
            now = Agreement.of(await self._read(link), own)
            did = Agreed(account=tuple(ContactField))
        await self._remember(resource, link, now)
        return did

    async def _is_shared(self, resource: str, link: Link) -> bool:
        """Tell whether the account is also another customer's, or everybody's.

        A rule that names another account says that this one is no longer theirs.
        """
        rules = self._rules_with(await self._journal.mappings.rules(self._connection))
        mapped = rules.find(RuleKind.CUSTOMER, resource.partition(":")[2])
        if mapped and mapped != link.ref:
            return True
        try:
            standing = self._erp.standing_customer(link.step)
        except Rejected:  # everybody's are, and none is in this currency
            return True
        found = await self._journal.links.find(self._connection, link.step, link.ref)
        others = (one.resource for one in found if one.resource != resource)
        registered = (one for one in others if one.startswith("customer:"))
        return bool(standing) or any(not one.startswith(_GUEST) for one in registered)

    async def _read(self, link: Link) -> AccountContact:
        held = await self._erp.customer_contact(link.ref)
        if held is None:
            raise Held(
                Hold(
                    step="customer",
                    code=HoldCode.CUSTOMER_UNKNOWN,
                    reason=f"The buyer's account {link.ref} is no longer in the ERP.",
                    remedy="Open it there again and retry, or skip.",
                )
            )
        return held

    async def _remember(self, resource: str, link: Link, agreement: Agreement) -> None:
        if link.fingerprint != agreement.text:
            updated = link.model_copy(update={"fingerprint": agreement.text})
            await self._journal.links.put(self._connection, resource, updated)

    @property
    def _owners(self) -> Owners:
        return self._settings.owner.by_field


def _seen(held: AccountContact, link: Link) -> Agreement:
    """Return what to remember of an account before anything is agreed upon."""
    before = Agreement.parse(link.fingerprint)
    if before is None:
        return Agreement(account=held.digest)
    if before.account == held.digest:
        return before
    return Agreement(account=held.digest, company=before.company)
