"""A real Temporal server for a test session, paced for tests instead of for a busy machine."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from temporalio.testing import WorkflowEnvironment

from settings.keyring import Keyring
from workflows.attributes import SEARCH_ATTRIBUTES

PAYLOAD_KEY = Keyring.new_key("test")
_PACE = {
    "history.transferProcessorMaxPollRPS": "1000",
    "history.timerProcessorMaxPollRPS": "1000",
    "history.timerProcessorMaxTimeShift": '"1ms"',
}


@asynccontextmanager
async def temporal_server() -> AsyncIterator[WorkflowEnvironment]:
    flags = [
        part
        for key, value in _PACE.items()
        for part in ("--dynamic-config-value", f"{key}={value}")
    ]
    async with await WorkflowEnvironment.start_local(
        dev_server_existing_path=str(Path(sys.executable).with_name("temporal")),
        dev_server_extra_args=flags,
        search_attributes=list(SEARCH_ATTRIBUTES),
    ) as environment:
        yield environment
