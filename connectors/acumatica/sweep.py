"""Lists that Acumatica gives only whole, handed on in pages by key."""

from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

R = TypeVar("R")


@dataclass(frozen=True)
class Page(Generic[R]):
    """Rows in the order of their keys, as of when they were read, and where the next begin."""

    rows: tuple[R, ...]
    as_of: datetime
    next_cursor: str


@dataclass(frozen=True)
class _Read(Generic[R]):
    asked: Hashable
    at: datetime
    rows: Mapping[str, R]


class Sweep(Generic[R]):
    """Reads a list once for all its pages, and again when a page is asked for too late.

    The API has neither an order nor a count nor a cursor, so that `$skip` could lose rows.
    """

    def __init__(self, *, page_size: int, good_for: timedelta) -> None:
        self._page_size = page_size
        self._good_for = good_for
        self._read: _Read[R] | None = None

    async def page(
        self, asked: Hashable, cursor: str, read: Callable[[], Awaitable[Mapping[str, R]]]
    ) -> Page[R]:
        """Return the rows after the cursor; the first page always reads anew."""
        now = datetime.now(UTC)
        kept = self._read
        if not cursor or kept is None or kept.asked != asked or now - kept.at > self._good_for:
            kept = self._read = _Read(asked=asked, at=now, rows=await read())
        keys = sorted(key for key in kept.rows if key > cursor)
        chosen = keys[: self._page_size]
        more = len(keys) > len(chosen)
        if not more:
            self._read = None
        return Page(
            rows=tuple(kept.rows[key] for key in chosen),
            as_of=kept.at,
            next_cursor=chosen[-1] if more else "",
        )
