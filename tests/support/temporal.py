"""A real Temporal server for tests, paced for them instead of for a busy machine."""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from temporalio.common import SearchAttributeKey
from temporalio.converter import DataConverter
from temporalio.testing import WorkflowEnvironment

from settings.keyring import Keyring
from workflows.attributes import SEARCH_ATTRIBUTES

PAYLOAD_KEY = Keyring.new_key("test")
_PACE = {
    "history.transferProcessorMaxPollRPS": "1000",
    "history.timerProcessorMaxPollRPS": "1000",
    "history.timerProcessorMaxTimeShift": '"1ms"',
    # Queues are told of a current build before the answer: told later, now and then one never
    # hears of it (Temporal's issue 11842).
    "matching.deploymentWorkflowVersion": "0",
}


@asynccontextmanager
async def temporal_server(
    *,
    dynamic_config: Mapping[str, str] | None = None,
    search_attributes: Sequence[SearchAttributeKey] = tuple(SEARCH_ATTRIBUTES),
    converter: DataConverter = DataConverter.default,
) -> AsyncIterator[WorkflowEnvironment]:
    """Run a server; `dynamic_config` goes on top of the pace, `converter` is its client's."""
    flags = [
        part
        for key, value in {**_PACE, **(dynamic_config or {})}.items()
        for part in ("--dynamic-config-value", f"{key}={value}")
    ]
    async with await WorkflowEnvironment.start_local(
        dev_server_existing_path=str(Path(sys.executable).with_name("temporal")),
        dev_server_extra_args=flags,
        search_attributes=list(search_attributes),
        data_converter=converter,
    ) as environment:
        yield environment
    # Lets the SDK's threads go before the interpreter does; it tells of no end (sdk-python 300).
    await asyncio.sleep(0.2)
