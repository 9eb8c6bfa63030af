"""Which ERP account is this customer's: known, mapped, found or opened; never two for one."""

import hashlib
from datetime import timedelta

from connectors.contract import Capability, Erp
from domain.customer import Customer, ErpCustomer
from domain.hold import Held, Hold, HoldCode, quoted
from domain.mapping import RuleKind, Rules
from domain.plan import Link
from journal.opening import Journal

_LOOK_AND_OPEN = timedelta(minutes=3)


class Accounts:
    """Resolves customers of one connection to ERP accounts and remembers what it found."""

    def __init__(self, connection: str, erp: Erp, journal: Journal, rules: Rules) -> None:
        self._connection = connection
        self._erp = erp
        self._journal = journal
        self._rules = rules

    async def linked(self, customer: Customer) -> str:
        """Return the account that we remember or that a rule names; empty when there is none."""
        _, _, key = customer.resource.partition(":")
        if mapped := self._rules.find(RuleKind.CUSTOMER, key):
            return mapped
        if standing := self._erp.standing_customer(customer.currency):
            return standing
        links = await self._journal.links.of(self._connection, customer.resource)
        link = links.get(customer.currency)
        return link.ref if link else ""

    async def find_or_open(self, customer: Customer, *, may_open: bool) -> str:
        """Return the account's code, opening an account if there is none and that is allowed.

        One worker at a time looks and opens for one person, so that two first orders cannot open
        two accounts, be one of them a guest's.

        Raises:
            Held: several accounts may be theirs, or there is none and none may be opened.
        """
        if known := await self.linked(customer):
            return known
        lease = f"customer:{self._connection}:{_person(customer)}"
        async with self._journal.leases.hold(lease, wait=_LOOK_AND_OPEN):
            if known := await self.linked(customer):
                return known
            account = await self._match(customer)
            if account is None:
                if not may_open or Capability.CREATE_CUSTOMERS not in self._erp.capabilities:
                    raise Held(self._unknown(customer))
                account = await self._erp.create_customer(customer)
            link = Link(step=customer.currency, ref=account.code, fingerprint=customer.fingerprint)
            await self._journal.links.put(self._connection, customer.resource, link)
            return account.code

    async def _match(self, customer: Customer) -> ErpCustomer | None:
        candidates = await self._erp.find_customers(customer)
        if len(candidates) < 2:
            return candidates[0] if candidates else None
        codes = " and ".join(candidate.code for candidate in candidates)
        _, _, key = customer.resource.partition(":")
        raise Held(
            Hold(
                step="customer",
                code=HoldCode.CUSTOMER_AMBIGUOUS,
                reason=f"ERP customers {codes} may both be this buyer; choose one.",
                remedy=f"Choose: tillbridge map set customer {quoted(key)} CODE",
                mapping_kind=RuleKind.CUSTOMER,
                mapping_key=key,
            )
        )

    def _unknown(self, customer: Customer) -> Hold:
        _, _, key = customer.resource.partition(":")
        return Hold(
            step="customer",
            code=HoldCode.CUSTOMER_UNKNOWN,
            reason="The buyer has no account in the ERP, and none may be opened by itself.",
            remedy=f"Open one and map it: tillbridge map set customer {quoted(key)} CODE",
            mapping_kind=RuleKind.CUSTOMER,
            mapping_key=key,
        )


def _person(customer: Customer) -> str:
    """Name the buyer as the ERP would recognise them: by e-mail, as a guest or registered."""
    email = customer.email.strip().lower()
    return hashlib.sha256(email.encode()).hexdigest()[:16] if email else customer.resource
