"""`python -m sandbox.syspro --port 8092` serves the stand-in until it is stopped."""

import argparse

import uvicorn

from sandbox.syspro.app import SysproStandIn


def main() -> None:
    """Serves a freshly seeded company."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.syspro", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8092)
    arguments = parser.parse_args()
    uvicorn.run(
        SysproStandIn().app,
        host=arguments.host,
        port=arguments.port,
        log_level="info",
        # URLs of this protocol carry passwords and tokens.
        access_log=False,
        server_header=False,
    )


if __name__ == "__main__":
    main()
