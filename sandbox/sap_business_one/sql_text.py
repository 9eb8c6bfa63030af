"""The part of SQL that a stored query may use here: one table, inner joins, AND-ed conditions."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.sap_business_one.refusals import Refused

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>\d+(?:\.\d+)?)|(?P<parameter>:\w+)"
    r'|(?P<name>\[\w+\]|"\w+"|\w+)|(?P<mark><>|!=|>=|<=|[=<>.,()*+-]))'
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: left == right,
    "<>": lambda left, right: left != right,
    "!=": lambda left, right: left != right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
}
Column = tuple[str, str]
"""Alias and name; the alias is empty where the text gives none."""
SqlRow = dict[str, Any]


def bad_sql(text: str) -> Refused:
    """Number and wording are chosen for this stand-in."""
    return Refused(400, 702, f"SQL syntax error: {text}")


@dataclass(frozen=True)
class Condition:
    """Column, operator and what it is compared with: a column, a parameter or a value."""

    left: Column
    operator: str
    right: Any


@dataclass(frozen=True)
class Join:
    """A further table and the equality that brings it in."""

    table: str
    alias: str
    left: Column
    right: Column


@dataclass(frozen=True)
class Parameter:
    """A `:name`."""

    name: str


@dataclass(frozen=True)
class Select:
    """A query."""

    columns: tuple[tuple[Column, str], ...]
    table: str
    alias: str
    joins: tuple[Join, ...]
    conditions: tuple[Condition, ...]
    order: tuple[tuple[Column, bool], ...]

    @property
    def tables(self) -> list[str]:
        """Every table it reads."""
        return [self.table, *(join.table for join in self.joins)]


def parse(text: str) -> Select:
    """Reads a query; raises `Refused`."""
    return _Parser(text).select()


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        place = 0
        while text[place:].strip():
            found = _TOKEN.match(text, place)
            if found is None or found.lastgroup is None:
                raise bad_sql(f"cannot read '{text[place:][:20]}'")
            self._tokens.append((found.lastgroup, found.group(found.lastgroup)))
            place = found.end()

    def select(self) -> Select:
        self._word("SELECT")
        columns = [self._column_as()]
        while self._try(","):
            columns.append(self._column_as())
        self._word("FROM")
        table, alias = self._table()
        joins: list[Join] = []
        while self._is("INNER") or self._is("JOIN"):
            joins.append(self._join())
        conditions = self._conditions() if self._try("WHERE") else []
        order = self._order() if self._try("ORDER") else []
        if self._tokens:
            raise bad_sql(f"unexpected '{self._tokens[0][1]}'")
        return Select(tuple(columns), table, alias, tuple(joins), tuple(conditions), tuple(order))

    def _is(self, word: str) -> bool:
        return bool(self._tokens) and self._tokens[0][1].upper() == word

    def _try(self, word: str) -> bool:
        if not self._is(word):
            return False
        self._tokens.pop(0)
        return True

    def _word(self, word: str) -> None:
        if not self._try(word):
            raise bad_sql(f"expected {word}")

    def _name(self) -> str:
        if not self._tokens or self._tokens[0][0] != "name":
            raise bad_sql("expected a name")
        return self._tokens.pop(0)[1].strip('[]"')

    def _column(self) -> Column:
        first = self._name()
        return (first, self._name()) if self._try(".") else ("", first)

    def _column_as(self) -> tuple[Column, str]:
        column = self._column()
        return column, self._name() if self._try("AS") else column[1]

    def _table(self) -> tuple[str, str]:
        table = self._name()
        self._try("AS")
        ahead = self._tokens[0] if self._tokens else ("", "")
        reserved = {"WHERE", "ORDER", "INNER", "JOIN", "ON"}
        if ahead[0] == "name" and ahead[1].upper() not in reserved:
            return table, self._name()
        return table, table

    def _join(self) -> Join:
        self._try("INNER")
        self._word("JOIN")
        table, alias = self._table()
        self._word("ON")
        left = self._column()
        self._word("=")
        return Join(table, alias, left, self._column())

    def _conditions(self) -> list[Condition]:
        found = [self._condition()]
        while self._try("AND"):
            found.append(self._condition())
        return found

    def _condition(self) -> Condition:
        column = self._column()
        if self._try("IN"):
            self._word("(")
            values = [self._operand()]
            while self._try(","):
                values.append(self._operand())
            self._word(")")
            return Condition(column, "IN", tuple(values))
        operator = self._tokens.pop(0)[1] if self._tokens else ""
        if operator not in _COMPARE:
            raise bad_sql(f"unknown operator '{operator}'")
        return Condition(column, operator, self._operand())

    def _operand(self) -> Any:
        if not self._tokens:
            raise bad_sql("expected a value")
        kind, token = self._tokens[0]
        if kind == "name":
            return self._column()
        self._tokens.pop(0)
        if kind == "parameter":
            return Parameter(token[1:])
        if kind == "text":
            return token[1:-1].replace("''", "'")
        if kind == "number":
            return Decimal(token)
        raise bad_sql(f"unexpected '{token}'")

    def _order(self) -> list[tuple[Column, bool]]:
        self._word("BY")
        terms: list[tuple[Column, bool]] = []
        while True:
            column = self._column()
            backwards = self._try("DESC")
            if not backwards:
                self._try("ASC")
            terms.append((column, backwards))
            if not self._try(","):
                return terms


def run(
    query: Select, tables: Callable[[str], list[SqlRow]], given: Mapping[str, Any]
) -> list[SqlRow]:
    """The rows of a query, each with the columns asked for."""
    rows: list[dict[str, SqlRow]] = [{query.alias: row} for row in tables(query.table)]
    for join in query.joins:
        rows = _joined(rows, join, tables(join.table))
    for condition in query.conditions:
        rows = [row for row in rows if _holds(row, condition, given)]
    for column, backwards in reversed(query.order):
        rows.sort(key=lambda row, c=column: _sortable(_read(row, c)), reverse=backwards)
    return [{shown: _read(row, column) for column, shown in query.columns} for row in rows]


def _joined(
    rows: list[dict[str, SqlRow]], join: Join, others: list[SqlRow]
) -> list[dict[str, SqlRow]]:
    own, theirs = join.left, join.right
    if theirs[0] != join.alias:
        own, theirs = theirs, own
    by_value: dict[Any, list[SqlRow]] = {}
    for other in others:
        by_value.setdefault(_read({join.alias: other}, theirs), []).append(other)
    return [
        {**row, join.alias: other} for row in rows for other in by_value.get(_read(row, own), [])
    ]


def _read(row: dict[str, SqlRow], column: Column) -> Any:
    alias, name = column
    for known, one in row.items():
        if alias in ("", known) and name in one:
            return one[name]
    raise bad_sql(f"invalid column name '{name}'")


def _holds(row: dict[str, SqlRow], condition: Condition, given: Mapping[str, Any]) -> bool:
    left = _read(row, condition.left)
    if condition.operator == "IN":
        return left in [_valued(row, one, given) for one in condition.right]
    right = _valued(row, condition.right, given)
    if left is None or right is None:
        return False
    if isinstance(left, str) != isinstance(right, str):
        left, right = str(left), str(right)
    return _COMPARE[condition.operator](left, right)


def _valued(row: dict[str, SqlRow], right: Any, given: Mapping[str, Any]) -> Any:
    if isinstance(right, Parameter):
        if right.name not in given:
            raise bad_sql(f"parameter '{right.name}' is missing")
        return given[right.name]
    return _read(row, right) if isinstance(right, tuple) else right


def _sortable(value: Any) -> tuple[bool, Any]:
    return (value is not None, value)
