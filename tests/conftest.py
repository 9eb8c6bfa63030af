"""What every test may use: one real Temporal server for the session, and a client with our codec."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from settings.codec import data_converter
from settings.keyring import Keyring
from tests.support.temporal import temporal_server


@pytest.fixture(scope="session")
async def temporal() -> AsyncIterator[WorkflowEnvironment]:
    async with temporal_server() as environment:
        yield environment
    # Lets the SDK's threads go before the interpreter does (sdk-python issue 300).
    await asyncio.sleep(0.2)


@pytest.fixture(scope="session")
async def client(temporal: WorkflowEnvironment) -> Client:
    return await Client.connect(
        temporal.client.service_client.config.target_host,
        data_converter=data_converter(Keyring.parse(Keyring.new_key("test"))),
    )
