"""Around every step: what it did goes to the trail, what holds it to the holds."""

import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.failures import given_up, held_failure, hold_for, passing_failure
from activities.heartbeat import heartbeating
from connectors.errors import (
    CredentialsRejected,
    OutcomeUnknown,
    OutsideFailure,
    Refusal,
    Unavailable,
)
from domain.hold import Held, Hold, HoldCode
from journal.condition import JOURNAL_AWAY
from journal.leases import LeaseBusy, LeaseLost
from journal.links import LinkConflict
from journal.opening import Journal
from journal.trail import TrailEntry

DONE = "done"
WAITING = "waiting"
_LATE_COMMIT = timedelta(seconds=10)


class Bookkeeping:
    """Writes what happened to one resource of one connection into the journal."""

    def __init__(self, journal: Journal, connection: str, resource: str) -> None:
        self._journal = journal
        self._connection = connection
        self._resource = resource
        self.late_commit = _LATE_COMMIT
        """How long a commit may still come after a broken call; the ERP in hand knows better."""

    @asynccontextmanager
    async def told(self, step: str, *, patient: bool = True) -> AsyncGenerator[None]:
        """Turn what goes wrong in the block into Temporal's terms, and tell the journal.

        A refusal becomes a hold and a failure that is not retried. Anything that passes becomes a
        failure that is retried when it makes sense; without patience it ends the step for this
        time. A bug stays what it is. While the block runs Temporal hears that this worker lives.
        """
        condition = self._journal.condition
        try:
            async with self._outside_told(step, patient=patient):
                yield
            if not self._has_workflow:
                await self.settled()  # nobody else would
        except JOURNAL_AWAY as error:
            # Whatever was written outside is looked for before it is written again.
            away = Unavailable(condition.failed(error))
            raise passing_failure(away, late_commit=self.late_commit) from error
        if self._has_workflow:
            condition.works()

    @asynccontextmanager
    async def _outside_told(self, step: str, *, patient: bool) -> AsyncGenerator[None]:
        try:
            async with heartbeating():
                yield
        except CredentialsRejected as error:
            if self._has_workflow:
                raise await self.held(hold_for(error, step)) from error
            # Nobody decides about a schedule: it goes on when the credentials are accepted.
            await self.note(step, WAITING, str(error))
            raise self._passing(error, patient=patient) from error
        except (Refusal, Held) as error:
            raise await self.held(hold_for(error, step)) from error
        except LinkConflict as error:
            hold = Hold(step=step, code=HoldCode.CONFLICT, reason=str(error))
            raise await self.held(hold) from error
        except OutsideFailure as error:
            await self.note(step, WAITING, str(error))
            raise self._passing(error, patient=patient) from error
        except LeaseBusy as error:
            raise self._passing(Unavailable(str(error)), patient=patient) from error
        except LeaseLost as error:
            # The block was interrupted, perhaps in the middle of a write: probe before going on.
            raise self._passing(OutcomeUnknown(str(error)), patient=patient) from error

    async def held(self, hold: Hold) -> ApplicationError:
        """Open the hold and return the failure that parks the workflow."""
        await self._journal.holds.open(
            self._connection, self._resource, hold, since=datetime.now(UTC)
        )
        await self.note(hold.step, "held", hold.reason, details={"code": hold.code})
        # Refused credentials are told once for the connection, not once for each order.
        level = logging.INFO if hold.code is HoldCode.CREDENTIALS_REJECTED else logging.WARNING
        activity.logger.log(
            level, "Held %s %s: %s", self._connection, self._resource, hold.code.value
        )
        return held_failure(hold)

    async def settled(self, by: str = "system") -> None:
        """Close the resource's hold, if it has one.

        A person who ends a hold lets credentials that were refused be tried once more.
        """
        if by != "system":
            held = await self._journal.holds.of(self._connection, self._resource)
            if held is not None and held.hold.code is HoldCode.CREDENTIALS_REJECTED:
                await self._journal.outages.release(self._connection, held_since=held.since)
        await self._journal.holds.close(self._connection, self._resource, by)

    async def note(
        self,
        step: str,
        outcome: str,
        message: str,
        *,
        actor: str = "system",
        details: Mapping[str, str] | None = None,
    ) -> None:
        """Append to the trail. Repeated by a retry of the same attempt it counts once.

        That a step is done, or waits, counts once for all its attempts: a worker may die before
        its attempt ends, and an outage does not grow the trail.
        """
        info = activity.info()
        occurrence = "" if outcome in (DONE, WAITING) else f"/{info.attempt}"
        await self._journal.trail.append(
            TrailEntry(
                connection=self._connection,
                resource=self._resource,
                at=datetime.now(UTC),
                actor=actor,
                action=info.activity_type,
                step=step,
                outcome=outcome,
                message=message,
                correlation_id=info.workflow_run_id or "",
                details={**(details or {}), "attempt": str(info.attempt)},
                key=f"{info.workflow_run_id}/{info.activity_id}{occurrence}/{outcome}",
            )
        )

    def _passing(self, error: OutsideFailure, *, patient: bool) -> ApplicationError:
        if not patient:
            return given_up(error)
        return passing_failure(error, late_commit=self.late_commit)

    @property
    def _has_workflow(self) -> bool:
        """Tell whether a workflow of its own waits for decisions about the resource."""
        return self._resource.startswith(("order:", "customer:"))
