import asyncio
import logging
from typing import Any

import httpx
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pydantic import ValidationError

from connectors import transport
from connectors.errors import (
    CredentialsRejected,
    OutcomeUnknown,
    SessionExpired,
    Unavailable,
)
from connectors.registry import SystemMisconfigured, open_erp
from connectors.sap_business_one.settings import SapBusinessOneSettings
from sandbox.faults import Fault, FaultKind

both_protocols = pytest.mark.parametrize("protocol", ["v2", "v1"])


GONE = "Invalid session or session already timeout."


async def test_many_calls_at_once_log_in_once(site: Any, make: Any) -> None:
    erp = site.connect()
    site.stand_in.settings.max_parallel_logins = 1
    site.stand_in.settings.login_seconds = 0.2
    await asyncio.gather(*(erp.customer(make.customer) for _ in range(8)))
    assert site.stand_in.logins == 1


async def test_two_workers_share_one_session(site: Any, make: Any) -> None:
    one, other = site.connect(), site.connect()
    await asyncio.gather(one.customer(make.customer), other.customer(make.customer))
    assert site.stand_in.logins == 1


async def test_the_session_logged_in_by_one_protocol_carries_the_other(
    site: Any, make: Any
) -> None:
    await site.connect(protocol="v1").customer(make.customer)
    assert await site.connect(protocol="v2").customer(make.customer) is not None
    assert site.stand_in.logins == 1


async def test_both_cookies_are_sent_by_hand(site: Any, make: Any) -> None:
    await site.connect().customer(make.customer)
    token = site.sessions.session.token
    assert token.startswith("B1SESSION=")
    assert token.endswith("; ROUTEID=.node3")


@both_protocols
async def test_a_lost_session_is_renewed_once_and_the_posting_replayed_once(
    site: Any, erp: Any, make: Any
) -> None:
    await erp.find_document(make.document())
    site.stand_in.expire_session()
    site.stand_in.faults.forget_calls()
    await make.posted(erp, make.document())
    assert len(site.stand_in.invoices) == 1
    assert site.stand_in.logins == 2


async def test_a_session_lost_in_the_middle_of_a_document_does_not_double_it(
    site: Any, make: Any
) -> None:
    erp = site.connect(document="order-delivery-invoice")
    site.stand_in.refuse_next("DeliveryNotes", method="POST", status=401, code=301, text=GONE)
    await make.posted(erp, make.document())
    stand_in = site.stand_in
    assert (len(stand_in.orders), len(stand_in.delivery_notes), len(stand_in.invoices)) == (1, 1, 1)
    assert stand_in.logins == 2


async def test_a_session_lost_twice_in_a_row_is_reported_not_fought_over(
    site: Any, make: Any
) -> None:
    erp = site.connect()
    await erp.customer(make.customer)
    site.stand_in.refuse_next("Partners", status=401, code=301, text=GONE, times=2)
    with pytest.raises(SessionExpired, match="second time in a row"):
        await erp.customer(make.customer)
    assert site.stand_in.logins == 2


async def test_a_wrong_password_is_tried_once_and_named(site: Any, make: Any) -> None:
    with pytest.raises(CredentialsRejected, match="refuses to log tillbridge in") as caught:
        await site.connect(password="wrong").customer(make.customer)
    assert "username, password" in caught.value.remedy
    logins = [call for call in site.stand_in.faults.calls if call.path.endswith("/Login")]
    assert len(logins) == 1


async def test_an_unknown_company_is_named(site: Any, make: Any) -> None:
    with pytest.raises(CredentialsRejected, match="no company SBOX"):
        await site.connect(company_db="SBOX").customer(make.customer)


@pytest.mark.parametrize(
    ("code", "text"), [(299, "SAML Login Failed"), (305, "Switch company error: -1102")]
)
async def test_a_log_in_that_fails_only_now_is_tried_again_later(
    site: Any, make: Any, code: int, text: str
) -> None:
    erp = site.connect()
    site.stand_in.refuse_next("Login", status=500, code=code, text=text)
    with pytest.raises(Unavailable, match=text) as caught:
        await erp.customer(make.customer)
    assert caught.value.retry_after is not None
    assert await erp.customer(make.customer) is not None


async def test_a_broken_node_is_left_by_logging_in_again(site: Any, make: Any) -> None:
    erp = site.connect()
    await erp.customer(make.customer)
    site.stand_in.refuse_next("Partners", status=500, code=407, text="Table definition not found")
    with pytest.raises(Unavailable, match="Table definition"):
        await erp.customer(make.customer)
    await erp.customer(make.customer)
    assert site.stand_in.logins == 2


async def test_a_posting_that_a_broken_node_fails_over_is_in_doubt(site: Any, make: Any) -> None:
    erp = site.connect()
    meant = erp.prepared(make.document(), tolerance=make.money("0.05"))
    site.stand_in.refuse_next("Invoices", method="POST", status=500, code=305, text="Switch")
    with pytest.raises(OutcomeUnknown):
        await erp.post_document(meant)
    assert await erp.find_document(meant) is None


async def test_a_young_session_is_left_alone_and_an_old_one_is_kept_alive(
    site: Any, make: Any
) -> None:
    erp = site.connect()
    await erp.renew_session()
    assert site.stand_in.faults.calls == ()
    await erp.customer(make.customer)
    site.stand_in.faults.forget_calls()
    await erp.renew_session()
    assert site.stand_in.faults.calls == ()
    young = site.sessions.session
    year_ago = young.renewed_at.replace(year=young.renewed_at.year - 1)
    site.sessions.session = young.model_copy(update={"renewed_at": year_ago})
    await erp.renew_session()
    [call] = site.stand_in.faults.calls
    assert call.path.endswith("/CompanyService_GetCompanyInfo")
    assert site.stand_in.logins == 1


async def test_closing_logs_out_only_where_the_settings_say_so(site: Any, make: Any) -> None:
    shared = site.connect()
    await shared.customer(make.customer)
    await shared.aclose()
    assert site.stand_in.sessions.live == 1
    alone = site.connect(logout_on_close=True)
    await alone.customer(make.customer)
    await alone.aclose()
    assert site.stand_in.sessions.live == 0


async def test_no_more_than_four_calls_are_under_way_at_once(site: Any, make: Any) -> None:
    erp = site.connect()
    await erp.customer(make.customer)
    site.stand_in.faults.forget_calls()
    site.stand_in.faults.add(Fault(kind=FaultKind.HOLD, times=4, seconds=60))
    calls = [asyncio.create_task(erp.customer(make.customer)) for _ in range(8)]
    async with asyncio.timeout(30):
        await site.stand_in.faults.spent()
    site.stand_in.faults.release()
    await asyncio.gather(*calls)
    came_before_any_answer = [one for one in site.stand_in.faults.calls if one.after is None]
    assert len(came_before_any_answer) == 4


@pytest.mark.parametrize(
    "kind", [FaultKind.GARBAGE, FaultKind.WRONG_TYPE, FaultKind.UNAVAILABLE, FaultKind.DROP_AFTER]
)
async def test_a_question_without_a_readable_answer_may_be_asked_again(
    site: Any, make: Any, kind: FaultKind
) -> None:
    erp = site.connect()
    await erp.customer(make.customer)
    site.stand_in.faults.add(Fault(kind=kind, path="/BusinessPartners"))
    with pytest.raises(Unavailable):
        await erp.customer(make.customer)
    assert await erp.customer(make.customer) is not None


async def test_password_session_and_personal_data_appear_in_no_log_span_or_error(
    site: Any, make: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(transport, "_tracer", provider.get_tracer("test"))
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("httpcore").setLevel(logging.WARNING)
    errors: list[str] = []
    erp = site.connect()
    await erp.find_customers(make.buyer())
    await erp.create_customer(make.buyer())
    token = site.sessions.session.token
    for kind in (FaultKind.DROP_AFTER, FaultKind.SERVER_ERROR, FaultKind.WRONG_TYPE):
        site.stand_in.faults.add(Fault(kind=kind, method="POST", path="/Invoices"))
        try:
            await erp.post_document(erp.prepared(make.document(), tolerance=make.money("1")))
        except OutcomeUnknown as error:
            errors.append(f"{error!r} {error}")
    assert len(errors) == 3
    spans = "".join(span.to_json() for span in exporter.get_finished_spans())
    ours = [r for r in caplog.records if not r.name.startswith(("asyncio", "hpack"))]
    told = " ".join([spans, *errors, *(f"{r.getMessage()} {r.exc_text}" for r in ours)])
    assert "SAP Business One POST Invoices" in spans
    secret = token.removeprefix("B1SESSION=").partition(";")[0]
    for hidden in (make.planted, secret, "ohara@example.com", "O'Hara", "1 High St"):
        assert hidden not in told


async def test_an_idle_connection_is_let_go_of_before_the_server_closes_it(site: Any) -> None:
    erp = site.connect()
    direct = erp._client._transport._http._transport
    pool = direct._pool if isinstance(direct, httpx.AsyncHTTPTransport) else None
    assert pool is not None
    assert (pool._keepalive_expiry or 5) < 5


def settings(**changed: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "base_url": "https://b1.example.com:50000", "company_db": "SBO", "username": "till",
        "password": "secret", "tax_code": "CA",
    }  # fmt: skip
    return fields | changed


@pytest.mark.parametrize("ending", ["", "/", "/b1s", "/b1s/v1", "/b1s/v2/"])
def test_the_address_is_understood_with_and_without_its_path(ending: str) -> None:
    found = SapBusinessOneSettings(**settings(base_url=f"https://b1.example.com:50000{ending}"))
    assert found.base_url == "https://b1.example.com:50000"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"reference_field": "Comments"}, "user-defined field"),
        ({"user_fields": {"Comments": "x"}}, "Comments is no user-defined field"),
        ({"user_fields": {"U_Shop": "{total}"}}, "there are: email, key, note"),
        ({"user_fields": {"U_C2_ExtRef": "x"}}, "it holds our key"),
        ({"reference_field": "U_a' or 1 eq 1"}, "user-defined field"),
        ({"customer_strategy": "single"}, "needs web_customers"),
        ({"profile": {"tax_amounts": "computed"}}, "needs profile.tax_rate"),
        ({"series": {"cheque": 1}}, "series"),
    ],
)
def test_settings_that_cannot_work_are_refused(changed: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        SapBusinessOneSettings(**settings(**changed))


def test_the_registry_builds_the_connector_and_names_faults_without_values(
    memory_sessions: Any,
) -> None:
    erp = open_erp({"type": "sap-business-one", **settings()}, memory_sessions)
    assert erp.late_commit_seconds == 15
    with pytest.raises(SystemMisconfigured, match="company_db") as caught:
        open_erp({"type": "sap-business-one", "password": "s3cret"}, memory_sessions)
    assert "s3cret" not in str(caught.value)
