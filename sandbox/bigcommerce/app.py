"""Puts the stand-in together: state, webhooks, endpoints, gate and faults."""

import contextlib
from collections.abc import AsyncIterator
from typing import Literal

from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from sandbox.bigcommerce.catalogue_v3 import catalogue_v3
from sandbox.bigcommerce.control import control
from sandbox.bigcommerce.courier import Courier
from sandbox.bigcommerce.customers_v3 import customers_v3
from sandbox.bigcommerce.gate import Gate
from sandbox.bigcommerce.hooks import Hooks
from sandbox.bigcommerce.hooks_v3 import hooks_v3
from sandbox.bigcommerce.inventory_v3 import inventory_v3
from sandbox.bigcommerce.orders_v2 import orders_v2
from sandbox.bigcommerce.orders_v3 import orders_v3
from sandbox.bigcommerce.refusals import Refused, json_answer, refusal_body
from sandbox.bigcommerce.settings import Clock, StoreSettings, real_clock
from sandbox.bigcommerce.signing import Signing
from sandbox.bigcommerce.store import Store
from sandbox.faults import Faults

_THROTTLED = {
    "X-Rate-Limit-Time-Window-Ms": "30000",
    "X-Rate-Limit-Time-Reset-Ms": "1000",
    "X-Rate-Limit-Requests-Quota": "150",
    "X-Rate-Limit-Requests-Left": "0",
    "X-Retry-After": "1",
}


class BigCommerceStandIn(Store):
    """A BigCommerce store on this machine.

    `app` is the ASGI app to serve (see `sandbox.serving.StandInServer`), `faults` breaks it on
    purpose, and the methods of `Store` are the shopper and the merchant. Webhooks leave while the
    app is served; `webhook_pace` multiplies the documented waits between attempts.
    """

    def __init__(
        self,
        settings: StoreSettings | None = None,
        *,
        clock: Clock = real_clock,
        webhook_pace: float = 1.0,
        signing: Signing = Signing.STANDARD,
    ) -> None:
        settings = settings or StoreSettings()
        self.hooks = Hooks(settings, clock)
        courier = Courier(settings, self.hooks, clock, pace=webhook_pace, signing=signing)
        super().__init__(settings, courier, clock)
        gated = Gate(bigcommerce_app(self), settings)
        self.faults = Faults(gated, throttle_headers=_THROTTLED)
        self.app = self.faults

    def hold_webhooks(self) -> None:
        """Keeps every event back until `release_webhooks`."""
        self.courier.hold()

    def release_webhooks(
        self, order: Literal["fifo", "shuffled"] = "fifo", *, duplicate: int = 0
    ) -> None:
        """Delivers what was held, one after the other, each `duplicate` times more."""
        self.courier.release(order=order, duplicate=duplicate)

    def lose_next(self, count: int) -> None:
        """The next webhooks never leave the store."""
        self.courier.lose_next(count)


def bigcommerce_app(stand_in: BigCommerceStandIn) -> FastAPI:
    """The endpoints over a stand-in's state, without gate and faults."""

    @contextlib.asynccontextmanager
    async def webhooks_leave(_: FastAPI) -> AsyncIterator[None]:
        await stand_in.courier.start()
        try:
            yield
        finally:
            await stand_in.courier.stop()

    app = FastAPI(
        title="BigCommerce stand-in", lifespan=webhooks_leave, telemetry={"tracing": False}
    )
    app.include_router(orders_v2(stand_in))
    app.include_router(orders_v3(stand_in))
    app.include_router(customers_v3(stand_in))
    app.include_router(catalogue_v3(stand_in.catalogue))
    app.include_router(inventory_v3(stand_in.catalogue, stand_in.settings))
    app.include_router(hooks_v3(stand_in.hooks))
    app.include_router(control(stand_in, stand_in.courier))

    @app.exception_handler(Refused)
    async def refuse(request: Request, refused: Refused) -> Response:
        body = refusal_body(request.url.path, refused)
        return json_answer(body, status=refused.status)

    @app.exception_handler(HTTPException)
    async def refuse_unknown(request: Request, problem: HTTPException) -> Response:
        refused = Refused(problem.status_code, str(problem.detail))
        return json_answer(refusal_body(request.url.path, refused), status=problem.status_code)

    return app
