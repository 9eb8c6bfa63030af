"""Finds out which entries of a batch the store refuses, where it refuses the batch as a whole."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from connectors.errors import CredentialsRejected, Refusal
from domain.record import Record

E = TypeVar("E")

# Halving finds one refused entry among 2,000 in 22 calls. Where much more is wrong, the rest of
# the batch is told as refused with it, and waits for the next full pass.
_MOST_CALLS = 60


class Singled(Record):
    """How a batch went. `refused`: positions in the batch, with the store's words."""

    refused: Mapping[int, str] = {}
    calls: int


async def singled_out(
    batch: Sequence[E], send: Callable[[Sequence[E]], Awaitable[None]]
) -> Singled:
    """Send a batch; halve what is refused until it is known which entries are the reason.

    Raises:
        CredentialsRejected: not the entries are refused, but we are.
        Unavailable, OutcomeUnknown: some may have been taken; sending all again is harmless.
    """
    refused: Mapping[int, str] = {}
    spans = [(0, len(batch))]
    calls = 0
    while spans:
        start, end = spans.pop()
        calls += 1
        try:
            await send(batch[start:end])
        except CredentialsRejected:
            raise
        except Refusal as error:
            if end - start == 1 or calls >= _MOST_CALLS:
                refused |= dict.fromkeys(range(start, end), str(error))
                if calls >= _MOST_CALLS:
                    for left in spans:
                        refused |= dict.fromkeys(range(*left), str(error))
                    break
            else:
                middle = (start + end) // 2
                spans += [(middle, end), (start, middle)]
    return Singled(refused=refused, calls=calls)
