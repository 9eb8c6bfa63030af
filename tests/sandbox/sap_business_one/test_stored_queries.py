"""Stored queries over the tables on the list."""

from decimal import Decimal
from typing import Any

import pytest

STOCK = (
    "SELECT T0.[ItemCode], T0.[WhsCode], T0.[OnHand], T0.[IsCommited] FROM [OITW] T0 "
    "WHERE T0.[WhsCode] = :whs AND T0.[ItemCode] > :last ORDER BY T0.[ItemCode]"
)


async def stored(site: Any, text: str) -> None:
    await site.post("SQLQueries", {"SqlCode": "c2", "SqlName": "c2", "SqlText": text})


async def test_stock_is_listed_by_key_ranges(site: Any, make_line: Any) -> None:
    await stored(site, STOCK)
    body = {"CardCode": "C1", "DocDueDate": "2026-05-12", "DocumentLines": [make_line(quantity=2)]}
    await site.post("Orders", body)
    path = "SQLQueries('c2')/List?whs='01'&last='MUG'"
    page = await site.get(path, Prefer="odata.maxpagesize=2")
    assert page["value"] == [
        {"ItemCode": "MUG-BLUE", "WhsCode": "01", "OnHand": 600, "IsCommited": 2},
        {"ItemCode": "MUG-WHITE", "WhsCode": "01", "OnHand": 540, "IsCommited": 0},
    ]
    following = await site.get(page["@odata.nextLink"], Prefer="odata.maxpagesize=2")
    assert following["value"][0]["ItemCode"] == "POT-CAST"


async def test_parameters_may_come_in_a_body(site: Any) -> None:
    await stored(site, STOCK)
    answer = await site.send("POST", "SQLQueries('c2')/List", {"ParamList": "whs='01'&last='TRAY'"})
    assert [row["ItemCode"] for row in answer.json()["value"]] == ["TRAY-OAK"]


async def test_tables_are_joined(site: Any) -> None:
    await stored(
        site,
        'SELECT "OITM"."ItemCode", "ITM1"."Price" FROM "OITM" INNER JOIN "ITM1" '
        'ON "OITM"."ItemCode" = "ITM1"."ItemCode" '
        'WHERE "ITM1"."PriceList" = 2 AND "OITM"."ItemCode" IN (\'APRON\', \'SCALE\') '
        'ORDER BY "OITM"."ItemCode" DESC',
    )
    assert (await site.get("SQLQueries('c2')/List"))["value"] == [
        {"ItemCode": "SCALE", "Price": Decimal("27.49")},
        {"ItemCode": "APRON", "Price": Decimal("42.95")},
    ]


@pytest.mark.parametrize(
    "text",
    ["select ItemCode from OINM", "delete from OITM", "select a from OITM where", "select"],
)
async def test_other_tables_and_other_statements_are_refused(site: Any, text: str) -> None:
    body = {"SqlCode": "c2", "SqlText": text}
    assert (await site.refused("SQLQueries", body))[0] == 702


async def test_a_missing_parameter_is_refused(site: Any) -> None:
    await stored(site, STOCK)
    code, text = await site.refused("SQLQueries('c2')/List?whs='01'", method="GET")
    assert (code, "'last'" in text) == (702, True)


async def test_a_code_can_be_used_once_and_given_up(site: Any) -> None:
    await stored(site, STOCK)
    assert (await site.refused("SQLQueries", {"SqlCode": "c2", "SqlText": STOCK}))[0] == -2035
    assert (await site.send("DELETE", "SQLQueries('c2')")).status_code == 204
    assert (await site.send("GET", "SQLQueries('c2')/List")).status_code == 404
