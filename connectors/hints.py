"""Hints: what an ERP tells of its own accord. They say where to look; the look is what counts."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from domain.record import Record


class Subject(StrEnum):
    """What a hint says has changed."""

    STOCK = "stock"
    PRICES = "prices"


class Hint(Record):
    """One notification. `id` is the sender's, the same for each attempt to deliver it.

    `query` is what the sender calls it; no subject: our settings give that name no meaning.
    """

    id: str
    query: str
    subject: Subject | None


class HintUnreadable(Exception):
    """The body is no notification. Never carries the body itself."""


@dataclass(frozen=True, kw_only=True)
class HintSource:
    """How an ERP's notifications are recognised and read.

    The sender proves itself by one of `header_secrets` in the header `header_name`. `read` raises
    HintUnreadable. After a push was asked for, the next one is `pause_seconds` later.
    """

    path_secret: str = field(repr=False)
    header_name: str
    header_secrets: tuple[str, ...] = field(repr=False)
    pause_seconds: float
    read: Callable[[bytes], Hint]
