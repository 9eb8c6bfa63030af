"""A process that asks for paths that do not exist: flood.py PORT PER_SECOND SECONDS.

Prints how many it sent, how many of them were answered 404, and how many seconds that took.
"""

import asyncio
import sys
import time

_CONNECTIONS = 20


async def flood(port: int, per_second: int, seconds: int) -> None:
    began = time.monotonic()
    mine = range(_CONNECTIONS)
    answered = await asyncio.gather(*(ask(port, per_second, seconds, began, n) for n in mine))
    took = time.monotonic() - began
    sys.stdout.write(f"{per_second * seconds} {sum(answered)} {took:.3f}\n")


async def ask(port: int, per_second: int, seconds: int, began: float, first: int) -> int:
    """Every twentieth of the requests, each when its time has come; return how many were 404."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    refused = 0
    for number in range(first, per_second * seconds, _CONNECTIONS):
        await asyncio.sleep(max(0.0, began + number / per_second - time.monotonic()))
        path = f"/webhooks/main/guess-{number:020}" if number % 2 else f"/wp-login-{number}.php"
        writer.write(f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{{}}".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.partition(b":")[2])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        )
        await reader.readexactly(length)
        refused += head.startswith(b"HTTP/1.1 404 ")
    writer.close()
    return refused


if __name__ == "__main__":
    asyncio.run(flood(*(int(argument) for argument in sys.argv[1:])))
