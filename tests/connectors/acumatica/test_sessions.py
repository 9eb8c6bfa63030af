import asyncio
import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.errors import (
    CredentialsRejected,
    NoSeat,
    OutcomeUnknown,
    Throttled,
    Unavailable,
    Unsupported,
)
from sandbox.faults import Fault, FaultKind
from tests.support.waiting import until

KINDS = ["password", "authorization-code", "cookie"]


def connected(site: Any, kind: str = "password", **changed: Any) -> Any:
    consent = site.stand_in.identity.authorise() if kind == "authorization-code" else ""
    return site.connect(kind=kind, refresh_token=consent, **changed)


@pytest.mark.parametrize("kind", KINDS)
async def test_many_calls_at_once_take_one_seat(site: Any, kind: str) -> None:
    erp = connected(site, kind)
    await asyncio.gather(*(erp.customer("WEBSTORE") for _ in range(8)))
    assert site.stand_in.sessions.opened == 1
    assert site.sessions.session.version == 1


async def test_one_call_at_a_time_goes_through_a_session(site: Any) -> None:
    site.stand_in.settings.latency_seconds = 0.01
    erp = connected(site)
    await asyncio.gather(*(erp.customer("WEBSTORE") for _ in range(5)))
    calls = [c for c in site.stand_in.faults.calls if c.path.endswith("/Customer")]
    # Each came after the one before it had been answered.
    assert len({call.after for call in calls}) == 5


@pytest.mark.parametrize("kind", KINDS)
async def test_the_seat_is_given_back_at_a_stop(site: Any, kind: str) -> None:
    erp = connected(site, kind)
    await erp.customer("WEBSTORE")
    assert site.stand_in.sessions.live == 1
    await erp.aclose()
    assert site.stand_in.sessions.live == 0


@pytest.mark.parametrize("kind", KINDS)
async def test_after_a_stop_the_next_start_logs_on_again(site: Any, kind: str) -> None:
    consent = site.stand_in.identity.authorise()
    erp = site.connect(kind=kind, refresh_token=consent)
    await erp.customer("WEBSTORE")
    await erp.aclose()
    again = site.connect(kind=kind, refresh_token=consent)
    assert await again.customer("WEBSTORE") is not None


async def test_nothing_is_logged_out_that_was_never_used(site: Any) -> None:
    await connected(site).aclose()
    assert site.stand_in.faults.calls == ()


@pytest.mark.parametrize("kind", KINDS)
async def test_a_lost_session_is_renewed_and_the_posting_replayed_once(
    site: Any, make: Any, kind: str
) -> None:
    erp = connected(site, kind)
    await erp.find_document(make.document())
    site.stand_in.expire_session()
    site.stand_in.expire_token()
    await erp.post_document(make.document())
    assert len(site.stand_in.books.orders) == 1
    assert site.sessions.session.version == 2


async def test_many_calls_that_meet_a_dead_token_renew_it_once(site: Any) -> None:
    erp = connected(site)
    await erp.customer("WEBSTORE")
    issued = site.stand_in.identity.issued
    site.stand_in.expire_token()
    await asyncio.gather(*(erp.customer("WEBSTORE") for _ in range(8)))
    assert site.stand_in.identity.issued == issued + 1


async def test_a_rotated_refresh_token_is_kept_with_its_access_token(site: Any) -> None:
    erp = connected(site, "authorization-code")
    await erp.customer("WEBSTORE")
    for _ in range(3):
        site.stand_in.expire_token()
        await erp.customer("WEBSTORE")
    refresh_tokens = [json.loads(token)["refresh"] for token in site.sessions.kept]
    assert len(set(refresh_tokens)) == 4


async def test_a_second_worker_uses_the_kept_token_and_not_the_settings(site: Any) -> None:
    consent = site.stand_in.identity.authorise()
    first = site.connect(kind="authorization-code", refresh_token=consent)
    await first.customer("WEBSTORE")
    site.stand_in.expire_token()
    second = site.connect(kind="authorization-code", refresh_token=consent)
    assert await second.customer("WEBSTORE") is not None
    assert await first.customer("WEBSTORE") is not None
    assert site.stand_in.sessions.opened == 1


async def test_an_ended_refresh_token_stops_the_connection_and_says_how_to_go_on(
    site: Any,
) -> None:
    erp = connected(site, "authorization-code")
    await erp.customer("WEBSTORE")
    site.stand_in.expire_refresh_token()
    with pytest.raises(CredentialsRejected, match="no longer accepts the refresh token") as held:
        await erp.customer("WEBSTORE")
    assert "/identity/connect/authorize" in held.value.remedy
    asked = [c for c in site.stand_in.faults.calls if c.path == "/identity/connect/token"]
    assert len(asked) == 2  # the first one, and one that was refused


async def test_a_new_refresh_token_in_the_settings_goes_before_the_kept_one(site: Any) -> None:
    erp = connected(site, "authorization-code")
    await erp.customer("WEBSTORE")
    site.stand_in.expire_refresh_token()
    renewed = connected(site, "authorization-code")
    assert await renewed.customer("WEBSTORE") is not None


async def test_by_password_an_ended_refresh_token_is_just_a_new_grant(site: Any) -> None:
    erp = connected(site)
    await erp.customer("WEBSTORE")
    site.stand_in.expire_refresh_token()
    assert await erp.customer("WEBSTORE") is not None


@pytest.mark.parametrize("kind", ["password", "cookie"])
async def test_a_wrong_password_is_tried_once(site: Any, kind: str) -> None:
    auth = {
        "kind": kind,
        "client_id": site.stand_in.settings.client_id,
        "client_secret": site.stand_in.settings.client_secret,
        "username": site.stand_in.settings.username,
        "password": "pl4nted-wrong",
    }
    erp = site.connect(auth=auth)
    with pytest.raises(CredentialsRejected, match="refuses user till") as held:
        await erp.customer("WEBSTORE")
    assert "pl4nted" not in str(held.value)
    assert len(site.stand_in.faults.calls) == 1


async def test_a_wrong_client_secret_names_the_application(site: Any) -> None:
    auth = {
        "client_id": site.stand_in.settings.client_id,
        "client_secret": "wrong",
        "username": "till",
        "password": "till-password",
    }
    with pytest.raises(CredentialsRejected, match="refuses the connected application"):
        await site.connect(auth=auth).customer("WEBSTORE")


async def test_a_tenant_that_is_not_there_is_named(site: Any) -> None:
    erp = site.connect(kind="cookie", tenant="Elsewhere")
    with pytest.raises(CredentialsRejected, match="no tenant Elsewhere"):
        await erp.customer("WEBSTORE")


@pytest.mark.parametrize("kind", KINDS)
async def test_taken_seats_are_waited_out(site: Any, kind: str) -> None:
    erp = connected(site, kind)
    site.stand_in.take_seat()
    with pytest.raises(NoSeat, match="licence seat"):
        await erp.customer("WEBSTORE")
    site.stand_in.free_seat()
    assert await erp.customer("WEBSTORE") is not None


async def test_being_declined_is_waited_out_and_nothing_was_applied(site: Any, make: Any) -> None:
    erp = connected(site)
    await erp.customer("WEBSTORE")
    site.stand_in.faults.add(Fault(kind=FaultKind.THROTTLE_BARE, method="PUT", path="/SalesOrder$"))
    with pytest.raises(Throttled):
        await erp.post_document(make.document())
    assert site.stand_in.books.orders == []


async def test_a_decline_in_plain_text_is_understood(site: Any) -> None:
    erp = connected(site)
    await erp.customer("WEBSTORE")
    site.stand_in.decline_next()
    with pytest.raises(Throttled) as told:
        await erp.customer("WEBSTORE")
    assert told.value.retry_after == timedelta(seconds=30)


async def test_a_slow_answer_to_a_posting_leaves_its_outcome_open(site: Any, make: Any) -> None:
    erp = connected(site, timeouts={"read": 0.3})
    site.stand_in.faults.add(
        Fault(kind=FaultKind.HANG_AFTER, method="PUT", path="/SalesOrder$", seconds=60)
    )

    async def posted_unheard() -> bool:
        try:
            await erp.post_document(make.document())
        except OutcomeUnknown:
            return True
        except Unavailable:  # what is asked before may be slow as well, on a machine that stalls
            return False
        raise AssertionError("the posting was answered")

    await until(posted_unheard, "a posting without an answer")
    assert len(site.stand_in.books.orders) == 1


async def test_an_old_token_is_renewed_before_it_ends(site: Any) -> None:
    erp = connected(site)
    await erp.customer("WEBSTORE")
    await erp.renew_session()
    assert site.sessions.session.version == 1
    old = datetime.now(UTC) - timedelta(minutes=46)
    site.sessions.session = site.sessions.session.model_copy(update={"renewed_at": old})
    await erp.renew_session()
    assert site.sessions.session.version == 2
    assert site.stand_in.sessions.opened == 1


async def test_a_session_of_other_settings_is_not_used(site: Any) -> None:
    await connected(site, "cookie").customer("WEBSTORE")
    await connected(site, "password").customer("WEBSTORE")
    assert site.sessions.session.version == 2


async def test_a_version_that_is_not_served_is_told_with_those_that_are(site: Any) -> None:
    erp = connected(site, endpoint_version="25.200.001")
    with pytest.raises(Unsupported, match=r"serves 20\.200\.001, .*24\.200\.001"):
        await erp.customer("WEBSTORE")


async def test_when_nobody_answers_the_seat_is_told_to_stay_taken(
    site: Any, caplog: pytest.LogCaptureFixture
) -> None:
    erp = connected(site)
    await erp.customer("WEBSTORE")
    site.stand_in.faults.add(Fault(kind=FaultKind.DROP_BEFORE, path="/logout"))
    with caplog.at_level(logging.WARNING):
        await erp.aclose()
    assert "stays taken until it times out" in caplog.text


async def test_a_log_on_that_nobody_answers_is_unavailable(site: Any) -> None:
    erp = connected(site)
    site.stand_in.faults.add(Fault(kind=FaultKind.UNAVAILABLE, path="/identity/connect/token"))
    with pytest.raises(Unavailable):
        await erp.customer("WEBSTORE")


async def test_no_secret_is_logged_or_shown(
    site: Any, make: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        erp = connected(site)
        await erp.find_document(make.document())
        await erp.post_document(make.document())
    secrets = [
        site.stand_in.settings.password,
        site.stand_in.settings.client_secret,
        json.loads(site.sessions.session.token)["access"],
        make.document().email,
    ]
    assert not [secret for secret in secrets if secret in caplog.text]
    assert site.sessions.session.token not in repr(site.sessions.session)
