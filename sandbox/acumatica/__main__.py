"""`python -m sandbox.acumatica --port 8093` serves the stand-in until it is stopped."""

import argparse

import uvicorn

from sandbox.acumatica.app import AcumaticaStandIn


def main() -> None:
    """Serves a freshly seeded tenant."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.acumatica", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8093)
    arguments = parser.parse_args()
    uvicorn.run(
        AcumaticaStandIn().app,
        host=arguments.host,
        port=arguments.port,
        log_level="info",
        # Token requests carry passwords.
        access_log=False,
        server_header=False,
    )


if __name__ == "__main__":
    main()
