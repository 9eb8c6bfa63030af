"""A served stand-in and the smallest client that can speak to it."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest

from sandbox.sap_business_one import SapBusinessOneStandIn, SapSettings
from sandbox.serving import StandInServer

DAY = date(2026, 5, 11)
CUSTOMER = "C1"


@dataclass
class Site:
    stand_in: SapBusinessOneStandIn
    http: httpx.AsyncClient
    version: str = "v2"
    cookie: str = ""

    @property
    def settings(self) -> SapSettings:
        return self.stand_in.settings

    async def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        content = None if body is None else json.dumps(body, default=float)
        return await self.http.request(
            method,
            f"/b1s/{self.version}/{path}",
            content=content,
            headers={"Cookie": self.cookie, **sent},
        )

    async def login(self, **changed: object) -> httpx.Response:
        body = {
            "CompanyDB": self.settings.company_db,
            "UserName": self.settings.username,
            "Password": self.settings.password,
            "Language": 23,
        }
        answer = await self.send("POST", "Login", body | changed)
        if answer.status_code == 200:
            self.cookie = f"B1SESSION={read(answer)['SessionId']}; ROUTEID=.node3"
        self.http.cookies.clear()
        return answer

    async def get(self, path: str, **headers: str) -> Any:
        answer = await self.send("GET", path, **headers)
        assert answer.status_code == 200, answer.text
        return read(answer)

    async def post(self, path: str, body: Any = None) -> Any:
        answer = await self.send("POST", path, body)
        assert answer.status_code in (200, 201, 204), answer.text
        return read(answer) if answer.content else None

    async def refused(
        self, path: str, body: Any = None, *, method: str = "POST"
    ) -> tuple[int, str]:
        """Code and text of a refusal with status 400."""
        answer = await self.send(method, path, body)
        assert answer.status_code == 400, answer.text
        error = read(answer)["error"]
        return int(error["code"]), error["message"]

    async def invoice(self, *lines: dict[str, Any], **changed: object) -> Any:
        return await self.post("Invoices", document(*lines, **changed))

    async def pay(self, entry: int, amount: float, **changed: object) -> Any:
        return await self.post("IncomingPayments", payment(entry, amount, **changed))


def read(answer: httpx.Response) -> Any:
    return json.loads(answer.content, parse_float=Decimal)


def line(item: str = "MUG-BLUE", quantity: float = 1, **changed: object) -> dict[str, Any]:
    return {"ItemCode": item, "Quantity": quantity, "TaxCode": "EX"} | changed


def document(*lines: dict[str, Any], **changed: object) -> dict[str, Any]:
    body: dict[str, Any] = {
        "CardCode": CUSTOMER,
        "DocDate": DAY.isoformat(),
        "DocDueDate": DAY.isoformat(),
        "DocumentLines": list(lines) or [line()],
    }
    return body | changed


def payment(entry: int, amount: float, **changed: object) -> dict[str, Any]:
    body: dict[str, Any] = {
        "CardCode": CUSTOMER,
        "DocDate": DAY.isoformat(),
        "TransferAccount": "161010",
        "TransferSum": amount,
        "PaymentInvoices": [{"DocEntry": entry, "InvoiceType": "it_Invoice", "SumApplied": amount}],
    }
    return body | changed


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    stand_in = SapBusinessOneStandIn(SapSettings(today=DAY))
    stand_in.add_partner(CUSTOMER, name="Ann O'Hara", email="ann@example.com")
    async with (
        StandInServer(stand_in.app) as server,
        httpx.AsyncClient(base_url=server.base_url, timeout=30) as http,
    ):
        site = Site(stand_in, http)
        await site.login()
        yield site
        stand_in.audit()


@pytest.fixture
def make_line() -> Any:
    return line


@pytest.fixture
def make_document() -> Any:
    return document


@pytest.fixture
def make_payment() -> Any:
    return payment
