"""Functions and actions that belong to no entity: the company, exchange rates, prices, preview."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from sandbox.sap_business_one import company
from sandbox.sap_business_one.books import ZERO, Books
from sandbox.sap_business_one.documents import build
from sandbox.sap_business_one.entity_types import Row, read_date, read_entity
from sandbox.sap_business_one.papers import PAPERS
from sandbox.sap_business_one.refusals import no_match, rate_missing, rejected
from sandbox.sap_business_one.schema import DOCUMENT
from sandbox.sap_business_one.wire import Version, context, rendered

Service = Callable[[Books, Version, str, Mapping[str, Any]], Any]


def _company_info(books: Books, version: Version, root: str, _: Mapping[str, Any]) -> Row:
    settings = books.settings
    return {
        **context(version, root, "SAPB1.CompanyInfo"),
        "Version": int(settings.version),
        "CompanyName": settings.company_name,
        "Localization": settings.country,
        "BlockStockNegativeQuantity": _flag(settings.block_negative_inventory),
        "EnableExpensesManagement": "tYES",
        "EnableTransactionNotification": "tYES",
    }


def _admin_info(books: Books, version: Version, root: str, _: Mapping[str, Any]) -> Row:
    settings = books.settings
    return {
        **context(version, root, "SAPB1.AdminInfo"),
        "CompanyName": settings.company_name,
        "Country": settings.country,
        "LocalCurrency": settings.local_currency,
        "SystemCurrency": settings.local_currency,
        "DefaultTaxCode": settings.default_tax_code,
        "TotalsAccuracy": 2,
        "PriceAccuracy": 6,
        "AccuracyofQuantities": 6,
        "RateAccuracy": 6,
        "PercentageAccuracy": 6,
        "EnableBranches": _flag(settings.branches),
        "BlockStockNegativeQuantity": _flag(settings.block_negative_inventory),
        "EnableApprovalProcedureInDI": _flag(bool(settings.approval)),
    }


def _flag(on: bool) -> str:
    return "tYES" if on else "tNO"


def _value(version: Version, root: str, kind: str, value: Any) -> Row:
    return {**context(version, root, f"Edm.{kind}"), "value": value}


def _local_currency(books: Books, version: Version, root: str, _: Mapping[str, Any]) -> Row:
    return _value(version, root, "String", books.settings.local_currency)


def _currency_rate(books: Books, version: Version, root: str, given: Mapping[str, Any]) -> Row:
    currency = str(given.get("Currency") or "")
    try:
        read_date(str(given.get("Date") or ""))
    except ValueError:
        raise rejected("Enter a valid date") from None
    if currency not in books.lists["Currencies"]:
        raise no_match()
    rate = books.rate(currency)
    if rate is None:
        raise rate_missing("ORTT", currency)
    return _value(version, root, "Double", rate)


def _set_rate(books: Books, _: Version, __: str, given: Mapping[str, Any]) -> None:
    currency = str(given.get("Currency") or "")
    if currency not in books.lists["Currencies"]:
        raise no_match()
    books.rates[currency] = Decimal(str(given.get("Rate")))


def _item_price(books: Books, version: Version, root: str, given: Mapping[str, Any]) -> Row:
    asked = given.get("ItemPriceParams") or {}
    item = books.items.get(str(asked.get("ItemCode")))
    partner = books.partners.get(str(asked.get("CardCode")))
    if item is None or (asked.get("CardCode") and partner is None):
        raise no_match()
    number = asked.get("PriceList") or (partner["PriceListNum"] if partner else 1)
    price = next((p for p in item["ItemPrices"] if p["PriceList"] == number), None)
    if price is None:
        raise no_match()
    return {
        **context(version, root, "SAPB1.ItemPriceReturnParams"),
        "Price": price["Price"],
        "Currency": price["Currency"],
        "Discount": ZERO,
    }


def _series(_: Books, version: Version, root: str, given: Mapping[str, Any]) -> Row:
    number = int((given.get("SeriesParams") or {}).get("Series") or 0)
    found = (one for one, (own, _) in company.SERIES.items() if own == number)
    set_name = next(found, None)
    if set_name is None and number != company.WEB_SERIES:
        raise no_match()
    return _shown_series(version, root, set_name or "", number)


def _default_series(_: Books, version: Version, root: str, given: Mapping[str, Any]) -> Row:
    # A series has the number of the kind of document that it is the default of.
    wanted = str((given.get("DocumentTypeParams") or {}).get("Document"))
    for set_name, (number, _first) in company.SERIES.items():
        if str(number) == wanted:
            return _shown_series(version, root, set_name, number)
    raise no_match()


def _shown_series(version: Version, root: str, set_name: str, number: int) -> Row:
    return {
        **context(version, root, "SAPB1.Series"),
        "SeriesProperty": number,
        # The web series numbers every kind, which no real series does.
        "Document": str(number) if set_name else None,
        "Name": "Primary" if set_name else "Web",
        "Locked": "tNO",
        "IsManual": "tNO",
    }


def _preview(books: Books, version: Version, root: str, given: Mapping[str, Any]) -> Row:
    body = read_entity(DOCUMENT, given.get("Document") or {}, books.field_width)
    row = build(books, PAPERS["Orders"], body)
    fields = books.field_names(DOCUMENT)
    return {
        **context(version, root, "SAPB1.Document"),
        **rendered(DOCUMENT, row, version=version, fields=sorted(fields)),
    }


SERVICES: dict[str, Service] = {
    "CompanyService_GetCompanyInfo": _company_info,
    "CompanyService_GetAdminInfo": _admin_info,
    "CompanyService_GetItemPrice": _item_price,
    "SBOBobService_GetLocalCurrency": _local_currency,
    "SBOBobService_GetSystemCurrency": _local_currency,
    "SBOBobService_GetCurrencyRate": _currency_rate,
    "SBOBobService_SetCurrencyRate": _set_rate,
    "OrdersService_Preview": _preview,
    "SeriesService_GetSeries": _series,
    "SeriesService_GetDefaultSeries": _default_series,
}
