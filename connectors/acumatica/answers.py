"""Reads Acumatica's answers: JSON with exact numbers, or which failure an answer means.

There are no stable error codes: 422 carries the record with `error` beside the values, everything
else a message whose innermost exception says most. Stack traces are never quoted.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import TypeVar, cast

import httpx
from pydantic import BaseModel, ValidationError

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
from connectors.exact_json import NotExact, decode_json
from connectors.transport import Effect
from domain.hold import HoldCode
from domain.privacy import blanked

_W = TypeVar("_W", bound=BaseModel)
_LONGEST_WORDS = 400
_LONGEST_PAUSE_SECONDS = 3600  # whoever asks for more is mistaken
_MOST_ERRORS = 5
_NOTHING = "An error has occurred."
_OWN = ("PX.", "Microsoft.OData.")  # before which nothing was saved, and which come again
_DEEPEST = 12
_BY_HAND = (
    "Put right in Acumatica or in the store what it refuses, then retry; or book this by hand in "
    "Acumatica and skip it."
)
_SEATS = (
    "Every API licence seat of Acumatica is taken; it is tried again. Look at form SM604000, and "
    "for other programs that do not log out."
)


def parsed(model: type[_W], content: object, *, operation: str, effect: Effect) -> _W:
    """Return a record of an answer.

    Raises:
        Unavailable: what answered a read is nothing of Acumatica's.
        OutcomeUnknown: likewise, for a write.
    """
    if isinstance(content, dict):
        try:
            return model.model_validate(content)
        except ValidationError as error:
            fields = sorted({".".join(map(str, fault["loc"])) for fault in error.errors()})
            raise broken(f"without usable {', '.join(fields)[:200]}", operation, effect) from None
    raise broken("of no such shape", operation, effect)


def decoded(response: httpx.Response, *, operation: str, effect: Effect) -> object:
    """Return the body of a success; None when it is empty. Raises as `parsed`."""
    if not response.content:
        return None
    if "json" not in response.headers.get("Content-Type", "json"):
        raise broken("that is no JSON", operation, effect)
    try:
        return decode_json(response.content)
    except NotExact as reason:
        raise broken(f"({reason})", operation, effect) from None


def broken(what: str, operation: str, effect: Effect) -> OutsideFailure:
    """Name an answer that is none of Acumatica's, such as a proxy's page."""
    said = f"Acumatica gave an answer {what} to {operation}"
    if effect is Effect.READ:
        return Unavailable(f"{said}.")
    return OutcomeUnknown(f"{said}; it may have been applied.")


def failure(
    response: httpx.Response, *, operation: str, effect: Effect, profile: AcumaticaProfile
) -> OutsideFailure:
    """Say what an answer other than 2xx and 401 means."""
    status = response.status_code
    said = Words.read(response)
    if said.match(profile.no_seat_patterns):
        return NoSeat(_SEATS)
    if said.match(profile.busy_patterns):
        return Unavailable(f"Acumatica is still busy with something else{said.clause}.")
    if status == 429:
        return Throttled(retry_after=_pause(response, profile), limit="Acumatica")
    if status == 403:
        return Unsupported(
            f"Acumatica does not let the user do {operation}{said.clause}.",
            remedy="Give the user's role rights to the form behind it, and see that its feature "
            "is switched on (CS100000).",
        )
    if status == 404:
        return NotFound(f"Acumatica knows nothing under {operation}{said.clause}.")
    if status == 412:
        return Conflict(f"Acumatica refuses {operation}: it is there already, or is not there.")
    if (status >= 500 and not said.is_own) or said.match(profile.passing_patterns):
        what = f"Acumatica cannot do {operation} now (HTTP {status}){said.clause}."
        if effect is Effect.READ:
            return Unavailable(what)
        return OutcomeUnknown(f"{what} It may have been applied.")
    return refused(operation, said, profile, number=str(status))


def refused(
    operation: str, said: "Words", profile: AcumaticaProfile, *, number: str
) -> OutsideFailure:
    """Sort Acumatica's own refusal by its words."""
    what = f"Acumatica refuses {operation}{said.clause or f' (HTTP {number})'}."
    if said.match(profile.period_closed_patterns):
        return Rejected(
            what,
            number=number,
            hold=HoldCode.PERIOD_CLOSED,
            remedy="Open the financial period in Acumatica (GL201000), then retry.",
        )
    if said.match(profile.on_hold_patterns):
        return Rejected(
            what,
            number=number,
            hold=HoldCode.CUSTOMER_ON_HOLD,
            remedy="Take the customer off hold in Acumatica, then retry.",
        )
    if said.match(profile.duplicate_patterns):
        return Conflict(what, remedy="Find the document with the same number in Acumatica.")
    return Rejected(what, number=number, remedy=_BY_HAND)


class Words:
    """What an answer says, whichever of its shapes it comes in."""

    def __init__(self, said: str, *, is_own: bool, kind: str = "") -> None:
        """`is_own`: an exception of Acumatica's own code, before which nothing was saved."""
        self.is_own = is_own
        self._said = blanked(said)[:_LONGEST_WORDS].strip().rstrip(".")
        self._all = f"{kind} {said[:_LONGEST_WORDS]}"

    @classmethod
    def read(cls, response: httpx.Response) -> "Words":
        """Read them off an answer; text that is no JSON is matched, but not quoted."""
        try:
            content = decode_json(response.content)
        except NotExact:
            plain = response.content[:_LONGEST_WORDS].decode("utf-8", errors="replace")
            return cls("", is_own=False, kind=plain)
        if not isinstance(content, dict):
            return cls(str(content) if isinstance(content, str) else "", is_own=False)
        body = cast(Mapping[str, object], content)
        if "message" in body or "exceptionMessage" in body:
            said, kind = _innermost(body)
            own = kind.startswith(_OWN) if kind else said not in ("", _NOTHING)
            return cls(said, is_own=own, kind=kind)
        errors = list(_errors(body))
        nested = [one for one in errors if ": " in one] or errors
        return cls("; ".join(nested[:_MOST_ERRORS]), is_own=bool(errors))

    @property
    def clause(self) -> str:
        """Return the words as the end of a sentence, or nothing."""
        return f": {self._said}" if self._said else ""

    def match(self, patterns: Iterable[str]) -> bool:
        """Tell whether one of the patterns occurs in the words or in the exception's type."""
        return any(re.search(p, self._all, re.IGNORECASE | re.DOTALL) for p in patterns)


def _innermost(body: Mapping[str, object]) -> tuple[str, str]:
    """Return message and type of the innermost exception; `An error has occurred.` says nothing."""
    for _ in range(_DEEPEST):
        inner = body.get("innerException")
        if not isinstance(inner, dict):
            break
        body = cast(Mapping[str, object], inner)
    said = body.get("exceptionMessage") or body.get("message") or ""
    fields = mapping(body.get("modelState"))
    named = [f"{name}: {_first(value)}" for name, value in fields.items()][:_MOST_ERRORS]
    return "; ".join(filter(None, [str(said), *named])), str(body.get("exceptionType") or "")


def mapping(content: object) -> Mapping[str, object]:
    """Return an object's members; of anything else none."""
    return cast(Mapping[str, object], content) if isinstance(content, dict) else {}


def _first(value: object) -> str:
    if isinstance(value, list):
        return str(next(iter(cast(list[object], value)), ""))
    return str(value)


def _errors(content: object, path: str = "", depth: int = 0) -> Iterator[str]:
    """Walk a record that came back with its errors, and name each with where it stands."""
    if depth > _DEEPEST:
        return
    if isinstance(content, list):
        for index, entry in enumerate(cast(list[object], content), 1):
            yield from _errors(entry, f"{path} {index}".strip(), depth + 1)
    if not isinstance(content, dict):
        return
    members = cast(Mapping[str, object], content)
    error = members.get("error")
    if isinstance(error, str) and error:
        yield f"{path}: {error}" if path else error
    for name, value in members.items():
        if name not in ("error", "value", "custom", "_links"):
            yield from _errors(value, f"{path} {name}".strip(), depth + 1)


def _pause(response: httpx.Response, profile: AcumaticaProfile) -> timedelta:
    told = response.headers.get("Retry-After", "")
    known = told.isascii() and told.isdigit()
    seconds = min(int(told[:9]), _LONGEST_PAUSE_SECONDS) if known else profile.throttle_seconds
    return timedelta(seconds=seconds)
