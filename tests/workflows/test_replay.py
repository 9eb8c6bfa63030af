"""Every stored history replays on today's code: what is in flight survives a deploy."""

import json
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from workers.build import WORKFLOWS, sandboxed

HISTORIES = sorted((Path(__file__).parent.parent / "histories").glob("*/*.json"))


def stored(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_every_workflow_has_a_stored_history() -> None:
    kinds = {path.parent.name for path in HISTORIES}
    assert kinds == {workflow.__name__ for workflow in WORKFLOWS}


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: f"{path.parent.name}/{path.stem}")
async def test_a_stored_history_replays(path: Path) -> None:
    text = stored(path)
    # Children are named after their parent: the replay must run under the id it was recorded with.
    started = json.loads(text)["events"][0]["workflowExecutionStartedEventAttributes"]
    history = WorkflowHistory.from_json(started["workflowId"], text)
    replayer = Replayer(
        workflows=list(WORKFLOWS),
        data_converter=pydantic_data_converter,
        workflow_runner=sandboxed(),
    )
    await replayer.replay_workflow(history)
