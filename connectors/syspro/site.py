"""What a site tells about itself: key types, and the sales account behind each revenue class."""

import time
from collections.abc import Callable, Collection, Mapping

from connectors.errors import Rejected
from connectors.syspro.client import EnetClient
from connectors.syspro.documents import KEY_INFORMATION, SALES_GL, LedgerCheck, LedgerKey, rendered
from connectors.syspro.keys import KeyRules
from connectors.syspro.profile import BusinessObject
from connectors.syspro.settings import SysproSettings
from connectors.syspro.xml import Node

_FRESH_SECONDS = 600


class Site:
    """Answers that hardly ever change, read once and kept for ten minutes."""

    def __init__(
        self,
        settings: SysproSettings,
        client: EnetClient,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._client = client
        self._clock = clock
        self._keys: tuple[float, KeyRules] | None = None
        self._accounts: tuple[float, Mapping[str, str]] | None = None

    async def keys(self) -> KeyRules:
        """Return how keys are written and numbered (IMPQIK)."""
        if self._keys is None or self._clock() > self._keys[0]:
            answer = await self._client.query(BusinessObject.KEYS, KEY_INFORMATION)
            rules = KeyRules.read(answer, self._settings.profile)
            self._keys = (self._clock() + _FRESH_SECONDS, rules)
        return self._keys[1]

    async def sales_accounts(self) -> Mapping[str, str]:
        """Return the sales account of each product class that has one in our branch (IMPQ29)."""
        if self._accounts is None or self._clock() > self._accounts[0]:
            answer = await self._client.query(BusinessObject.SALES_GL, SALES_GL)
            accounts = self._in_our_branch(answer)
            self._accounts = (self._clock() + _FRESH_SECONDS, accounts)
        return self._accounts[1]

    async def require_accounts(self, revenue_classes: Collection[str]) -> None:
        """Check that the revenue of each class has somewhere to go, before it is posted.

        Raises:
            Rejected: a class has no sales account; names it.
        """
        if not self._settings.profile.check_accounts:
            return
        accounts = await self.sales_accounts()
        missing = sorted({c for c in revenue_classes if c not in accounts})
        if missing:
            self._accounts = None  # a person may add it at once: look anew next time
            where = f" in branch {self._settings.branch}" if self._settings.branch else ""
            raise Rejected(
                f"SYSPRO has no sales account for product class {', '.join(missing)}{where}.",
                remedy="Add it in the sales ledger interface (GL integration), or map the revenue "
                "to another class; then retry.",
            )

    async def ledger_account(self, code: str) -> str:
        """Return an account's description if it takes postings, as GENQGL says.

        Raises:
            Rejected: it does not exist, is a control account, or is on hold.
        """
        check = LedgerCheck(key=LedgerKey(ledger_code=code))
        document = rendered(check, BusinessObject.GL_VALIDATE, self._settings.profile)
        answer = await self._client.query(BusinessObject.GL_VALIDATE, document)
        if answer.first("LedgerDetails/AccOnHldFlag") == "Y":
            raise Rejected(f"Ledger account {code} is on hold.")
        if answer.first("LedgerDetails/ControlAccFlag") == "Y":
            raise Rejected(f"Ledger account {code} is a control account.")
        return answer.first("LedgerDetails/Description")

    def _in_our_branch(self, answer: Node) -> Mapping[str, str]:
        accounts: dict[str, str] = {}
        for _, row in answer.walk():
            product_class, account = row.first("ProductClass"), row.first("SalesAccount")
            branch = row.first("Branch")
            ours = not branch or not self._settings.branch or branch == self._settings.branch
            # An exact branch goes before a blank one, which stands for any.
            if product_class and account and ours and (branch or product_class not in accounts):
                accounts[product_class] = account
        return accounts
