"""From a genuine notification of an ERP to a push that looks for itself what has changed."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from activities.push_records import Flow, PushKey
from connectors.hints import Hint, HintUnreadable
from starters.webhooks.intake import Outcome
from starters.webhooks.pacing import NOT_TOLD, Pacing
from starters.webhooks.paths import require_unguessable
from starters.webhooks.recent import Recent
from starters.webhooks.verify import Verifier

_log = logging.getLogger(__name__)
_REMEMBERED = 10_000


@dataclass(frozen=True, kw_only=True)
class HintEndpoint:
    """Where one connection's ERP tells of changes.

    `pushed` is what may be pushed without being asked for: a hint about anything else starts
    nothing. `read` raises HintUnreadable.
    """

    connection: str
    path_secret: str = field(repr=False)
    verifier: Verifier = field(repr=False)
    read: Callable[[bytes], Hint] = field(repr=False)
    pushed: frozenset[Flow]
    pause: timedelta

    def __post_init__(self) -> None:
        require_unguessable(self.path_secret, self.connection, "notifications'")


class HintIntake:
    """Has pushes look, once for each notification as far as this process remembers."""

    def __init__(self, pacing: Pacing, *, remembered: int = _REMEMBERED) -> None:
        self._pacing = pacing
        self._accepted: Recent[tuple[str, str]] = Recent(remembered)

    async def take(self, endpoint: HintEndpoint, body: bytes) -> Outcome:
        """Decide on one notification whose sender has proved itself."""
        connection = endpoint.connection
        try:
            hint = endpoint.read(body)
        except HintUnreadable as unreadable:
            _log.warning("notification of %s is unreadable: %s", connection, unreadable)
            return Outcome.UNREADABLE
        flow = Flow(hint.subject) if hint.subject is not None else None
        if flow is None or flow not in endpoint.pushed:
            why = f"{flow} is not pushed by itself" if flow else "its query has no meaning here"
            _log.info("notification of %s ignored, %s: %.80r", connection, why, hint.query)
            return Outcome.IGNORED
        delivery = (connection, hint.id)
        if delivery in self._accepted:
            return Outcome.REPEATED
        self._accepted.add(delivery)  # now: the same one may come again while this is passed on
        key = PushKey(connection=connection, flow=flow)
        try:
            await self._pacing.tell(key, pause=endpoint.pause)
        except NOT_TOLD as failure:
            self._accepted.forget(delivery)
            _log.warning(
                "notification of %s about %s not accepted (%s); it may be delivered again, and "
                "the push's schedule finds it in any case",
                connection,
                flow,
                type(failure).__name__,
            )
            return Outcome.REFUSED
        _log.info("notification of %s accepted: %s changed (%.40s)", connection, flow, hint.id)
        return Outcome.ACCEPTED
