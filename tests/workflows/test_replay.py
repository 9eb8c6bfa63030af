"""Every stored history replays on today's code: what is in flight survives a deploy."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from tests.workflows.next_release import WithoutPatch, WithPatch
from workers.build import WORKFLOWS, sandboxed
from workflows.order import OrderSync

HISTORIES = sorted((Path(__file__).parent.parent / "histories").glob("*/*.json"))
OF_ORDERS = [path for path in HISTORIES if path.parent.name == "OrderSync"]
WHAT_TO_DO = (
    "This history was recorded by an earlier release, and orders like it are in flight. Put what "
    "changed behind workflow.patched(...); see docs/operations.md, Deploying a new version."
)


def named(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def stored(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def events(path: Path) -> list[dict[str, dict[str, object]]]:
    return json.loads(stored(path))["events"]


def signals_in(kind: str) -> set[object]:
    return {
        event["workflowExecutionSignaledEventAttributes"]["signalName"]
        for path in HISTORIES
        if path.parent.name == kind
        for event in events(path)
        if "workflowExecutionSignaledEventAttributes" in event
    }


async def replay(path: Path, workflows: Sequence[type]) -> None:
    # Children are named after their parent: the replay must run under the id it was recorded with.
    started = events(path)[0]["workflowExecutionStartedEventAttributes"]
    history = WorkflowHistory.from_json(str(started["workflowId"]), stored(path))
    replayer = Replayer(
        workflows=workflows,
        data_converter=pydantic_data_converter,
        workflow_runner=sandboxed(),
    )
    try:
        await replayer.replay_workflow(history)
    except workflow.NondeterminismError as failure:
        failure.add_note(WHAT_TO_DO)
        raise


def test_every_workflow_has_a_stored_history() -> None:
    kinds = {path.parent.name for path in HISTORIES}
    assert kinds == {known.__name__ for known in WORKFLOWS}


@pytest.mark.parametrize("known", WORKFLOWS, ids=lambda known: known.__name__)
def test_every_signal_of_a_workflow_is_in_a_stored_history(known: type) -> None:
    understood = set(workflow._Definition.must_from_class(known).signals)
    assert understood - signals_in(known.__name__) == set()


@pytest.mark.parametrize("path", HISTORIES, ids=named)
async def test_a_stored_history_replays(path: Path) -> None:
    await replay(path, WORKFLOWS)


@pytest.mark.parametrize("path", OF_ORDERS, ids=named)
async def test_a_change_behind_a_patch_replays(path: Path) -> None:
    await replay(path, [WithPatch])


@pytest.mark.parametrize("path", OF_ORDERS, ids=named)
async def test_a_change_without_a_patch_is_caught_and_the_failure_says_what_to_do(
    path: Path,
) -> None:
    with pytest.raises(workflow.NondeterminismError, match="TMPRL1100") as caught:
        await replay(path, [WithoutPatch])
    assert caught.value.__notes__ == [WHAT_TO_DO]


def test_a_changed_workflow_takes_the_place_of_the_one_in_flight() -> None:
    changed = (WithPatch, WithoutPatch)
    names = {workflow._Definition.must_from_class(one).name for one in (OrderSync, *changed)}
    assert names == {"OrderSync"}
