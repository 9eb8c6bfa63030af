"""Items: goods (StockItem) and what is charged without being stocked (NonStockItem)."""

from collections.abc import Collection, Mapping, Sequence

from connectors.acumatica.client import AcumaticaClient
from connectors.acumatica.masters import NonStockItem, StockItem
from connectors.acumatica.query import Wanted, one_of
from connectors.acumatica.settings import AcumaticaSettings
from connectors.acumatica.wire import text
from domain.mapping import ErpItem

# A whole item is very large.
_NAMED = Wanted(select=("InventoryID", "Description", "ItemStatus"))
_NOT_SOLD = frozenset({"Inactive", "No Sales", "Marked for Deletion"})


class Items:
    """Looks items up by their codes."""

    def __init__(self, settings: AcumaticaSettings, client: AcumaticaClient) -> None:
        self._settings = settings
        self._client = client

    async def find(self, codes: Collection[str]) -> Mapping[str, ErpItem]:
        """Return those that exist and may be sold, by the code that was asked for.

        Acumatica compares without case; what an edit of goods is booked to stands for the
        revenue class, as Acumatica takes accounts off items.
        """
        wanted = sorted({code for code in codes if code})
        size = self._settings.profile.find_chunk
        found: dict[str, ErpItem] = {}
        for start in range(0, len(wanted), size):
            chunk = wanted[start : start + size]
            stocked = await self._sold(StockItem, chunk)
            missing = [code for code in chunk if code.casefold() not in stocked]
            others = await self._sold(NonStockItem, missing) if missing else {}
            for code in chunk:
                item = stocked.get(code.casefold()) or others.get(code.casefold())
                if item is not None:
                    found[code] = item
        return found

    async def charged(self, codes: Sequence[str]) -> Mapping[str, ErpItem]:
        """Return those of the codes that are non-stock items which may be sold."""
        found = await self._sold(NonStockItem, sorted(set(codes))) if codes else {}
        return {code: found[code.casefold()] for code in codes if code.casefold() in found}

    async def _sold(
        self, model: type[StockItem] | type[NonStockItem], codes: Sequence[str]
    ) -> dict[str, ErpItem]:
        rows = await self._client.rows(model, _NAMED, where=one_of("InventoryID", codes))
        found: dict[str, ErpItem] = {}
        for row in rows:
            if text(row.item_status) not in _NOT_SOLD:
                code = text(row.inventory_id)
                found[code.casefold()] = ErpItem(
                    code=code,
                    description=text(row.description),
                    revenue_class=self._settings.adjustment_item or code,
                )
        return found
