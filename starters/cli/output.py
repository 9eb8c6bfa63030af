"""What a command prints: tables for people, JSON for programs, sentences for errors."""

import json
import sys
from collections.abc import Callable, Iterable, Sequence

from pydantic import BaseModel, TypeAdapter
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

# Piped output is read by grep and by logs: no line may be broken to fit a screen nobody has.
_WIDTH_WITHOUT_A_SCREEN = 240
_ANY = TypeAdapter[object](object)


def printable(text: str) -> str:
    """Replace what could steer a terminal or begin a line: names and texts come from outside."""
    return "".join(c if c.isprintable() else "�" for c in text)


class Output:
    """Standard output of one command. With `as_json` only `report` prints, exactly once."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        width = None if sys.stdout.isatty() else _WIDTH_WITHOUT_A_SCREEN
        self.console = Console(markup=False, highlight=False, width=width, quiet=as_json)

    def report(self, result: BaseModel | object, for_people: Callable[["Output"], None]) -> None:
        """Print the result as JSON, or as `for_people` shows it."""
        if self.as_json:
            sys.stdout.write(json.dumps(_ANY.dump_python(result, mode="json"), indent=2) + "\n")
        else:
            for_people(self)

    def say(self, sentence: str, *, style: str = "") -> None:
        """Print one sentence to people."""
        self.console.print(Text(printable(sentence), style=style))

    def table(
        self, columns: Sequence[str], rows: Iterable[Sequence[str]], *, title: str = ""
    ) -> None:
        """Print a table; cells that begin with a mark of `good` or `bad` are coloured."""
        table = Table(
            title=Text(printable(title)) if title else None,
            title_justify="left",
            box=box.SIMPLE_HEAD,
        )
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*(_cell(value) for value in row))
        self.console.print(table)


GOOD = "✓"
BAD = "✗"


def good_or_bad(*, ok: bool) -> str:
    """Return the mark that tables colour green or red."""
    return GOOD if ok else BAD


def _cell(value: str) -> Text:
    style = "green" if value.startswith(GOOD) else "red" if value.startswith(BAD) else ""
    return Text(printable(value), style=style)


def complain(sentence: str) -> None:
    """Print an error to standard error, where it cannot spoil a program's JSON.

    A file's faults come one a line.
    """
    screen = Console(stderr=True, markup=False, highlight=False, soft_wrap=True)
    for line in sentence.split("\n"):
        screen.print(Text(printable(line), style="red"))
