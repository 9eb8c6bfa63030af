"""What an answer means. e.net answers HTTP 200 for nearly every failure: the body decides."""

import re
from collections.abc import Iterable

from connectors.errors import (
    Conflict,
    CredentialsRejected,
    NoSeat,
    OutsideFailure,
    Rejected,
    SessionExpired,
    Unavailable,
    Unsupported,
)
from connectors.syspro.profile import SysproProfile
from connectors.syspro.xml import Node
from domain.hold import HoldCode
from domain.privacy import blanked
from domain.record import Record

_LICENCE = (
    "License the object for this operator (e.net License Apportionment), or correct its code "
    "under `profile.object_codes`."
)
_PERIOD = "Open the AR period in SYSPRO, or choose another `profile.posting_period`; then retry."
_ON_HOLD = "Take the customer off hold in SYSPRO, then retry."
_BY_HAND = (
    "Put right in SYSPRO or in the store what it refuses, then retry; or book this by hand in "
    "SYSPRO and skip it."
)


_LONGEST_WORDS = 400


class UnknownText(Exception):
    """A text starting with ERROR that no pattern knows. It may hide a dead session."""


class Problem(Record):
    """One error inside an answer: the failing field, its number, and SYSPRO's words."""

    field: str
    number: str
    words: str


def matches(patterns: Iterable[str], text: str) -> bool:
    """Tell whether one of the patterns occurs in the text."""
    said = text[:_LONGEST_WORDS]  # a pattern with two parts takes quadratic time
    return any(re.search(pattern, said, re.IGNORECASE | re.DOTALL) for pattern in patterns)


def cut(text: str) -> str:
    """Return as much of SYSPRO's words as fits into a sentence."""
    return text if len(text) <= _LONGEST_WORDS else f"{text[:_LONGEST_WORDS]}..."


def is_error(text: str) -> bool:
    """Tell whether the text is e.net's way to say no."""
    return text.lstrip()[:5].casefold() == "error"


def logon_failure(text: str, profile: SysproProfile) -> OutsideFailure:
    """Name what a refused logon means."""
    if matches(profile.no_seat_patterns, text):
        return NoSeat(f"SYSPRO has no free licence seat: {text}")
    return CredentialsRejected(
        f"SYSPRO refuses the log-on: {text}",
        remedy="Correct operator, company and their passwords; the operator must be active.",
    )


def text_failure(text: str, code: str, profile: SysproProfile) -> OutsideFailure | UnknownText:
    """Name what a plain error text means; UnknownText where only a fresh session can tell."""
    if matches(profile.session_patterns, text):
        return SessionExpired(
            "SYSPRO's session has ended; if that happens often, somebody else uses our operator."
        )
    known = _known_refusal(text, "", code, profile)
    if known is not None:
        return known
    if matches(profile.transient_patterns, text):
        return Unavailable(f"SYSPRO failed over {code}: {text}")
    if matches(profile.not_found_patterns, text):
        return Rejected(f"SYSPRO on {code}: {text}", remedy=_BY_HAND)
    return UnknownText(text)


def check(answer: Node, code: str, profile: SysproProfile) -> None:
    """Raise for errors and for invalid counters that an answer holds anywhere.

    Raises:
        Refusal: named for what SYSPRO says, with its words and number.
    """
    problems = problems_in(answer)
    if problems:
        raise _failure(problems, code, profile)
    counters = {name.casefold() for name in profile.invalid_counters}
    for _, node in answer.walk():
        if node.name.casefold() in counters and node.text.strip("0 "):
            raise Rejected(
                f"SYSPRO refuses {node.text.lstrip('0 ')[:20]} item(s) of {code} "
                "without saying why.",
                remedy=_BY_HAND,
            )


def problems_in(answer: Node) -> tuple[Problem, ...]:
    """Collect the errors of an answer; each is a child named for the failing field."""
    problems: list[Problem] = []
    for parent, node in answer.walk():
        number = node.first("ErrorNumber").strip("0 ")[:20]
        words = cut(blanked(node.first("ErrorDescription")))
        if number or words:
            inside = f"{parent.name}/" if parent else ""
            problems.append(Problem(field=f"{inside}{node.name}", number=number, words=words))
    return tuple(problems)


def _failure(problems: tuple[Problem, ...], code: str, profile: SysproProfile) -> OutsideFailure:
    for problem in problems:
        known = _known_refusal(problem.words, problem.number, code, profile)
        if known is not None:
            return known
    said = "; ".join(dict.fromkeys(p.words or f"error {p.number}" for p in problems[:5]))
    first = problems[0]
    return Rejected(
        f"SYSPRO refuses {code}: {said} (number {first.number or 'none'}, {first.field}).",
        number=first.number,
        remedy=_BY_HAND,
    )


def _known_refusal(
    words: str, number: str, code: str, profile: SysproProfile
) -> OutsideFailure | None:
    if matches(profile.missing_object_patterns, number or words):
        return Unsupported(
            f"SYSPRO does not offer the business object {code} to this operator: {words}",
            remedy=_LICENCE,
        )
    if matches(profile.period_closed_patterns, words):
        return Rejected(
            f"SYSPRO refuses {code}: {words}",
            number=number,
            hold=HoldCode.PERIOD_CLOSED,
            remedy=_PERIOD,
        )
    if matches(profile.on_hold_patterns, words):
        return Rejected(
            f"SYSPRO refuses {code}: {words}",
            number=number,
            hold=HoldCode.CUSTOMER_ON_HOLD,
            remedy=_ON_HOLD,
        )
    if matches(profile.duplicate_patterns, words):
        return Conflict(f"SYSPRO refuses {code}: {words}")
    return None
