"""A Temporal server of our own on this machine, from the wheel, with its data in one file."""

import asyncio
import os
import sys
from pathlib import Path

from temporalio.client import Client

from starters.processes import Child

_BIN = Path(sys.executable).parent

# Latency only: without them a development server lets each idle task wait up to 50 ms.
_DYNAMIC_CONFIG = (
    "history.transferProcessorMaxPollRPS=1000",
    "history.timerProcessorMaxPollRPS=1000",
)


def temporal_server(
    folder: Path, port: int, *, ui_port: int | None = None, codec_url: str = ""
) -> Child:
    """Return the server as a child process; killed, it starts again with all it knew.

    Without `ui_port` it serves no UI.
    """
    ui = ["--headless"] if ui_port is None else ["--ui-port", str(ui_port)]
    codec = ["--ui-codec-endpoint", codec_url] if codec_url else []
    flags = [part for value in _DYNAMIC_CONFIG for part in ("--dynamic-config-value", value)]
    command = [
        str(_BIN / "temporal"), "server", "start-dev",
        "--ip", "127.0.0.1", "--port", str(port), *ui, *codec,
        "--db-filename", str(folder / "temporal.db"),
        "--sqlite-pragma", "journal_mode=WAL", "--sqlite-pragma", "synchronous=NORMAL",
        "--log-level", "warn", *flags,
    ]  # fmt: skip
    return Child("temporal", command, log=folder / "temporal.log", env=os.environ)


async def answering(port: int) -> bool:
    """Tell whether the server takes calls: its port is open for a while before it does."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()
        await writer.wait_closed()
        await Client.connect(f"127.0.0.1:{port}")
    except (OSError, RuntimeError):
        return False
    return True
