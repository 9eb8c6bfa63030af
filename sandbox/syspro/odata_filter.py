"""The part of OData's filter language that a table service needs, read by recursive descent."""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

from sandbox.syspro.tables import Row, Value, sort_key

Predicate = Callable[[Row], bool]
_Operand = Callable[[Row], Value]


class BadFilter(Exception):
    """The filter cannot be read; the service answers 400."""


_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<date>\d{4}-\d\d-\d\d(?:T[\d:.]+Z?)?)"
    r"|(?P<number>-?\d+(?:\.\d+)?)|(?P<word>[A-Za-z_]\w*)|(?P<mark>[(),]))"
)
_COMPARE: dict[str, Callable[[int], bool]] = {
    "eq": lambda order: order == 0,
    "ne": lambda order: order != 0,
    "gt": lambda order: order > 0,
    "ge": lambda order: order >= 0,
    "lt": lambda order: order < 0,
    "le": lambda order: order <= 0,
}


def parse_filter(text: str, columns: tuple[str, ...], *, functions: bool) -> Predicate:
    """A test of one row; raises BadFilter."""
    return _Parser(text, columns, functions=functions).parse()


class _Parser:
    def __init__(self, text: str, columns: tuple[str, ...], *, functions: bool) -> None:
        self._tokens = list(_split(text))
        self._columns = columns
        self._functions = functions

    def parse(self) -> Predicate:
        result = self._either()
        if self._tokens:
            raise BadFilter(f"unexpected '{self._tokens[0][1]}'")
        return result

    def _peek(self) -> str:
        return self._tokens[0][1] if self._tokens else ""

    def _take(self, wanted: str = "") -> tuple[str, str]:
        if not self._tokens or (wanted and self._peek() != wanted):
            raise BadFilter(f"expected {wanted or 'more'}, found '{self._peek()}'")
        return self._tokens.pop(0)

    def _either(self) -> Predicate:
        parts = [self._both()]
        while self._peek() == "or":
            self._take()
            parts.append(self._both())
        return lambda row: any(part(row) for part in parts)

    def _both(self) -> Predicate:
        parts = [self._single()]
        while self._peek() == "and":
            self._take()
            parts.append(self._single())
        return lambda row: all(part(row) for part in parts)

    def _single(self) -> Predicate:
        if self._peek() == "not":
            self._take()
            inner = self._single()
            return lambda row: not inner(row)
        if self._peek() == "(":
            self._take()
            inner = self._either()
            self._take(")")
            return inner
        if self._peek() in ("contains", "startswith"):
            return self._search()
        left = self._operand()
        _, operator = self._take()
        if operator not in _COMPARE:
            raise BadFilter(f"unknown operator '{operator}'")
        right = self._operand()
        test = _COMPARE[operator]
        return lambda row: test(_order(left(row), right(row)))

    def _search(self) -> Predicate:
        name = self._function()
        self._take("(")
        left = self._operand()
        self._take(",")
        right = self._operand()
        self._take(")")
        if name == "contains":
            return lambda row: str(right(row)) in str(left(row))
        return lambda row: str(left(row)).startswith(str(right(row)))

    def _function(self) -> str:
        _, name = self._take()
        if not self._functions:
            raise BadFilter(f"function '{name}' is not supported")
        return name

    def _operand(self) -> _Operand:
        kind, token = self._tokens[0] if self._tokens else ("", "")
        if token in ("tolower", "trim"):
            self._function()
            self._take("(")
            inner = self._operand()
            self._take(")")
            change = str.lower if token == "tolower" else str.strip
            return lambda row: change(str(inner(row)))
        self._take()
        if kind == "word" and token != "null":
            if token not in self._columns:
                raise BadFilter(f"could not find a property named '{token}'")
            return lambda row: row[token]
        value = _literal(kind, token)
        return lambda _: value


def _split(text: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    place = 0
    while text[place:].strip():
        found = _TOKEN.match(text, place)
        if found is None or found.lastgroup is None:
            raise BadFilter(f"cannot read '{text[place:]}'")
        tokens.append((found.lastgroup, found.group(found.lastgroup)))
        place = found.end()
    return tokens


def _literal(kind: str, token: str) -> Value:
    if kind == "text":
        return token[1:-1].replace("''", "'")
    if kind == "number":
        return Decimal(token)
    if kind == "date":
        try:
            return datetime.fromisoformat(token.replace("Z", "+00:00")).date()
        except ValueError:
            raise BadFilter(f"'{token}' is no date") from None
    if token == "null":
        return None
    raise BadFilter(f"unexpected '{token}'")


def _order(left: Value, right: Value) -> int:
    if left is not None and right is not None and _kind(left) is not _kind(right):
        raise BadFilter("a binary operator with incompatible types was detected")
    # Trailing blanks do not count, as in SQL; so '' and ' ' are the same.
    mine, other = sort_key(left), sort_key(right)
    return (mine > other) - (mine < other)


def _kind(value: Value) -> type:
    if isinstance(value, int | Decimal):
        return Decimal
    return date if isinstance(value, date) else str
