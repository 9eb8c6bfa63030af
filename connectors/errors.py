"""Everything that can go wrong outside, named for the fact and grouped by what to do about it.

OutsideFailure
├── Unavailable          no answer, certainly not applied: retry for ever
│   ├── Throttled        asked to wait: retry after exactly that
│   ├── CircuitOpen      not even asked, as it has not answered several times in a row
│   └── NoSeat           every licence seat or session is taken
├── OutcomeUnknown       perhaps applied: probe by key before writing again
├── SessionExpired       token or cookie no longer valid: renew once, replay
└── Refusal              repeating it changes nothing: a person decides
    ├── CredentialsRejected
    ├── Rejected
    ├── NotFound
    ├── Conflict
    └── Unsupported
"""

from datetime import timedelta

from domain.hold import HoldCode


class OutsideFailure(Exception):
    """A call to an outside system failed. `code` is stable; the text is a sentence for people."""

    code = "outside-failure"


class Unavailable(OutsideFailure):
    """No answer, and the request was certainly not applied. `retry_after`: when to try again."""

    code = "unavailable"

    def __init__(self, message: str, *, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Throttled(Unavailable):
    """The other side asked us to wait. Nothing was applied."""

    code = "throttled"

    def __init__(self, *, retry_after: timedelta, limit: str) -> None:
        seconds = retry_after.total_seconds()
        super().__init__(
            f"{limit} asks to wait {seconds:.0f} s; trying again then.", retry_after=retry_after
        )


class CircuitOpen(Unavailable):
    """The call was not made: the system has not answered several times in a row.

    `tries_in` is the time until one call may try; which one is not said.
    """

    code = "circuit-open"

    def __init__(self, message: str, *, retry_after: timedelta) -> None:
        super().__init__(message, retry_after=retry_after)
        self.tries_in = retry_after


class NoSeat(Unavailable):
    """The system answers, but all its licence seats or sessions are taken. Nothing was applied."""

    code = "no-seat"


class OutcomeUnknown(OutsideFailure):
    """The request may have been applied, or may be applied a little later.

    `retry_after`: when to look again at the earliest, if more is known than the connector's own
    late-commit time.
    """

    code = "outcome-unknown"

    def __init__(self, message: str, *, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class SessionExpired(OutsideFailure):
    """The session's token is no longer valid. The request was not executed."""

    code = "session-expired"


class Refusal(OutsideFailure):
    """The other side understood and refuses; repeating it changes nothing.

    `hold` is the reason code under which the work waits; `remedy` says what a person can do.
    """

    code = "refused"

    def __init__(
        self, message: str, *, hold: HoldCode = HoldCode.REJECTED, remedy: str = ""
    ) -> None:
        super().__init__(message)
        self.hold = hold
        self.remedy = remedy


class CredentialsRejected(Refusal):
    """Wrong key, missing scope, no licence: the whole connection's flow is affected."""

    code = "credentials-rejected"

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message, hold=HoldCode.CREDENTIALS_REJECTED, remedy=remedy)


class Rejected(Refusal):
    """The other side refuses the data. `number` is its own error number, if it gives one."""

    code = "rejected"

    def __init__(
        self,
        message: str,
        *,
        number: str = "",
        hold: HoldCode = HoldCode.REJECTED,
        remedy: str = "",
    ) -> None:
        super().__init__(message, hold=hold, remedy=remedy)
        self.number = number


class NotFound(Refusal):
    """The named thing does not exist there."""

    code = "not-found"

    def __init__(self, message: str) -> None:
        super().__init__(message, hold=HoldCode.NOT_IN_STORE)


class Conflict(Refusal):
    """Something else stands under the same key."""

    code = "conflict"

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message, hold=HoldCode.CONFLICT, remedy=remedy)


class Unsupported(Refusal):
    """This system, as it is configured, cannot do that."""

    code = "unsupported"

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message, hold=HoldCode.UNSUPPORTED, remedy=remedy)
