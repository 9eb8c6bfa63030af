"""A served stand-in and the smallest client that can speak to it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest

from sandbox.serving import StandInServer
from sandbox.syspro import SysproSettings, SysproStandIn

REST = "/SYSPROWCFService/Rest"
ODATA = "/SYSPRO8Odata/SYSPROOData/EDU1"


@dataclass
class Site:
    stand_in: SysproStandIn
    http: httpx.AsyncClient
    token: str = ""

    @property
    def settings(self) -> SysproSettings:
        return self.stand_in.settings

    async def text(self, path: str, **query: str) -> str:
        answer = await self.http.get(f"{REST}/{path}", params=query)
        assert answer.status_code == 200
        return answer.content.decode("cp1252")

    async def logon(self, **changed: str) -> str:
        query = {
            "Operator": self.settings.operator,
            "OperatorPassword": self.settings.operator_password,
            "CompanyId": self.settings.company_id,
            "CompanyPassword": "",
        }
        self.token = await self.text("Logon", **(query | changed))
        return self.token

    async def call(self, path: str, **query: str) -> Any:
        text = await self.text(path, UserId=self.token, **query)
        assert not text.startswith("ERROR"), text
        return ElementTree.fromstring(text.strip().encode("cp1252"))

    async def query(self, code: str, document: str) -> Any:
        return await self.call("Query/Query", BusinessObject=code, XmlIn=document)

    async def post(self, code: str, root: str, items: str, parameters: str = "") -> Any:
        return await self.call(
            "Transaction/Post",
            BusinessObject=code,
            XmlParameters=f"<{root}><Parameters>{parameters}</Parameters></{root}>",
            XmlIn=f"<{root}>{items}</{root}>",
        )

    async def arstin(self, items: str, parameters: str = "") -> Any:
        return await self.post("ARSTIN", "PostArInvoices", items, parameters)

    async def arstpy(self, payment: str, parameters: str = "") -> Any:
        items = f"<Item><Payment>{payment}</Payment></Item>"
        return await self.post("ARSTPY", "PostArPayment", items, parameters)

    async def arsscs(self, item: str, *, verb: str = "Add") -> Any:
        return await self.call(
            f"Setup/{verb}",
            BusinessObject="ARSSCS",
            XmlParameters="<SetupArCustomer/>",
            XmlIn=f"<SetupArCustomer><Item>{item}</Item></SetupArCustomer>",
        )

    async def sortoi(self, header: str, lines: str, parameters: str = "") -> Any:
        document = (
            f"<Orders><OrderHeader>{header}</OrderHeader>"
            f"<OrderDetails>{lines}</OrderDetails></Orders>"
        )
        return await self.post("SORTOI", "SalesOrders", document, parameters)

    async def odata(self, path: str, **query: str) -> httpx.Response:
        options = {f"${name}": value for name, value in query.items()}
        auth = (self.settings.odata_user, self.settings.odata_password)
        return await self.http.get(f"{ODATA}/{path}", params=options, auth=auth)


def item(number: str = "BC-1", **changed: str) -> str:
    """An ARSTIN item of 120.00 with 20.00 tax; keyword arguments change or add elements."""
    elements = {
        "TransactionType": "I",
        "Customer": "WEB0001",
        "PostToExistingInvoice": "N",
        "GenerateInvoiceNumber": "N",
        "Invoice": number,
        "Reference": number,
        "InvoiceValue": "120.00",
        "TaxValue": "20.00",
        "ProductClass": "GOODS",
    } | changed
    return "<Item>" + "".join(f"<{k}>{v}</{k}>" for k, v in elements.items()) + "</Item>"


def errors(answer: Any) -> list[str]:
    """The descriptions of every error in an answer."""
    return [one.text for one in answer.iter("ErrorDescription")]


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    stand_in = SysproStandIn()
    async with (
        StandInServer(stand_in.app) as server,
        httpx.AsyncClient(base_url=server.base_url, timeout=30) as http,
    ):
        site = Site(stand_in, http)
        await site.logon()
        yield site
        stand_in.audit()


@pytest.fixture
def make_item() -> Any:
    return item


@pytest.fixture
def errors_in() -> Any:
    return errors
