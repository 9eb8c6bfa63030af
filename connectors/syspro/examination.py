"""The connection test: each step proves one setting or licence, and changes nothing."""

from collections.abc import Awaitable, Callable, Collection
from datetime import UTC, datetime
from decimal import Decimal

from connectors.contract import Finding
from connectors.errors import OutsideFailure, Refusal
from connectors.syspro.client import EnetClient
from connectors.syspro.find import ComfndRows
from connectors.syspro.invoices import Invoices
from connectors.syspro.odata import ODataClient
from connectors.syspro.settings import SysproSettings
from connectors.syspro.site import Site
from connectors.syspro.stock import Stock
from domain.document import DocumentLine, DocumentLineKind, SalesDocument
from domain.money import Money

Step = Callable[[], Awaitable[str]]
_REACH = "Check `rest_base_url`, the network and the e.net Communications Load Balancer."
_ACCOUNTS = "Complete the sales ledger interface in SYSPRO, or map to another product class."
_ODATA = "Check odata_url and OData's own credentials, or remove odata_url to read by COMFND."


class Examination:
    """Runs the steps in the order in which a failure explains the ones after it."""

    def __init__(
        self,
        settings: SysproSettings,
        client: EnetClient,
        *,
        site: Site,
        invoices: Invoices,
        stock: Stock,
        comfnd: ComfndRows,
        odata: ODataClient | None,
    ) -> None:
        self._settings = settings
        self._client = client
        self._site = site
        self._invoices = invoices
        self._stock = stock
        self._comfnd = comfnd
        self._odata = odata

    async def run(
        self, revenue_classes: Collection[str], warehouses: Collection[str]
    ) -> tuple[Finding, ...]:
        """Return one finding per step; without a session only those that need none."""
        findings = [
            await _finding("e.net service", self._version, _REACH),
            await _finding("Log-on", self._operator),
        ]
        if findings[-1].ok:
            findings.append(await _finding("Customer and invoice keys (IMPQIK)", self._keys))
            for revenue_class in sorted(revenue_classes):
                check = f"Account of revenue class {revenue_class} (IMPQ29, GENQGL)"
                findings.append(await _finding(check, self._account_of(revenue_class), _ACCOUNTS))
            findings.append(await _finding("Search (COMFND)", self._search))
            for code in sorted(set(warehouses)):
                check = f"Sold from {code} (InvWarehouse)"
                findings.append(await _finding(check, self._sold_from(code)))
            for currency, code in sorted(self._settings.web_customers.items()):
                check = f"Invoicing customer {code} in {currency} (ARSTIN, validation only)"
                step = self._invoicing(code, currency, sorted(revenue_classes))
                findings.append(await _finding(check, step))
        if self._odata is not None:
            findings.append(await _finding("OData", self._read_odata, _ODATA))
        return tuple(findings)

    async def _version(self) -> str:
        return f"Version {await self._client.version()}"

    async def _operator(self) -> str:
        profile = await self._client.operator_profile()
        company, currency = profile.first("CompanyName"), profile.first("LocalCurrencyCode")
        ours = self._settings.syspro_currency(self._settings.local_currency)
        if currency and currency != ours:
            raise Refusal(
                f"The company keeps its books in {currency}, the settings say {ours}.",
                remedy="Correct local_currency, or add SYSPRO's code to currency_map.",
            )
        branch = profile.first("DefaultArBranch")
        return f"{company}, operator {self._settings.operator}, branch {branch or '-'}"

    async def _keys(self) -> str:
        keys = await self._site.keys()
        if keys.invoice_numeric and self._settings.strategy == "ar-invoice":
            wanted = self._settings.profile.invoice_numbering == "own-numeric-range"
            if not wanted:
                raise Refusal(
                    "Invoice numbers are digits only here, and ours hold letters.",
                    remedy="Make the AR invoice key alphanumeric, or use the sales-order strategy.",
                )
        numbered = "SYSPRO" if keys.customer_automatic else "Tillbridge"
        kind = "numeric" if keys.customer_numeric else "alphanumeric"
        return f"Customer codes are {kind}, {keys.customer_length} long, numbered by {numbered}"

    def _account_of(self, revenue_class: str) -> Step:
        async def step() -> str:
            account = (await self._site.sales_accounts()).get(revenue_class)
            if account is None:
                raise Refusal(f"Product class {revenue_class} has no sales account.")
            return f"{account} {await self._site.ledger_account(account)}".strip()

        return step

    async def _search(self) -> str:
        rows = await self._comfnd.select(
            "ArCustomer", ("Customer",), where=(), order_by=("Customer",), limit=1
        )
        return f"{len(rows)} row of ArCustomer read"

    def _sold_from(self, code: str) -> Step:
        async def step() -> str:
            if not await self._stock.is_kept_in(code):
                raise Refusal(
                    f"No stock code is kept in a warehouse {code}.",
                    remedy="Correct the rule: tillbridge map set location WAREHOUSE LOCATION",
                )
            return "Stock is kept there"

        return step

    def _invoicing(self, code: str, currency: str, classes: Collection[str]) -> Step:
        async def step() -> str:
            if not classes:
                return "Skipped: no revenue class is mapped yet"
            one, zero = Money(amount=Decimal(1), currency=currency), Money.zero(currency)
            line = DocumentLine(
                kind=DocumentLineKind.ITEM,
                source="examination",
                net=one,
                tax=zero,
                revenue_class=next(iter(classes)),
            )
            await self._invoices.validate(
                SalesDocument(
                    key="TILLBRIDGE-TEST",
                    order_id="",
                    order_number="",
                    customer=code,
                    on=datetime.now(UTC).date(),
                    lines=(line,),
                    tax=zero,
                    total=one,
                )
            )
            return f"SYSPRO would take an invoice over {one}"

        return step

    async def _read_odata(self) -> str:
        if self._odata is None:
            return ""
        await self._odata.metadata()
        key = ("Customer", "Invoice", "DocumentType")
        await self._odata.select("ArInvoice", key, where=(), order_by=key, limit=1)
        return "Metadata and one row of ArInvoice read"


async def _finding(check: str, step: Step, remedy: str = "") -> Finding:
    try:
        return Finding(check=check, ok=True, detail=await step())
    except Refusal as refusal:
        return Finding(check=check, ok=False, detail=str(refusal), remedy=refusal.remedy or remedy)
    except OutsideFailure as failure:
        return Finding(check=check, ok=False, detail=str(failure), remedy=remedy or _REACH)
