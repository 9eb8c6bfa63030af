"""What every process of ours does first and last: logs, traces, signals, and a clean end."""

import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from temporalio.contrib.opentelemetry import create_tracer_provider
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig

from settings.model import TelemetrySettings

# Long enough for the SDK's threads to let go of the interpreter (sdk-python issue 300).
_LET_GO_SECONDS = 0.2
_STANDARD = frozenset(vars(logging.makeLogRecord({})))


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, trace id and what was passed beside."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one record."""
        span = trace.get_current_span().get_span_context()
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if span.is_valid:
            line["trace_id"] = f"{span.trace_id:032x}"
        line |= {k: v for k, v in vars(record).items() if k not in _STANDARD}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return inert(json.dumps(line, default=str, ensure_ascii=False))


def inert(json_text: str) -> str:
    """Escape what a terminal obeys or a log reader takes for a new line; names stay readable.

    Such characters stand only inside a JSON text's strings, where an escape means the same.
    """
    if json_text.isprintable():
        return json_text
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in json_text)


def set_up_logs(level: str) -> None:
    """Log JSON to standard error. The loggers that would print URLs are kept quiet."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # hpack tells every header of HTTP/2, access tokens included; aiosqlite every parameter.
    for talkative in ("httpx", "httpcore", "hpack", "aiosqlite", "uvicorn.access", "alembic"):
        logging.getLogger(talkative).setLevel(logging.WARNING)


def set_up_telemetry(settings: TelemetrySettings, service: str) -> Runtime | None:
    """Send traces where the settings say, and return the SDK runtime that serves metrics."""
    # Workflows need a replay-safe provider, whether or not anybody collects the spans.
    provider = create_tracer_provider(resource=Resource.create({"service.name": service}))
    if settings.otlp_endpoint:
        exporter = OTLPSpanExporter(f"{settings.otlp_endpoint.rstrip('/')}/v1/traces")
        provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    if not settings.prometheus:
        return None
    metrics = PrometheusConfig(bind_address=settings.prometheus, durations_as_seconds=True)
    return Runtime(telemetry=TelemetryConfig(metrics=metrics))


def stop_on_signals() -> asyncio.Event:
    """Return an event that SIGINT and SIGTERM set."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return stop


def run_main(main: Coroutine[Any, Any, int]) -> None:
    """Run a process to its end and leave with its exit code, past the SDK's shutdown race."""

    async def with_last_breath() -> int:
        try:
            return await main
        finally:
            await asyncio.sleep(_LET_GO_SECONDS)

    code = asyncio.run(with_last_breath())
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
