"""A Temporal server for one module alone, that forgets what is deleted within moments."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from settings.codec import data_converter
from settings.keyring import Keyring
from tests.support.temporal import PAYLOAD_KEY
from workflows.attributes import SEARCH_ATTRIBUTES

_PACE = {
    # By default a history that has just been closed is deleted half a minute later.
    "history.transferProcessorUpdateAckInterval": '"100ms"',
    "history.transferProcessorMaxPollRPS": "1000",
    "history.timerProcessorMaxPollRPS": "1000",
    "history.timerProcessorMaxTimeShift": '"1ms"',
}


@asynccontextmanager
async def own_temporal() -> AsyncIterator[Client]:
    flags = [x for k, v in _PACE.items() for x in ("--dynamic-config-value", f"{k}={v}")]
    async with await WorkflowEnvironment.start_local(
        dev_server_existing_path=str(Path(sys.executable).with_name("temporal")),
        dev_server_extra_args=flags,
        search_attributes=list(SEARCH_ATTRIBUTES),
    ) as temporal:
        yield await Client.connect(
            temporal.client.service_client.config.target_host,
            data_converter=data_converter(Keyring.parse(PAYLOAD_KEY)),
        )
    await asyncio.sleep(0.2)  # lets the SDK's threads go (sdk-python issue 300)
