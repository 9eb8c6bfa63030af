"""The connection test: each step proves one setting, right or licence, and changes nothing."""

from collections.abc import Awaitable, Callable, Collection

from connectors.acumatica.client import AcumaticaClient, unserved
from connectors.acumatica.customers import CustomerAccounts
from connectors.acumatica.entities import Payment, SalesOrder
from connectors.acumatica.items import Items
from connectors.acumatica.keys import same_code
from connectors.acumatica.masters import CompaniesStructure, PaymentMethod, Tax, Warehouse
from connectors.acumatica.query import Wanted, equals
from connectors.acumatica.settings import AcumaticaSettings
from connectors.acumatica.wire import text
from connectors.contract import Finding
from connectors.errors import OutsideFailure, Refusal

Step = Callable[[], Awaitable[str]]
_REACH = "Check `base_url`, the network, and that the instance is up."
_BRANCHES = Wanted(
    select=("Results/BranchID", "Results/BranchName", "Results/BaseCurrencyID"),
    expand=("Results",),
)
_METHODS = Wanted(
    select=("PaymentMethodID", "Active", "UseInAR", "AllowedCashAccounts/CashAccount"),
    expand=("AllowedCashAccounts",),
)
_MAPPED = "Correct the rule: tillbridge map set location WAREHOUSE LOCATION"
_NOT_READABLE = (
    "Cannot be read over REST. On form SO201000 set Customer Order Nbr. Validation of {types} to "
    "Forbid Duplicates: then Acumatica itself refuses a second document for one web order"
)


class Examination:
    """Runs the steps in the order in which a failure explains the ones after it."""

    def __init__(
        self,
        settings: AcumaticaSettings,
        client: AcumaticaClient,
        *,
        items: Items,
        customers: CustomerAccounts,
    ) -> None:
        self._settings = settings
        self._client = client
        self._items = items
        self._customers = customers

    async def run(
        self, revenue_classes: Collection[str], warehouses: Collection[str]
    ) -> tuple[Finding, ...]:
        """Return one finding per step; without endpoint or session only those that need none."""
        settings = self._settings
        findings = [await _finding(f"Endpoint {settings.endpoint}", self._endpoint, _REACH)]
        if findings[-1].ok:
            findings.append(await _finding("Log-on", self._log_on))
        if not findings[-1].ok:
            return tuple(findings)
        for check, step in self._steps(sorted(set(revenue_classes)), sorted(set(warehouses))):
            findings.append(await _finding(check, step))
        return tuple(findings)

    def _steps(
        self, revenue_classes: Collection[str], warehouses: Collection[str]
    ) -> tuple[tuple[str, Step], ...]:
        settings = self._settings
        charged = {*revenue_classes, settings.rounding_item, settings.adjustment_item} - {""}
        steps: list[tuple[str, Step]] = [("Branch (CompaniesStructure)", self._branch)]
        if settings.strategy == "sales-order":
            steps.append((f"Orders of type {settings.order_type}", self._orders))
            steps.append(("Duplicates forbidden", self._duplicates))
        if settings.tax_id:
            steps.append((f"Tax {settings.tax_id}", self._tax))
        if settings.default_warehouse:
            code = settings.default_warehouse
            step = self._warehouse(code, "Correct default_warehouse.")
            steps.append((f"Warehouse {code}", step))
        steps += [(f"Sold from {code}", self._warehouse(code, _MAPPED)) for code in warehouses]
        steps += [(f"Charge item {code}", self._charge(code)) for code in sorted(charged)]
        steps.append(("Payments", self._payments))
        steps.append(("Payment methods with cash accounts", self._methods))
        for currency, code in sorted(settings.web_customers.items()):
            steps.append((f"Web customer {code} in {currency}", self._web_customer(code, currency)))
        return tuple(steps)

    async def _endpoint(self) -> str:
        found = await self._client.served()
        if self._settings.endpoint not in found.endpoints:
            raise unserved(self._settings, found.endpoints)
        return f"Served by build {found.build}" if found.build else "Served"

    async def _log_on(self) -> str:
        await self._client.signed_in()
        auth, tenant = self._settings.auth, self._settings.tenant
        if auth.kind == "cookie":
            return (
                f"User {auth.username}, tenant {tenant}; an instance with a single tenant takes "
                "any name, and log-ins by cookie are to be withdrawn: use OAuth"
            )
        return f"Tenant {tenant}, by the application's own name"

    async def _branch(self) -> str:
        found = (await self._client.inquire(CompaniesStructure(), _BRANCHES)).results or ()
        branch = self._settings.branch
        if not branch:
            return f"The user's own; there are {', '.join(text(one.branch_id) for one in found)}"
        for one in found:
            if any(same_code(text(name), branch) for name in (one.branch_id, one.branch_name)):
                currency = text(one.base_currency_id)
                if currency and currency != self._settings.local_currency:
                    raise Refusal(
                        f"Branch {branch} keeps its books in {currency}, the settings say "
                        f"{self._settings.local_currency}.",
                        remedy="Correct local_currency.",
                    )
                return f"{text(one.branch_id)}, books in {currency or 'the base currency'}"
        known = ", ".join(text(one.branch_id) for one in found) or "none that the user may see"
        raise Refusal(
            f"There is no branch {branch}; there are {known}.", remedy="Correct `branch`."
        )

    async def _orders(self) -> str:
        kind = self._settings.order_type
        rows = await self._client.rows(
            SalesOrder,
            Wanted(select=("OrderType", "OrderNbr", "LastModified")),
            where=equals("OrderType", kind),
            top=1,
        )
        if rows:
            return f"One of them read, {text(rows[0].order_nbr)}"
        return "Readable, and there are none yet: only the first order proves that it is active"

    async def _duplicates(self) -> str:
        types = f"{self._settings.order_type} and {self._settings.credit_order_type}"
        return _NOT_READABLE.format(types=types)

    async def _tax(self) -> str:
        wanted = Wanted(select=("TaxID", "Description"))
        where = equals("TaxID", self._settings.tax_id)
        rows = await self._client.rows(Tax, wanted, where=where, top=1)
        if not rows:
            raise Refusal(
                f"There is no tax {self._settings.tax_id}.",
                remedy="Correct tax_id, or create the tax (TX205000).",
            )
        return text(rows[0].description) or text(rows[0].tax_id)

    def _warehouse(self, code: str, remedy: str) -> Step:
        async def step() -> str:
            wanted = Wanted(select=("WarehouseID", "Active"))
            where = equals("WarehouseID", code)
            rows = await self._client.rows(Warehouse, wanted, where=where, top=1)
            active = rows[0].active if rows else None
            if not rows or (active is not None and active.value is False):
                raise Refusal(f"There is no active warehouse {code}.", remedy=remedy)
            return "Active"

        return step

    def _charge(self, code: str) -> Step:
        async def step() -> str:
            found = await self._items.charged((code,))
            if code not in found:
                raise Refusal(
                    f"There is no non-stock item {code} that is sold.",
                    remedy="Create it (IN202000) with its sales account, or map to another one.",
                )
            return found[code].description or code

        return step

    async def _payments(self) -> str:
        wanted = Wanted(select=("Type", "ReferenceNbr"))
        await self._client.rows(Payment, wanted, top=1)
        return "Readable"

    async def _methods(self) -> str:
        rows = await self._client.rows(PaymentMethod, _METHODS)
        accounts = [
            f"{text(row.payment_method_id)}/{text(one.cash_account)}"
            for row in rows
            if row.active is None or row.active.value is not False
            if row.use_in_ar is None or row.use_in_ar.value is not False
            for one in row.allowed_cash_accounts or ()
        ]
        if not accounts:
            raise Refusal(
                "No payment method for receivables has a cash account.",
                remedy="Set them up on form CA204000.",
            )
        return f"To map to: {', '.join(accounts)}"

    def _web_customer(self, code: str, currency: str) -> Step:
        async def step() -> str:
            account = await self._customers.by_code(code, currency=currency)
            if account is None:
                raise Refusal(
                    f"There is no customer {code}.",
                    remedy=f"Correct web_customers.{currency}, or open the customer.",
                )
            if account.currency != currency:
                raise Refusal(
                    f"Customer {code} is kept in {account.currency} and takes no other.",
                    remedy="Enable currency override for the customer, or name another one.",
                )
            return account.name

        return step


async def _finding(check: str, step: Step, remedy: str = "") -> Finding:
    try:
        return Finding(check=check, ok=True, detail=await step())
    except Refusal as refusal:
        return Finding(check=check, ok=False, detail=str(refusal), remedy=refusal.remedy or remedy)
    except OutsideFailure as failure:
        return Finding(check=check, ok=False, detail=str(failure), remedy=remedy or _REACH)
