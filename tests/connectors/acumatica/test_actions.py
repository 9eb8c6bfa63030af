"""Long-running actions: how Acumatica says that one runs, has ended or has failed."""

from typing import Any

import httpx
import pytest

from connectors.acumatica.connector import Acumatica, acumatica
from connectors.acumatica.settings import AcumaticaSettings
from connectors.errors import OutcomeUnknown, Rejected
from domain.hold import HoldCode

SITE = "https://erp.example.com/Site"
STATUS = "/Site/entity/Default/24.200.001/SalesInvoice/ReleaseSalesInvoice/status/1"


class Releasing:
    """An Acumatica with one invoice that is not released, and answers to its release."""

    def __init__(self, sessions: Any, *answers: httpx.Response) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []
        settings = {
            "base_url": SITE,
            "tenant": "T",
            "auth": {"kind": "cookie", "username": "u", "password": "p"},
            "strategy": "sales-invoice",
            "tax_id": "TAX",
            "profile": {"action_poll_seconds": 0.001},
            "logout_on_close": False,
        }
        self.erp: Acumatica = acumatica(
            AcumaticaSettings.model_validate(settings),
            sessions,
            transport=httpx.MockTransport(self._answer),
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path.endswith("/login"):
            return httpx.Response(204, headers={"Set-Cookie": "a=b"})
        if "ReleaseSalesInvoice" in path:
            self.asked.append(f"{request.method} {path}")
            return self.answers.pop(0)
        if path.endswith("/Customer"):
            found = {"CustomerID": {"value": "WEBSTORE"}, "CurrencyID": {"value": "USD"}}
        else:
            found = {
                "ReferenceNbr": {"value": "000001"},
                "Status": {"value": "Balanced"},
                "CustomerID": {"value": "WEBSTORE"},
                "ExternalRef": {"value": "BC-100"},
            }
        return httpx.Response(200, json=[found])


def running(location: str = STATUS) -> httpx.Response:
    return httpx.Response(202, headers={"Location": location} if location else {})


@pytest.mark.parametrize("location", [STATUS, f"https://erp.example.com{STATUS}"])
async def test_an_action_is_asked_about_where_its_answer_says(
    site: Any, make: Any, location: str
) -> None:
    vendor = Releasing(site.sessions, running(location), running(""), httpx.Response(204))
    await vendor.erp.post_document(make.document())
    assert vendor.asked[1:] == [f"GET {STATUS}"] * 2


async def test_an_action_that_failed_is_refused_in_its_own_words(site: Any, make: Any) -> None:
    failed = httpx.Response(
        500,
        json={
            "message": "An error has occurred.",
            "exceptionMessage": "The 11-2026 financial period is closed.",
            "exceptionType": "PX.Data.PXException",
        },
    )
    vendor = Releasing(site.sessions, running(), failed)
    with pytest.raises(Rejected, match="period is closed") as held:
        await vendor.erp.post_document(make.document())
    assert held.value.hold is HoldCode.PERIOD_CLOSED


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ((running(""),), "does not say where to ask"),
        ((running("https://elsewhere.example.com/status/1"),), "another address"),
        ((running(), httpx.Response(404)), "no longer knows"),
        ((running(), httpx.Response(502)), "may have been applied"),
    ],
    ids=["nowhere", "elsewhere", "forgotten", "gateway"],
)
async def test_an_action_whose_end_is_not_told_leaves_its_outcome_open(
    site: Any, make: Any, answers: tuple[httpx.Response, ...], says: str
) -> None:
    vendor = Releasing(site.sessions, *answers)
    with pytest.raises(OutcomeUnknown, match=says):
        await vendor.erp.post_document(make.document())
