import asyncio
import logging
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from connectors import transport
from connectors.errors import (
    CredentialsRejected,
    Rejected,
    SessionExpired,
    Unavailable,
    Unsupported,
)
from sandbox.faults import Fault, FaultKind


async def test_many_calls_at_once_log_on_once(site: Any) -> None:
    erp = site.connect()
    await asyncio.gather(*(erp.customer("WEB0001") for _ in range(8)))
    assert site.stand_in.logons == 1


@pytest.mark.parametrize("how", ["steal_session", "expire_session"])
async def test_a_lost_session_is_renewed_once_and_the_posting_replayed(
    site: Any, make: Any, how: str
) -> None:
    erp = site.connect()
    await erp.find_document(make.document())
    getattr(site.stand_in, how)()
    await erp.post_document(make.document())
    assert len(site.stand_in.invoices) == 1
    assert site.stand_in.logons == 2


async def test_a_session_that_ends_between_look_and_post_does_not_double_the_invoice(
    site: Any, make: Any
) -> None:
    erp = site.connect()
    for number in range(3):
        site.stand_in.steal_session()
        await erp.post_document(make.document(f"BC-{number}"))
    assert len(site.stand_in.invoices) == 3


async def test_a_query_tries_a_fresh_session_on_words_that_nobody_recorded(site: Any) -> None:
    site.stand_in.settings.session_error = "ERROR: Something about operators went wrong"
    erp = site.connect()
    await erp.customer("WEB0001")
    site.stand_in.expire_session()
    assert (await erp.items(["OD-1001"])) is not None
    assert site.stand_in.logons == 2


async def test_a_session_lost_twice_in_a_row_is_reported_not_fought_over(site: Any) -> None:
    site.stand_in.settings.session_error = "ERROR: Invalid user id"
    erp = site.connect(profile={"session_patterns": (r"invalid",), "trim_token": False})
    await erp.customer("WEB0001")
    site.stand_in.sessions.use = _refuse  # type: ignore[method-assign]
    with pytest.raises(SessionExpired, match="somebody else uses our operator"):
        await erp.items(["A"])


def _refuse(token: str) -> Any:
    from sandbox.syspro.refusals import BrokenDocument

    raise BrokenDocument("ERROR: Invalid user id")


@pytest.mark.parametrize("form", ["7", "8"])
@pytest.mark.parametrize("wrapped", [False, True], ids=["bare", "wrapped"])
async def test_tokens_of_every_form_are_understood(site: Any, form: str, wrapped: bool) -> None:
    site.stand_in.settings.token_form = form
    site.stand_in.settings.token_wrapped = wrapped
    assert await site.connect().customer("WEB0001") is not None


async def test_a_wrong_password_names_the_operators_credentials(site: Any) -> None:
    with pytest.raises(CredentialsRejected, match="Invalid operator password"):
        await site.connect(operator_password="wrong").customer("WEB0001")


async def test_no_free_licence_seat_is_a_matter_of_waiting(site: Any) -> None:
    site.stand_in.occupy_seats(3)
    with pytest.raises(Unavailable, match="no free licence seat"):
        await site.connect().customer("WEB0001")


async def test_an_unlicensed_object_is_named_with_its_licence(site: Any, make: Any) -> None:
    site.stand_in.settings.licensed = site.stand_in.settings.licensed - {"ARSTIN"}
    with pytest.raises(Unsupported, match="ARSTIN") as caught:
        await site.connect().post_document(make.document())
    assert "e.net License Apportionment" in caught.value.remedy


async def test_a_session_is_renewed_only_when_it_is_old(site: Any) -> None:
    erp = site.connect()
    await erp.customer("WEB0001")
    await erp.renew_session()
    assert site.stand_in.logons == 1
    young = site.sessions.session
    hour_ago = young.renewed_at.replace(year=young.renewed_at.year - 1)
    site.sessions.session = young.model_copy(update={"renewed_at": hour_ago})
    await erp.renew_session()
    assert site.stand_in.logons == 2


async def test_closing_logs_off_only_where_the_settings_say_so(site: Any) -> None:
    shared = site.connect()
    await shared.customer("WEB0001")
    await shared.aclose()
    assert site.stand_in.sessions.live == 1
    alone = site.connect(logoff_on_close=True)
    await alone.customer("WEB0001")
    await alone.aclose()
    assert site.stand_in.sessions.live == 0


@pytest.mark.parametrize("kind", [FaultKind.GARBAGE, FaultKind.WRONG_TYPE, FaultKind.UNAVAILABLE])
async def test_a_query_without_a_readable_answer_may_be_asked_again(
    site: Any, kind: FaultKind
) -> None:
    erp = site.connect()
    await erp.customer("WEB0001")
    site.stand_in.faults.add(Fault(kind=kind, path="/Query/"))
    with pytest.raises(Unavailable):
        await erp.customer("WEB0001")
    assert await erp.customer("WEB0001") is not None


async def test_long_documents_go_by_the_large_post_and_by_get_where_there_is_none(
    site: Any, make: Any
) -> None:
    erp = site.connect(profile={"max_url_chars": 100})
    await erp.post_document(make.document("BC-1"))
    assert any(call.path.endswith("PostLD") for call in site.stand_in.faults.calls)
    site.stand_in.settings.post_ld = False
    await erp.post_document(make.document("BC-2"))
    assert len(site.stand_in.invoices) == 2


async def test_password_token_and_documents_appear_in_no_log_span_or_error(
    site: Any, make: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(transport, "_tracer", provider.get_tracer("test"))
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    errors: list[str] = []
    erp = site.connect(odata=True)
    await erp.create_customer(make.buyer())
    await erp.post_document(make.document())
    token = site.sessions.session.token
    for kind in (FaultKind.DROP_AFTER, FaultKind.SERVER_ERROR, FaultKind.WRONG_TYPE):
        site.stand_in.faults.add(Fault(kind=kind, path="/SYSPROWCFService/Rest/Transaction"))
        try:
            await erp.post_document(make.document(f"BC-{kind}"[:20]))
        except Exception as error:
            errors.append(f"{error!r} {error}")
    assert len(errors) == 3
    spans = "".join(span.to_json() for span in exporter.get_finished_spans())
    ours = [r for r in caplog.records if not r.name.startswith(("asyncio", "hpack"))]
    told = " ".join([spans, *errors, *(f"{r.getMessage()} {r.exc_text}" for r in ours)])
    assert "SYSPRO Post ARSTIN" in spans
    for secret in (make.planted, token, "odata-password", "<Item>", "%3CItem", "Ann Person"):
        assert secret not in told


async def test_a_token_that_a_refusal_quotes_is_blotted_out(site: Any, make: Any) -> None:
    erp = site.connect(profile={"session_patterns": ()})
    await erp.customer("WEB0001")
    token = site.sessions.session.token
    site.stand_in.settings.session_error = f"ERROR: The moon is full for {token}"
    site.stand_in.expire_session()
    with pytest.raises(Rejected, match=r"full for \*\*\*") as caught:
        await erp.update_customer("WEB0001", make.buyer())
    assert token not in str(caught.value)
