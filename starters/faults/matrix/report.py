"""The matrix as tables: for the terminal, and for docs/reliability.md."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from starters.faults.matrix.cases import Case
from starters.faults.matrix.run import MatrixResult
from starters.faults.matrix.site import CallSite
from starters.faults.matrix.trial import Verdict
from starters.faults.systems import ERPS_UNDER_FAULT


def show(result: MatrixResult, console: Console) -> None:
    """Print a line for each call, with a column for each fault, and each failure in a sentence."""
    for scenario, calls in result.calls.items():
        table = Table("Call", *(case.short for case in _cases(result)), title=scenario)
        for call, cells in _rows(result, scenario, calls):
            table.add_row(call.label, *cells)
        console.print(table)
    for failure in result.failed:
        console.print(f"✗ {sentence(failure)}", markup=False)
    console.print(summary(result))


def summary(result: MatrixResult) -> str:
    """Say in a line what came of it."""
    passed = len(result.verdicts) - len(result.failed)
    again = f" ({result.resumed} of them in an earlier run)" if result.resumed else ""
    return f"{passed} of {len(result.verdicts)} trials passed{again}, in {result.seconds:.0f} s."


def sentence(failure: Verdict) -> str:
    """Say what went wrong in a trial."""
    where = f"{failure.scenario}, {failure.aim.site.label}, {failure.aim.case}"
    if not failure.reached:
        return f"{where}: the fault was never reached."
    return f"{where}: {'; '.join(failure.violations)}"


def markdown(result: MatrixResult) -> str:
    """Write the whole result as Markdown: summary, legend, and a table for each scenario."""
    erp = ERPS_UNDER_FAULT[result.erp]
    lines = [
        summary(result),
        "",
        "A cell tells how many attempts were repeated, and the seconds from the order's event to "
        "the end of its sync. ✗: the books were not those of an undisturbed run. A dash: not "
        "tried; the store has no sessions.",
        "",
        *(f"- **{case.short}** {case.meaning(erp)}" for case in _cases(result)),
        "",
    ]
    for scenario, calls in result.calls.items():
        heads = ["Call", *(case.short for case in _cases(result))]
        lines += [f"#### {scenario.capitalize()}", "", _line(heads), _line(["---"] * len(heads))]
        lines += [_line([call.label, *cells]) for call, cells in _rows(result, scenario, calls)]
        lines.append("")
    if result.failed:
        lines += ["#### Failed", "", *(f"- {sentence(failure)}" for failure in result.failed), ""]
    return "\n".join(lines)


def put_section(page: Path, name: str, text: str) -> None:
    """Replace what stands between the page's markers of that name, or add both at its end."""
    start, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    old = page.read_text(encoding="utf-8") if page.exists() else ""
    before, found, rest = old.partition(start)
    after = rest.partition(end)[2] if found else "\n"
    page.write_text(f"{before}{start}\n\n{text.strip()}\n\n{end}{after}", encoding="utf-8")


def _cases(result: MatrixResult) -> list[Case]:
    tried = {verdict.aim.case for verdict in result.verdicts}
    return [case for case in Case if case in tried]


def _rows(
    result: MatrixResult, scenario: str, calls: Sequence[CallSite]
) -> list[tuple[CallSite, list[str]]]:
    of = {
        (verdict.aim.site, verdict.aim.case): verdict
        for verdict in result.verdicts
        if verdict.scenario == scenario
    }
    return [(call, [_cell(of.get((call, case))) for case in _cases(result)]) for call in calls]


def _cell(verdict: Verdict | None) -> str:
    if verdict is None:
        return "–"
    mark = "" if verdict.passed else "✗ "
    return f"{mark}{verdict.retries} · {verdict.seconds:.0f} s"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
