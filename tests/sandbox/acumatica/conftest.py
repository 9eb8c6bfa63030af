"""A served stand-in and the smallest client that can speak to it."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx
import pytest

from sandbox.acumatica import AcumaticaSettings, AcumaticaStandIn
from sandbox.serving import StandInServer

ROOT = "/entity/Default/24.200.001"
Body = dict[str, Any]


def wrapped(values: Body) -> Body:
    """The same values in the endpoint's wrapping; lists are details, dictionaries are linked."""
    return {name: _wrap(name, value) for name, value in values.items()}


def _wrap(name: str, value: Any) -> Any:
    if name in ("id", "delete", "rowNumber", "custom"):
        return value
    if isinstance(value, list):
        return [wrapped(row) for row in value]
    return wrapped(value) if isinstance(value, dict) else {"value": value}


def plain(shown: Any) -> Any:
    """What the endpoint shows, unwrapped and without padding; empty fields are left out."""
    if isinstance(shown, list):
        return [plain(row) for row in shown]
    if not isinstance(shown, dict):
        return shown
    if set(shown) == {"value"}:
        value = shown["value"]
        return value.strip() if isinstance(value, str) else value
    return {name: plain(value) for name, value in shown.items() if value != {}}


@dataclass
class Site:
    stand_in: AcumaticaStandIn
    http: httpx.AsyncClient

    @property
    def settings(self) -> AcumaticaSettings:
        return self.stand_in.settings

    async def token(self, **changed: str) -> httpx.Response:
        form = {
            "grant_type": "password",
            "client_id": self.settings.client_id,
            "client_secret": self.settings.client_secret,
            "username": self.settings.username,
            "password": self.settings.password,
            "scope": "api offline_access",
        } | changed
        return await self.http.post("/identity/connect/token", data=form)

    async def sign_in(self) -> Body:
        answer = (await self.token()).json()
        self.http.headers["authorization"] = f"Bearer {answer['access_token']}"
        return answer

    async def log_in(self, **changed: str) -> httpx.Response:
        sent = {
            "name": self.settings.username,
            "password": self.settings.password,
            "tenant": self.settings.tenant,
        }
        return await self.http.post("/entity/auth/login", json=sent | changed)

    async def get(self, path: str, **query: str) -> httpx.Response:
        options = {f"${name}": value for name, value in query.items()}
        return await self.http.get(f"{ROOT}/{path}", params=options)

    async def put(
        self, entity: str, body: Body, headers: dict[str, str] | None = None, **query: str
    ) -> httpx.Response:
        options = {f"${name}": value for name, value in query.items()}
        return await self.http.put(
            f"{ROOT}/{entity}", json=wrapped(body), params=options, headers=headers
        )

    async def entered(self, entity: str, body: Body, **query: str) -> Any:
        """What a PUT that has to succeed shows."""
        answer = await self.put(entity, body, None, **query)
        assert answer.status_code == 200, answer.text
        return plain(answer.json())

    async def refused(self, entity: str, body: Body) -> Any:
        """The body of a 422."""
        answer = await self.put(entity, body)
        assert answer.status_code == 422, answer.text
        return answer.json()

    async def act(self, entity: str, action: str, body: Body) -> httpx.Response:
        """Carries out an action to its end and gives the last answer."""
        answer = await self.http.post(
            f"{ROOT}/{entity}/{action}", json={"entity": wrapped(body), "parameters": {}}
        )
        while answer.status_code == 202:
            answer = await self.http.get(answer.headers["location"])
        return answer

    async def ordered(self, **changed: Any) -> Any:
        """Enters an order of 2 x 12.40 + 2.05 tax; keyword arguments change or add fields."""
        shown = "OrderType,OrderNbr,OrderTotal,TaxTotal,Status"
        return await self.entered("SalesOrder", order(**changed), select=shown)

    async def paid(self, **changed: Any) -> Any:
        """Enters a released payment of 26.85."""
        shown = await self.entered("Payment", payment(**changed), select="Type,ReferenceNbr")
        key = {"Type": shown["Type"], "ReferenceNbr": shown["ReferenceNbr"]}
        answer = await self.act("Payment", "ReleasePayment", key)
        assert answer.status_code == 204, answer.text
        return key

    async def invoiced(self, **changed: Any) -> Any:
        """Enters and releases an invoice of 2 x 12.40 + 2.05 tax."""
        shown = await self.entered("SalesInvoice", invoice(**changed), select="Type,ReferenceNbr")
        key = {"Type": shown["Type"], "ReferenceNbr": shown["ReferenceNbr"]}
        answer = await self.act("SalesInvoice", "ReleaseSalesInvoice", key)
        assert answer.status_code == 204, answer.text
        return key


def order(**changed: Any) -> Body:
    line = {"InventoryID": "MUG-BLUE", "OrderQty": 2, "ManualPrice": True, "UnitPrice": 12.40}
    return {
        "OrderType": "SO",
        "CustomerID": "WEBSTORE",
        "CustomerOrder": "100",
        "ExternalRef": "BC-100",
        "Hold": False,
        "IsTaxValid": True,
        "Details": [line],
        "TaxDetails": [{"TaxID": "STORETAX", "TaxableAmount": 24.80, "TaxAmount": 2.05}],
    } | changed


def payment(**changed: Any) -> Body:
    return {
        "Type": "Payment",
        "CustomerID": "WEBSTORE",
        "PaymentMethod": "STORECC",
        "CashAccount": "10600",
        "PaymentAmount": 26.85,
        "PaymentRef": "txn-1",
        "ExternalRef": "BC-100-P1",
        "Hold": False,
    } | changed


def invoice(**changed: Any) -> Body:
    line = {"InventoryID": "MUG-BLUE", "Qty": 2, "ManualPrice": True, "UnitPrice": 12.40}
    return {
        "Type": "Invoice",
        "CustomerID": "WEBSTORE",
        "CustomerOrder": "100",
        "ExternalRef": "BC-100",
        "Hold": False,
        "IsTaxValid": True,
        "Details": [line],
        "TaxDetails": [{"TaxID": "STORETAX", "TaxableAmount": 24.80, "TaxAmount": 2.05}],
    } | changed


@pytest.fixture
async def nobody() -> AsyncIterator[Site]:
    """A site at which nobody is signed in."""
    stand_in = AcumaticaStandIn(AcumaticaSettings(push_pace=0.0001))
    async with (
        StandInServer(stand_in.app) as server,
        httpx.AsyncClient(base_url=server.base_url, timeout=30) as http,
    ):
        yield Site(stand_in, http)
        stand_in.audit()


@pytest.fixture
async def site(nobody: Site) -> Site:
    await nobody.sign_in()
    return nobody


@pytest.fixture
def unwrapped() -> Callable[[Any], Any]:
    return plain


@pytest.fixture
def money() -> Callable[[str], Decimal]:
    return Decimal
