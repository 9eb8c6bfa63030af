"""Bundles of requests, whose change sets are applied whole or not at all."""

import json
from typing import Any


def part(method: str, path: str, body: Any = None) -> str:
    lines = [
        "Content-Type: application/http",
        "Content-Transfer-Encoding: binary",
        "",
        f"{method} /b1s/v2/{path} HTTP/1.1",
    ]
    if body is not None:
        lines += ["Content-Type: application/json", "", json.dumps(body)]
    return "\r\n".join([*lines, ""])


def bundle(boundary: str, *parts: str) -> str:
    return "".join(f"--{boundary}\r\n{one}\r\n" for one in parts) + f"--{boundary}--\r\n"


def change_set(*parts: str) -> str:
    inner = bundle("changes", *parts)
    return f"Content-Type: multipart/mixed; boundary=changes\r\n\r\n{inner}"


async def batched(site: Any, *parts: str) -> str:
    answer = await site.http.post(
        "/b1s/v2/$batch",
        content=bundle("all", *parts),
        headers={"Cookie": site.cookie, "Content-Type": "multipart/mixed; boundary=all"},
    )
    assert answer.status_code == 202
    assert answer.headers["content-type"].startswith("multipart/mixed; boundary=")
    return answer.text


async def test_a_change_set_that_fails_leaves_nothing(site: Any, make_document: Any) -> None:
    partner = {"CardCode": "W1", "CardName": "A"}
    text = await batched(
        site,
        change_set(
            part("POST", "BusinessPartners", partner),
            part("POST", "Invoices", make_document(CardCode="W1")),
            part("POST", "BusinessPartners", partner),
        ),
    )
    assert "HTTP/1.1 400" in text
    assert "-2035" in text
    assert "HTTP/1.1 201" not in text
    assert site.stand_in.invoices == []
    assert (await site.send("GET", "BusinessPartners('W1')")).status_code == 404


async def test_a_change_set_that_holds_is_applied(site: Any, make_document: Any) -> None:
    text = await batched(
        site,
        change_set(
            part("POST", "BusinessPartners", {"CardCode": "W1", "CardName": "A"}),
            part("POST", "Invoices", make_document(CardCode="W1")),
        ),
        part("GET", "Invoices(1)?$select=CardCode"),
    )
    assert text.count("HTTP/1.1 201") == 2
    assert '"CardCode":"W1"}' in text
    assert site.stand_in.invoices[0].customer == "W1"


async def test_requests_outside_a_change_set_stand_alone(site: Any, make_document: Any) -> None:
    text = await batched(
        site, part("POST", "Invoices", make_document()), part("GET", "Invoices(7)")
    )
    assert "HTTP/1.1 201" in text
    assert "HTTP/1.1 404" in text
    assert len(site.stand_in.invoices) == 1


async def test_a_change_set_reads_nothing(site: Any) -> None:
    answer = await site.http.post(
        "/b1s/v2/$batch",
        content=bundle("all", change_set(part("GET", "Items"))),
        headers={"Cookie": site.cookie, "Content-Type": "multipart/mixed; boundary=all"},
    )
    assert answer.status_code == 400
