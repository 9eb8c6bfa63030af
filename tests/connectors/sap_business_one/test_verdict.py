from typing import Any

import httpx
import pytest

from connectors.errors import (
    Conflict,
    CredentialsRejected,
    NotFound,
    OutcomeUnknown,
    Rejected,
    SessionExpired,
    Throttled,
    Unavailable,
    Unsupported,
)
from connectors.sap_business_one.profile import SapProfile
from connectors.sap_business_one.verdict import Modified, failure, login_failure, said
from connectors.transport import Effect
from domain.hold import HoldCode


def answer(status: int, code: int, words: str, protocol: str = "v2") -> httpx.Response:
    if protocol == "v1":
        error: Any = {"code": code, "message": {"lang": "en-us", "value": words}}
    else:
        error = {"code": str(code), "message": words, "details": [{"code": "", "message": ""}]}
    return httpx.Response(status, json={"error": error})


def verdict(response: httpx.Response, effect: Effect = Effect.WRITE) -> Any:
    return failure(response, operation="Invoices", effect=effect, profile=SapProfile())


@pytest.mark.parametrize("protocol", ["v1", "v2"])
def test_both_protocols_errors_are_read_alike(protocol: str) -> None:
    told = said(answer(400, -5002, "Document is already cancelled", protocol))
    assert told == (-5002, "Document is already cancelled")


@pytest.mark.parametrize("body", [b"", b"<html>Bad gateway</html>", b"[1]", b'{"error": "no"}'])
def test_what_sap_did_not_write_says_nothing(body: bytes) -> None:
    assert said(httpx.Response(502, content=body)) == (None, "")


def test_a_401_with_301_is_an_ended_session() -> None:
    words = "Invalid session or session already timeout."
    assert isinstance(verdict(answer(401, 301, words)), SessionExpired)


def test_minus_5002_is_a_business_refusal_and_no_ended_session() -> None:
    found = verdict(answer(400, -5002, "(1) Phone already used"))
    assert isinstance(found, Rejected)
    assert str(found) == "SAP Business One refuses Invoices: (1) Phone already used (-5002)"
    assert (found.number, found.hold) == ("-5002", HoldCode.REJECTED)


def test_any_other_401_is_a_matter_of_rights() -> None:
    assert isinstance(verdict(answer(401, -1, "No permission")), CredentialsRejected)
    assert isinstance(verdict(httpx.Response(401)), CredentialsRejected)


@pytest.mark.parametrize(
    ("words", "hold"),
    [
        ("10001071 - Customer is inactive  [OINV.CardCode]", HoldCode.CUSTOMER_ON_HOLD),
        ("Date deviates from permissible range", HoldCode.PERIOD_CLOSED),
        ("Posting period locked; specify an alternative date", HoldCode.PERIOD_CLOSED),
        ("Update the exchange rate , 'EUR'", HoldCode.CURRENCY_DIFFERS),
        ("Quantity falls into negative inventory  [line: 1]", HoldCode.REJECTED),
    ],
)
def test_known_words_name_the_reason_for_which_the_order_waits(words: str, hold: HoldCode) -> None:
    found = verdict(answer(400, -10, words))
    assert isinstance(found, Rejected)
    assert found.hold is hold
    assert words in str(found)
    assert found.remedy


def test_a_duplicate_key_is_a_conflict_to_look_up() -> None:
    words = "This entry already exists in the following tables (ODBC -2035)"
    assert isinstance(verdict(answer(400, -2035, words)), Conflict)
    text = "1320000140 - Business partner code 'W1' already assigned"
    assert isinstance(verdict(answer(400, -5002, text)), Conflict)


def test_a_missing_key_is_not_found_and_a_missing_reference_inside_a_document_is_refused() -> None:
    words = "No matching records found (ODBC -2028)"
    assert isinstance(verdict(answer(404, -2028, words), Effect.READ), NotFound)
    assert isinstance(verdict(answer(400, -2028, words)), Rejected)


@pytest.mark.parametrize("status", [412, 400])
def test_a_change_at_the_same_moment_is_tried_again(status: int) -> None:
    words = "Another user or another operation modified data; to continue, open the window again"
    found = verdict(answer(status, -2039, words))
    assert isinstance(found, Modified)
    assert isinstance(found, Unavailable)


def test_a_field_of_ours_that_is_missing_says_how_to_add_it() -> None:
    found = verdict(answer(400, -1000, "Property 'U_C2_ExtRef' of 'Document' is invalid"))
    assert isinstance(found, Unsupported)
    assert "title C2_ExtRef, alphanumeric, length 100" in found.remedy


@pytest.mark.parametrize("code", [299, 305, 407])
def test_a_failing_server_leaves_a_posting_in_doubt_and_a_question_unanswered(code: int) -> None:
    response = answer(500, code, "Switch company error: -1102")
    assert isinstance(verdict(response), OutcomeUnknown)
    found = verdict(response, Effect.READ)
    assert type(found) is Unavailable


def test_a_proxys_page_leaves_a_posting_in_doubt() -> None:
    page = httpx.Response(502, content=b"<html>Bad gateway</html>")
    assert isinstance(verdict(page), OutcomeUnknown)
    assert isinstance(verdict(page, Effect.READ), Unavailable)


def test_a_wrong_address_names_base_url_and_protocol() -> None:
    found = verdict(httpx.Response(404, content=b"<html>"), Effect.READ)
    assert isinstance(found, Unsupported)
    assert "protocol" in found.remedy


def test_being_asked_to_wait_is_believed() -> None:
    found = verdict(httpx.Response(429, headers={"Retry-After": "7"}))
    assert isinstance(found, Throttled)
    assert found.retry_after is not None
    assert found.retry_after.total_seconds() == 7


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, -304, CredentialsRejected),
        (401, -306, CredentialsRejected),
        (404, -1, CredentialsRejected),
        (500, 299, Unavailable),
        (500, 305, Unavailable),
        (503, -1, Unavailable),
    ],
)
def test_a_log_in_is_refused_for_good_or_only_for_now(status: int, code: int, kind: Any) -> None:
    response = answer(status, code, "Fail to NONE-SSO login from SLD.")
    assert isinstance(login_failure(response, "SBO", "till"), kind)


def test_an_unknown_company_names_its_setting() -> None:
    found = login_failure(answer(401, -306, "Fail to NONE-SSO login from SLD."), "SBOX", "till")
    assert isinstance(found, CredentialsRejected)
    assert "SBOX" in str(found)
    assert "company_db" in found.remedy


def test_an_email_address_in_saps_words_is_blotted_out() -> None:
    assert "ann@example.com" not in said(answer(400, -10, "E-mail ann@example.com exists")).words
