import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from connectors.errors import Rejected, Unavailable
from connectors.sap_business_one.client import ServiceLayerClient, keyed, named
from connectors.sap_business_one.settings import SapBusinessOneSettings
from connectors.sap_business_one.wire import WireDocument
from connectors.transport import Transport

LOGIN = {"Set-Cookie": "B1SESSION=abc;HttpOnly;"}


class Paging:
    """Keeps numbered rows, and gives at most so many at once whatever it is asked for."""

    def __init__(self, rows: int, most: int, *, linked: bool) -> None:
        self.rows, self.most, self.linked = rows, most, linked
        self.asked: list[str] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/Login"):
            return httpx.Response(200, json={}, headers=LOGIN)
        query = parse_qs(urlsplit(str(request.url)).query)
        condition = query.get("$filter", [""])[0]
        self.asked.append(condition)
        after = re.search(r"DocEntry gt (\d+)", condition)
        first = int(after[1]) + 1 if after else 1
        page = [{"DocEntry": n} for n in range(first, self.rows + 1)][: self.most]
        body: dict[str, Any] = {"value": page}
        if self.linked and page and page[-1]["DocEntry"] < self.rows:
            body["@odata.nextLink"] = "Invoices?$skip=20"  # without the condition, as some do
        return httpx.Response(200, json=body)


def client(answer: Any, sessions: Any, **changed: Any) -> ServiceLayerClient:
    fields: dict[str, Any] = {
        "base_url": "https://b1.example.com:50000/b1s/v2/", "company_db": "SBO",
        "username": "till", "password": "secret", "tax_code": "CA",
    }  # fmt: skip
    settings = SapBusinessOneSettings(**(fields | changed))
    network = Transport(system="SAP Business One", transport=httpx.MockTransport(answer))
    return ServiceLayerClient(settings, sessions, network)


@pytest.mark.parametrize("linked", [True, False], ids=["linked", "unlinked"])
@pytest.mark.parametrize("rows", [0, 1, 19, 20, 21, 40, 45])
async def test_every_row_is_read_whatever_the_server_makes_of_the_page_size(
    rows: int, linked: bool, memory_sessions: Any
) -> None:
    server = Paging(rows, 20, linked=linked)
    found = await client(server.answer, memory_sessions).rows(
        "Invoices", ("DocEntry",), where="CardCode eq 'A' or CardCode eq 'B'"
    )
    assert [row["DocEntry"] for row in found] == list(range(1, rows + 1))
    later = [condition for condition in server.asked if " gt " in condition]
    assert all(one.startswith("(CardCode eq 'A' or CardCode eq 'B') and ") for one in later)


async def test_a_server_that_repeats_its_page_is_not_read_for_ever(memory_sessions: Any) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/Login"):
            return httpx.Response(200, json={}, headers=LOGIN)
        return httpx.Response(200, json={"value": [{"DocEntry": 1}] * 20})

    with pytest.raises(Unavailable, match="same page"):
        await client(answer, memory_sessions).rows("Invoices", ("DocEntry",))


async def test_an_answer_without_what_we_need_names_the_property_and_quotes_nothing(
    memory_sessions: Any,
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/Login"):
            return httpx.Response(200, json={}, headers=LOGIN)
        return httpx.Response(200, json={"DocTotal": "Ann Person"})

    with pytest.raises(Rejected, match="no usable DocEntry, DocTotal") as caught:
        await client(answer, memory_sessions).read("Invoices(7)", WireDocument)
    assert "Ann" not in str(caught.value)


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'"text"', b'{"value": 7}', b"NaN"])
async def test_what_is_no_list_is_no_answer(body: bytes, memory_sessions: Any) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/Login"):
            return httpx.Response(200, json={}, headers=LOGIN)
        return httpx.Response(200, content=body)

    with pytest.raises(Unavailable):
        await client(answer, memory_sessions).rows("Invoices", ("DocEntry",))


def test_keys_are_written_as_odata_wants_them_and_named_without_their_value() -> None:
    assert keyed("Orders", 22) == "Orders(22)"
    path = keyed("Items", "A/1 (b)'?")
    assert path == "Items(%27A%2F1%20%28b%29%27%27%3F%27)"
    assert named(path) == "Items"
    assert named("Items?$filter=ItemCode eq 'A'") == "Items"
