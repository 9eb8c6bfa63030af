"""The Service Layer's filter language, read by recursive descent into a test of one row.

A comparison with nothing is neither true nor false, as in SQL: `ne` does not find empty fields.
"""

import re
from collections.abc import Callable
from datetime import date, time
from decimal import Decimal
from typing import Any

from sandbox.sap_business_one.entity_types import EntityType, Kind, Row, read_date
from sandbox.sap_business_one.enumerations import member
from sandbox.sap_business_one.refusals import bad_query, invalid_property

Verdict = bool | None
Predicate = Callable[[Row], Verdict]
_Value = Callable[[Row], Any]

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<word>[A-Za-z_][\w/]*)|(?P<mark>[(),]))"
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda left, right: left == right,
    "ne": lambda left, right: left != right,
    "gt": lambda left, right: left > right,
    "ge": lambda left, right: left >= right,
    "lt": lambda left, right: left < right,
    "le": lambda left, right: left <= right,
}
_SEARCH: dict[str, Callable[[str, str], bool]] = {
    "startswith": lambda text, part: text.startswith(part),
    "endswith": lambda text, part: text.endswith(part),
    "contains": lambda text, part: part in text,
    "substringof": lambda text, part: part in text,
}


class Filter:
    """A test of rows. `wanted` holds the texts that the row must have whatever else is asked."""

    def __init__(
        self,
        text: str,
        kind: EntityType,
        *,
        fields: frozenset[str] = frozenset(),
        functions: frozenset[str],
        ignore_case: bool = False,
    ) -> None:
        self._kind = kind
        self._fields = fields
        self._functions = functions
        self._fold = str.casefold if ignore_case else str
        self.wanted: dict[str, str] = {}
        self._tokens = _split(text)
        self._test = self._either(top=True)
        if self._tokens:
            raise bad_query(f"unexpected '{self._tokens[0][1]}'")
        if ignore_case:
            self.wanted = {}

    def __call__(self, row: Row) -> bool:
        """Whether the row passes."""
        return self._test(row) is True

    def _peek(self) -> str:
        return self._tokens[0][1] if self._tokens else ""

    def _take(self, wanted: str = "") -> tuple[str, str]:
        if not self._tokens or (wanted and self._peek() != wanted):
            raise bad_query(f"expected {wanted or 'more'}, found '{self._peek()}'")
        return self._tokens.pop(0)

    def _either(self, *, top: bool = False) -> Predicate:
        found: dict[str, str] = {}
        parts = [self._both(found)]
        while self._peek() == "or":
            self._take()
            parts.append(self._both({}))
        if len(parts) == 1:
            self.wanted = found if top else self.wanted
            return parts[0]
        return lambda row: _any([part(row) for part in parts])

    def _both(self, wanted: dict[str, str]) -> Predicate:
        parts = [self._single(wanted)]
        while self._peek() == "and":
            self._take()
            parts.append(self._single(wanted))
        if len(parts) == 1:
            return parts[0]
        return lambda row: _all([part(row) for part in parts])

    def _single(self, wanted: dict[str, str]) -> Predicate:
        if self._peek() == "not":
            self._take()
            inner = self._single({})
            return lambda row: _not(inner(row))
        if self._peek() == "(":
            self._take()
            inner = self._either()
            self._take(")")
            return inner
        if self._tokens and self._tokens[0][0] == "word" and self._is_call():
            return self._search()
        return self._comparison(wanted)

    def _is_call(self) -> bool:
        return len(self._tokens) > 1 and self._tokens[1][1] == "("

    def _search(self) -> Predicate:
        _, name = self._take()
        if name not in self._functions:
            raise bad_query(f"function '{name}' is not supported")
        self._take("(")
        first = self._take()
        self._take(",")
        second = self._take()
        self._take(")")
        field, part = (second, first) if name == "substringof" else (first, second)
        if field[0] != "word" or part[0] != "text":
            raise bad_query(f"wrong arguments of '{name}'")
        column, text = self._column(field[1]), self._fold(_unquoted(part[1]))
        test = _SEARCH[name]

        def found(row: Row) -> Verdict:
            value = row.get(column)
            return None if value is None else test(self._fold(str(value)), text)

        return found

    def _comparison(self, wanted: dict[str, str]) -> Predicate:
        left = self._take()
        _, operator = self._take()
        if operator not in _COMPARE:
            raise bad_query(f"unknown operator '{operator}'")
        right = self._take()
        if left[0] != "word" or left[1] == "null":
            raise bad_query("the left side of a comparison must be a property")
        name = self._column(left[1])
        if right[1] == "null" and right[0] == "word":
            empty = operator == "eq"
            return lambda row: (row.get(name) is None) == empty
        if right[0] == "word":
            other = self._column(right[1])
            return self._compared(name, operator, lambda row: row.get(other))
        value = self._literal(name, *right)
        if operator == "eq" and isinstance(value, str) and name not in self._kind.enums:
            wanted[name] = value
        return self._compared(name, operator, lambda _: value)

    def _compared(self, name: str, operator: str, right: _Value) -> Predicate:
        test = _COMPARE[operator]

        def compare(row: Row) -> Verdict:
            mine, other = row.get(name), right(row)
            if mine is None or other is None:
                return None
            if isinstance(mine, str) and isinstance(other, str):
                return test(self._fold(mine), self._fold(other))
            if type(mine) is not type(other) and not _both_numbers(mine, other):
                raise bad_query(f"'{name}' is compared with another type")
            return test(mine, other)

        return compare

    def _column(self, name: str) -> str:
        if name in self._kind.collections or name in self._kind.parts:
            raise bad_query(f"'{name}' cannot be filtered by")
        known = name in self._kind.kinds or name in self._kind.enums
        if not known and name not in self._fields:
            raise invalid_property(name, self._kind.name)
        return name

    def _literal(self, name: str, kind: str, token: str) -> Any:
        text = _unquoted(token)
        if name in self._kind.enums:
            found = member(self._kind.enums[name], text)
            if found is None:
                raise bad_query(f"'{text}' is no value of '{name}'")
            return found
        held = self._kind.kinds.get(name, Kind.TEXT)
        if held in (Kind.WHOLE, Kind.NUMBER):
            if kind != "number":
                raise bad_query(f"'{name}' is a number")
            return Decimal(text)
        if kind != "text":
            raise bad_query(f"'{name}' wants a text in quotes")
        return _typed(held, text)


def _typed(held: Kind, text: str) -> str | date | time:
    try:
        if held is Kind.DATE:
            return read_date(text)
        if held is Kind.TIME:
            # Seconds are not effective in filters, says SAP's manual.
            return time.fromisoformat(text).replace(second=0, microsecond=0)
    except ValueError:
        raise bad_query(f"'{text}' is no {held.value.lower()}") from None
    return text


def _unquoted(token: str) -> str:
    return token[1:-1].replace("''", "'") if token.startswith("'") else token


def _both_numbers(one: Any, other: Any) -> bool:
    return isinstance(one, int | Decimal) and isinstance(other, int | Decimal)


def _any(verdicts: list[Verdict]) -> Verdict:
    return True if True in verdicts else (None if None in verdicts else False)


def _all(verdicts: list[Verdict]) -> Verdict:
    return False if False in verdicts else (None if None in verdicts else True)


def _not(verdict: Verdict) -> Verdict:
    return None if verdict is None else not verdict


def _split(text: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    place = 0
    while text[place:].strip():
        found = _TOKEN.match(text, place)
        if found is None or found.lastgroup is None:
            raise bad_query(f"cannot read '{text[place:]}'")
        tokens.append((found.lastgroup, found.group(found.lastgroup)))
        place = found.end()
    return tokens


def functions_of(version: str) -> frozenset[str]:
    """The string functions that a version of the protocol knows."""
    return frozenset(_SEARCH) - ({"contains"} if version == "v1" else set())
