"""The part of OData v3's filter language that the endpoint understands, by recursive descent."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sandbox.acumatica.refusals import HttpRefusal, internal
from sandbox.acumatica.shapes import Kind, Shape
from sandbox.acumatica.wire import read_moment

Predicate = Callable[[Mapping[str, Any]], bool]

_TOKEN = re.compile(
    r"\s*(?:(?P<moment>datetimeoffset'[^']*')|(?P<guid>guid'[^']*')|(?P<text>'(?:[^']|'')*')"
    r"|(?P<number>-?\d+(?:\.\d+)?[mMdDlL]?)|(?P<word>[A-Za-z_][\w/.]*)|(?P<mark>[(),=]))"
)
_COMPARE: dict[str, Callable[[int], bool]] = {
    "eq": lambda order: order == 0,
    "ne": lambda order: order != 0,
    "gt": lambda order: order > 0,
    "ge": lambda order: order >= 0,
    "lt": lambda order: order < 0,
    "le": lambda order: order <= 0,
}
_SEARCHES = ("startswith", "endswith", "substringof")


def parse_filter(text: str, shape: Shape) -> Predicate:
    """A test of one record's values; raises a 500, as the endpoint does for a bad filter."""
    return _Parser(text, shape).parse()


class _Parser:
    def __init__(self, text: str, shape: Shape) -> None:
        self._tokens = _split(text)
        self._shape = shape

    def parse(self) -> Predicate:
        result = self._either()
        if self._tokens:
            raise _bad(f"Syntax error at '{self._tokens[0][1]}'.")
        return result

    def _peek(self) -> str:
        return self._tokens[0][1] if self._tokens else ""

    def _take(self, wanted: str = "") -> tuple[str, str]:
        if not self._tokens or (wanted and self._peek() != wanted):
            raise _bad(f"Expected {wanted or 'more'} but found '{self._peek()}'.")
        return self._tokens.pop(0)

    def _either(self) -> Predicate:
        parts = [self._both()]
        while self._peek() == "or":
            self._take()
            parts.append(self._both())
        return lambda values: any(part(values) for part in parts)

    def _both(self) -> Predicate:
        parts = [self._single()]
        while self._peek() == "and":
            self._take()
            parts.append(self._single())
        return lambda values: all(part(values) for part in parts)

    def _single(self) -> Predicate:
        if self._peek() == "not":
            # Observed: a negated search is not translated.
            raise _bad("The operator 'not' is not supported.")
        if self._peek() == "(":
            self._take()
            inner = self._either()
            self._take(")")
            return inner
        if self._peek() in _SEARCHES:
            return self._search()
        return self._comparison()

    def _search(self) -> Predicate:
        _, function = self._take()
        self._take("(")
        if function == "substringof":
            sought = self._text()
            self._take(",")
            field = self._field()
        else:
            field = self._field()
            self._take(",")
            sought = self._text()
        self._take(")")
        if self._peek() in _COMPARE:
            # Observed: compared with true, the search silently finds nothing.
            self._take()
            self._take()
            return lambda _: False
        if field is None:
            return lambda _: False
        path, _ = field
        return lambda values: _found(function, sought, str(_at(values, path) or "").lower())

    def _comparison(self) -> Predicate:
        field = self._field()
        _, operator = self._take()
        if operator not in _COMPARE:
            raise _bad(f"'{operator}' is no operator.")
        kind, token = self._take()
        if field is None:
            # Filtering on details is unsupported and its result undefined.
            return lambda _: False
        path, expected = field
        literal = _literal(kind, token, expected)
        test = _COMPARE[operator]
        return lambda values: _compared(_at(values, path), literal, operator, test)

    def _field(self) -> tuple[tuple[str, ...], Kind] | None:
        _, token = self._take()
        shape: Shape = self._shape
        *parents, last = token.split("/")
        for name in parents:
            if name in shape.details:
                return None
            part = shape.linked.get(name)
            if part is None:
                raise _bad(f"Could not find a property named '{token}'.")
            shape = part
        if last == "id":
            return (*parents, last), Kind.GUID
        if last not in shape.fields:
            raise _bad(f"Could not find a property named '{token}' on type '{shape.name}'.")
        return (*parents, last), shape.fields[last]

    def _text(self) -> str:
        kind, token = self._take()
        if kind != "text":
            raise _bad(f"'{token}' is no string.")
        return token[1:-1].replace("''", "'").lower()


def _split(text: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    place = 0
    while text[place:].strip():
        found = _TOKEN.match(text, place)
        if found is None or found.lastgroup is None:
            raise _bad(f"Syntax error at position {place} in '{text}'.")
        tokens.append((found.lastgroup, found.group(found.lastgroup)))
        place = found.end()
    return tokens


def _literal(kind: str, token: str, expected: Kind) -> Any:
    if token == "null":
        return None
    try:
        if expected in (Kind.TIME, Kind.DAY):
            if kind not in ("moment", "text"):
                raise ValueError(token)
            return read_moment(token.split("'")[1], UTC, day=False)
        if expected is Kind.BOOLEAN:
            return {"true": True, "false": False}[token]
        if expected in (Kind.DECIMAL, Kind.INTEGER):
            return Decimal(token.rstrip("mMdDlL"))
        if kind in ("text", "guid"):
            quoted = token[token.index("'") + 1 : -1]
            return quoted.replace("''", "'")
    except (ValueError, KeyError, ArithmeticError):
        raise _bad(f"'{token}' does not fit a field of type {expected}.") from None
    raise _bad("A binary operator with incompatible types was detected.")


def _at(values: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    found: Any = values
    for name in path:
        found = (found or {}).get(name)
    return found


def _found(function: str, sought: str, text: str) -> bool:
    if function == "startswith":
        return text.startswith(sought)
    return text.rstrip().endswith(sought) if function == "endswith" else sought in text


def _compared(value: Any, literal: Any, operator: str, test: Callable[[int], bool]) -> bool:
    if value is None or value == "" or literal is None or literal == "":
        # An empty field equals nothing but null or an empty text.
        empty = (value is None or value == "") and (literal is None or literal == "")
        return empty if operator in ("eq", "ge", "le") else operator == "ne" and not empty
    left, right = _comparable(value), _comparable(literal)
    return test((left > right) - (left < right))


def _comparable(value: Any) -> Any:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    # SQL compares texts without their case and trailing blanks.
    return value.rstrip().lower() if isinstance(value, str) else value


def _bad(text: str) -> HttpRefusal:
    return internal(text, "Microsoft.OData.ODataException")
