"""The stand-in itself: the company's state, the Service Layer in front of it, and the knobs."""

import asyncio
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import cast

from fastapi import FastAPI, Request, Response

from sandbox.common_ledger import CommonLedger
from sandbox.faults import Faults
from sandbox.sap_business_one import control, knobs, ledger, service_layer
from sandbox.sap_business_one.audit import audit
from sandbox.sap_business_one.books import Books
from sandbox.sap_business_one.counted import common_ledger
from sandbox.sap_business_one.ledger import LedgerDocument, LedgerPartner, LedgerPayment
from sandbox.sap_business_one.refusals import Refused, unknown_path
from sandbox.sap_business_one.service_layer import ServiceLayer
from sandbox.sap_business_one.sessions import Sessions
from sandbox.sap_business_one.settings import SapSettings
from sandbox.sap_business_one.wire import PROXY_PAGE, Answer, Version, answered, context, refusal

_BELOW = re.compile(r"/b1s/(?P<version>v1|v2)/?(?P<path>.*)")
_ROUTE = "ROUTEID=.node3; path=/b1s"
_KEEP_ALIVE = {"Keep-Alive": "timeout=5, max=100", "Server": "Apache/2.4.52 (Unix)"}
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


@dataclass
class _Refusal:
    """A refusal that waits for its request."""

    method: str
    path: str
    refused: Refused
    html: bool
    times: int


class SapBusinessOneStandIn(knobs.Knobs):
    """One Business One company with its books, sessions and faults.

    `app` is the ASGI application. Every answer of the ledger is decided without awaiting, so that
    requests never interleave inside a posting.
    """

    def __init__(self, settings: SapSettings | None = None) -> None:
        self.settings = settings or SapSettings()
        self.books = Books(self.settings)
        self.sessions = Sessions(self.settings)
        self._layer = ServiceLayer(self.books)
        self._refusals: list[_Refusal] = []
        self.faults = Faults(self._routes())
        self.app = self.faults
        self.seed()

    @property
    def logins(self) -> int:
        """How often a login succeeded."""
        return self.sessions.logins

    @property
    def orders(self) -> list[LedgerDocument]:
        """Every sales order."""
        return ledger.documents(self.books, "Orders")

    @property
    def delivery_notes(self) -> list[LedgerDocument]:
        """Every delivery."""
        return ledger.documents(self.books, "DeliveryNotes")

    @property
    def invoices(self) -> list[LedgerDocument]:
        """Every invoice, cancelled ones and their cancellations too."""
        return ledger.documents(self.books, "Invoices")

    @property
    def credit_notes(self) -> list[LedgerDocument]:
        """Every credit note."""
        return ledger.documents(self.books, "CreditNotes")

    @property
    def incoming_payments(self) -> list[LedgerPayment]:
        """Money taken."""
        return ledger.payments(self.books, "IncomingPayments")

    @property
    def vendor_payments(self) -> list[LedgerPayment]:
        """Money given back."""
        return ledger.payments(self.books, "VendorPayments")

    @property
    def partners(self) -> list[LedgerPartner]:
        """Every customer."""
        return ledger.partners(self.books)

    @property
    def balances(self) -> dict[str, Decimal]:
        """Account balances in local currency; debits are positive."""
        return dict(sorted(self.books.accounts.items()))

    def by_reference(self, reference: str) -> list[LedgerDocument | LedgerPayment]:
        """Whatever carries that text in our user field."""
        found = [
            *self.orders, *self.delivery_notes, *self.invoices, *self.credit_notes,
            *self.incoming_payments, *self.vendor_payments,
        ]  # fmt: skip
        return [one for one in found if one.reference == reference]

    def common_ledger(self) -> CommonLedger:
        """The ledger as every system's can be counted; raises AssertionError if it is off."""
        self.audit()
        return common_ledger(self.books)

    def audit(self) -> None:
        """Raises AssertionError unless the ledger adds up."""
        audit(self.books)

    def drop_sessions(self) -> None:
        """Every session dies, as after a restart of the server."""
        self.sessions.drop()

    def expire_session(self) -> None:
        """Our session dies of a long pause."""
        self.sessions.drop()

    def refuse_next(
        self,
        path: str,
        *,
        method: str = "*",
        status: int = 400,
        code: int = -5002,
        text: str = "(1) Refused by the company's own check",
        html: bool = False,
        times: int = 1,
    ) -> None:
        """Refuses the next requests whose path below the version matches; nothing is applied.

        `html` answers as a proxy does, without an error of the Service Layer; use status 502.
        """
        self._refusals.append(_Refusal(method, path, Refused(status, code, text), html, times))

    def _routes(self) -> FastAPI:
        app = FastAPI(
            title="SAP Business One stand-in",
            openapi_url=None,
            docs_url=None,
            redoc_url=None,
            telemetry={"tracing": False},
        )

        @app.api_route("/_sandbox/{name}", methods=["GET", "POST"])
        async def control_api(request: Request) -> Response:
            return await control.serve(self, request)

        @app.api_route("/{path:path}", methods=_METHODS)
        async def outside(path: str, request: Request) -> Response:
            return await self._outside(f"/{path}", request)

        return app

    async def _outside(self, path: str, request: Request) -> Response:
        if path.startswith("/ping"):
            return Response("pong", media_type="text/plain", headers=_KEEP_ALIVE)
        found = _BELOW.fullmatch(path)
        if found is None:
            return Response("<h1>Not Found</h1>", 404, media_type="text/html")
        version = cast(Version, found["version"])
        asked = service_layer.Request(
            version=version,
            method=request.method,
            path=found["path"],
            query=request.scope["query_string"].decode("latin-1"),
            headers=dict(request.headers),
            body=await request.body(),
            root=f"{request.url.scheme}://{request.url.netloc}/b1s/{version}",
        )
        try:
            answer = await self._answer(asked, dict(request.cookies))
        except Refused as refused:
            answer = refusal(version, refused)
        return _response(answer)

    async def _answer(self, asked: service_layer.Request, cookies: dict[str, str]) -> Answer:
        waiting = self._refusal_of(asked)
        if waiting is not None and waiting.html:
            return Answer(waiting.refused.status, PROXY_PAGE, {}, "text/html")
        if waiting is not None:
            raise waiting.refused
        name = asked.path.strip("/")
        if name == "Login":
            return await self._login(asked)
        session = self.sessions.use(cookies)
        if name == "Logout":
            self.sessions.logout(session)
            return Answer(204)
        if not name:
            raise unknown_path("/")
        return self._layer.serve(asked)

    async def _login(self, asked: service_layer.Request) -> Answer:
        if "expect" in asked.headers:
            return Answer(500)
        self.sessions.begin_login()
        try:
            await asyncio.sleep(self.settings.login_seconds)
        finally:
            self.sessions.end_login()
        given = asked.content
        session = self.sessions.login(
            given.get("CompanyDB"), given.get("UserName"), given.get("Password")
        )
        content = context(asked.version, asked.root, "B1Sessions/$entity") | {
            "SessionId": session,
            "Version": self.settings.version,
            "SessionTimeout": int(self.settings.session_minutes),
        }
        answer = answered(asked.version, content)
        # No Path on the first one: cookie jars tie it to the directory of the login.
        answer.cookies = (f"B1SESSION={session};HttpOnly;", _ROUTE)
        return answer

    def _refusal_of(self, asked: service_layer.Request) -> _Refusal | None:
        for waiting in self._refusals:
            right_method = waiting.method in ("*", asked.method)
            if waiting.times and right_method and re.search(waiting.path, asked.path):
                waiting.times -= 1
                return waiting
        return None


def _response(answer: Answer) -> Response:
    response = Response(answer.body, answer.status, headers={**_KEEP_ALIVE, **answer.headers})
    if answer.media_type:
        response.headers["Content-Type"] = answer.media_type
    for cookie in answer.cookies:
        response.headers.append("Set-Cookie", cookie)
    return response
