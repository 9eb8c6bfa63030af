"""One world for each test of this folder, in the store's and the ERP's usual setting."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.client import Client

from tests.support.world import World, a_world


@pytest.fixture
async def world(client: Client, tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(client, tmp_path) as world:
        yield world
