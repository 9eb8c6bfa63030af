"""What can go wrong at one outside call: every kind of fault that the matrix tries."""

from enum import StrEnum

from sandbox.faults import FaultKind
from starters.faults.systems import Ending, ErpUnderFault

# Longer than the trial's clients wait for an answer.
HANG_SECONDS = 4.0
READ_SECONDS = 2.0
# A commit that lands after the call broke off, within the time that the connection allows for it.
LATE_COMMIT_SECONDS = 3.0
ALLOWED_FOR_LATE_COMMITS_SECONDS = 4.0
GONE_SECONDS = 3.0


class Case(StrEnum):
    """One way in which the outside, or a part of ours, fails at the instant of one call."""

    REFUSED = "refused"
    THROTTLED = "throttled"
    THROTTLED_BARE = "throttled-bare"
    SERVER_ERROR = "server-error"
    UNAVAILABLE = "unavailable"
    HANG_BEFORE = "hang"
    HANG_AFTER = "hang-applied"
    DROP_BEFORE = "drop"
    DROP_AFTER = "drop-applied"
    LATE_COMMIT = "late-commit"
    TRUNCATED = "truncated"
    GARBAGE = "garbage"
    WRONG_TYPE = "wrong-type"
    BAD_GATEWAY = "bad-gateway"
    SESSION_EXPIRED = "session-expired"
    SESSION_STOLEN = "session-stolen"
    JOURNAL_LOCKED = "journal-fails"
    WORKER_KILLED_BEFORE = "worker-killed"
    WORKER_KILLED_AFTER = "worker-killed-applied"
    TEMPORAL_KILLED = "temporal-killed"

    @property
    def short(self) -> str:
        """Return the head of its column; a plus where the call was applied before it failed."""
        return _SHORT[self]

    @property
    def ending(self) -> Ending | None:
        """Return how the session ends, where that is what happens."""
        return ENDINGS.get(self)

    def meaning(self, erp: ErpUnderFault) -> str:
        """Say what happens, for the legend."""
        return erp.endings[self.ending].meaning if self.ending else _MEANINGS[self]

    @property
    def of_the_erp_only(self) -> bool:
        """Tell whether only a system with sessions can fail so."""
        return self in ENDINGS

    @property
    def strikes_all_at_once(self) -> bool:
        """Tell whether a part of ours fails, and with it every trial on the same bench."""
        return self in STRIKES


STRIKES = (
    Case.JOURNAL_LOCKED,
    Case.WORKER_KILLED_BEFORE,
    Case.WORKER_KILLED_AFTER,
    Case.TEMPORAL_KILLED,
)

ENDINGS: dict[Case, Ending] = {
    Case.SESSION_EXPIRED: "expire-session",
    Case.SESSION_STOLEN: "steal-session",
}

# How the stand-in itself is told to fail; for the others it holds the call while we act.
KINDS: dict[Case, FaultKind] = {
    Case.THROTTLED: FaultKind.THROTTLE,
    Case.THROTTLED_BARE: FaultKind.THROTTLE_BARE,
    Case.SERVER_ERROR: FaultKind.SERVER_ERROR,
    Case.UNAVAILABLE: FaultKind.UNAVAILABLE,
    Case.HANG_BEFORE: FaultKind.HANG_BEFORE,
    Case.HANG_AFTER: FaultKind.HANG_AFTER,
    Case.DROP_BEFORE: FaultKind.DROP_BEFORE,
    Case.DROP_AFTER: FaultKind.DROP_AFTER,
    Case.LATE_COMMIT: FaultKind.LATE_COMMIT,
    Case.TRUNCATED: FaultKind.TRUNCATE,
    Case.GARBAGE: FaultKind.GARBAGE,
    Case.WRONG_TYPE: FaultKind.WRONG_TYPE,
    Case.BAD_GATEWAY: FaultKind.BAD_GATEWAY,
    Case.WORKER_KILLED_BEFORE: FaultKind.HANG_BEFORE,
    Case.WORKER_KILLED_AFTER: FaultKind.HANG_AFTER,
}

_SHORT = {
    Case.REFUSED: "refused",
    Case.THROTTLED: "429",
    Case.THROTTLED_BARE: "429 bare",
    Case.SERVER_ERROR: "500",
    Case.UNAVAILABLE: "503",
    Case.HANG_BEFORE: "hang",
    Case.HANG_AFTER: "hang+",
    Case.DROP_BEFORE: "drop",
    Case.DROP_AFTER: "drop+",
    Case.LATE_COMMIT: "late",
    Case.TRUNCATED: "cut",
    Case.GARBAGE: "garbage",
    Case.WRONG_TYPE: "html",
    Case.BAD_GATEWAY: "502+",
    Case.SESSION_EXPIRED: "expired",
    Case.SESSION_STOLEN: "stolen",
    Case.JOURNAL_LOCKED: "journal",
    Case.WORKER_KILLED_BEFORE: "worker",
    Case.WORKER_KILLED_AFTER: "worker+",
    Case.TEMPORAL_KILLED: "Temporal",
}

_MEANINGS = {
    Case.REFUSED: f"after the answer before it, the system is gone {GONE_SECONDS:.0f} s or more",
    Case.THROTTLED: "429 with the system's own rate-limit headers, where it has any",
    Case.THROTTLED_BARE: "429 without any header",
    Case.SERVER_ERROR: "500, not applied",
    Case.UNAVAILABLE: "503, not applied",
    Case.HANG_BEFORE: "silence until the client gives up; not applied",
    Case.HANG_AFTER: "applied, then silence until the client gives up",
    Case.DROP_BEFORE: "the connection breaks; not applied",
    Case.DROP_AFTER: "applied; the connection breaks before the answer",
    Case.LATE_COMMIT: "the connection breaks; applied "
    f"{LATE_COMMIT_SECONDS:.0f} s later, when nobody listens",
    Case.TRUNCATED: "applied; half of the answer arrives",
    Case.GARBAGE: "applied; the answer is random bytes",
    Case.WRONG_TYPE: "not applied; a maintenance page with status 200",
    Case.BAD_GATEWAY: "applied; the proxy in between answers 502 with a page of its own",
    Case.JOURNAL_LOCKED: "from this instant every write to the journal fails, for half a minute",
    Case.WORKER_KILLED_BEFORE: "the worker is killed before the call is applied",
    Case.WORKER_KILLED_AFTER: "the worker is killed after the call was applied",
    Case.TEMPORAL_KILLED: "the Temporal server is killed while the call is under way",
}
