"""The signals that every sync understands: look again, and what people decide."""

from temporalio import workflow

from activities.records import Decision
from workflows.attention import Attention


class Steered:
    """A workflow that looks again when told to, and that people can hold, retry, skip, release."""

    def __init__(self) -> None:
        self._dirty = True  # the first pass needs no signal
        self._attention = Attention()

    @workflow.signal
    def changed(self, reason: str = "") -> None:
        """Look again; what changed is read from the store."""
        del reason
        self._dirty = True
        self._attention.moved()

    @workflow.signal
    def retry(self, decision: Decision | None = None) -> None:
        """Try again what is held, with the rules and settings as they are now."""
        self._dirty = True
        self._attention.decide("retry", decision)

    @workflow.signal
    def skip(self, decision: Decision | None = None) -> None:
        """Leave out what is held, for ever; before its document, the whole order."""
        self._attention.decide("skip", decision)

    @workflow.signal
    def hold(self, decision: Decision | None = None) -> None:
        """Stop before the next step until released."""
        self._dirty = True
        self._attention.decide("hold", decision)

    @workflow.signal
    def release(self, decision: Decision | None = None) -> None:
        """Go on after a hold."""
        self._dirty = True
        self._attention.decide("release", decision)
