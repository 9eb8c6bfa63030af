"""Where a reading of changes stands: a cursor that survives the list shifting under it.

Lists of changes have no cursor of their own, and a row that changes meanwhile moves to the end, so
that the next page by number would skip one. Therefore each page asks anew from the newest time
seen, a second earlier; the page number only grows while that time stands still.
"""

from datetime import UTC, datetime, timedelta
from typing import Literal

from domain.record import Record

Phase = Literal["changed", "refunded"]
_A_SECOND = timedelta(seconds=1)


class Position(Record):
    """The next page to read: everything `since` then, `page` of it."""

    phase: Phase = "changed"
    since: datetime
    page: int = 1
    last_id: str = ""  # of the page before, to notice a page that comes again

    @classmethod
    def read(cls, cursor: str, since: datetime) -> "Position":
        """Read a cursor back; an empty one begins at `since`."""
        return cls.model_validate_json(cursor) if cursor else cls(since=since.astimezone(UTC))

    def after(self, *, newest: datetime, last_id: str) -> "Position":
        """Return the position behind a full page that ended with that row."""
        boundary = newest - _A_SECOND
        if boundary > self.since:
            return self.model_copy(update={"since": boundary, "page": 1, "last_id": ""})
        return self.next_page(last_id=last_id)

    def next_page(self, *, last_id: str = "") -> "Position":
        """Return the position behind this page by its number."""
        return self.model_copy(update={"page": self.page + 1, "last_id": last_id})

    @property
    def cursor(self) -> str:
        """Write it down."""
        return self.model_dump_json()


def as_filter(moment: datetime) -> str:
    """Write a time as both versions' filters take it; no `+` that would have to be escaped."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
