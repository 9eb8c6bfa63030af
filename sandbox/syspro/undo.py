"""Tables that can go back, so that a document is applied whole, in part or not at all."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class UndoLog:
    """Remembers every write to its tables while a trial runs; trials nest."""

    def __init__(self) -> None:
        self._steps: list[Callable[[], None]] = []
        self._depth = 0

    def remember(self, step: Callable[[], None]) -> None:
        """Keeps how to take one write back; outside a trial writes are final."""
        if self._depth:
            self._steps.append(step)

    @contextmanager
    def trial(self) -> Iterator[Callable[[], None]]:
        """Takes every write back when the block raises, or when it calls what it is given."""
        mark = len(self._steps)
        self._depth += 1

        def take_back() -> None:
            while len(self._steps) > mark:
                self._steps.pop()()

        try:
            yield take_back
        except BaseException:
            take_back()
            raise
        finally:
            self._depth -= 1
            if not self._depth:
                self._steps.clear()


class Table(dict[K, V]):
    """A dictionary of immutable records whose writes can be taken back."""

    def __init__(self, log: UndoLog) -> None:
        super().__init__()
        self._log = log

    def __setitem__(self, key: K, value: V) -> None:
        if key in self:
            before = self[key]
            self._log.remember(lambda: dict.__setitem__(self, key, before))
        else:
            self._log.remember(lambda: dict.__delitem__(self, key))
        super().__setitem__(key, value)
