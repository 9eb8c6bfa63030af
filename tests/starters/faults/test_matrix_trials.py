"""Single trials of the fault matrix: in every ERP, with a worker killed, with a promise broken."""

import asyncio
from pathlib import Path

import pytest

from sandbox.erps import ERPS
from starters.faults.matrix.cases import STRIKES, Case
from starters.faults.matrix.run import run_matrix

pytestmark = pytest.mark.seconds(100)

# Without the throttles: a bare 429 is waited out for half a minute.
_QUICK = tuple(case for case in Case if case not in (*STRIKES, Case.THROTTLED, Case.THROTTLED_BARE))


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
    # A connection that allows no time for late commits credits again before the first one lands.
    reckless = {"profile": {"late_commit_seconds": 0.01}}
    result = await run_matrix(
        tmp_path,
        scenarios=["order with refund"],
        cases=[Case.LATE_COMMIT],
        calls="ARSTIN",
        erp_settings=reckless,
    )
    (failure,) = result.failed
    assert "books/ledger/credit_notes: 2 instead of 1" in failure.violations


async def test_a_sample_in_the_other_erps_leaves_the_books_of_an_undisturbed_run(
    tmp_path: Path,
) -> None:
    others = [erp for erp in ERPS if erp != "syspro"]
    # At the same time: most of a trial is waiting.
    async with asyncio.TaskGroup() as together:
        runs = [
            together.create_task(
                run_matrix(
                    tmp_path / erp,
                    erp=erp,
                    scenarios=["order with payment"],
                    cases=_QUICK,
                    calls="erp:",
                    sample=6,
                    seed=2026,
                )
            )
            for erp in others
        ]
    for result in (run.result() for run in runs):
        assert len(result.verdicts) == 6
        assert not result.failed
