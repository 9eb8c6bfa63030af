"""Many small writes as few transactions: what arrives while one commits goes with the next."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from journal.inbox import Delivery
from starters.webhooks.intake import NotStarted

_GATHER_SECONDS = 0.02  # a commit costs several times what an event costs
_LARGEST_BATCH = 500
_MOST_WAITING = 10_000
# Looked at in slices, so that a busy event loop does not take its own lateness for the journal's.
_SLICES, _SLICE_SECONDS = 15, 0.1

_Waiting = tuple[Delivery, "asyncio.Future[None]"]


class JournalAway(NotStarted):
    """The journal did not keep the event, or not in time."""


class GroupCommit:
    """Keeps deliveries in the order in which they came, several in one transaction."""

    def __init__(self, write: Callable[[Sequence[Delivery]], Coroutine[Any, Any, None]]) -> None:
        self._write = write
        self._waiting: list[_Waiting] = []
        self._some = asyncio.Event()
        self._overdue = False
        self.begun = 0
        """How many deliveries came, ever."""
        self.settled = 0
        """How many of those, in the order in which they came, are committed or refused."""

    @property
    def overdue(self) -> bool:
        """Tell whether a write hangs; meanwhile whatever comes is refused at once."""
        return self._overdue

    async def keep(self, delivery: Delivery) -> None:
        """Return once the delivery is committed.

        Raises:
            JournalAway: it was not, as far as is known.
        """
        if self._overdue or len(self._waiting) >= _MOST_WAITING:
            raise JournalAway("The journal does not answer in time")
        committed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((delivery, committed))
        self.begun += 1
        self._some.set()
        await committed

    async def run(self) -> None:
        """Commit until cancelled; what then still waits is refused."""
        try:
            while True:
                await self._some.wait()
                await asyncio.sleep(_GATHER_SECONDS)
                await self._commit(self._next_batch())
        finally:
            _answer(self._waiting, JournalAway("The journal is being closed"))
            self._waiting = []

    def _next_batch(self) -> list[_Waiting]:
        batch, self._waiting = self._waiting[:_LARGEST_BATCH], self._waiting[_LARGEST_BATCH:]
        if not self._waiting:
            self._some.clear()
        return batch

    async def _commit(self, batch: Sequence[_Waiting]) -> None:
        # Whose sender gave up was answered 503 and comes again.
        write = self._begin([delivery for delivery, committed in batch if not committed.done()])
        failure: JournalAway | None = JournalAway("The journal is being closed")
        try:
            if not await _ends(write):
                self._overdue = True
                late = JournalAway("The journal does not answer in time")
                _answer([*batch, *self._waiting], late)
            await write
            failure = None
        except (SQLAlchemyError, OSError) as error:
            failure = JournalAway(f"The journal refuses: {in_words(error)}")
        finally:
            self._overdue = False
            # When this is being stopped: what is begun is ended, and nobody waits for an answer.
            await asyncio.gather(write, return_exceptions=True)
            # Before the senders know it, so that whoever they wake can count on it.
            self.settled += len(batch)
            _answer(batch, failure)

    def _begin(self, deliveries: Sequence[Delivery]) -> asyncio.Task[None]:
        return asyncio.create_task(self._write(deliveries))


async def _ends(write: asyncio.Task[None]) -> bool:
    """Tell whether the write ended, well or not, within the time that senders can wait."""
    for _ in range(_SLICES):
        await asyncio.wait([write], timeout=_SLICE_SECONDS)
        if write.done():
            return True
    return False


def _answer(batch: Iterable[_Waiting], failure: JournalAway | None) -> None:
    for _, committed in batch:
        if committed.done():
            continue
        if failure is None:
            committed.set_result(None)
        else:
            committed.set_exception(failure)


def in_words(error: Exception) -> str:
    """Say a failure of the journal without the statement and its parameters."""
    cause = getattr(error, "orig", None) or error
    return str(cause).partition("\n")[0] or type(cause).__name__
