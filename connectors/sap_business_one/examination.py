"""The connection test: each step proves one setting or right, and changes nothing."""

from collections.abc import Awaitable, Callable, Collection
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial

from connectors.contract import Finding
from connectors.errors import OutsideFailure, Refusal
from connectors.sap_business_one.client import ServiceLayerClient
from connectors.sap_business_one.codes import Codes
from connectors.sap_business_one.partners import Partners
from connectors.sap_business_one.settings import (
    EXPENSE,
    SapBusinessOneSettings,
)
from connectors.sap_business_one.stock import Stock
from connectors.sap_business_one.text import literal
from connectors.sap_business_one.verdict import missing_field_remedy

Step = Callable[[], Awaitable[str]]
_DEFAULT = "Correct default_warehouse."
_MAPPED = "Correct the rule: tillbridge map set location WAREHOUSE LOCATION"
_REACH = "Check base_url, protocol, ca_file and the network."
_LARGEST_SKEW = timedelta(minutes=5)
_FIRST_WITHOUT_V1 = 1000240
_YES = "tYES"
# Where SAP keeps fields of documents, and of payments.
_TABLES = {"documents": "OINV", "payments": "ORCT", "outgoing payments": "OVPM"}


class Examination:
    """Runs the steps in the order in which a failure explains the ones after it."""

    def __init__(
        self,
        settings: SapBusinessOneSettings,
        client: ServiceLayerClient,
        *,
        partners: Partners,
        stock: Stock,
    ) -> None:
        self._settings = settings
        self._client = client
        self._partners = partners
        self._stock = stock
        self._codes = Codes(settings, client)

    async def run(
        self, revenue_classes: Collection[str], warehouses: Collection[str]
    ) -> tuple[Finding, ...]:
        """Return one finding per step; without a session only the log-in."""
        findings = [await _finding("Log-in", self._login)]
        if not findings[0].ok:
            return tuple(findings)
        steps = self._steps(revenue_classes, warehouses)
        findings += [await _finding(check, step) for check, step in steps]
        return tuple(findings)

    def _steps(
        self, revenue_classes: Collection[str], warehouses: Collection[str]
    ) -> list[tuple[str, Step]]:
        settings = self._settings
        steps: list[tuple[str, Step]] = [("Company", self._company), ("Clock", self._clock)]
        for what, table in _TABLES.items():
            steps.append((f"Our field on {what} ({table})", self._our_field(table)))
        for field in settings.user_fields:
            steps.append((f"{field} on documents (OINV)", partial(self._user_field, field, "OINV")))
        for code in dict.fromkeys(filter(None, (settings.tax_code, settings.exempt_tax_code))):
            steps.append((f"Tax code {code}", partial(self._codes.tax_code, code)))
        if settings.default_warehouse:
            step = partial(self._codes.warehouse, settings.default_warehouse, _DEFAULT)
            steps.append((f"Warehouse {settings.default_warehouse}", step))
        for code in sorted(set(warehouses)):
            steps.append((f"Sold from {code}", partial(self._codes.warehouse, code, _MAPPED)))
        for name in _classes(revenue_classes, settings):
            steps.append((f"Revenue class {name}", partial(self._codes.revenue_class, name)))
        if settings.charge_item:
            item = settings.charge_item
            steps.append((f"Charge item {item}", partial(self._codes.charge_item, item)))
        for numbered, number in settings.series.items():
            steps.append(
                (f"Series {number} ({numbered})", partial(self._codes.series, numbered, number))
            )
        for currency, code in sorted(settings.web_customers.items()):
            steps.append((f"Web customer {code} in {currency}", self._customer(code, currency)))
        if settings.price_list is not None:
            steps.append((f"Price list {settings.price_list}", self._price_list))
        return steps

    async def _login(self) -> str:
        told = await self._client.function("CompanyService_GetCompanyInfo")
        version = str(told.get("Version") or "")
        name = str(told.get("CompanyName") or self._settings.company_db)
        if self._settings.protocol == "v1" and version.isdigit():
            newer = int(version) >= _FIRST_WITHOUT_V1
            note = "; v1 is deprecated there, set protocol = 'v2'" if newer else ""
        else:
            note = ""
        localisation = str(told.get("Localization") or "not told")
        return (
            f"{name}, version {version or 'not told'}, localisation {localisation}, protocol "
            f"{self._settings.protocol}, user {self._settings.username}{note}"
        )

    async def _company(self) -> str:
        admin = await self._client.function("CompanyService_GetAdminInfo")
        settings = self._settings
        currency = str(admin.get("LocalCurrency") or "")
        if currency and currency != settings.sap_currency(settings.local_currency):
            raise Refusal(
                f"The company keeps its books in {currency}, the settings say "
                f"{settings.local_currency}.",
                remedy="Correct local_currency, or add SAP's code to currency_map.",
            )
        decimals = _decimals(admin.get("PriceAccuracy"))
        ours = settings.profile.price_decimals
        if decimals is not None and decimals < ours:
            raise Refusal(
                f"The company keeps prices with {decimals} decimals, the settings say {ours}.",
                remedy=f"Set profile.price_decimals = {decimals}.",
            )
        if admin.get("EnableBranches") == _YES and settings.branch is None:
            raise Refusal(
                "The company has branches; documents must name one.", remedy="Set branch."
            )
        approvals = admin.get("EnableApprovalProcedureInDI") == _YES
        if approvals and not settings.profile.approval_procedures:
            raise Refusal(
                "Approval procedures apply to documents that come by the Service Layer.",
                remedy="Set profile.approval_procedures = true, or exempt our user from them.",
            )
        return f"{currency or 'currency not told'}, prices with {decimals or ours} decimals"

    async def _clock(self) -> str:
        told = self._client.server_time
        if told is None:
            return "The server does not tell its time"
        skew = abs(datetime.now(UTC) - told)
        if skew > _LARGEST_SKEW:
            raise Refusal(
                f"This machine and the server are {skew.total_seconds():.0f} s apart.",
                remedy="Synchronise both clocks (NTP): documents are posted by their date.",
            )
        return f"{skew.total_seconds():.0f} s apart"

    def _our_field(self, table: str) -> Step:
        async def step() -> str:
            field = self._settings.reference_field
            if not field.startswith("U_"):
                return f"None: our key is kept in {field}, which people may change"
            return await self._user_field(field, table)

        return step

    async def _user_field(self, field: str, table: str) -> str:
        rows = await self._client.rows(
            "UserFieldsMD",
            ("TableName", "FieldID", "Name", "Size"),
            where=f"TableName eq {literal(table)} and Name eq {literal(field.removeprefix('U_'))}",
            key="FieldID",
        )
        if not rows:
            raise Refusal(f"{field} does not exist on {table}.", remedy=missing_field_remedy(field))
        return f"{field}, {rows[0].get('Size') or '?'} characters"

    def _customer(self, code: str, currency: str) -> Step:
        async def step() -> str:
            partner = await self._partners.by_code(code)
            if partner is None:
                raise Refusal(f"There is no {code}.", remedy=f"Correct web_customers.{currency}.")
            account = self._partners.account(partner, currency)
            if account.on_hold:
                raise Refusal(f"{code} is inactive.", remedy="Activate it.")
            if account.currency != currency:
                raise Refusal(
                    f"{code} is kept in {account.currency}.",
                    remedy=f"Correct web_customers.{currency}.",
                )
            return account.name

        return step

    async def _price_list(self) -> str:
        found = await self._stock.price_list("")
        if not found.active:
            raise Refusal(f"Price list {found.number} is inactive.", remedy="Name another.")
        return f"{found.name}, prices {'with' if found.gross else 'without'} tax"


def _classes(revenue_classes: Collection[str], settings: SapBusinessOneSettings) -> list[str]:
    named = set(revenue_classes)
    if settings.rounding_class:
        named.add(settings.rounding_class)
    if settings.freight_expense is not None:
        named.add(f"{EXPENSE}{settings.freight_expense}")
    return sorted(named)


def _decimals(told: object) -> int | None:
    return int(told) if isinstance(told, int | Decimal) else None


async def _finding(check: str, step: Step) -> Finding:
    try:
        return Finding(check=check, ok=True, detail=await step())
    except Refusal as refusal:
        return Finding(check=check, ok=False, detail=str(refusal), remedy=refusal.remedy)
    except OutsideFailure as failure:
        return Finding(check=check, ok=False, detail=str(failure), remedy=_REACH)
