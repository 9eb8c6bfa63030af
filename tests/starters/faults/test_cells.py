"""Which trials a run of the matrix has."""

import pytest

from starters.faults.matrix.cases import Case
from starters.faults.matrix.run import NothingToTry, cells_of
from starters.faults.matrix.site import CallSite
from starters.faults.matrix.trial import CleanRun

READ = CallSite(side="store", method="GET", path="/stores/abc123/v2/orders/100")
POST = CallSite(side="erp", method="GET", path="/Transaction/Post", about="BusinessObject=ARSTIN")
CLEAN = {
    "order": CleanRun(
        calls=dict(zip((READ, POST), (None, READ), strict=True)),
        books={},
        outcome=None,
        trail=(),
        violations=(),
    )
}


def test_every_call_is_tried_under_every_fault_that_it_can_have() -> None:
    cells = cells_of(CLEAN, [Case.REFUSED, Case.SESSION_EXPIRED])
    tried = [(cell.aim.site, cell.aim.case) for cell in cells]
    assert tried == [(READ, Case.REFUSED), (POST, Case.REFUSED), (POST, Case.SESSION_EXPIRED)]


def test_only_calls_of_that_name_are_tried() -> None:
    cells = cells_of(CLEAN, tuple(Case), "ARSTIN")
    assert len(cells) == len(Case)
    assert all(cell.aim.site == POST for cell in cells)


@pytest.mark.parametrize(
    ("cases", "calls"), [(tuple(Case), "zzz"), ((Case.SESSION_EXPIRED,), "store:")]
)
def test_nothing_to_try_is_told_with_the_calls_there_are(
    cases: tuple[Case, ...], calls: str
) -> None:
    with pytest.raises(NothingToTry, match=f"'{calls}'.*erp: GET.*ARSTIN; store: GET"):
        cells_of(CLEAN, cases, calls)


def test_what_was_answered_before_is_found_further_back() -> None:
    run = CLEAN["order"]
    assert run.before(POST, further=0) == READ
    assert run.before(POST, further=1) is None
    assert run.before(POST, further=2) is None
