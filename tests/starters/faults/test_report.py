"""How a run of the matrix is told."""

import re
from pathlib import Path

import pytest

from starters.faults.matrix.cases import Case
from starters.faults.matrix.injury import Aim
from starters.faults.matrix.report import markdown, put_section
from starters.faults.matrix.run import MatrixResult
from starters.faults.matrix.site import CallSite, differences
from starters.faults.matrix.trial import Verdict

_READ = CallSite(side="store", method="GET", path="/stores/abc123/v2/orders/100")
_POST = CallSite(
    side="erp",
    method="GET",
    path="/SYSPROWCFService/Rest/Transaction/Post",
    about="BusinessObject=ARSTIN",
    nth=2,
)


def _verdict(call: CallSite, case: Case, **changes: object) -> Verdict:
    usual = {"scenario": "order", "aim": Aim(site=call, case=case), "reached": True}
    return Verdict.model_validate({**usual, "retries": 1, "seconds": 4.2, **changes})


def _result(verdicts: tuple[Verdict, ...], erp: str = "syspro") -> MatrixResult:
    return MatrixResult(
        erp=erp, calls={"order": (_READ, _POST)}, verdicts=verdicts, resumed=0, seconds=9.0
    )


def test_each_call_has_a_row_and_each_fault_a_column() -> None:
    verdicts = (
        _verdict(_READ, Case.GARBAGE),
        _verdict(_POST, Case.GARBAGE, violations=("books: 2 instead of 1",)),
        _verdict(_POST, Case.SESSION_EXPIRED),
    )
    page = markdown(_result(verdicts))

    assert "2 of 3 trials passed, in 9 s." in page
    assert "| Call | garbage | expired |" in page
    assert "| store: GET /v2/orders/100 | 1 · 4 s | – |" in page
    assert "| erp: GET /Transaction/Post ARSTIN #2 | ✗ 1 · 4 s | 1 · 4 s |" in page
    assert "- order, erp: GET /Transaction/Post ARSTIN #2, garbage: books: 2 instead of 1" in page


@pytest.mark.parametrize(
    ("erp", "stolen"),
    [
        ("syspro", "somebody else logs on as our operator"),
        ("acumatica", "other programs take every licence seat"),
        ("sap-business-one", "our log-in is refused once"),
    ],
)
def test_the_legend_says_what_a_fault_means_in_that_erp(erp: str, stolen: str) -> None:
    page = markdown(_result((_verdict(_POST, Case.SESSION_STOLEN),), erp))
    assert re.search(rf"- \*\*stolen\*\* .*{stolen}", page)


def test_ids_that_are_drawn_anew_and_roots_are_left_out_of_a_calls_name() -> None:
    path = "/entity/Default/24.200.001/Payment/ReleasePayment/status/*"
    call = CallSite(side="erp", method="GET", path=path)
    assert call.label == "erp: GET /Payment/ReleasePayment/status/*"
    assert re.search(call.pattern, path.replace("*", "0b7a"))
    assert not re.search(call.pattern, path.replace("*", "0b7a/more"))


def test_a_fault_that_struck_nothing_is_no_pass() -> None:
    assert not _verdict(_READ, Case.DROP_BEFORE, reached=False).passed


def test_differences_name_the_place() -> None:
    clean = {"payments": [{"value": "10.00"}], "orders": [1, 2]}
    found = {"payments": [{"value": "12.00"}], "orders": [1]}
    assert differences(clean, found, "books") == [
        "books/orders: 1 instead of 2",
        "books/payments/0/value: '12.00' instead of '10.00'",
    ]


def test_a_section_replaces_the_one_of_its_name_and_nothing_else(tmp_path: Path) -> None:
    page = tmp_path / "reliability.md"
    page.write_text("# Reliability\n\n<!-- matrix -->\nold\n<!-- end of matrix -->\n\nThe rest.\n")
    put_section(page, "matrix", "new")
    put_section(page, "soak", "five seeds")
    assert page.read_text() == (
        "# Reliability\n\n<!-- matrix -->\n\nnew\n\n<!-- end of matrix -->\n\nThe rest.\n"
        "<!-- soak -->\n\nfive seeds\n\n<!-- end of soak -->\n"
    )
