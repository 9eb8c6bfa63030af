"""Types of wire fields: both versions' ways of writing amounts, times, texts and nothing.

v2 writes amounts as strings and dates as RFC 2822, v3 numbers and ISO 8601; both write `{}` or an
empty string where they mean null.
"""

from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Annotated, cast

from pydantic import AfterValidator, BeforeValidator

from connectors.exact_json import is_sane


def _blank(value: object) -> bool:
    return value is None or value in ("", {})


def _amount(value: object) -> object:
    if _blank(value):
        return Decimal(0)
    if isinstance(value, bool | float):
        raise ValueError("an amount is never a float; decode JSON with parse_float=Decimal")
    return value


def _sane(number: Decimal) -> Decimal:
    if not is_sane(number):
        raise ValueError("a number of absurd size")
    return number


def _when(value: object) -> object:
    if isinstance(value, str):
        return _parsed(value.strip())
    if isinstance(value, int) and not isinstance(value, bool):
        return _unix(value)
    return value


def _unix(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError):
        raise ValueError("a time out of range") from None


def _parsed(text: str) -> datetime:
    if text.isascii() and text.isdigit():
        return _unix(int(text[:20]))
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = parsedate_to_datetime(text)  # ValueError when it is no date at all
    try:
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except OverflowError:
        raise ValueError("a time out of range") from None


def _text(value: object) -> object:
    if _blank(value):
        return ""
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return str(value)
    return value


def _many(value: object) -> object:
    """Read null, and the link that stands for a list which was not asked for, as no entries."""
    return cast(list[object], value) if isinstance(value, list) else ()


Amount = Annotated[Decimal, BeforeValidator(_amount), AfterValidator(_sane)]
Moment = Annotated[datetime, BeforeValidator(_when)]
PerhapsMoment = Annotated[
    datetime | None, BeforeValidator(lambda value: None if _blank(value) else _when(value))
]
PerhapsAmount = Annotated[
    Decimal | None,
    BeforeValidator(lambda value: None if _blank(value) else _amount(value)),
    AfterValidator(lambda value: None if value is None else _sane(value)),
]
Text = Annotated[str, BeforeValidator(_text)]
Id = Annotated[int, BeforeValidator(lambda value: 0 if _blank(value) else value)]
Flag = Annotated[bool, BeforeValidator(lambda value: False if _blank(value) else value)]
Entries = BeforeValidator(_many)
Entry = BeforeValidator(lambda value: cast(object, value) if isinstance(value, dict) else {})
