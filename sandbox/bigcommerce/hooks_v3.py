"""The v3 endpoints that manage webhooks."""

import time

from fastapi import APIRouter, Request
from fastapi.responses import Response

from sandbox.bigcommerce.asking import json_object, paging
from sandbox.bigcommerce.hooks import Hook, Hooks
from sandbox.bigcommerce.refusals import Refused, json_answer
from sandbox.bigcommerce.settings import Token
from sandbox.bigcommerce.wire_v3 import hook_v3, page_v3


def hooks_v3(hooks: Hooks) -> APIRouter:
    """Routes over the registrations of one store."""
    router = APIRouter(prefix="/stores/{store_hash}/v3/hooks")
    store_hash = hooks.settings.store_hash
    # Before the routes with a hook's id, which would swallow it.
    _add_admin(router, hooks)
    _add_single(router, hooks)

    @router.get("")
    async def list_hooks(request: Request) -> Response:
        page, limit = paging(request)
        found = [hook for hook in hooks.of(_token(request)) if _wanted(request, hook)]
        shown, meta = page_v3([hook_v3(h, store_hash) for h in found], page=page, limit=limit)
        return json_answer({"data": shown, "meta": meta})

    @router.post("")
    async def create_hook(request: Request) -> Response:
        hook = hooks.create(_token(request), await json_object(request))
        return json_answer({"data": hook_v3(hook, store_hash), "meta": {}})

    return router


def _add_admin(router: APIRouter, hooks: Hooks) -> None:
    store_hash = hooks.settings.store_hash

    @router.get("/admin")
    async def get_admin(request: Request) -> Response:
        mine = [{**hook_v3(h, store_hash), "status": _status(h)} for h in hooks.of(_token(request))]
        blocked = [
            {
                "destination": f"https://{host}",
                "time_left": max(int(block.until - time.monotonic()), 0),
                "reasons": [
                    {
                        "failure_description": "Unsuccessful responses",
                        "count": block.failures,
                        "timestamp": block.since,
                    }
                ],
            }
            for host, block in hooks.blocks().items()
        ]
        body = {"emails": hooks.emails, "hooks_list": mine, "blocked_domains": blocked}
        return json_answer({"data": body, "meta": {}})

    @router.put("/admin")
    async def put_admin(request: Request) -> Response:
        emails = (await json_object(request)).get("emails")
        if not isinstance(emails, list):
            raise Refused(422, "emails is required.")
        hooks.emails[:] = [str(email) for email in emails]
        return Response(status_code=204)


def _add_single(router: APIRouter, hooks: Hooks) -> None:
    store_hash = hooks.settings.store_hash

    @router.get("/{hook_id}")
    async def get_hook(hook_id: int, request: Request) -> Response:
        hook = hooks.owned(_token(request), hook_id)
        return json_answer({"data": hook_v3(hook, store_hash), "meta": {}})

    @router.put("/{hook_id}")
    async def put_hook(hook_id: int, request: Request) -> Response:
        token = _token(request)
        hook = hooks.owned(token, hook_id)
        hooks.update(hook, token, await json_object(request))
        return json_answer({"data": hook_v3(hook, store_hash), "meta": {}})

    @router.delete("/{hook_id}")
    async def delete_hook(hook_id: int, request: Request) -> Response:
        hook = hooks.owned(_token(request), hook_id)
        hooks.delete(hook)
        return json_answer({"data": hook_v3(hook, store_hash), "meta": {}})


def _token(request: Request) -> Token:
    """The account that the gate has recognised."""
    return request.scope["token"]


def _status(hook: Hook) -> str:
    if hook.deactivated:
        return "deactivated"
    return "active" if hook.is_active else "inactive"


def _wanted(request: Request, hook: Hook) -> bool:
    asked = request.query_params
    active = asked.get("is_active")
    return (
        asked.get("scope", hook.scope) == hook.scope
        and asked.get("destination", hook.destination) == hook.destination
        and (active is None or (active == "true") == hook.is_active)
    )
