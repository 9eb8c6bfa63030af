"""Which customers of the store an ERP's changed accounts are, where customers flow back."""

from datetime import datetime

from activities.connections import Connections
from connectors.contract import Capability, Changed, ChangedPage
from domain.contacts import AccountContact, Agreement
from journal.links import Linked
from journal.opening import Journal

CHANGED_ACCOUNTS, ALL_ACCOUNTS = "erp-customers", "all-erp-customers"
ACCOUNTS = frozenset({CHANGED_ACCOUNTS, ALL_ACCOUNTS})


class AccountChanges:
    """Reads the accounts of connections whose customers flow back."""

    def __init__(self, connections: Connections, journal: Journal) -> None:
        self._connections = connections
        self._journal = journal

    async def page(
        self, connection: str, resource: str, since: datetime, *, cursor: str
    ) -> ChangedPage:
        """Read a page of accounts; return the customers whose accounts say something new.

        Accounts that are nobody's in the store, and those that say what both sides agreed upon,
        are left out: our own writes start nothing.
        """
        erp = await self._connections.erp(connection)
        switched_on = self._connections.settings(connection).customers.flow_back
        if not switched_on or Capability.CUSTOMERS not in erp.capabilities:
            return ChangedPage(changes=())
        whole = resource == ALL_ACCOUNTS
        page = await erp.changed_customers(None if whole else since, cursor=cursor)
        accounts = {account.code: account for account in page.accounts}
        linked = await self._journal.links.by_refs(connection, accounts)
        ids = {
            one.resource.partition(":")[2]
            for one in linked
            if _is_registered(one) and _says_news(accounts[one.link.ref], one)
        }
        return ChangedPage(
            changes=tuple(Changed(resource_id=one, changed_at=since) for one in sorted(ids)),
            next_cursor=page.next_cursor,
            seen_until=None if whole else page.seen_until,
        )


def _is_registered(linked: Linked) -> bool:
    kind, _, who = linked.resource.partition(":")
    return kind == "customer" and not who.startswith("guest-")


def _says_news(account: AccountContact, linked: Linked) -> bool:
    known = Agreement.parse(linked.link.fingerprint)
    return known is None or known.account != account.digest
