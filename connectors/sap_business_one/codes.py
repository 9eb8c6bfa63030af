"""Checks of single codes: tax, warehouse, account, expense, item, series. Changes nothing."""

from collections.abc import Mapping
from decimal import Decimal

from connectors.errors import NotFound, Refusal
from connectors.sap_business_one.client import ServiceLayerClient, keyed
from connectors.sap_business_one.settings import (
    DETERMINED,
    EXPENSE,
    ITEM,
    Numbered,
    SapBusinessOneSettings,
)
from connectors.sap_business_one.text import literal
from connectors.sap_business_one.wire import Wire

_YES = "tYES"
# Object types, as a numbering series names what it numbers.
_SERIES_OBJECTS: Mapping[Numbered, str] = {
    Numbered.CUSTOMER: "2",
    Numbered.ORDER: "17",
    Numbered.DELIVERY_NOTE: "15",
    Numbered.INVOICE: "13",
    Numbered.CREDIT_NOTE: "14",
    Numbered.PAYMENT: "24",
    Numbered.PAYOUT: "46",
}


class WireAny(Wire):
    """A record of which only the existence and a few properties matter."""

    model_config = Wire.model_config | {"extra": "allow"}

    def told(self, name: str) -> str:
        """Return a property as text; empty where SAP does not tell it."""
        value = (self.model_extra or {}).get(name)
        return "" if value is None else str(value)


class Codes:
    """Each check returns what is well, or raises a refusal that says what is not."""

    def __init__(self, settings: SapBusinessOneSettings, client: ServiceLayerClient) -> None:
        self._settings = settings
        self._client = client

    async def tax_code(self, code: str) -> str:
        """Check a tax code, and its rate where the settings tell one."""
        by_code = self._settings.tax_field == "TaxCode"
        entity = "SalesTaxCodes" if by_code else "VatGroups"
        found = await self._existing(entity, code, "Correct tax_code and exempt_tax_code.")
        if found.told("Inactive") == _YES:
            raise Refusal(f"{code} is inactive.", remedy="Activate it, or name another.")
        rate = found.told("Rate")
        wanted = self._settings.profile.tax_rate
        taxed = code == self._settings.tax_code
        if taxed and wanted is not None and rate and Decimal(rate) != wanted:
            raise Refusal(f"{code} is {rate} %.", remedy="Correct profile.tax_rate.")
        return f"{found.told('Name')}, {rate or '?'} %"

    async def warehouse(self, code: str, remedy: str) -> str:
        """Check a warehouse; `remedy` says where it is named."""
        found = await self._existing("Warehouses", code, remedy)
        if found.told("Inactive") == _YES:
            raise Refusal(f"Warehouse {code} is inactive.", remedy=remedy)
        return found.told("WarehouseName")

    async def revenue_class(self, name: str) -> str:
        """Check that a revenue class leads to an account."""
        if name == DETERMINED:
            return "Left to SAP's own account determination"
        if name.startswith(EXPENSE):
            code = name.removeprefix(EXPENSE).strip()
            if not code.isdigit():
                raise Refusal(f"'{code}' is no number.", remedy="Map it to expense:NUMBER.")
            remedy = "Define it (Administration > Setup > General > Freight), or map to another"
            found = await self._existing("AdditionalExpenses", int(code), f"{remedy}.")
            return f"{found.told('Name')}, account {found.told('RevenuesAccount') or '-'}"
        if name.startswith(ITEM):
            return await self.charge_item(name.removeprefix(ITEM).strip())
        return await self._account(name)

    async def charge_item(self, code: str) -> str:
        """Check an item that stands for charges."""
        found = await self._existing("Items", code, "Correct the item's code.")
        if found.told("InventoryItem") == _YES or found.told("SalesItem") == "tNO":
            raise Refusal(
                f"{code} must be a sales item without inventory.",
                remedy="Clear 'Inventory Item' and set 'Sales Item' on it, or name another.",
            )
        if found.told("Frozen") == _YES:
            raise Refusal(f"Item {code} is inactive.", remedy="Activate it, or name another.")
        return found.told("ItemName")

    async def series(self, numbered: Numbered, number: int) -> str:
        """Check that a numbering series is there for what it is to number."""
        found = await self._client.function(
            "SeriesService_GetSeries", {"SeriesParams": {"Series": number}}
        )
        wanted, told = _SERIES_OBJECTS[numbered], str(found.get("Document") or "")
        if told and told != wanted:
            raise Refusal(
                f"Series {number} numbers object {told}, not {wanted} ({numbered}).",
                remedy=f"Correct series.{numbered}.",
            )
        if found.get("Locked") == _YES:
            raise Refusal(f"Series {number} is locked.", remedy="Unlock it, or name another.")
        return str(found.get("Name") or "")

    async def _account(self, code: str) -> str:
        try:
            found = await self._client.read(keyed("ChartOfAccounts", code), WireAny)
        except NotFound:
            raise Refusal(
                f"There is no G/L account {code}.", remedy=await self._shown_as(code)
            ) from None
        if found.told("ActiveAccount") == "tNO" or found.told("FrozenFor") == _YES:
            raise Refusal(f"Account {code} takes no postings.", remedy="Map to an active account.")
        return found.told("Name")

    async def _shown_as(self, code: str) -> str:
        """With segments people see another code than SAP's own: find what was meant."""
        rows = await self._client.rows(
            "ChartOfAccounts", ("Code",), where=f"FormatCode eq {literal(code)}", key="Code"
        )
        if not rows:
            return "Map to an account that exists, to expense:NUMBER, or to default."
        return f"Map to its internal code, {rows[0].get('Code')}."

    async def _existing(self, entity: str, key: str | int, remedy: str) -> WireAny:
        try:
            return await self._client.read(keyed(entity, key), WireAny)
        except NotFound:
            raise Refusal(f"There is no {key} among {entity}.", remedy=remedy) from None
