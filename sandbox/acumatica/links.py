"""Which money belongs to which document, found from either end."""

from collections.abc import Iterator
from typing import Generic, TypeVar

from sandbox.acumatica.records import Application, DocumentKey, Reservation

L = TypeVar("L", Application, Reservation)


class Links(Generic[L]):
    """Links between two documents, at most one for each pair."""

    def __init__(self) -> None:
        self._links: dict[tuple[DocumentKey, DocumentKey], L] = {}
        self._pairs: dict[DocumentKey, frozenset[tuple[DocumentKey, DocumentKey]]] = {}

    def __iter__(self) -> Iterator[L]:
        return iter(list(self._links.values()))

    def between(self, source: DocumentKey, target: DocumentKey) -> L | None:
        """The link of a pair."""
        return self._links.get((source, target))

    def of(self, source: DocumentKey) -> list[L]:
        """The links that a document is the source of."""
        return [one for one in self._touching(source) if one.source == source]

    def to(self, target: DocumentKey) -> list[L]:
        """The links that a document is the target of."""
        return [one for one in self._touching(target) if one.target == target]

    def put(self, link: L) -> None:
        """Files a link in place of the pair's older one."""
        pair = (link.source, link.target)
        self._links[pair] = link
        for end in pair:
            self._pairs[end] = self._pairs.get(end, frozenset()) | {pair}

    def drop(self, source: DocumentKey, target: DocumentKey) -> None:
        """Removes the link of a pair, if there is one."""
        pair = (source, target)
        if self._links.pop(pair, None) is not None:
            for end in pair:
                self._pairs[end] = self._pairs[end] - {pair}

    def copy(self) -> "Links[L]":
        """The same links, to go back to."""
        other: Links[L] = Links()
        other._links, other._pairs = dict(self._links), dict(self._pairs)
        return other

    def _touching(self, end: DocumentKey) -> list[L]:
        return [self._links[pair] for pair in sorted(self._pairs.get(end, frozenset()))]
