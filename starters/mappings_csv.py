"""Mapping rules as CSV `kind,key,value`: read all or nothing, written safe for spreadsheets."""

import csv
import io
import re
from collections.abc import Iterable

from domain.mapping import RuleKind
from domain.record import Record

COLUMNS = ("kind", "key", "value")
# What a spreadsheet takes for a formula (OWASP, "CSV Injection"), also in East Asian width.
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
# A spreadsheet may split at another separator than ours, so that a cell may begin inside a cell,
# and inside its quotes.
_BEGINNING = r"""((?:^|[;,\t|])"*)"""
_CONFUSING = rf"(?=['{re.escape(''.join(_FORMULA))}])"
_UNMARKED = re.compile(f"{_BEGINNING}{_CONFUSING}")
_MARKED = re.compile(f"{_BEGINNING}'{_CONFUSING}")
_LONGEST = 200


class Rule(Record):
    """One rule: what is named, and what it becomes in the ERP."""

    kind: RuleKind
    key: str
    value: str


class RowsRefused(ValueError):
    """The file cannot be taken; `faults` names each fault with its line. Nothing was changed."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


def checked_rule(kind: str, key: str, value: str) -> Rule:
    """Return the rule without the blanks around its parts.

    Raises:
        RowsRefused: an unknown kind, an empty or overlong part, or characters nobody can see.
    """
    key, value = key.strip(), value.strip()
    faults: list[str] = []
    if kind not in list(RuleKind):
        known = ", ".join(RuleKind)
        named = " ".join(kind.split())[:60]
        faults.append(f"'{named}' is not a kind of mapping; there are: {known}.")
    for name, part in (("key", key), ("value", value)):
        if not part:
            faults.append(f"The {name} is empty.")
        elif len(part) > _LONGEST:
            faults.append(f"The {name} is longer than {_LONGEST} characters.")
        elif not part.isprintable():
            faults.append(f"The {name} contains a character that cannot be seen.")
    if faults:
        raise RowsRefused(faults)
    return Rule(kind=RuleKind(kind), key=key, value=value)


def read_rules(text: str) -> tuple[Rule, ...]:
    """Read a file with the header `kind,key,value`, separated by commas or semicolons.

    Raises:
        RowsRefused: anything is wrong with any row; every fault is named with its line.
    """
    text = text.removeprefix("\ufeff")
    header = re.split(r"[\r\n]", text, maxsplit=1)[0]
    separator = ";" if header.count(";") > header.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[Rule] = []
    faults: list[str] = []
    seen: dict[tuple[str, str], int] = {}
    try:
        places = _places(next(reader, []))
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            line = reader.line_num
            try:
                row = _row(cells, places)
                first = seen.setdefault((row.kind, row.key), line)
                if first != line:
                    raise RowsRefused([f"{row.kind} '{row.key}' stands in line {first} already."])
                rows.append(row)
            except RowsRefused as refused:
                faults += [f"Line {line}: {fault}" for fault in refused.faults]
    except csv.Error as error:
        faults.append(f"Line {reader.line_num}: this is not CSV: {error}.")
    if faults:
        raise RowsRefused(faults)
    return tuple(rows)


def write_rules(rows: Iterable[Rule]) -> str:
    """Write a file that `read_rules` reads back to the same rows."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([row.kind.value, _quoted(row.key), _quoted(row.value)] for row in rows)
    return text.getvalue()


def _places(header: list[str]) -> dict[str, int]:
    names = [name.strip().lower() for name in header]
    missing = [column for column in COLUMNS if column not in names]
    if missing:
        lacks = ", ".join(f"'{column}'" for column in missing)
        raise RowsRefused([f"Line 1: the column {lacks} is missing; the header is kind,key,value."])
    return {column: names.index(column) for column in COLUMNS}


def _row(cells: list[str], places: dict[str, int]) -> Rule:
    if len(cells) <= max(places.values()):
        raise RowsRefused([f"it has {len(cells)} of the {len(places)} columns."])
    parts = {column: cells[place].strip() for column, place in places.items()}
    formulas = [name for name, cell in parts.items() if cell.startswith(_FORMULA)]
    if formulas:
        names = " and ".join(formulas)
        raise RowsRefused(
            [f"the {names} looks like a formula; if it is meant so, put an apostrophe before it."]
        )
    kind, key, value = (_unquoted(parts[column]) for column in COLUMNS)
    return checked_rule(kind, key, value)


def _quoted(cell: str) -> str:
    return _UNMARKED.sub(r"\1'", cell)


def _unquoted(cell: str) -> str:
    return _MARKED.sub(r"\1", cell)
