"""`python -m sandbox.bigcommerce --port 8091`: the stand-in as a process of its own."""

import argparse
import asyncio
import contextlib
import sys

from sandbox.bigcommerce import BigCommerceStandIn, StoreSettings
from sandbox.serving import StandInServer


def main() -> None:
    """Serves until interrupted."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.bigcommerce",
        description="A BigCommerce store on this machine. Unlike the real one it delivers "
        "webhooks to plain http on a loopback address, unless --https-only is given.",
    )
    parser.add_argument("--port", type=int, default=8091)
    parser.add_argument("--prices-include-tax", action="store_true")
    parser.add_argument("--https-only", action="store_true")
    asked = parser.parse_args()
    settings = StoreSettings(
        prices_include_tax=asked.prices_include_tax, allow_http_loopback=not asked.https_only
    )
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(BigCommerceStandIn(settings), asked.port))


async def _serve(store: BigCommerceStandIn, port: int) -> None:
    async with StandInServer(store.app, port) as server:
        root = f"{server.base_url}/stores/{store.settings.store_hash}"
        tokens = ", ".join(store.settings.tokens)
        sys.stdout.write(f"BigCommerce stand-in at {root} (X-Auth-Token: {tokens})\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    main()
