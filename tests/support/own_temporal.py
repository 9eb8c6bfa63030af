"""A Temporal server for one module alone, that forgets what is deleted within moments."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio.client import Client

from settings.codec import data_converter
from settings.keyring import Keyring
from tests.support.temporal import PAYLOAD_KEY, temporal_server

# By default a history that has just been closed is deleted half a minute later.
_FORGETFUL = {"history.transferProcessorUpdateAckInterval": '"100ms"'}


@asynccontextmanager
async def own_temporal() -> AsyncIterator[Client]:
    converter = data_converter(Keyring.parse(PAYLOAD_KEY))
    async with temporal_server(dynamic_config=_FORGETFUL, converter=converter) as temporal:
        yield temporal.client
