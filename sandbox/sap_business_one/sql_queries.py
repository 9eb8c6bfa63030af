"""Runs stored queries over the tables that B1 lets them read."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sandbox.sap_business_one.books import ZERO, Books
from sandbox.sap_business_one.entity_types import Row
from sandbox.sap_business_one.enumerations import stored_code
from sandbox.sap_business_one.refusals import Refused
from sandbox.sap_business_one.sql_text import SqlRow, parse, run

_PARAMETER = re.compile(r"(\w+)=('(?:[^']|'')*'|-?[\d.]+)")


def check_query(text: str) -> None:
    """Raises unless the query can be read and asks only for tables on the list."""
    for table in parse(text).tables:
        if table not in _TABLES:
            # Number and wording are chosen for this stand-in.
            raise Refused(400, 702, f"Table '{table}' is not accessible")


def run_query(books: Books, row: Row, parameters: str) -> list[SqlRow]:
    """Every row that a stored query finds with these parameters, such as `last='A'&size=3`."""
    given: dict[str, Any] = {}
    for name, value in _PARAMETER.findall(parameters):
        quoted = value.startswith("'")
        given[name] = value[1:-1].replace("''", "'") if quoted else Decimal(value)
    return run(parse(row["SqlText"]), lambda table: _TABLES[table](books), given)


def _oitw(books: Books) -> list[SqlRow]:
    rows: list[SqlRow] = []
    for code in sorted(books.items):
        item = books.items[code]
        if item["InventoryItem"] != "tYES":
            continue
        for warehouse in books.lists["Warehouses"]:
            level = books.level(code, warehouse)
            rows.append(
                {
                    "ItemCode": code,
                    "WhsCode": warehouse,
                    "OnHand": level.in_stock,
                    # B1 spells it so.
                    "IsCommited": level.committed,
                    "OnOrder": level.ordered,
                    "AvgPrice": item["AvgStdPrice"],
                    "Locked": "N",
                }
            )
    return rows


def _oitm(books: Books) -> list[SqlRow]:
    return [
        {
            "ItemCode": code,
            "ItemName": item["ItemName"],
            "validFor": stored_code("BoYesNoEnum", item["Valid"]),
            "frozenFor": stored_code("BoYesNoEnum", item["Frozen"]),
            "InvntItem": stored_code("BoYesNoEnum", item["InventoryItem"]),
            "SellItem": stored_code("BoYesNoEnum", item["SalesItem"]),
            "AvgPrice": item["AvgStdPrice"],
            "DfltWH": item["DefaultWarehouse"],
        }
        for code, item in ((code, books.items[code]) for code in sorted(books.items))
    ]


def _itm1(books: Books) -> list[SqlRow]:
    return [
        {
            "ItemCode": code,
            "PriceList": price["PriceList"],
            "Price": price["Price"],
            "Currency": price["Currency"],
        }
        for code in sorted(books.items)
        for price in books.items[code]["ItemPrices"]
    ]


def _opln(books: Books) -> list[SqlRow]:
    return [
        {"ListNum": row["PriceListNo"], "ListName": row["PriceListName"]}
        for row in books.lists["PriceLists"].values()
    ]


def _ocrd(books: Books) -> list[SqlRow]:
    return [
        {
            "CardCode": code,
            "CardName": row["CardName"],
            "CardType": stored_code("BoCardTypes", row["CardType"]),
            "E_Mail": row["EmailAddress"],
            "Currency": row["Currency"],
            "Balance": books.owed.get(code) or ZERO,
        }
        for code, row in books.partners.items()
    ]


def _documents(set_name: str) -> Callable[[Books], list[SqlRow]]:
    def rows(books: Books) -> list[SqlRow]:
        return [
            {
                "DocEntry": row["DocEntry"],
                "DocNum": row["DocNum"],
                "CardCode": row["CardCode"],
                "NumAtCard": row["NumAtCard"],
                "DocCur": row["DocCurrency"],
                "DocTotal": row["DocTotal"],
                "VatSum": row["VatSum"],
                "PaidToDate": row["PaidToDate"],
                "DocStatus": stored_code("BoStatus", row["DocumentStatus"]),
                "CANCELED": stored_code("CancelStatusEnum", row["CancelStatus"]),
                **{name: value for name, value in row.items() if name.startswith("U_")},
            }
            for row in books.documents[set_name].values()
        ]

    return rows


_TABLES: dict[str, Callable[[Books], list[SqlRow]]] = {
    "OITW": _oitw,
    "OITM": _oitm,
    "ITM1": _itm1,
    "OPLN": _opln,
    "OCRD": _ocrd,
    "ORDR": _documents("Orders"),
    "ODLN": _documents("DeliveryNotes"),
    "OINV": _documents("Invoices"),
    "ORIN": _documents("CreditNotes"),
}
