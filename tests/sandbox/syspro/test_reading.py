from typing import Any

import httpx
import pytest

from sandbox.faults import Fault, FaultKind


def find(table: str, *conditions: tuple[str, str, str, str], rows: str = "") -> str:
    where = "".join(
        f"<Expression><OpenBracket>(</OpenBracket><AndOr>{joined}</AndOr><Column>{column}</Column>"
        f"<Condition>{condition}</Condition><Value>{value}</Value>"
        "<CloseBracket>)</CloseBracket></Expression>"
        for joined, column, condition, value in conditions
    )
    limit = f"<ReturnRows>{rows}</ReturnRows>" if rows else ""
    return f"<Query><TableName>{table}</TableName>{limit}<Where>{where}</Where></Query>"


async def _codes(site: Any, *conditions: tuple[str, str, str, str], rows: str = "") -> list[str]:
    answer = await site.query("COMFND", find("InvMaster", *conditions, rows=rows))
    return [row.findtext("StockCode") for row in answer.findall("Row")]


async def test_conditions_join_and_compare_as_sql_would(site: Any) -> None:
    assert await _codes(site, ("", "StockCode", "EQ", "TRAY-OAK")) == ["TRAY-OAK"]
    either = (("", "StockCode", "EQ", "APRON"), ("or", "StockCode", "EQ", "CANDLE"))
    assert await _codes(site, *either) == ["APRON", "CANDLE"]
    both = (("", "StockCode", "GE", "M"), ("and", "StockCode", "LT", "N"))
    assert await _codes(site, *both) == ["MUG-BLUE", "MUG-WHITE"]
    assert await _codes(site, ("", "StockCode", "LIKE", "MUG-*E")) == ["MUG-BLUE", "MUG-WHITE"]
    assert await _codes(site, ("", "StockCode", "LIKE", "TRAY?OAK")) == ["TRAY-OAK"]


async def test_all_rows_come_back_without_a_limit(site: Any) -> None:
    assert len(await _codes(site)) == 24
    assert len(await _codes(site, rows="5")) == 5


@pytest.mark.parametrize(
    "document",
    [find("invmaster"), find("InvMaster", ("", "stockcode", "EQ", "x"))],
    ids=["table", "column"],
)
async def test_names_of_tables_and_columns_are_case_sensitive(site: Any, document: str) -> None:
    text = await site.text(
        "Query/Query", UserId=site.token, BusinessObject="COMFND", XmlIn=document
    )
    assert text.startswith("ERROR")


@pytest.mark.parametrize(
    "table",
    ["ArCustomer", "ArInvoice", "ArTrnDetail", "InvMaster", "InvWarehouse", "GenMaster",
     "SorMaster", "SorDetail", "GenJournalCtl", "GenJournalDetail", "InvPrice"],
)  # fmt: skip
async def test_every_table_can_be_read_both_ways(site: Any, make_item: Any, table: str) -> None:
    await site.arstin(make_item())
    await site.sortoi(
        "<Customer>WEB0001</Customer><CustomerPoNumber>A</CustomerPoNumber>",
        "<StockLine><StockCode>TRAY-OAK</StockCode><OrderQty>1</OrderQty></StockLine>",
    )
    found = await site.query("COMFND", find(table))
    assert found.tag == table
    read = (await site.odata(table)).json()["value"]
    assert len(found.findall("Row")) == len(read) > 0
    assert [cell.tag for cell in found.find("Row")] == list(read[0])


async def test_a_missing_key_is_said_in_words(site: Any) -> None:
    text = await site.text(
        "Query/Fetch",
        UserId=site.token,
        XmlIn="<Fetch><TableName>InvMaster</TableName><Key>NONE</Key></Fetch>",
    )
    assert text == "ERROR: Key not found on table InvMaster"


async def test_settings_of_the_site_can_be_asked_for(site: Any) -> None:
    keys = await site.query("IMPQIK", "<Query/>")
    assert keys.findtext("Customers/CusKeyType") == "A"
    filtered = '<Query><Filter><Branch FilterType="S" FilterValue="20"/></Filter></Query>'
    rows = (await site.query("IMPQ29", filtered)).findall("SalesInterface")
    assert {row.findtext("Branch") for row in rows} == {"20"}
    key = "<Query><key><LedgerCode>{}</LedgerCode></key></Query>"
    assert (await site.query("GENQGL", key.format("4000"))).findtext(
        "LedgerDetails/AccountType"
    ) == "R"
    unknown = await site.query("GENQGL", key.format("7777"))
    assert "not found" in unknown.findtext(".//ErrorDescription")
    assert (await site.query("IMPQGI", "<Query/>")).find(".//ArIntegrationLevel") is not None
    assert len((await site.query("GENQPP", "<Query/>")).findall("GlPeriod")) == 3


async def test_odata_has_credentials_of_its_own(site: Any) -> None:
    path = "/SYSPRO8Odata/SYSPROOData/EDU1/ArInvoice"
    operator = (site.settings.operator, site.settings.operator_password)
    answer = await site.http.get(path, auth=operator)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic")


async def test_odata_that_is_not_licensed_is_not_there(site: Any) -> None:
    site.settings.odata = False
    assert (await site.odata("ArInvoice")).status_code == 404


async def test_odata_is_read_only(site: Any) -> None:
    auth = (site.settings.odata_user, site.settings.odata_password)
    answer = await site.http.post("/SYSPRO8Odata/SYSPROOData/EDU1/ArInvoice", auth=auth, json={})
    assert answer.status_code == 405


@pytest.mark.parametrize(
    ("expression", "count"),
    [
        ("StockCode eq 'TRAY-OAK'", 1),
        ("StockCode ne 'TRAY-OAK'", 23),
        ("(StockCode eq 'APRON' or StockCode eq 'CANDLE') and ProductClass eq 'GOODS'", 2),
        ("AlternateKey1 eq ''", 24),
        ("AlternateKey1 eq ' '", 24),
        ("Description eq 'O''Brien'", 0),
        ("contains(tolower(Description),'mug')", 2),
    ],
)
async def test_odata_filters(site: Any, expression: str, count: int) -> None:
    answer = await site.odata("InvMaster", filter=expression)
    assert len(answer.json()["value"]) == count


async def test_odata_takes_both_date_literals_and_empty_text_is_one_space(
    site: Any, make_item: Any
) -> None:
    await site.arstin(make_item(InvoiceDate="2025-01-31"))
    for literal in ("2025-01-31", "2025-01-31T00:00:00Z"):
        answer = await site.odata("ArInvoice", filter=f"InvoiceDate ge {literal}")
        assert answer.json()["value"][0]["StoreNumber"] == " "
    later = await site.odata("ArInvoice", filter="InvoiceDate gt 2025-01-31")
    assert later.json()["value"] == []


async def test_odata_pages_by_top_skip_and_cap(site: Any) -> None:
    site.settings.odata_cap = 10
    first = (await site.odata("InvMaster", top="20", select="StockCode")).json()
    assert len(first["value"]) == 10
    assert "@odata.nextLink" not in first
    rest = (await site.odata("InvMaster", skip="20", orderby="StockCode desc")).json()
    assert len(rest["value"]) == 4


async def test_odata_links_to_the_next_page_where_the_site_does(site: Any) -> None:
    site.settings.odata_cap = 10
    site.settings.odata_next_link = True
    auth = (site.settings.odata_user, site.settings.odata_password)
    page = (await site.odata("InvMaster")).json()
    rows = page["value"]
    while "@odata.nextLink" in page:
        page = (await site.http.get(page["@odata.nextLink"], auth=auth)).json()
        rows += page["value"]
    assert len({row["StockCode"] for row in rows}) == 24


@pytest.mark.parametrize("expression", ["Nope eq 1", "StockCode like 'a'", "StockCode eq 5", "(("])
async def test_odata_refuses_a_filter_it_cannot_read(site: Any, expression: str) -> None:
    assert (await site.odata("InvMaster", filter=expression)).status_code == 400


async def test_the_ledger_and_the_knobs_are_served(site: Any, make_item: Any) -> None:
    await site.arstin(make_item())
    ledger = (await site.http.get("/_sandbox/ledger")).json()
    assert ledger["invoices"][0]["balance"] == "120.00"
    assert ledger["totals"]["accounts"]["1100"] == "120.00"
    knobs = [
        ("close-period", {}),
        ("hold-customer", {"code": "WEB0001"}),
        ("steal-session", {}),
        ("add-item", {"stock_code": "NEW", "name": "New", "price": "1.50", "stock": 3}),
        ("add-customer", {"code": "NEWC", "name": "New"}),
    ]
    for name, body in knobs:
        assert (await site.http.post(f"/_sandbox/{name}", json=body)).status_code == 204
    assert site.stand_in.books.closed == {"C"}
    assert site.stand_in.books.customers["WEB0001"].on_hold
    assert "NEW" in site.stand_in.books.items
    wrong = await site.http.post("/_sandbox/hold-customer", json={"code": "NOBODY"})
    assert wrong.status_code == 422


async def test_an_answer_lost_after_the_posting_leaves_the_invoice(
    site: Any, make_item: Any
) -> None:
    site.stand_in.faults.add(Fault(kind=FaultKind.DROP_AFTER, path="/Transaction/Post"))
    with pytest.raises(httpx.RemoteProtocolError):
        await site.arstin(make_item())
    assert site.stand_in.invoice("BC-1") is not None
