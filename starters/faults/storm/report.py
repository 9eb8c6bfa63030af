"""A storm as a table: for the terminal, and for docs/reliability.md."""

from rich.console import Console
from rich.table import Table

from starters.faults.storm.result import Answers, StormResult

_HEADS = ("Wave", "Sent", "A second", "Answered 200", "Others", "p50", "p99", "Longest")


def show(result: StormResult, console: Console) -> None:
    """Print a line for each wave, and what became of what was acknowledged."""
    table = Table(*_HEADS)
    for row in _rows(result):
        table.add_row(*row)
    console.print(table)
    console.print(summary(result), style="bold green" if result.passed else "bold red")


def summary(result: StormResult) -> str:
    """Say in a line what came of it."""
    killed = (
        f"Temporal was killed {result.temporal_kills} time(s). " if result.temporal_kills else ""
    )
    return (
        f"{killed}{result.through_the_inbox} webhooks went through the inbox, which was empty "
        f"{result.inbox_empty_after_seconds:.0f} s after the last one. "
        f"Acknowledged and lost: {result.lost}."
    )


def markdown(result: StormResult) -> str:
    """Write the waves as a Markdown table, with the summary below."""
    lines = [_line(_HEADS), _line(["---"] * len(_HEADS)), *map(_line, _rows(result))]
    return "\n".join([*lines, "", summary(result)])


def _rows(result: StormResult) -> list[tuple[str, ...]]:
    stream = f"{result.rate} a second for {result.seconds} s"
    return [_row(stream, result.stream), _row("burst within 5 s", result.burst)]


def _row(name: str, wave: Answers) -> tuple[str, ...]:
    others = ", ".join(f"{status}: {count}" for status, count in wave.other_answers.items())
    times = (f"{ms:.0f} ms" for ms in (wave.p50_ms, wave.p99_ms, wave.longest_ms))
    return (
        name,
        str(wave.sent),
        f"{wave.sent_per_second:.0f}",
        str(wave.answered_200),
        others or "none",
        *times,
    )


def _line(cells: tuple[str, ...] | list[str]) -> str:
    return f"| {' | '.join(cells)} |"
