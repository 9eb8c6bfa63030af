"""What every test may use: one real Temporal server for the session, and a client with codec."""

import sys
from collections.abc import AsyncIterator, Iterator

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from settings.codec import data_converter
from settings.keyring import Keyring
from tests.support.postgres import NoPostgres, Postgres, running_postgres
from tests.support.temporal import PAYLOAD_KEY, temporal_server

# httpcore looks for it at every call, and what is not installed is searched for each time anew.
sys.modules.setdefault("sniffio", None)  # pyright: ignore[reportArgumentType]

# That a machine is busy is no finding about the code.
hypothesis_settings.register_profile(
    "patient", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("patient")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have the longest modules begun first.

    A worker takes a whole module; one that takes a long one last leaves the others idle.
    """

    def seconds(item: pytest.Item) -> float:
        mark = item.get_closest_marker("seconds")
        return mark.args[0] if mark is not None else 0.0

    items.sort(key=seconds, reverse=True)


@pytest.fixture(scope="session")
async def temporal() -> AsyncIterator[WorkflowEnvironment]:
    async with temporal_server() as environment:
        yield environment


@pytest.fixture(scope="session")
async def client(temporal: WorkflowEnvironment) -> Client:
    return await Client.connect(
        temporal.client.service_client.config.target_host,
        data_converter=data_converter(Keyring.parse(PAYLOAD_KEY)),
    )


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> Iterator[Postgres]:
    try:
        with running_postgres() as server:
            yield server
    except NoPostgres as failure:
        message = f"THE JOURNAL IS NOT TESTED ON POSTGRESQL: {failure}"
        reporter = request.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.write_line(message, red=True, bold=True)
        pytest.skip(message)
