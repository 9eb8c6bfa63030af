"""The fault matrix itself: a sample of it passes, and it fails where a promise is broken."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from starters.faults.matrix.cases import STRIKES, Case
from starters.faults.matrix.run import MatrixResult, run_matrix

# Without the throttles: a bare 429 is waited out for half a minute.
_QUICK = tuple(case for case in Case if case not in (*STRIKES, Case.THROTTLED, Case.THROTTLED_BARE))

# A connection that allows no time for late commits posts again before the first one lands.
_RECKLESS = {"profile": {"late_commit_seconds": 0.01}}


@pytest.fixture(scope="module")
async def sampled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, MatrixResult]:
    folder = tmp_path_factory.mktemp("matrix")
    return folder, await run_matrix(folder, cases=_QUICK, sample=24, seed=2026)


def test_a_sample_of_calls_and_faults_leaves_the_books_of_an_undisturbed_run(
    sampled: tuple[Path, MatrixResult],
) -> None:
    _, result = sampled
    assert len(result.verdicts) == 24
    assert not result.failed


async def test_a_run_that_was_cut_short_goes_on_where_it_stopped(
    sampled: tuple[Path, MatrixResult],
) -> None:
    folder, _ = sampled
    kept = folder / "verdicts.jsonl"
    *lines, last = kept.read_text().splitlines(keepends=True)
    kept.write_text("".join(lines) + last[: len(last) // 2])

    again = await run_matrix(folder, cases=_QUICK, sample=24, seed=2026)
    assert len(again.verdicts) == 24
    assert again.resumed == 23
    assert not again.failed


async def test_a_worker_killed_after_a_write_was_applied_does_not_write_it_again(
    tmp_path: Path,
) -> None:
    result = await run_matrix(
        tmp_path,
        scenarios=["order with payment"],
        cases=[Case.WORKER_KILLED_AFTER],
        sample=8,
        seed=2026,
    )
    assert not result.failed
    assert all(verdict.retries for verdict in result.verdicts)


async def test_a_credit_that_is_doubled_is_found_by_the_books(tmp_path: Path) -> None:
    result = await run_matrix(
        tmp_path,
        scenarios=["order with refund"],
        cases=[Case.LATE_COMMIT],
        calls="ARSTIN",
        erp_settings=_RECKLESS,
    )
    (failure,) = result.failed
    assert "books/ledger/credit_notes: 2 instead of 1" in failure.violations


class Tried(NamedTuple):
    """What came of the few trials of another ERP."""

    sample: MatrixResult
    reckless: MatrixResult


@pytest.fixture(scope="module")
async def others(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Tried]:
    """A few trials of the other ERPs, all at the same time: most of a trial is waiting."""

    async def tried(erp: str, scenario: str, posting: str) -> Tried:
        sample, reckless = await asyncio.gather(
            run_matrix(
                tmp_path_factory.mktemp(erp),
                erp=erp,
                scenarios=["order with payment"],
                cases=_QUICK,
                sample=8,
                seed=2026,
            ),
            run_matrix(
                tmp_path_factory.mktemp(erp),
                erp=erp,
                scenarios=[scenario],
                cases=[Case.LATE_COMMIT],
                calls=posting,
                erp_settings=_RECKLESS,
            ),
        )
        return Tried(sample, reckless)

    acumatica, sap = await asyncio.gather(
        tried("acumatica", "order with payment", "PUT /Payment"),
        tried("sap-business-one", "order with refund", "POST /CreditNotes"),
    )
    return {"acumatica": acumatica, "sap-business-one": sap}


@pytest.mark.parametrize("erp", ["acumatica", "sap-business-one"])
def test_a_sample_in_another_erp_leaves_the_books_of_an_undisturbed_run(
    others: Mapping[str, Tried], erp: str
) -> None:
    assert len(others[erp].sample.verdicts) == 8
    assert not others[erp].sample.failed


@pytest.mark.parametrize(
    ("erp", "doubled"),
    [
        ("acumatica", "books/ledger/payments: 2 instead of 1"),
        ("sap-business-one", "books/ledger/credit_notes: 2 instead of 1"),
    ],
)
def test_what_is_doubled_in_another_erp_is_found_by_the_books(
    others: Mapping[str, Tried], erp: str, doubled: str
) -> None:
    (failure,) = others[erp].reckless.failed
    assert doubled in failure.violations
