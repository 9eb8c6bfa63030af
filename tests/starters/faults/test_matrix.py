"""The fault matrix itself: a sample of it passes, and a run that was cut short goes on."""

from pathlib import Path

import pytest

from starters.faults.matrix.cases import STRIKES, Case
from starters.faults.matrix.run import MatrixResult, run_matrix

pytestmark = pytest.mark.seconds(70)

# Without the throttles: a bare 429 is waited out for half a minute.
_QUICK = tuple(case for case in Case if case not in (*STRIKES, Case.THROTTLED, Case.THROTTLED_BARE))


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
