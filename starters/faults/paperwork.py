"""The judge of our own paperwork: links, trail and holds in the journal, workflows in Temporal."""

from collections.abc import Iterator

from temporalio.client import Client, WorkflowExecution, WorkflowExecutionStatus

from domain.plan import Link
from starters.decisions import key_of, needs_a_person
from starters.faults.facts import JournalFacts, LedgerFacts, references_by_order
from workflows.attributes import ATTENTION

_POSTINGS = ("document", "amend", "payment", "refund", "cancel", "payout")
_WELL = (
    WorkflowExecutionStatus.RUNNING,
    WorkflowExecutionStatus.COMPLETED,
    WorkflowExecutionStatus.CONTINUED_AS_NEW,
)


def journal_violations(facts: JournalFacts, ledger: LedgerFacts, *, prefix: str) -> tuple[str, ...]:
    """Say where the journal has a gap or contradicts the ledger; empty when it is complete.

    Every link has its "done" in the trail and every "done" its link; links and the ledger's
    documents agree both ways; every open hold says why, and what to do.
    """
    booked = references_by_order(ledger, prefix=prefix)
    found: list[str] = []
    for order_id in facts.links:
        key = f"{prefix}{order_id}"
        found += _trail_gaps(facts, order_id, key)
        found += _unlike_the_ledger(facts, order_id, key, booked.get(order_id, frozenset()))
    for held in facts.holds:
        if not held.hold.reason.strip():
            found.append(f"{held.resource} is held ({held.hold.code}) without a reason.")
        if needs_a_person(held) and not held.hold.remedy.strip():
            found.append(f"{held.resource} is held ({held.hold.code}) without a remedy.")
    return tuple(found)


async def temporal_violations(client: Client, connection: str) -> tuple[str, ...]:
    """Say which of a connection's workflows failed, or still run without waiting for a person.

    To be asked when nothing is in motion any more.
    """
    found: list[str] = []
    async for workflow in client.list_workflows(f"WorkflowId STARTS_WITH '{connection}:'"):
        if problem := _problem(workflow):
            found.append(f"{workflow.id} ({workflow.workflow_type}) {problem}.")
    return tuple(sorted(found))


async def unattended_holds(client: Client, facts: JournalFacts) -> tuple[str, ...]:
    """Say which open holds no workflow waits at: nothing but a retry would ever end them."""
    found: list[str] = []
    for held in facts.holds:
        key = key_of(held)
        if key is None or not needs_a_person(held):
            continue
        described = await client.get_workflow_handle(key.workflow_id).describe()
        if described.status is not WorkflowExecutionStatus.RUNNING:
            found.append(f"{held.resource} is held ({held.hold.code}), but no workflow waits.")
    return tuple(found)


def _problem(workflow: WorkflowExecution) -> str:
    status = workflow.status
    if status is None or status not in _WELL:
        return f"ended as {status.name if status else 'unknown'}"
    if status is not WorkflowExecutionStatus.RUNNING:
        return ""
    return "" if workflow.typed_search_attributes.get(ATTENTION) else "is still at work, or stuck"


def _trail_gaps(facts: JournalFacts, order_id: str, key: str) -> Iterator[str]:
    done = {entry.step for entry in facts.trail.get(order_id, ()) if entry.outcome == "done"}
    skipped = {entry.step for entry in facts.trail.get(order_id, ()) if entry.outcome == "skip"}
    for step, link in facts.links[order_id].items():
        if link.skipped:
            if not skipped:
                yield f"{key}: {step} was skipped, and the trail does not say by whom."
        elif step not in done:
            yield f"{key}: {step} is linked to {link.ref}, but the trail does not tell of it."
    for step in sorted(done - facts.links[order_id].keys()):
        yield f"{key}: the trail says that {step} was done, but nothing is linked."


def _unlike_the_ledger(
    facts: JournalFacts, order_id: str, key: str, booked: frozenset[str]
) -> Iterator[str]:
    linked = {link.ref for link in facts.links[order_id].values() if _is_posting(link)}
    for reference in sorted(linked - booked):
        yield f"{key}: linked to {reference}, which the ledger does not hold."
    for reference in sorted(booked - linked):
        yield f"{key}: the ledger holds {reference}, which is linked to nothing."


def _is_posting(link: Link) -> bool:
    return not link.skipped and link.step.partition(":")[0] in _POSTINGS
