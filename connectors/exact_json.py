"""JSON with exact numbers: read with every name once and nothing that could do harm, written."""

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import cast

# A list of the largest page that any API gives is a tenth of this.
_LONGEST_BYTES = 16 * 1024 * 1024
# No amount, quantity, rate or id has more; beyond, arithmetic takes for ever or fails.
_MOST_DIGITS = 60
_LARGEST_EXPONENT = 60
_PERHAPS_HALF_A_PAIR = re.compile(r"\\u[dD][89a-fA-F]")


class NotExact(ValueError):
    """The text is no JSON, or JSON that nobody could have meant."""


def decode_json(content: bytes) -> object:
    """Return what a JSON text says, its fractions as Decimal.

    Half a surrogate pair (an emoji that somebody cut through) becomes U+FFFD: it could be neither
    stored nor sent.

    Raises:
        NotExact: no JSON; NaN or Infinity; a name twice in one object; a number of absurd size;
            nested too deeply; too long.
    """
    if len(content) > _LONGEST_BYTES:
        raise NotExact("too long")
    try:
        text = content.decode("utf-8-sig")  # strictly; RFC 8259 knows no other encoding
        found: object = json.loads(
            text,
            parse_float=_fraction,
            parse_int=_whole,
            parse_constant=_no_number,
            object_pairs_hook=_object,
        )
        return _mended(found) if _PERHAPS_HALF_A_PAIR.search(text) else found
    except RecursionError:
        raise NotExact("nested too deeply") from None
    except NotExact:
        raise
    except ValueError:
        raise NotExact("no JSON") from None


def is_sane(number: Decimal) -> bool:
    """Tell whether a number is one that money, quantities and rates can be."""
    _, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int):  # NaN, Infinity
        return False
    return len(digits) <= _MOST_DIGITS and abs(exponent) <= _LARGEST_EXPONENT


def _fraction(text: str) -> Decimal:
    try:
        number = Decimal(text) if len(text) <= 2 * _MOST_DIGITS else None
    except InvalidOperation:
        number = None
    if number is None or not is_sane(number):
        raise NotExact("a number of absurd size")
    return number


def _whole(text: str) -> int:
    if len(text) > _MOST_DIGITS:
        raise NotExact("a number of absurd size")
    return int(text)


def _no_number(name: str) -> object:
    raise NotExact(f"{name} is no number")


def _object(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise NotExact("a name twice in one object")
    return members


def _mended(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_mended(entry) for entry in cast(list[object], value)]
    if isinstance(value, dict):
        members = cast(dict[str, object], value)
        return {str(_mended(name)): _mended(entry) for name, entry in members.items()}
    return value


def encode_json(value: object) -> bytes:
    """Write a value as JSON, each Decimal as the number that it is, digit for digit.

    Raises:
        ValueError: NaN or Infinity.
    """
    return _written(value).encode()


def _written(value: object) -> str:
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError(f"{value} is no number that JSON has")
        return f"{value:f}"
    if isinstance(value, Mapping):
        members = cast(Mapping[str, object], value).items()
        return "{" + ",".join(f"{json.dumps(k)}:{_written(v)}" for k, v in members) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_written, cast(Sequence[object], value))) + "]"
    return json.dumps(value, allow_nan=False)
