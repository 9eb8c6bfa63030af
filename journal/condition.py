"""Whether the journal can be written, as one process sees it: it cannot be told to the journal."""

import logging
import sqlite3
from time import monotonic

from sqlalchemy.exc import DBAPIError, OperationalError, TimeoutError

log = logging.getLogger(__name__)

# What the database raises when it is away, full or read-only; anything else is a bug of ours.
JOURNAL_AWAY = (OperationalError, TimeoutError)

# A small write may still fit where a larger one does not: one that went well proves little.
_CALM_SECONDS = 5.0

_NO_ROOM = ("disk is full", "no space left", "could not extend", "disk full")
_REMEDIES = (
    (_NO_ROOM, "Make room on its disk; nothing needs restarting."),
    (("readonly database", "read-only"), "Let Tillbridge write to it."),
    (("i/o error",), "Look at its disk; it fails or is full."),
)


def sentence_for(error: BaseException) -> str:
    """Say what is the matter with the journal, in the database's words and with what to do."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    words = " ".join(str(cause).split()) or type(cause).__name__
    lowered = words.lower()
    remedy = next(
        (remedy for signs, remedy in _REMEDIES if any(sign in lowered for sign in signs)),
        "Look at the database; nothing needs restarting.",
    )
    full = isinstance(cause, sqlite3.Error) and cause.sqlite_errorname == "SQLITE_FULL"
    remedy = _REMEDIES[0][1] if full else remedy
    return f"The journal does not take what we write ({words}). {remedy}"


class Condition:
    """Tells once that the journal fails, and once that it works again."""

    def __init__(self) -> None:
        self._failing_since: float | None = None
        self._failed_at = 0.0

    @property
    def failing(self) -> bool:
        """Tell whether the journal failed and has not proved well since."""
        return self._failing_since is not None

    def failed(self, error: BaseException) -> str:
        """Note a failure, and log the first of a row; return the sentence about it."""
        sentence = sentence_for(error)
        self._failed_at = monotonic()
        if self._failing_since is None:
            self._failing_since = self._failed_at
            log.warning("%s Orders wait until it does.", sentence)
        return sentence

    def works(self) -> None:
        """Note that everything a step had to write was written."""
        if self._failing_since is None or monotonic() - self._failed_at < _CALM_SECONDS:
            return
        log.info("The journal works again, after %.0f s.", monotonic() - self._failing_since)
        self._failing_since = None
