"""The one way to reach Temporal: client, converter, queues, and "look again"."""

from datetime import timedelta
from typing import Any

from temporalio.client import Client, WorkflowHandle
from temporalio.common import Priority
from temporalio.contrib.opentelemetry import OpenTelemetryPlugin
from temporalio.envconfig import ClientConfig
from temporalio.runtime import Runtime

from domain.customer import CustomerKey
from domain.order import OrderKey
from settings.codec import data_converter
from settings.keyring import Keyring
from settings.model import Settings

ORDERS_FIRST = 1


async def connect(settings: Settings, *, runtime: Runtime | None = None) -> Client:
    """Connect with our converter and tracing. Call it once in a process.

    Temporal's own variables and profiles (TEMPORAL_ADDRESS, TEMPORAL_API_KEY, ...) are laid over
    the settings file, so that its tools and we agree.
    """
    temporal = settings.temporal
    options: dict[str, Any] = {"namespace": temporal.namespace, "target_host": temporal.address}
    if temporal.api_key is not None:
        options["api_key"] = temporal.api_key.get_secret_value()
    if temporal.tls or temporal.api_key is not None:
        options["tls"] = True
    options |= {k: v for k, v in ClientConfig.load_client_connect_config().items() if v}
    return await Client.connect(
        **options,
        data_converter=data_converter(Keyring.parse(settings.keys.payloads.get_secret_value())),
        plugins=[OpenTelemetryPlugin(add_temporal_spans=False)],
        runtime=runtime,
    )


async def look_again(
    client: Client,
    key: OrderKey | CustomerKey,
    *,
    queue: str,
    signal: str = "changed",
    signal_args: tuple[object, ...] = (),
) -> WorkflowHandle[Any, Any]:
    """Tell the one workflow of an order or customer to look again, starting it if need be.

    Atomic, needs no worker, and harmless to repeat: the signal carries no meaning.
    """
    workflow = "OrderSync" if isinstance(key, OrderKey) else "CustomerSync"
    return await client.start_workflow(
        workflow,
        key,
        id=key.workflow_id,
        task_queue=queue,
        start_signal=signal,
        start_signal_args=list(signal_args),
        priority=Priority(priority_key=ORDERS_FIRST, fairness_key=key.connection[:64]),
        rpc_timeout=timedelta(seconds=10),
    )
