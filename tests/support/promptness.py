"""How long small answers take over one connection that is kept open."""

from time import perf_counter

import httpx


async def quickest_answer_seconds(http: httpx.AsyncClient, path: str, *, times: int = 20) -> float:
    """Return the shortest time of all but the first, which opens the connection.

    A server that waits before it sends a small answer needs 0.04 s for every one of them; a busy
    machine may be slow for most, but hardly for all.
    """
    seconds: list[float] = []
    for _ in range(times):
        began = perf_counter()
        await http.post(path, content=b"x" * 300)
        seconds.append(perf_counter() - began)
    return min(seconds[1:])
