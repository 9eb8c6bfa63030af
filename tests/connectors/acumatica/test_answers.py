from typing import Any

import httpx
import pytest

from connectors.acumatica.answers import failure
from connectors.acumatica.profile import AcumaticaProfile
from connectors.errors import (
    Conflict,
    NoSeat,
    NotFound,
    OutcomeUnknown,
    OutsideFailure,
    Rejected,
    Throttled,
    Unavailable,
    Unsupported,
)
from connectors.transport import Effect
from domain.hold import HoldCode


def told(status: int, body: Any, effect: Effect = Effect.WRITE) -> OutsideFailure:
    plain = isinstance(body, str)
    response = httpx.Response(status, text=body) if plain else httpx.Response(status, json=body)
    return failure(response, operation="PUT SalesOrder", effect=effect, profile=AcumaticaProfile())


def exception(message: str, kind: str = "PX.Data.PXException") -> dict[str, Any]:
    return {
        "message": "An error has occurred.",
        "exceptionMessage": message,
        "exceptionType": kind,
        "stackTrace": "at PX.Secret.Insides()",
    }


def test_errors_beside_the_values_become_one_sentence_with_their_places() -> None:
    error = told(
        422,
        {
            "id": "x",
            "error": "Inserting 'Sales Order' record raised at least one error.",
            "CustomerID": {"value": "X", "error": "'Customer' cannot be found in the system."},
            "Details": [
                {"rowNumber": 1, "InventoryID": {"value": "A"}},
                {"rowNumber": 2, "InventoryID": {"value": "B", "error": "Item B is inactive."}},
            ],
        },
    )
    assert isinstance(error, Rejected)
    assert str(error) == (
        "Acumatica refuses PUT SalesOrder: CustomerID: 'Customer' cannot be found in the system.; "
        "Details 2 InventoryID: Item B is inactive."
    )


def test_an_error_of_the_whole_record_is_told_where_no_field_has_one() -> None:
    assert str(told(422, {"error": "The document is out of balance."})).endswith("out of balance.")


def test_the_innermost_exception_is_quoted_and_no_stack_trace() -> None:
    body = exception("Outer.") | {"innerException": exception("The account is locked.")}
    error = told(500, body)
    assert str(error) == "Acumatica refuses PUT SalesOrder: The account is locked."


def test_fields_of_a_model_state_are_named() -> None:
    body = {"message": "The request is invalid.", "modelState": {"entity.Date": ["No date."]}}
    assert "The request is invalid.; entity.Date: No date." in str(told(400, body))


def test_the_words_of_a_refusal_do_not_tell_an_address() -> None:
    assert "ann@example.com" not in str(told(422, {"error": "ann@example.com is on hold."}))


@pytest.mark.parametrize(
    ("words", "hold"),
    [
        ("The 11-2026 financial period is closed in the AR module.", HoldCode.PERIOD_CLOSED),
        ("Period 11-2026 is inactive.", HoldCode.PERIOD_CLOSED),
        ("The customer status is 'On Hold'.", HoldCode.CUSTOMER_ON_HOLD),
        ("Something else.", HoldCode.REJECTED),
    ],
)
@pytest.mark.parametrize("status", [422, 500])
def test_a_refusal_is_sorted_by_its_words(status: int, words: str, hold: HoldCode) -> None:
    error = told(status, {"error": words} if status == 422 else exception(words))
    assert isinstance(error, Rejected)
    assert error.hold is hold


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (500, exception("API Login Limit"), NoSeat),
        (500, exception("x", "PX.Data.CheckApiUsersLimits"), NoSeat),
        (429, "The custom error module does not recognize this error.", Throttled),
        (403, {"message": "You have insufficient rights to access the form."}, Unsupported),
        (404, {"message": "Not here."}, NotFound),
        (412, {"message": "Precondition failed."}, Conflict),
        (422, {"error": "The customer order number has already been used."}, Conflict),
        (500, "", OutcomeUnknown),
        (500, {"message": "An error has occurred."}, OutcomeUnknown),
        (500, exception("Login failed.", "System.Data.SqlClient.SqlException"), OutcomeUnknown),
        (500, exception("Another process has updated the record."), OutcomeUnknown),
        (503, "<html>", OutcomeUnknown),
        (500, exception("Previous operation has not been completed yet."), Unavailable),
    ],
)
def test_every_kind_of_failure_is_named_for_what_to_do(
    status: int, body: Any, kind: type[OutsideFailure]
) -> None:
    assert type(told(status, body)) is kind


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_read_that_fails_is_just_not_answered(status: int) -> None:
    assert type(told(status, "", Effect.READ)) is Unavailable


def test_a_pause_that_is_named_is_kept_to() -> None:
    response = httpx.Response(429, headers={"Retry-After": "7"})
    error = failure(response, operation="x", effect=Effect.READ, profile=AcumaticaProfile())
    assert error.retry_after is not None  # type: ignore[attr-defined]
    assert error.retry_after.total_seconds() == 7  # type: ignore[attr-defined]
