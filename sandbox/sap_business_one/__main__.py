"""`python -m sandbox.sap_business_one --port 8094` serves the stand-in until it is stopped."""

import argparse

import uvicorn

from sandbox.sap_business_one.app import SapBusinessOneStandIn
from sandbox.sap_business_one.settings import SapSettings


def main() -> None:
    """Serves a freshly seeded company."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.sap_business_one", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8094)
    parser.add_argument("--login-seconds", type=float, default=2.0)
    arguments = parser.parse_args()
    settings = SapSettings(login_seconds=arguments.login_seconds)
    uvicorn.run(
        SapBusinessOneStandIn(settings).app,
        host=arguments.host,
        port=arguments.port,
        log_level="info",
        access_log=False,
        server_header=False,
        # As the real one announces in its Keep-Alive header.
        timeout_keep_alive=5,
    )


if __name__ == "__main__":
    main()
