"""What an answer means: by HTTP status first, then by SAP's code, then by its English words.

Only 401 with code 301 proves that a session is gone and nothing was executed. Code -5002 comes with
400 and wraps ordinary refusals; it is never replayed.
"""

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple, cast

import httpx

from connectors.errors import (
    Conflict,
    CredentialsRejected,
    NotFound,
    OutcomeUnknown,
    OutsideFailure,
    Rejected,
    SessionExpired,
    Throttled,
    Unavailable,
    Unsupported,
)
from connectors.exact_json import NotExact, decode_json
from connectors.sap_business_one.profile import SapProfile
from connectors.transport import Effect
from domain.hold import HoldCode
from domain.privacy import blanked

SESSION_GONE = 301
_WRONG_PASSWORD, _WRONG_COMPANY = -304, -306
_NO_MATCH, _EXISTS, _MODIFIED = -2028, -2035, -2039
_ANOTHER_NODE = frozenset({305, 407})  # the sticky cookie keeps us on a node that is broken
_DUPLICATE_IN_TEXT = "1320000140"
_PAUSE = timedelta(seconds=5)
_CONTENTION_PAUSE = timedelta(seconds=2)
_LONGEST_WORDS = 400
_LONGEST_PAUSE_SECONDS = 3600
_BY_HAND = (
    "Put right in SAP Business One or in the store what it refuses, then retry; or book this by "
    "hand and skip it."
)


class Modified(Unavailable):
    """Somebody changed the record, or posted, at the same moment. Nothing was applied."""

    code = "modified"


class Said(NamedTuple):
    """What SAP said: its code, None where it gave none, and its words."""

    code: int | None
    words: str


def said(response: httpx.Response) -> Said:
    """Read an error's body in either protocol's shape; a proxy's page says nothing."""
    try:
        content = decode_json(response.content)
    except NotExact:
        return Said(None, "")
    error = cast(dict[str, object], content).get("error") if isinstance(content, dict) else None
    if not isinstance(error, dict):
        return Said(None, "")
    told = cast(dict[str, object], error)
    message = told.get("message")
    if isinstance(message, dict):  # OData 3 wraps it with its language
        message = cast(dict[str, object], message).get("value")
    code = str(told.get("code", "")).strip()
    number = int(code) if re.fullmatch(r"-?\d{1,12}", code) else None
    return Said(number, _cut(blanked(message)) if isinstance(message, str) else "")


def failure(
    response: httpx.Response, *, operation: str, effect: Effect, profile: SapProfile
) -> OutsideFailure:
    """Name what an answer other than 2xx means."""
    status, told = response.status_code, said(response)
    if status == 401:
        return _unauthorised(told, operation)
    if status == 429:
        return Throttled(retry_after=_retry_after(response), limit="SAP Business One's server")
    if status == 412 or told.code == _MODIFIED or _has(profile.contention_patterns, told.words):
        return Modified(
            f"Somebody else changed it in SAP Business One during {operation}; nothing was "
            "applied.",
            retry_after=_CONTENTION_PAUSE,
        )
    if status >= 500:
        what = f"{told.words} (code {told.code})" if told.code is not None else f"HTTP {status}"
        return unexpected(what, operation, effect)
    if status == 404 and told.code == _NO_MATCH:
        return NotFound(f"SAP Business One finds no match for {operation}.")
    if told.code is None or status in (404, 405):
        return _foreign(status, operation)
    return _refusal(told.code, told.words, operation, profile)


def node_is_broken(response: httpx.Response) -> bool:
    """Tell whether the node behind our session fails; another log-in may land on a better one."""
    return response.status_code >= 500 and said(response).code in _ANOTHER_NODE


def login_failure(response: httpx.Response, company: str, user: str) -> OutsideFailure:
    """Name what a refused log-in means. A wrong password is never tried again by itself."""
    status, told = response.status_code, said(response)
    if told.code == _WRONG_COMPANY:
        return CredentialsRejected(
            f"SAP Business One has no company {company}: {told.words}",
            remedy="Correct company_db of the connection's erp settings.",
        )
    if told.code == _WRONG_PASSWORD or (400 <= status < 500 and status != 429):
        said_so = told.words or f"HTTP {status}"
        return CredentialsRejected(
            f"SAP Business One refuses to log {user} in: {said_so}",
            remedy="Correct username, password and base_url; the user must not be locked, and "
            "needs a licence for the Service Layer.",
        )
    what = told.words or f"HTTP {status}"
    return Unavailable(f"SAP Business One cannot log us in now: {what}", retry_after=_PAUSE)


def unexpected(what: str, operation: str, effect: Effect) -> OutsideFailure:
    """Name an answer that is none of SAP's, such as a proxy's page."""
    if effect is Effect.WRITE:
        return OutcomeUnknown(
            f"SAP Business One gave an unexpected answer to {operation} ({what}); it may be "
            "applied."
        )
    return Unavailable(f"SAP Business One gave an unexpected answer to {operation} ({what}).")


def _unauthorised(told: Said, operation: str) -> OutsideFailure:
    if told.code == SESSION_GONE:
        return SessionExpired("SAP Business One's session has ended, for the second time in a row.")
    words = told.words or "HTTP 401"
    return CredentialsRejected(
        f"SAP Business One refuses {operation}: {words}",
        remedy="Check the user's authorisations and licence, and what stands in front of the "
        "Service Layer.",
    )


def _foreign(status: int, operation: str) -> OutsideFailure:
    """Name the refusal of a proxy, or of an address that does not exist."""
    if status in (404, 405):
        return Unsupported(
            f"SAP Business One's server knows no address for {operation} (HTTP {status}).",
            remedy="Check base_url and protocol: old servers have only v1.",
        )
    if status == 403:
        return CredentialsRejected(f"SAP Business One's server refuses {operation} (HTTP 403).")
    return Rejected(
        f"SAP Business One's server refuses {operation} with HTTP {status}.",
        number=str(status),
        remedy=_BY_HAND,
    )


def _refusal(code: int, words: str, operation: str, profile: SapProfile) -> OutsideFailure:
    sentence = f"SAP Business One refuses {operation}: {words or 'no reason given'} ({code})"
    if code == _EXISTS or _DUPLICATE_IN_TEXT in words:
        return Conflict(sentence, remedy="Find out who has used this key.")
    if _has(profile.missing_field_patterns, words):
        field = re.search(r"U_\w+", words)
        return Unsupported(sentence, remedy=missing_field_remedy(field[0] if field else "U_..."))
    for patterns, hold, remedy in _KNOWN:
        if _has(getattr(profile, patterns), words):
            return Rejected(sentence, number=str(code), hold=hold, remedy=remedy)
    return Rejected(sentence, number=str(code), remedy=_BY_HAND)


_KNOWN = (
    (
        "frozen_patterns",
        HoldCode.CUSTOMER_ON_HOLD,
        "Activate the business partner in SAP Business One, then retry.",
    ),
    (
        "period_closed_patterns",
        HoldCode.PERIOD_CLOSED,
        "Open the posting period in SAP Business One, then retry.",
    ),
    (
        "currency_patterns",
        HoldCode.CURRENCY_DIFFERS,
        "Enter the exchange rate of that day in SAP Business One, or map the buyer to a partner "
        "kept in all currencies; then retry.",
    ),
)


def missing_field_remedy(field: str) -> str:
    """Say how to add our user-defined field."""
    title = field.removeprefix("U_")
    return (
        f"Add the field in SAP Business One: Tools > Customization Tools > User-Defined Fields - "
        f"Management, under Marketing Documents > Title and under Banking > Payments, title "
        f"{title}, alphanumeric, length 100; then retry. Or correct reference_field or user_fields."
    )


def _retry_after(response: httpx.Response) -> timedelta:
    value = response.headers.get("Retry-After", "")
    told = int(value[:9]) if value.isascii() and value.isdigit() else 30
    return timedelta(seconds=min(told, _LONGEST_PAUSE_SECONDS))


def _has(patterns: Iterable[str], words: str) -> bool:
    return any(re.search(pattern, words, re.IGNORECASE | re.DOTALL) for pattern in patterns)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_WORDS else f"{text[:_LONGEST_WORDS]}..."
