"""Keeps persons out of what an outside system says, before anybody writes it down."""

from collections.abc import Collection, Generator
from contextlib import contextmanager

from connectors.errors import OutsideFailure
from domain.privacy import blanked


@contextmanager
def naming_nobody(words: Collection[str]) -> Generator[None]:
    """Blank the words in the text of every outside failure that leaves the block.

    An ERP quotes what it refuses, and its words go to the trail, to holds and to logs.
    """
    try:
        yield
    except OutsideFailure as failure:
        cause: BaseException | None = failure
        while cause is not None:
            if isinstance(cause, OutsideFailure):
                cause.args = (blanked(str(cause), words), *cause.args[1:])
            cause = cause.__cause__ or cause.__context__
        raise
