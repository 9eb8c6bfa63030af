"""Processes of ours as an operator starts and stops them, with their output in a file."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

TILLBRIDGE = str(Path(sys.executable).with_name("tillbridge"))


@contextlib.asynccontextmanager
async def process(role: str, settings: Path, folder: Path, **env: str) -> AsyncIterator[Path]:
    """Run a process of ours with its output in a file; stop it as an operator would."""
    path = folder / f"{role}.log"
    with path.open("wb") as log:
        running = await asyncio.create_subprocess_exec(
            TILLBRIDGE,
            role,
            "--config",
            str(settings),
            stdout=log,
            stderr=log,
            env={**os.environ, **env},
        )
    try:
        yield path
    finally:
        if running.returncode is None:
            running.terminate()
        await running.wait()
