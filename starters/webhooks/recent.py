"""What was accepted lately, so that the same delivery is not taken twice."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

_D = TypeVar("_D", bound=Hashable)


class Recent(Generic[_D]):
    """The last accepted deliveries; the oldest is forgotten first."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._known: OrderedDict[_D, None] = OrderedDict()

    def __contains__(self, delivery: _D) -> bool:
        return delivery in self._known

    def add(self, delivery: _D) -> None:
        """Remember one, and forget the oldest if they are too many."""
        self._known[delivery] = None
        if len(self._known) > self._capacity:
            self._known.popitem(last=False)

    def forget(self, delivery: _D) -> None:
        """Take one for new when it comes again."""
        self._known.pop(delivery, None)
