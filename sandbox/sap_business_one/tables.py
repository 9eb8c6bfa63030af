"""Tables that can go back, so that a change set is applied whole or not at all, with look-ups."""

from collections.abc import Callable, ItemsView, Iterator, Mapping, ValuesView
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

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
    def trial(self) -> Iterator[None]:
        """Takes every write back when the block raises."""
        mark = len(self._steps)
        self._depth += 1
        try:
            yield
        except BaseException:
            while len(self._steps) > mark:
                self._steps.pop()()
            raise
        finally:
            self._depth -= 1
            if not self._depth:
                self._steps.clear()


class Table(Generic[K, V]):
    """Records by key, in the order they came. `indexed` names text properties to look up by."""

    def __init__(self, log: UndoLog, *, indexed: tuple[str, ...] = ()) -> None:
        self._log = log
        self._records: dict[K, V] = {}
        self._indexes: dict[str, dict[str, dict[K, None]]] = {name: {} for name in indexed}

    def __getitem__(self, key: K) -> V:
        return self._records[key]

    def __setitem__(self, key: K, record: V) -> None:
        before = self._records.get(key)
        self._log.remember(lambda: self._restore(key, before))
        self._restore(key, record)

    def __delitem__(self, key: K) -> None:
        before = self._records[key]
        self._log.remember(lambda: self._restore(key, before))
        self._restore(key, None)

    def __contains__(self, key: object) -> bool:
        return key in self._records

    def __iter__(self) -> Iterator[K]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def get(self, key: K) -> V | None:
        """The record, or None."""
        return self._records.get(key)

    def values(self) -> ValuesView[V]:
        """Every record."""
        return self._records.values()

    def items(self) -> ItemsView[K, V]:
        """Every key with its record."""
        return self._records.items()

    def rows(self, wanted: Mapping[str, str]) -> list[V]:
        """The records that may have these texts: by an index where there is one, else all."""
        for name, index in self._indexes.items():
            if name in wanted:
                keys: list[Any] = list(index.get(wanted[name], ()))
                return [self._records[key] for key in sorted(keys)]
        return list(self._records.values())

    def _restore(self, key: K, record: V | None) -> None:
        before = self._records.get(key)
        if before is not None:
            self._index(key, before, gone=True)
        if record is None:
            self._records.pop(key, None)
            return
        self._records[key] = record
        self._index(key, record)

    def _index(self, key: K, record: Any, *, gone: bool = False) -> None:
        for name, index in self._indexes.items():
            text = record.get(name)
            if not isinstance(text, str):
                continue
            keys = index.setdefault(text, {})
            if gone:
                keys.pop(key, None)
            else:
                keys[key] = None
