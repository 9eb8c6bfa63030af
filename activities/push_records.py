"""What travels between a push's workflows and activities: cursors, counts and batch numbers."""

from datetime import datetime
from enum import StrEnum

from domain.record import Record


class Flow(StrEnum):
    """What is pushed. Also the end of the one workflow id that may push it."""

    STOCK = "stock"
    PRICES = "prices"


class PushKey(Record):
    """Names one push of one connection."""

    connection: str
    flow: Flow

    @property
    def workflow_id(self) -> str:
        """Return the one workflow id that may ever push this."""
        return f"{self.connection}:{self.flow}"


class PushTerms(Record):
    """How a push is to go about it."""

    catalogue: bool  # the store's SKUs have to be listed anew first
    compare: bool  # what the store has is to be looked at
    patience_seconds: float  # how long an ERP that does not answer is waited for
    settles_seconds: float  # after which a look at what was pushed can be believed


class PageWork(Record):
    """One page of a listing. `started_at` is when the push began."""

    key: PushKey
    full: bool
    started_at: datetime
    cursor: str = ""
    as_of: datetime | None = None  # of the listing's first page


class PageDone(Record):
    """What one page held."""

    next_cursor: str = ""
    as_of: datetime | None = None
    rows: int = 0
    calls: int = 0  # to the store
    unlinked: int = 0  # items that no SKU is, told of for the first time


class PushPlan(Record):
    """What differs from what the store was given, in how many batches."""

    changed: int = 0
    batches: int = 0
    refused: int = 0


class BatchWork(Record):
    """One batch, as the plan numbered it."""

    key: PushKey
    number: int


class BatchDone(Record):
    """What became of one batch."""

    pushed: int = 0
    refused: int = 0
    calls: int = 0


class CheckWork(Record):
    """A look at what was pushed since then."""

    key: PushKey
    since: datetime


class CheckDone(Record):
    """How many of a sample the store was looked at for, and how many it has otherwise."""

    looked_at: int = 0
    differing: int = 0
    calls: int = 0


class PushSummary(Record):
    """What a push came to. `calls` are those to the store, `pages` those of the ERP's listing.

    `stale` says in words why the ERP did not tell everything, so that the push went by older
    numbers; `stopped` why it ended before its end.
    """

    flow: Flow
    full: bool = False
    read: int = 0
    changed: int = 0
    pushed: int = 0
    refused: int = 0
    unlinked: int = 0
    pages: int = 0
    calls: int = 0
    looked_at: int = 0
    differing: int = 0
    stale: str = ""
    stopped: str = ""
