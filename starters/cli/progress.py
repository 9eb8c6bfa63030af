"""A progress bar for long work, on standard error, so that it never spoils what is piped."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from journal.progress import Progress as Told
from journal.progress import unheard


@contextmanager
def progress_bar(what: str) -> Iterator[Told]:
    """Show how far the work of the block is; nothing where nobody looks."""
    if not sys.stderr.isatty():
        yield unheard
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as bar:
        task = bar.add_task(what, total=None)

        def told(done: int, of: int) -> None:
            bar.update(task, completed=done, total=of)

        yield told
