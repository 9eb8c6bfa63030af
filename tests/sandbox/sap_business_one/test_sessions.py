"""Logging in, losing the session, and how errors look in the two versions."""

from time import monotonic
from typing import Any

import pytest


async def test_a_login_answers_two_cookies_of_which_the_session_has_no_path(site: Any) -> None:
    answer = await site.login()
    session, route = answer.headers.get_list("set-cookie")
    assert session.startswith("B1SESSION=")
    assert session.endswith(";HttpOnly;")
    assert "path" not in session.lower()
    assert route == "ROUTEID=.node3; path=/b1s"
    assert answer.json()["SessionTimeout"] == 30
    assert answer.json()["Version"] == "1000280"


@pytest.mark.parametrize(
    ("changed", "code"),
    [({"Password": "no"}, "-304"), ({"UserName": "no"}, "-304"), ({"CompanyDB": "no"}, "-306")],
)
async def test_wrong_credentials_have_codes_of_their_own_and_one_text(
    site: Any, changed: dict[str, str], code: str
) -> None:
    answer = await site.login(**changed)
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == code
    assert answer.json()["error"]["message"] == "Fail to NONE-SSO login from SLD."


async def test_one_login_too_many_at_once_fails_as_saml(site: Any) -> None:
    for _ in range(6):
        site.stand_in.sessions.begin_login()
    failed = await site.login()
    assert failed.status_code == 500
    assert failed.json()["error"] == {
        "code": "299",
        "message": "SAML Login Failed",
        "details": [{"code": "", "message": ""}],
    }
    site.stand_in.sessions.end_login()
    assert (await site.login()).status_code == 200


async def test_a_login_takes_as_long_as_the_site_says(site: Any) -> None:
    site.settings.login_seconds = 0.05
    began = monotonic()
    await site.login()
    assert monotonic() - began >= 0.05


@pytest.mark.parametrize("ends", ["expire_session", "drop_sessions", "logout", "idle"])
async def test_a_dead_session_is_401_with_code_301(site: Any, ends: str) -> None:
    if ends == "logout":
        assert (await site.send("POST", "Logout")).status_code == 204
    elif ends == "idle":
        site.settings.session_minutes = 0
    else:
        getattr(site.stand_in, ends)()
    answer = await site.send("POST", "Orders", {})
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "301"
    assert "Invalid session" in answer.json()["error"]["message"]


async def test_a_session_serves_both_versions(site: Any) -> None:
    site.version = "v1"
    assert (await site.get("Items?$top=1"))["value"]


async def test_version_1_tells_codes_as_numbers_and_messages_as_objects(site: Any) -> None:
    site.version = "v1"
    answer = await site.send("GET", "Invoices(7)")
    assert answer.status_code == 404
    assert answer.json()["error"] == {
        "code": -2028,
        "message": {"lang": "en-us", "value": "No matching records found (ODBC -2028)"},
    }


async def test_dates_are_plain_in_version_1_and_pretend_to_be_utc_in_version_2(site: Any) -> None:
    await site.invoice()
    assert (await site.get("Invoices(1)"))["DocDate"] == "2026-05-11T00:00:00Z"
    site.version = "v1"
    assert (await site.get("Invoices(1)"))["DocDate"] == "2026-05-11"


async def test_idle_connections_are_announced_to_live_five_seconds(site: Any) -> None:
    answer = await site.send("GET", "Warehouses")
    assert answer.headers["keep-alive"] == "timeout=5, max=100"


async def test_the_health_page_needs_no_session(site: Any) -> None:
    site.stand_in.drop_sessions()
    assert (await site.http.get("/ping/")).status_code == 200


async def test_a_refusal_can_be_ordered_and_nothing_is_applied(site: Any) -> None:
    site.stand_in.refuse_next("Invoices", code=305, status=500, text="Switch company error: -1102")
    answer = await site.send("POST", "Invoices", {})
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "305")
    site.stand_in.refuse_next("Items", status=502, html=True)
    answer = await site.send("GET", "Items")
    assert answer.status_code == 502
    assert answer.headers["content-type"].startswith("text/html")
    assert site.stand_in.invoices == []


async def test_an_unknown_path_is_404_and_a_wrong_method_405(site: Any) -> None:
    assert (await site.send("GET", "Nonsense")).status_code == 404
    assert (await site.send("DELETE", "Warehouses('01')")).status_code == 405
