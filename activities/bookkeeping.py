"""Around every step: what it did goes to the trail, what holds it to the holds."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.failures import held_failure, hold_for, passing_failure
from activities.heartbeat import heartbeating
from connectors.errors import OutcomeUnknown, OutsideFailure, Refusal, Unavailable
from domain.hold import Held, Hold, HoldCode
from journal.leases import LeaseBusy, LeaseLost
from journal.links import LinkConflict
from journal.opening import Journal
from journal.trail import TrailEntry

_LATE_COMMIT = timedelta(seconds=10)


class Bookkeeping:
    """Writes what happened to one resource of one connection into the journal."""

    def __init__(
        self,
        journal: Journal,
        connection: str,
        resource: str,
        *,
        late_commit: timedelta = _LATE_COMMIT,
    ) -> None:
        self._journal = journal
        self._connection = connection
        self._resource = resource
        self.late_commit = late_commit

    @asynccontextmanager
    async def told(self, step: str) -> AsyncGenerator[None]:
        """Turn what goes wrong in the block into Temporal's terms, and tell the journal.

        A refusal becomes a hold and a failure that is not retried. Anything that passes becomes a
        failure that is retried when it makes sense. A bug stays what it is. While the block runs
        Temporal hears that this worker lives.
        """
        try:
            async with heartbeating():
                yield
        except (Refusal, Held) as error:
            raise await self.held(hold_for(error, step)) from error
        except LinkConflict as error:
            hold = Hold(step=step, code=HoldCode.CONFLICT, reason=str(error))
            raise await self.held(hold) from error
        except OutsideFailure as error:
            await self.note(step, "waiting", str(error))
            raise passing_failure(error, late_commit=self.late_commit) from error
        except LeaseBusy as error:
            raise passing_failure(Unavailable(str(error)), late_commit=self.late_commit) from error
        except LeaseLost as error:
            # The block was interrupted, perhaps in the middle of a write: probe before going on.
            raise passing_failure(
                OutcomeUnknown(str(error)), late_commit=self.late_commit
            ) from error

    async def held(self, hold: Hold) -> ApplicationError:
        """Open the hold and return the failure that parks the workflow."""
        await self._journal.holds.open(
            self._connection, self._resource, hold, since=datetime.now(UTC)
        )
        await self.note(hold.step, "held", hold.reason, details={"code": hold.code})
        activity.logger.warning("Held %s %s: %s", self._connection, self._resource, hold.code.value)
        return held_failure(hold)

    async def settled(self, by: str = "system") -> None:
        """Close the resource's hold, if it has one."""
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
        """Append to the trail. Repeated by a retry of the same attempt it counts once."""
        info = activity.info()
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
                key=f"{info.workflow_run_id}/{info.activity_id}/{info.attempt}/{outcome}",
            )
        )
