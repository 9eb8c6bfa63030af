"""The SYSPRO stand-in against recorded exchanges of a real SYSPRO 7."""

import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
import yaml

from sandbox.serving import StandInServer
from sandbox.syspro import SysproSettings, SysproStandIn

REPOSITORY = Path(__file__).resolve().parents[2]
SPECS = Path(os.environ.get("TILLBRIDGE_SPECS", REPOSITORY.parent / "shared" / "specs"))
SAMPLES = SPECS / "syspro" / "rest-wire-samples"
REST = "/SYSPROWCFService/Rest"

pytestmark = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason=f"no recorded SYSPRO exchanges in {SAMPLES}; set TILLBRIDGE_SPECS"
)


def recorded(name: str) -> list[dict[str, Any]]:
    """The exchanges of one recording; the recorder had replaced every capital L."""
    text = (SAMPLES / f"{name}.yml").read_text().replace("<syspro_company>", "L")
    return yaml.safe_load(text)["http_interactions"]


def last_body(name: str) -> str:
    return recorded(name)[-1]["response"]["body"]["string"]


def shape(element: ElementTree.Element) -> Any:
    """Names only: what a parser depends on."""
    return (element.tag, sorted(element.attrib), [shape(child) for child in element])


def read(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text.strip().encode("cp1252"))


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    stand_in = SysproStandIn(SysproSettings(token_form="7", version="7.0.0.6"))
    async with (
        StandInServer(stand_in.app) as server,
        httpx.AsyncClient(base_url=server.base_url, timeout=30) as http,
    ):
        yield http


async def logon(http: httpx.AsyncClient, password: str = "till-password") -> httpx.Response:
    query = {"CompanyId": "EDU1", "CompanyPassword": "", "Operator": "TILL"}
    return await http.get(f"{REST}/logon", params={**query, "OperatorPassword": password})


async def test_a_logon_answers_a_token_like_the_recorded_one(http: httpx.AsyncClient) -> None:
    pattern = re.compile(r"[0-9A-F]{32}\d\d  ")
    assert pattern.fullmatch(last_body("test_logon"))
    answer = await logon(http)
    assert pattern.fullmatch(answer.text)
    headers = recorded("test_logon")[0]["response"]["headers"]
    assert answer.status_code == recorded("test_logon")[0]["response"]["status"]["code"]
    assert answer.headers["content-type"] == headers["Content-Type"][0]
    assert headers["Server"][0] in answer.headers["server"]
    assert answer.headers["content-length"] == headers["Content-Length"][0]


async def test_a_wrong_password_answers_the_recorded_text(http: httpx.AsyncClient) -> None:
    assert (await logon(http, "bad_password")).text == last_body("test_logon_error")


async def test_a_logoff_answers_the_recorded_text(http: httpx.AsyncClient) -> None:
    token = (await logon(http)).text
    answer = await http.get(f"{REST}/logoff", params={"UserId": token})
    assert answer.text == last_body("test_successful_logoff")


async def test_a_logoff_of_an_unknown_token_answers_the_recorded_text(
    http: httpx.AsyncClient,
) -> None:
    uri = recorded("test_logoff_error")[-1]["request"]["uri"]
    answer = await http.get(f"{REST}/logoff?{uri.partition('?')[2]}")
    assert answer.text == last_body("test_logoff_error")


async def test_the_version_is_a_bare_text(http: httpx.AsyncClient) -> None:
    assert (await http.get(f"{REST}/getversion")).text == last_body("test_get_syspro_version")


async def _replayed(http: httpx.AsyncClient, name: str, *changes: tuple[str, str]) -> str:
    """Sends the recorded query again, under our token and with our data."""
    token = (await logon(http)).text
    url = httpx.URL(recorded(name)[-1]["request"]["uri"])
    query = dict(url.params) | {"UserId": token}
    for old, new in changes:
        query["XmlIn"] = query["XmlIn"].replace(old, new)
    path = url.path.partition("/Rest")[2]
    answer = await http.get(f"{REST}{path}", params=query)
    assert answer.status_code == 200
    return answer.content.decode("cp1252")


async def test_a_recorded_find_gets_an_answer_of_the_recorded_shape(
    http: httpx.AsyncClient,
) -> None:
    ours = await _replayed(http, "test_query_query", (">02<", ">APRON<"))
    theirs = last_body("test_query_query")
    assert shape(read(ours)) == shape(read(theirs))
    assert read(ours).findtext("RowsReturned") == read(theirs).findtext("RowsReturned")
    assert ours.endswith(">\n ")
    assert theirs.endswith(">\n ")
    assert ours.splitlines()[0] == theirs.splitlines()[0]


async def test_a_recorded_fetch_gets_columns_that_the_real_table_has(
    http: httpx.AsyncClient,
) -> None:
    ours = read(await _replayed(http, "test_query_fetch", (">02<", ">APRON<")))
    theirs = read(last_body("test_query_fetch"))
    assert (ours.tag, sorted(ours.attrib)) == (theirs.tag, sorted(theirs.attrib))
    assert {cell.tag for cell in ours} <= {cell.tag for cell in theirs}


async def _added(http: httpx.AsyncClient, name: str) -> ElementTree.Element:
    document = (
        f"<SetupArCustomer><Item><Key><Customer>{name}</Customer></Key><Name>Ann</Name>"
        "<Branch>10</Branch><Salesperson>100</Salesperson><TermsCode>0</TermsCode>"
        "</Item></SetupArCustomer>"
    )
    query = {
        "UserId": (await logon(http)).text,
        "BusinessObject": "ARSSCS",
        "XmlParameters": "<SetupArCustomer/>",
        "XmlIn": document,
    }
    return read((await http.get(f"{REST}/Setup/Add", params=query)).text)


async def test_a_setup_answers_like_the_recorded_one(http: httpx.AsyncClient) -> None:
    ours, theirs = await _added(http, "C1"), read(last_body("test_comsfm"))
    assert ours.tag == "setuparcustomer"
    assert theirs.tag == theirs.tag.lower()
    assert [child.tag for child in ours] == [child.tag for child in theirs]
    assert sorted(ours.attrib) == sorted(theirs.attrib)
    assert shape(ours[1]) == shape(theirs[1])
    assert ours.findtext("StatusOfItems/RecordsInvalid") == theirs.findtext(
        "StatusOfItems/RecordsInvalid"
    )


async def test_a_setup_error_sits_beside_the_key_of_the_same_name(
    http: httpx.AsyncClient,
) -> None:
    ours, theirs = await _added(http, "WEB0001"), read(last_body("test_invsws_errors"))
    assert theirs.find("item/key/stockcode") is not None
    assert ours.find("item/key/customer") is not None
    assert [c.tag for c in ours.find("item/customer") or ()] == [
        c.tag for c in theirs.find("item/stockcode") or ()
    ]
    assert shape(ours[1]) == shape(theirs[1])
    assert ours.findtext("StatusOfItems/RecordsInvalid") == "1"


async def test_a_posting_numbers_its_items_like_the_recorded_one(
    http: httpx.AsyncClient,
) -> None:
    document = (
        "<PostArInvoices><Item><TransactionType>I</TransactionType><Customer>WEB0001</Customer>"
        "<Invoice>A</Invoice><InvoiceValue>1.00</InvoiceValue><ProductClass>GOODS</ProductClass>"
        "</Item></PostArInvoices>"
    )
    query = {
        "UserId": (await logon(http)).text,
        "BusinessObject": "ARSTIN",
        "XmlParameters": "<PostArInvoices/>",
        "XmlIn": document,
    }
    ours = read((await http.get(f"{REST}/Transaction/Post", params=query)).text)
    theirs = read(last_body("test_portor"))
    assert ours.tag == ours.tag.lower()
    assert theirs.tag == theirs.tag.lower()
    assert ours.findtext("Item/ItemNumber") == theirs.findtext("Item/ItemNumber") == "000001"
