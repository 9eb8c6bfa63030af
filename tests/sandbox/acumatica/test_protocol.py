import asyncio
from typing import Any

import httpx
import pytest

ROOT = "/entity/Default/24.200.001"


async def test_the_instance_lists_its_endpoints_to_everybody(nobody: Any) -> None:
    told = (await nobody.http.get("/entity")).json()
    assert told["version"]["acumaticaBuildVersion"] == nobody.settings.build
    assert [one["version"] for one in told["endpoints"]] == list(nobody.settings.versions)


async def test_older_builds_list_their_endpoints_bare(nobody: Any) -> None:
    nobody.settings.bare_versions = True
    told = (await nobody.http.get("/entity")).json()
    assert {one["name"] for one in told} == {"Default"}


async def test_a_version_that_is_not_published_is_not_found(site: Any) -> None:
    answer = await site.http.get("/entity/Default/99.200.001/Customer")
    assert answer.status_code == 404


async def test_an_unknown_entity_is_not_found(site: Any) -> None:
    assert (await site.get("Spaceship")).status_code == 404


async def test_without_signing_in_there_is_no_entity(nobody: Any) -> None:
    answer = await nobody.get("Customer")
    assert answer.status_code == 401
    assert "message" in answer.json()


async def test_a_password_grant_gives_an_hour_and_a_refresh_token(nobody: Any) -> None:
    told = await nobody.sign_in()
    assert (told["expires_in"], told["token_type"]) == (3600, "Bearer")
    assert (await nobody.get("Customer")).status_code == 200


async def test_without_offline_access_there_is_no_refresh_token(nobody: Any) -> None:
    assert "refresh_token" not in (await nobody.token(scope="api")).json()


async def test_a_wrong_password_is_an_invalid_grant_and_several_lock_the_account(
    nobody: Any,
) -> None:
    for _ in range(nobody.settings.lock_after):
        answer = await nobody.token(password="no")
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert (await nobody.token()).json()["error"] == "invalid_grant"
    nobody.stand_in.identity.unlock()
    assert (await nobody.token()).status_code == 200


async def test_client_credentials_are_no_grant_of_this_server(nobody: Any) -> None:
    answer = await nobody.token(grant_type="client_credentials")
    assert answer.json()["error"] == "unsupported_grant_type"


async def test_a_wrong_secret_is_an_invalid_client(nobody: Any) -> None:
    assert (await nobody.token(client_secret="no")).json()["error"] == "invalid_client"


async def test_a_person_authorises_by_code(nobody: Any) -> None:
    page = await nobody.http.get(
        "/identity/connect/authorize",
        params={
            "response_type": "code",
            "client_id": nobody.settings.client_id,
            "redirect_uri": nobody.settings.redirect_uri,
            "scope": "api offline_access",
            "state": "s1",
        },
    )
    query = httpx.URL(page.headers["location"]).params
    assert query["state"] == "s1"
    sent = {"code": query["code"], "redirect_uri": nobody.settings.redirect_uri}
    told = await nobody.token(grant_type="authorization_code", **sent)
    assert told.json()["refresh_token"]
    again = await nobody.token(grant_type="authorization_code", **sent)
    assert again.json()["error"] == "invalid_grant"


async def test_a_refresh_token_is_good_for_one_refresh(nobody: Any) -> None:
    first = nobody.stand_in.identity.authorise()
    told = (await nobody.token(grant_type="refresh_token", refresh_token=first)).json()
    assert told["refresh_token"] != first
    again = await nobody.token(grant_type="refresh_token", refresh_token=first)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    newest = await nobody.token(grant_type="refresh_token", refresh_token=told["refresh_token"])
    assert newest.status_code == 200


async def test_an_expired_token_is_401_until_it_is_refreshed(site: Any) -> None:
    refresh = (await site.sign_in())["refresh_token"]
    site.stand_in.expire_token()
    assert (await site.get("Customer")).status_code == 401
    told = (await site.token(grant_type="refresh_token", refresh_token=refresh)).json()
    site.http.headers["authorization"] = f"Bearer {told['access_token']}"
    assert (await site.get("Customer")).status_code == 200


async def test_a_refresh_goes_on_in_the_same_session(nobody: Any) -> None:
    refresh = (await nobody.sign_in())["refresh_token"]
    await nobody.get("Customer")
    told = (await nobody.token(grant_type="refresh_token", refresh_token=refresh)).json()
    nobody.http.headers["authorization"] = f"Bearer {told['access_token']}"
    await nobody.get("Customer")
    assert nobody.stand_in.sessions.opened == 1


async def test_each_grant_takes_a_seat_at_its_first_call(nobody: Any) -> None:
    nobody.settings.seats = 1
    await nobody.sign_in()
    assert (await nobody.get("Customer")).status_code == 200
    await nobody.sign_in()
    answer = await nobody.get("Customer")
    assert answer.status_code == 500
    assert "API Login Limit" in answer.json()["exceptionMessage"]


async def test_a_sign_out_frees_the_seat_and_the_bearer_may_take_another(site: Any) -> None:
    await site.get("Customer")
    assert (await site.http.post("/entity/auth/logout")).status_code == 204
    assert site.stand_in.sessions.live == 0
    assert (await site.get("Customer")).status_code == 200
    assert site.stand_in.sessions.opened == 2


async def test_revoking_access_does_not_free_the_seat(site: Any) -> None:
    await site.get("Customer")
    site.stand_in.revoke_access()
    assert (await site.get("Customer")).status_code == 401
    assert site.stand_in.sessions.live == 1


async def test_seats_taken_by_others_are_refused_until_they_leave(site: Any) -> None:
    site.stand_in.take_seat()
    assert "API Login Limit" in (await site.get("Customer")).json()["exceptionMessage"]
    site.stand_in.free_seat()
    assert (await site.get("Customer")).status_code == 200


async def test_a_cookie_session_works_until_its_log_out(nobody: Any) -> None:
    assert (await nobody.log_in()).status_code == 204
    assert (await nobody.get("Customer")).status_code == 200
    assert (await nobody.http.post("/entity/auth/logout")).status_code == 204
    assert (await nobody.get("Customer")).status_code == 401
    assert nobody.stand_in.sessions.live == 0


async def test_a_log_out_without_a_length_is_411_and_keeps_the_seat(nobody: Any) -> None:
    await nobody.log_in()

    async def no_length() -> Any:
        yield b""

    answer = await nobody.http.post("/entity/auth/logout", content=no_length())
    assert answer.status_code == 411
    assert nobody.stand_in.sessions.live == 1


async def test_a_wrong_tenant_is_an_exception_on_a_multi_tenant_database(nobody: Any) -> None:
    answer = await nobody.log_in(tenant="Elsewhere")
    assert answer.json()["exceptionType"] == "PX.Data.PXUndefinedCompanyException"
    nobody.settings.multi_tenant = False
    assert (await nobody.log_in(tenant="Elsewhere")).status_code == 204


async def test_an_ended_session_makes_the_cookie_worthless(nobody: Any) -> None:
    await nobody.log_in()
    nobody.stand_in.expire_session()
    assert (await nobody.get("Customer")).status_code == 401


async def test_a_session_left_idle_gives_its_seat_back(nobody: Any) -> None:
    nobody.settings.session_idle_seconds = 0
    await nobody.log_in()
    assert nobody.stand_in.sessions.live == 0


async def test_the_branch_comes_with_the_log_in_or_with_the_request(nobody: Any) -> None:
    await nobody.log_in(branch="WEST")
    assert (await nobody.ordered())["OrderNbr"] == "000001"
    nobody.http.headers["PX-CbApiBranch"] = "MAIN"
    await nobody.ordered(CustomerOrder="101")
    assert [one.branch for one in nobody.stand_in.books.orders] == ["WEST", "MAIN"]


async def test_a_form_without_rights_is_403(site: Any) -> None:
    site.settings.forbidden = {"Payment"}
    answer = await site.get("Payment")
    assert answer.status_code == 403
    assert "insufficient rights to access the Payment (AR302000) form" in answer.json()["message"]


async def test_a_declined_request_is_429_with_a_text_that_is_no_json(site: Any) -> None:
    site.stand_in.decline_next()
    answer = await site.get("Customer")
    assert answer.status_code == 429
    assert answer.headers["content-type"].startswith("text/plain")
    assert "custom error module" in answer.text
    assert (await site.get("Customer")).status_code == 200


async def test_requests_of_one_session_wait_for_each_other_and_a_full_queue_declines(
    site: Any,
) -> None:
    site.settings.queue_limit = 1
    await site.get("Customer")
    (session,) = site.stand_in.sessions.all
    async with session.lock, asyncio.timeout(30):
        waiting = [asyncio.create_task(site.get("Customer")) for _ in range(2)]
        await site.stand_in.gate.queued(2)
        declined = await site.get("Customer")
    assert declined.status_code == 429
    assert [answer.status_code for answer in await asyncio.gather(*waiting)] == [200, 200]


async def test_from_half_the_limit_on_requests_are_delayed(site: Any) -> None:
    site.settings.requests_per_minute = 4
    gate = site.stand_in.gate
    assert [gate._delay() for _ in range(2)] == [0.0, 0.0]
    assert gate._delay() == pytest.approx(60, abs=1)


async def test_a_flat_value_is_a_bad_request(site: Any) -> None:
    answer = await site.http.put(f"{ROOT}/Customer", json={"CustomerName": "Ann"})
    assert answer.status_code == 400
    assert list(answer.json()["modelState"]) == ["entity.CustomerName"]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"Colour": {"value": "red"}}, "entity.Colour"),
        ({"CreditLimit": {"value": "much"}}, "entity.CreditLimit.value"),
        ({"MainContact": {"Emial": {"value": "a"}}}, "entity.MainContact.Emial"),
    ],
    ids=["unknown field", "wrong type", "unknown field of a linked entity"],
)
async def test_a_body_that_does_not_fit_the_contract_is_a_bad_request(
    site: Any, body: dict[str, Any], named: str
) -> None:
    answer = await site.http.put(f"{ROOT}/Customer", json=body)
    assert answer.status_code == 400
    assert list(answer.json()["modelState"]) == [named]


async def test_a_body_that_is_no_json_is_a_bad_request(site: Any) -> None:
    answer = await site.http.put(f"{ROOT}/Customer", content=b"{")
    assert answer.status_code == 400
