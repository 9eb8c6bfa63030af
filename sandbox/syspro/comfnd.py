"""COMFND, COMFCH and COMBRW: any table by conditions, by key, or page by page."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from xml.etree.ElementTree import Element

from sandbox.syspro.books import Books
from sandbox.syspro.document import Fields
from sandbox.syspro.refusals import BrokenDocument
from sandbox.syspro.tables import TABLES, Row, SqlTable, Value, sort_key
from sandbox.syspro.xml import Node, padded

_COMPARE: dict[str, Callable[[int], bool]] = {
    "EQ": lambda order: order == 0,
    "NE": lambda order: order != 0,
    "GT": lambda order: order > 0,
    "GE": lambda order: order >= 0,
    "LT": lambda order: order < 0,
    "LE": lambda order: order <= 0,
}
_BROWSE_PAGE = 12


def find(books: Books, document: Element) -> tuple[str, list[Node]]:
    """COMFND: the answer's root, which is the table's name, and its children."""
    query = Fields(document, books.settings)
    table = _table(query.text("TableName"))
    columns = _columns(document, "Columns", table)
    if not columns or query.text("AllColumns") == "Y":
        columns = list(table.columns)
    order_by = _columns(document, "OrderBy", table)
    rows = [row for row in table.read(books) if _matches(document.find("Where"), table, row)]
    for column in reversed(order_by or list(table.key)):
        rows.sort(key=lambda row: sort_key(row[column]))
    limit = query.text("ReturnRows")
    if limit.isdigit():
        rows = rows[: int(limit)]
    header: list[Node] = [
        ("TableName", table.name),
        ("Columns", [("Column", name) for name in columns]),
        ("OrderBy", [("Column", name) for name in order_by]),
    ]
    nodes: list[Node] = [("HeaderDetails", header)]
    nodes += [("Row", _cells(row, columns)) for row in rows]
    return table.name, [*nodes, ("RowsReturned", padded(len(rows)))]


def fetch(books: Books, document: Element) -> tuple[str, list[Node]]:
    """COMFCH: one row by its key."""
    query = Fields(document, books.settings)
    table = _table(query.text("TableName"))
    key = query.text("Key")
    for row in table.read(books):
        if str(row[table.key[0]]).rstrip() == key:
            return table.name, _cells(row, list(table.columns))
    raise BrokenDocument(f"ERROR: Key not found on table {table.name}")


def browse(books: Books, document: Element) -> tuple[str, list[Node]]:
    """COMBRW: the next page of a table from a key on."""
    query = Fields(document, books.settings)
    table = _table(query.text("TableName", default=query.text("BrowseName")))
    start = query.text("StartAtKey")
    wanted = query.text("ReturnRows")
    page = int(wanted) if wanted.isdigit() else _BROWSE_PAGE
    first = table.key[0]
    rows = [row for row in table.read(books) if str(row[first]) >= start]
    rows.sort(key=lambda row: sort_key(row[first]))
    nodes: list[Node] = [("Row", _cells(row, list(table.columns))) for row in rows[:page]]
    following = str(rows[page][first]) if len(rows) > page else ""
    return table.name, [*nodes, ("NextPrevKey", [("NextKey", following)])]


def _table(name: str) -> SqlTable:
    if name not in TABLES:
        raise BrokenDocument(f"ERROR: Table '{name}' not found")
    return TABLES[name]


def _columns(document: Element, name: str, table: SqlTable) -> list[str]:
    listed = [(one.text or "").strip() for one in document.findall(f"{name}/Column")]
    for column in listed:
        if column not in table.columns:
            raise BrokenDocument(f"ERROR: Column '{column}' not found on table {table.name}")
    return listed


def _cells(row: Row, columns: list[str]) -> list[Node]:
    return [(name, shown(row[name])) for name in columns]


def shown(value: Value) -> str:
    """A value as business objects print it: blanks trimmed, numbers padded with spaces."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return padded(f"{value:f}", 16)
    if isinstance(value, int):
        return padded(value)
    return value.isoformat() if isinstance(value, date) else value.rstrip()


def _matches(where: Element | None, table: SqlTable, row: Row) -> bool:
    """Evaluates the bracketed expressions by turning them into a Boolean token list."""
    if where is None:
        return True
    tokens: list[str | bool] = []
    for expression in where.findall("Expression"):

        def part(name: str, source: Element = expression) -> str:
            return (source.findtext(name) or "").strip()

        if tokens:
            # The first expression may carry a joining word too; it joins nothing.
            tokens.append(part("AndOr").lower() or "and")
        tokens += part("OpenBracket")
        tokens.append(_holds(table, row, part("Column"), part("Condition"), part("Value")))
        tokens += part("CloseBracket")
    if not tokens:
        return True
    result, rest = _either(tokens)
    if rest:
        raise BrokenDocument("ERROR: Brackets do not match")
    return result


def _either(tokens: list[str | bool]) -> tuple[bool, list[str | bool]]:
    result, rest = _both(tokens)
    while rest and rest[0] == "or":
        other, rest = _both(rest[1:])
        result = result or other
    return result, rest


def _both(tokens: list[str | bool]) -> tuple[bool, list[str | bool]]:
    result, rest = _single(tokens)
    while rest and rest[0] == "and":
        other, rest = _single(rest[1:])
        result = result and other
    return result, rest


def _single(tokens: list[str | bool]) -> tuple[bool, list[str | bool]]:
    if not tokens:
        raise BrokenDocument("ERROR: Brackets do not match")
    head, rest = tokens[0], tokens[1:]
    if isinstance(head, bool):
        return head, rest
    if head != "(":
        raise BrokenDocument("ERROR: Brackets do not match")
    result, rest = _either(rest)
    if not rest or rest[0] != ")":
        raise BrokenDocument("ERROR: Brackets do not match")
    return result, rest[1:]


def _holds(table: SqlTable, row: Row, column: str, condition: str, wanted: str) -> bool:
    if column not in table.columns:
        raise BrokenDocument(f"ERROR: Column '{column}' not found on table {table.name}")
    value = row[column]
    if condition == "LIKE":
        pattern = re.escape(wanted).replace(r"\*", ".*").replace(r"\?", ".")
        return re.fullmatch(pattern, shown(value).strip(), re.DOTALL) is not None
    if condition not in _COMPARE:
        raise BrokenDocument(f"ERROR: Condition '{condition}' is invalid")
    mine, other = sort_key(value), sort_key(_literal(value, wanted))
    return _COMPARE[condition]((mine > other) - (mine < other))


def _literal(like: Value, wanted: str) -> Value:
    if isinstance(like, int | Decimal):
        try:
            return Decimal(wanted or "0")
        except InvalidOperation:
            raise BrokenDocument(f"ERROR: Value '{wanted}' is not numeric") from None
    return wanted
