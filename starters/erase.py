"""Erases a person from journal and Temporal, proves it, and names what stays in the ERP."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, datetime

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from domain.record import Record
from journal.erasure import Erased
from journal.opening import Journal
from journal.progress import Progress, unheard
from journal.subjects import ErpReference, Kept, Subject
from journal.trail import TrailEntry

_AT_ONCE = 10
_LOOK_EVERY_SECONDS = 0.5
# Temporal deletes what was closed only when its own queue has passed that: up to a minute.
_GONE_WITHIN_SECONDS = 300.0
_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
_RESOURCE = "erasure"
_NO_DOCUMENT = ("customer", "report")  # steps that make none


class SubjectUnclear(ValueError):
    """What was given names neither a customer, an e-mail address nor an order."""


class StillNeeded(Exception):
    """Something of the person's is on its way or held; the sentence names it."""


class NotErased(Exception):
    """After the erasure something was still found; the sentence says what."""


class ErasureReport(Record):
    """What was erased, and what stays in the ERP. With `dry_run`: what would be."""

    connection: str
    dry_run: bool
    orders: tuple[str, ...]
    erased: Erased
    executions: int  # of Temporal, with their histories
    accounts: tuple[str, ...]  # in the ERP
    documents: tuple[ErpReference, ...]  # in the ERP

    @property
    def nothing(self) -> bool:
        """Tell whether nothing of the person was found."""
        counts = self.erased.model_dump(exclude={"purged"})
        return not any(counts.values()) and not self.executions


def subject_of(customers: Iterable[str], orders: Iterable[str]) -> Subject:
    """Read whom is meant: each customer by id or e-mail address, each order by id.

    Raises:
        SubjectUnclear: nobody is named, or something is neither.
    """
    named = [one.strip() for one in customers]
    emails = {one.lower() for one in named if "@" in one}
    ids = {one for one in named if "@" not in one}
    order_ids = {one.strip().removeprefix("#") for one in orders}
    if not (emails or ids or order_ids):
        raise SubjectUnclear("Say whom: --customer with an id or an e-mail address, or --order.")
    if not all(_ID.fullmatch(one) for one in ids | order_ids):
        raise SubjectUnclear("An id is letters, digits and dashes; an e-mail address has an @.")
    return Subject(
        customer_ids=frozenset(ids), emails=frozenset(emails), order_ids=frozenset(order_ids)
    )


class PersonErasure:
    """Erases one person of one connection."""

    def __init__(self, client: Client, journal: Journal, connection: str) -> None:
        self._client = client
        self._journal = journal
        self._erasures = journal.snapshots.erasures
        self._connection = connection

    async def find(self, subject: Subject, *, progress: Progress = unheard) -> Kept:
        """Find what is kept of the person.

        Raises:
            StillNeeded: one of their orders is on its way or waits for a decision.
            KeyUnknown: a snapshot cannot be opened, so nobody can say whose it is.
        """
        kept = await self._erasures.find(self._connection, subject, progress=progress)
        for resource in kept.held:
            raise StillNeeded(
                f"{_named(resource)} is held and may still be posted: finish it (tillbridge retry) "
                "or leave it out (tillbridge skip), then erase."
            )
        for resource in kept.resources:
            if await self._runs(resource):
                raise StillNeeded(
                    f"{_named(resource)} is still on its way; erase when it has finished."
                )
        return kept

    async def preview(self, kept: Kept) -> ErasureReport:
        """Tell what would be erased; changes nothing."""
        executions = [[run async for run in self._runs_of(resource)] for resource in kept.resources]
        erased = Erased(
            snapshots=sum(map(len, kept.snapshots.values())),
            accounts=len(kept.accounts),
            texts=kept.texts,
            notes=kept.notes,
        )
        return self._report(kept, erased, sum(map(len, executions)), dry_run=True)

    async def erase(
        self, asked: Subject, kept: Kept, *, actor: str, progress: Progress = unheard
    ) -> ErasureReport:
        """Erase what was found, look for it again, and note in the trail that it was done.

        The histories go first: what is cut short is found again by the snapshots.

        Raises:
            NotErased: something of the person is still found afterwards.
        """
        executions = await self._delete_executions(kept.resources, progress)
        erased = await self._erasures.erase(self._connection, kept)
        executions += await self._delete_executions(kept.resources, unheard)
        left = await self._erasures.find(self._connection, kept.subject)
        if left.total:
            raise NotErased(
                f"{left.total} things of the person are still in the journal; something wrote "
                "them meanwhile. Erase again."
            )
        report = self._report(kept, erased, executions, dry_run=False)
        if not report.nothing:
            await self._note(asked, report, actor)
        return report

    async def _note(self, asked: Subject, report: ErasureReport, actor: str) -> None:
        erased = report.erased
        await self._journal.trail.append(
            TrailEntry(
                connection=self._connection,
                resource=_RESOURCE,
                at=datetime.now(UTC),
                actor=actor,
                action="erase",
                step="person",
                outcome="done",
                message=f"Erased a person: {len(report.orders)} orders, {erased.snapshots} "
                f"records, {erased.texts} texts of the trail, {report.executions} histories.",
                details={"person": self._erasures.recognisable(asked)},
            )
        )

    def _report(
        self, kept: Kept, erased: Erased, executions: int, *, dry_run: bool
    ) -> ErasureReport:
        made = [one for one in kept.documents if one.ref]
        accounts = {one.ref for one in kept.accounts if one.ref}
        accounts |= {one.ref for one in made if one.step == "customer"}
        return ErasureReport(
            connection=self._connection,
            dry_run=dry_run,
            orders=tuple(resource.removeprefix("order:") for resource in kept.orders),
            erased=erased,
            executions=executions,
            accounts=tuple(sorted(accounts)),
            documents=tuple(one for one in made if one.step not in _NO_DOCUMENT),
        )

    async def _delete_executions(self, resources: Sequence[str], progress: Progress) -> int:
        """Delete every execution of the resources; return how many once none is found."""
        slots = asyncio.Semaphore(_AT_ONCE)
        done = deleted = 0

        async def delete(resource: str) -> None:
            nonlocal done, deleted
            async with slots:
                runs = await self._delete_runs(resource)
            deleted += runs  # apart from the wait, during which others add to it
            done += 1
            progress(done, len(resources))

        await asyncio.gather(*map(delete, resources))
        return deleted

    async def _delete_runs(self, resource: str) -> int:
        """Delete one resource's executions. Temporal does that a little later than asked."""
        asked: set[str] = set()
        try:
            async with asyncio.timeout(_GONE_WITHIN_SECONDS):
                while runs := {run async for run in self._runs_of(resource)}:
                    for run in runs - asked:
                        await self._delete(resource, run)
                    asked |= runs
                    await asyncio.sleep(_LOOK_EVERY_SECONDS)
        except TimeoutError:
            raise NotErased(
                f"Temporal has not deleted the history of {self._workflow_id(resource)} within "
                f"{_GONE_WITHIN_SECONDS:g} s; erase again."
            ) from None
        return len(asked)

    async def _delete(self, resource: str, run_id: str) -> None:
        execution = WorkflowExecution(workflow_id=self._workflow_id(resource), run_id=run_id)
        request = DeleteWorkflowExecutionRequest(
            namespace=self._client.namespace, workflow_execution=execution
        )
        try:
            await self._client.workflow_service.delete_workflow_execution(request)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise

    async def _runs_of(self, resource: str) -> AsyncIterator[str]:
        """List the ids of the closed runs, and of the latest, which the list may not show yet."""
        latest = await self._latest(resource)
        if latest is not None and latest[1] is not WorkflowExecutionStatus.RUNNING:
            yield latest[0]
        query = f"WorkflowId = '{self._workflow_id(resource)}' AND ExecutionStatus != 'Running'"
        async for found in self._client.list_workflows(query):
            if latest is None or found.run_id != latest[0]:
                yield found.run_id

    async def _runs(self, resource: str) -> bool:
        latest = await self._latest(resource)
        return latest is not None and latest[1] is WorkflowExecutionStatus.RUNNING

    async def _latest(self, resource: str) -> tuple[str, WorkflowExecutionStatus | None] | None:
        handle = self._client.get_workflow_handle(self._workflow_id(resource))
        try:
            described = await handle.describe()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            raise
        return described.run_id, described.status

    def _workflow_id(self, resource: str) -> str:
        return f"{self._connection}:{resource}"


def _named(resource: str) -> str:
    kind, _, resource_id = resource.partition(":")
    return f"{kind.capitalize()} {resource_id}"
