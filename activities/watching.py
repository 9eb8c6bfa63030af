"""Sees how the calls to a store or an ERP end, and tells what lasts once, whatever waits for it.

What refuses our credentials is not asked again before they change or somebody says so.
"""

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from time import monotonic

from activities.patience import give_time
from connectors.errors import (
    CircuitOpen,
    CredentialsRejected,
    NoSeat,
    OutcomeUnknown,
    OutsideFailure,
    Throttled,
    Unavailable,
)
from journal.condition import JOURNAL_AWAY
from journal.opening import Journal
from journal.outages import Outage, OutageKind, Permit, Side
from journal.trail import TrailEntry
from settings.model import WaitingSettings

log = logging.getLogger(__name__)

# A store may lack the scope of these and still give out its orders: then only they are stopped.
_NEEDING_MORE = frozenset(
    {"report_posted", "create_webhook", "activate_webhook", "update_customer"}
    | {"variants", "stock_now", "stock_listed", "set_stock", "set_prices"}
)
# These may come back well without having asked anything.
_PROVING_NOTHING = frozenset({"renew_session", "items"})

_BELIEVED_SECONDS = 1.0  # how old our picture of the open outages may be
_TOLD_EVERY_SECONDS = 5.0  # how often an outage that goes on is written down again
_ROUGHLY = timedelta(seconds=0.5)
_TRY_WITHIN = timedelta(minutes=2)  # longer than a log-on and the call behind it
_ASK_AGAIN = timedelta(seconds=2)
_ENDED_BY_AN_ANSWER = (OutageKind.UNAVAILABLE, OutageKind.NO_SEAT, OutageKind.CREDENTIALS)


class Watch:
    """Watches one side of one connection, in one process."""

    def __init__(
        self,
        journal: Journal,
        connection: str,
        side: Side,
        *,
        settings: WaitingSettings,
        opened_at: datetime,
    ) -> None:
        """`opened_at` is when its credentials were read, by the journal's clock."""
        self._journal = journal
        self._connection = connection
        self._side = side
        self._settings = settings
        self._opened_at = opened_at
        self._failing_since: dict[OutageKind, float] = {}
        self._told_at: dict[OutageKind, float] = {}
        self._circuit_until: datetime | None = None
        self._believed: tuple[Outage, ...] = ()
        self._believed_at = float("-inf")
        self._trying = 0  # calls that may log on although that was refused
        self._testing = 0  # connection tests under way, which may as well

    async def refused(self) -> Outage | None:
        """Return the open outage under which our credentials are refused, if there is one."""
        return next((o for o in await self._open() if o.kind is OutageKind.CREDENTIALS), None)

    @asynccontextmanager
    async def call(self, operation: str) -> AsyncGenerator[None]:
        """Watch one call.

        Raises:
            CredentialsRejected: without a call, as they were refused and nothing has changed.
            Unavailable: without a call, as somebody is trying whether they are accepted now.
        """
        asked_at = self._journal.outages.now()
        trying = await self._admitted()
        try:
            self._trying += trying is not None
            try:
                yield
            finally:
                self._trying -= trying is not None
        except CredentialsRejected as error:
            await self._credentials_refused(error, operation, asked_at)
            raise
        except Throttled:
            await self._undecided(trying)
            raise
        except (Unavailable, OutcomeUnknown) as error:
            give_time(error, self._settings)
            await self._undecided(trying)
            await self._unanswered(error, operation, asked_at)
            raise
        except BaseException:
            # Also of refusals: some are our own, made without asking.
            await self._undecided(trying)
            raise
        if operation in _PROVING_NOTHING:
            await self._undecided(trying)
        else:
            await self._answered(operation, asked_at)

    @contextmanager
    def connection_test(self) -> Generator[None]:
        """Let a connection test try what was refused; what it finds, it tells by itself."""
        self._testing += 1
        try:
            yield
        finally:
            self._testing -= 1

    async def log_on(self, logon: Callable[[], Awaitable[str]]) -> str:
        """Log on, unless that was refused: also by somebody who did so while we waited our turn.

        Raises:
            CredentialsRejected: without a log-on, or by it.
        """
        self._believed_at = float("-inf")
        outage = await self.refused()
        if outage is not None and not (self._trying or self._testing):
            raise CredentialsRejected(outage.sentence, remedy=outage.remedy)
        asked_at = self._journal.outages.now()
        try:
            token = await logon()
        except CredentialsRejected as error:
            if not self._testing:
                await self._credentials_refused(error, "log_on", asked_at)
            raise
        await self._answered("log_on", asked_at)
        return token

    async def proven(self) -> None:
        """Take a connection test that found everything well as the answer that it was."""
        await self._ended(_ENDED_BY_AN_ANSWER, asked_at=self._journal.outages.now())

    async def _admitted(self) -> Outage | None:
        """Let the call go; return the outage for which it tries, if it does."""
        outage = await self.refused()
        if outage is None:
            return None
        permit = await self._journal.outages.permit(
            outage, opened_at=self._opened_at, within=_TRY_WITHIN
        )
        if permit is Permit.REFUSED:
            raise CredentialsRejected(outage.sentence, remedy=outage.remedy)
        if permit is Permit.WAIT:
            raise Unavailable(
                f"Somebody is trying whether {self._name} accepts our credentials now.",
                retry_after=_ASK_AGAIN,
            )
        return outage

    async def _credentials_refused(
        self, error: CredentialsRejected, operation: str, asked_at: datetime
    ) -> None:
        alone = self._side is Side.STORE and operation in _NEEDING_MORE
        kind = OutageKind.PERMISSION if alone else OutageKind.CREDENTIALS
        await self._tell(kind, error, operation, asked_at, remedy=error.remedy)
        if not alone:
            # A refusal is an answer.
            await self._ended((OutageKind.UNAVAILABLE, OutageKind.NO_SEAT), asked_at=asked_at)

    async def _unanswered(
        self, error: Unavailable | OutcomeUnknown, operation: str, asked_at: datetime
    ) -> None:
        kind = OutageKind.NO_SEAT if isinstance(error, NoSeat) else OutageKind.UNAVAILABLE
        since = self._failing_since.setdefault(kind, monotonic())
        if monotonic() - since < self._settings.told_after_seconds:
            return
        told_before = self._circuit_until
        if isinstance(error, CircuitOpen):
            self._circuit_until = self._journal.outages.now() + error.tries_in
        news = self._circuit_until is not None and (
            told_before is None or self._circuit_until - told_before > _ROUGHLY
        )
        told_at = self._told_at.get(kind, float("-inf"))
        if news or monotonic() - told_at > _TOLD_EVERY_SECONDS:
            until = self._circuit_until
            await self._tell(kind, error, operation, asked_at, retry_at=until)

    async def _answered(self, operation: str, asked_at: datetime) -> None:
        self._failing_since.clear()
        self._told_at.clear()
        self._circuit_until = None
        with self._journal_may_fail():
            kinds = {outage.kind for outage in await self._open()}
            if kinds.intersection(_ENDED_BY_AN_ANSWER):
                await self._ended(_ENDED_BY_AN_ANSWER, asked_at=asked_at)
            if OutageKind.PERMISSION in kinds:
                await self._ended((OutageKind.PERMISSION,), asked_at=asked_at, operation=operation)

    async def _undecided(self, trying: Outage | None) -> None:
        if trying is not None:
            with self._journal_may_fail():
                await self._journal.outages.give_back(trying)

    async def _tell(
        self,
        kind: OutageKind,
        error: OutsideFailure,
        operation: str,
        asked_at: datetime,
        *,
        remedy: str = "",
        retry_at: datetime | None = None,
    ) -> None:
        self._told_at[kind] = monotonic()
        with self._journal_may_fail():
            new = await self._journal.outages.open(
                self._connection,
                self._side,
                kind,
                str(error),
                remedy=remedy,
                operation=operation,
                retry_at=retry_at,
                asked_at=asked_at,
            )
            self._believed_at = float("-inf")
            if new:
                log.warning("%s: %s %s", self._name, error, remedy or _WHAT_HAPPENS[kind])
                await self._record(kind, "opened", str(error))

    async def _ended(
        self,
        kinds: tuple[OutageKind, ...],
        *,
        asked_at: datetime,
        operation: str | None = None,
    ) -> None:
        with self._journal_may_fail():
            ended = await self._journal.outages.close(
                self._connection, self._side, kinds, asked_at=asked_at, operation=operation
            )
            if ended:
                self._believed_at = float("-inf")
            for outage in ended:
                lasted = (self._journal.outages.now() - outage.since).total_seconds()
                what = f"over after {lasted:.0f} s ({outage.kind}): {outage.sentence}"
                log.info("%s: %s", self._name, what)
                await self._record(outage.kind, "closed", what)

    async def _record(self, kind: OutageKind, outcome: str, message: str) -> None:
        await self._journal.trail.append(
            TrailEntry(
                connection=self._connection,
                resource=f"outage:{self._side}",
                at=datetime.now(UTC),
                action="outage",
                step=kind,
                outcome=outcome,
                message=message,
            )
        )

    async def _open(self) -> tuple[Outage, ...]:
        if monotonic() - self._believed_at > _BELIEVED_SECONDS:
            found = await self._journal.outages.all(self._connection)
            self._believed = tuple(outage for outage in found if outage.side is self._side)
            self._believed_at = monotonic()
        return self._believed

    @contextmanager
    def _journal_may_fail(self) -> Generator[None]:
        """Let what was being done go on; the journal's own failure is told in its own words."""
        try:
            yield
        except JOURNAL_AWAY as error:
            self._journal.condition.failed(error)

    @property
    def _name(self) -> str:
        system = "ERP" if self._side is Side.ERP else "store"
        return f"The {system} of '{self._connection}'"


_WHAT_HAPPENS = {
    OutageKind.UNAVAILABLE: "Orders wait and go on by themselves when it answers.",
    OutageKind.NO_SEAT: "Orders wait and go on by themselves when a seat is free.",
    OutageKind.CREDENTIALS: "Orders are held until somebody puts it right.",
    OutageKind.PERMISSION: "Everything else goes on.",
}
