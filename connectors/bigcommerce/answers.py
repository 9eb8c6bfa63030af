"""Reads BigCommerce's answers: JSON with exact numbers, or which failure an answer means."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import TypeVar, cast

import httpx
from pydantic import BaseModel, ValidationError

from connectors.errors import (
    Conflict,
    CredentialsRejected,
    NotFound,
    OutcomeUnknown,
    OutsideFailure,
    Rejected,
    Unavailable,
)
from connectors.exact_json import NotExact, decode_json
from connectors.transport import Effect
from domain.privacy import blanked

_W = TypeVar("_W", bound=BaseModel)
_LONGEST_WORDS = 400
_LONGEST_PAUSE_SECONDS = 3600  # whoever asks for more has lost their mind, or ours
_TRANSIENT = frozenset({408, 423, 425})


def decoded(response: httpx.Response, *, operation: str, effect: Effect) -> object:
    """Return the body of a success; None for 204.

    Raises:
        Unavailable: a read was answered with something that is not JSON.
        OutcomeUnknown: a write was.
    """
    if response.status_code == 204:
        return None
    kind = response.headers.get("Content-Type", "json")
    if "json" in kind:
        try:
            return decode_json(response.content)
        except NotExact as reason:
            raise _broken(f"an unreadable answer to {operation} ({reason})", effect) from None
    raise _broken(f"an unreadable answer to {operation}", effect)


def parsed(model: type[_W], content: object, *, operation: str, effect: Effect = Effect.READ) -> _W:
    """Return an answer as a record.

    Raises:
        Unavailable: it is no JSON object, so nothing of the API's.
        OutcomeUnknown: likewise, for a write.
        Rejected: a field that an order cannot do without is missing or no such thing.
    """
    if not isinstance(content, dict):
        raise _broken(f"an unexpected answer to {operation}", effect)
    try:
        return model.model_validate(content)
    except ValidationError as error:
        # The error's own text would quote the shopper's details.
        fields = sorted({".".join(map(str, fault["loc"])) for fault in error.errors()})
        raise Rejected(
            f"BigCommerce's answer to {operation} has no usable {', '.join(fields)}.",
            remedy="Report it: the API has changed, or something between answers in its place.",
        ) from None


def parsed_rows(model: type[_W], rows: list[object], *, operation: str) -> tuple[_W, ...]:
    """Return a list's rows as records. Raises as `parsed`."""
    return tuple(parsed(model, row, operation=operation) for row in rows)


def failure(
    response: httpx.Response, *, operation: str, effect: Effect, scope: str
) -> OutsideFailure:
    """Say what an answer other than 2xx and 429 means.

    `scope` is the OAuth scope without which the platform refuses the operation.
    """
    status = response.status_code
    content = _content(response)
    if status == 401:
        return CredentialsRejected(
            "BigCommerce does not accept the access token.",
            remedy="Create an API account in the store's control panel and set its `access_token`.",
        )
    if status == 403:
        needed = f"the OAuth scope {scope}" if scope else "the right store_hash"
        return CredentialsRejected(
            f"BigCommerce does not let the access token do {operation}{_said(content)}.",
            remedy=f"Give the API account {needed}, or check `store_hash`.",
        )
    if status == 404:
        return NotFound(f"BigCommerce knows nothing under {operation}.")
    if status == 409:
        return Conflict(f"BigCommerce refuses {operation}: something else is there{_said(content)}")
    if status in _TRANSIENT:
        return Unavailable(f"BigCommerce cannot do {operation} now (HTTP {status}).")
    if status >= 500 and status not in (501, 505, 507):
        return _outage(response, content, operation, effect)
    if status < 400:
        return Rejected(
            f"BigCommerce sends {operation} elsewhere (HTTP {status}).",
            remedy="Check `api_url` and `store_hash`.",
        )
    return Rejected(
        f"BigCommerce refuses {operation}{_said(content) or f' (HTTP {status})'}",
        number=str(status),
    )


def _outage(
    response: httpx.Response, content: object, operation: str, effect: Effect
) -> OutsideFailure:
    error = _mapping(_mapping(content).get("error"))
    waits = error.get("retry_after_seconds")
    header = response.headers.get("Retry-After", "")
    if not isinstance(waits, int | Decimal) and header.isascii() and header.isdigit():
        waits = Decimal(header[:9])
    pause = None
    if isinstance(waits, int | Decimal):
        pause = timedelta(seconds=float(min(max(waits, 0), _LONGEST_PAUSE_SECONDS)))
    what = f"BigCommerce cannot do {operation} now (HTTP {response.status_code})."
    # A degraded service says so before it does anything; any other 5xx may come after the fact.
    if effect is Effect.READ or error.get("code") == "SERVICE_DEGRADED":
        return Unavailable(what, retry_after=pause)
    return OutcomeUnknown(f"{what} It may have been applied.")


def _broken(what: str, effect: Effect) -> OutsideFailure:
    if effect is Effect.READ:
        return Unavailable(f"BigCommerce gave {what}.")
    return OutcomeUnknown(f"BigCommerce gave {what}; it may have been applied.")


def _content(response: httpx.Response) -> object:
    try:
        return decode_json(response.content)
    except NotExact:
        return None


def _said(content: object) -> str:
    """Return the platform's own words, whichever of its shapes they come in."""
    words = blanked(_words(content))[:_LONGEST_WORDS].strip().rstrip(".")
    return f": {words}." if words else ""


def _words(content: object) -> str:
    if isinstance(content, list):  # v2: [{"status", "message"}]
        return "; ".join(filter(None, map(_words, cast(list[object], content))))
    body = _mapping(content)
    for nested in ("data", "error", "batch_errors"):
        if body.get(nested):
            return _words(body[nested])
    first = next(
        (body[name] for name in ("message", "title", "detail", "error") if body.get(name)), ""
    )
    details = _mapping(body.get("errors"))
    named = [f"{name}: {value}" for name, value in details.items()]
    return "; ".join(filter(None, [str(first), *named]))


def _mapping(content: object) -> Mapping[str, object]:
    return cast(Mapping[str, object], content) if isinstance(content, dict) else {}
