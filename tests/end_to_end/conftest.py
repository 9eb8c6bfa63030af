"""One world for each test of this folder, in the store's and the ERP's usual setting."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.client import Client

from sandbox.erps import ERPS
from tests.support.world import World
from tests.support.worlds import a_world


@pytest.fixture
async def world(client: Client, tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(client, tmp_path) as world:
        yield world


@pytest.fixture(params=ERPS)
def system(request: pytest.FixtureRequest) -> str:
    """Each ERP that there is, by the type that a connection's settings name."""
    return request.param


@pytest.fixture
async def any_world(client: Client, tmp_path: Path, system: str) -> AsyncIterator[World]:
    """A world with each of the ERPs."""
    async with a_world(client, tmp_path, system=system) as world:
        yield world
