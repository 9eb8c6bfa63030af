"""How long small answers take over one connection that is kept open."""

import statistics
from time import perf_counter

import httpx


async def usual_answer_seconds(http: httpx.AsyncClient, path: str, *, times: int = 40) -> float:
    """Return the median; a server that waits before it sends a small answer needs 0.04 s."""
    seconds: list[float] = []
    for _ in range(times):
        began = perf_counter()
        await http.post(path, content=b"x" * 300)
        seconds.append(perf_counter() - began)
    return statistics.median(seconds)
