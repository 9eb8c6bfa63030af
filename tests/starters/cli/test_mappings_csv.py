"""CSV files of mapping rules."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.mapping import RuleKind
from starters.mappings_csv import RowsRefused, Rule, read_rules, write_rules

cells = (
    st.text(st.characters(exclude_categories=["C", "Z"], include_characters=" "), min_size=1)
    .map(str.strip)
    .filter(lambda text: 0 < len(text) <= 200 and text.isprintable())
) | st.sampled_from(["=1+1", "'=x", "''", "-", "@a", "+1", 'say "hi"', "a,b", "a;b", "'"])
rules = st.lists(
    st.builds(Rule, kind=st.sampled_from(RuleKind), key=cells, value=cells),
    unique_by=lambda rule: (rule.kind, rule.key),
    max_size=8,
)


@given(rules)
def test_what_is_exported_is_imported_back_to_the_same_rules(written: list[Rule]) -> None:
    assert list(read_rules(write_rules(written))) == written


@given(rules)
def test_no_exported_cell_is_a_formula_to_a_spreadsheet(written: list[Rule]) -> None:
    for row in csv.reader(io.StringIO(write_rules(written), newline="")):
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)


@pytest.mark.parametrize(
    "text",
    [
        "kind,key,value\nitem,SKU-1,A100\n",
        "\ufeffkind;key;value\r\nitem;SKU-1;A100\r\n",
        "Value, Kind ,KEY,remark\nA100,item,SKU-1,whatever\n\n",
    ],
    ids=["plain", "a European spreadsheet's", "columns in another order"],
)
def test_a_file_is_read_as_people_and_spreadsheets_write_it(text: str) -> None:
    assert read_rules(text) == (Rule(kind=RuleKind.ITEM, key="SKU-1", value="A100"),)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("kind,key\nitem,A\n", "Line 1: the column 'value' is missing"),
        ("", "Line 1: the column 'kind', 'key', 'value' is missing"),
        ("kind,key,value\ncolour,A,B\n", "Line 2: 'colour' is not a kind of mapping"),
        ("kind,key,value\nitem,A,B\nitem,A,C\n", "Line 3: item 'A' stands in line 2 already"),
        ("kind,key,value\nitem,A,=cmd()\n", "Line 2: the value looks like a formula"),
        ("kind,key,value\nitem,@A,B\n", "Line 2: the key looks like a formula"),
        ("kind,key,value\nitem,A,\n", "Line 2: The value is empty"),
        ("kind,key,value\nitem,A\n", "Line 2: it has 2 of the 3 columns"),
        ("kind,key,value\nitem,A\u200b,B\n", "Line 2: The key contains a character that cannot"),
        ('kind,key,value\nitem,"A,B\n', "this is not CSV"),
    ],
)
def test_a_faulty_row_is_named_with_its_line(text: str, fault: str) -> None:
    with pytest.raises(RowsRefused) as refused:
        read_rules(text)
    assert any(fault in said for said in refused.value.faults), refused.value.faults


def test_every_fault_of_a_file_is_named_at_once() -> None:
    with pytest.raises(RowsRefused) as refused:
        read_rules("kind,key,value\ncolour,A,B\nitem,=A,B\nitem,C,D\n")
    assert [fault.partition(":")[0] for fault in refused.value.faults] == ["Line 2", "Line 3"]
