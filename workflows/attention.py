"""Waiting for a person: what is held, why, and what was decided."""

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

from activities.records import Decision
from domain.hold import Hold, HoldCode
from domain.record import Record
from workflows.attributes import ATTENTION, mark


class Verdict(Record):
    """What ends a hold: a decision of a person, or that the world moved."""

    action: str  # retry, skip, release, changed
    decision: Decision = Decision()


class Attention:
    """The held state of one workflow. Signals set what a person wants; `wait` parks until then."""

    def __init__(self) -> None:
        self.hold: Hold | None = None
        self.wanted = False  # a person asked to hold everything
        self._asked_by = Decision()
        self._verdict: Verdict | None = None

    def decide(self, action: str, decision: Decision | None) -> None:
        """Take a person's decision; without a hold to end, a release just lifts a wish to hold."""
        if action == "hold":
            self.wanted, self._asked_by = True, decision or Decision()
            return
        if action == "release":
            self.wanted = False
        if self.hold is not None:
            self._verdict = Verdict(action=action, decision=decision or Decision())

    def requested_hold(self) -> Hold:
        """Return the hold that a person asked for."""
        by = self._asked_by
        return Hold(
            step="",
            code=HoldCode.BY_REQUEST,
            reason=f"Held by {by.actor}{f': {by.reason}' if by.reason else ''}.",
            remedy="Release it when it may go on.",
        )

    def moved(self) -> None:
        """End the hold because something changed; the order is then planned anew."""
        if self.hold is not None and self._verdict is None and not self.wanted:
            self._verdict = Verdict(action="changed")

    async def wait(self, hold: Hold) -> Verdict:
        """Park on the hold, visibly, until something is decided or the world moves."""
        self.hold, self._verdict = hold, None
        mark(ATTENTION.value_set(hold.code))
        workflow.set_current_details(f"**Held**: {hold.reason}\n\n{hold.remedy}")
        await workflow.wait_condition(lambda: self._verdict is not None)
        verdict, self._verdict, self.hold = self._verdict, None, None
        mark(ATTENTION.value_unset())
        workflow.set_current_details("")
        assert verdict is not None
        return verdict


def hold_of(error: ActivityError) -> Hold:
    """Read the hold that a refused activity carries.

    Raises:
        ActivityError: again, when it was not a refusal: that is a cancellation or a bug.
    """
    cause = error.cause
    if not isinstance(cause, ApplicationError) or not cause.details:
        raise error
    return Hold.model_validate(cause.details[0])
