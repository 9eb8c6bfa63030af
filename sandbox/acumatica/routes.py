"""The instance's addresses: identity server, cookie log-in, the list of endpoints, the entities."""

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlencode

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from sandbox.acumatica import control
from sandbox.acumatica.checks import Context
from sandbox.acumatica.company import BRANCHES
from sandbox.acumatica.endpoint import Call
from sandbox.acumatica.gate import COOKIE, Declined, cookie_of
from sandbox.acumatica.identity import TokenRefused
from sandbox.acumatica.refusals import HttpRefusal, internal
from sandbox.acumatica.wire import decode, encode

if TYPE_CHECKING:
    from sandbox.acumatica.app import AcumaticaStandIn

_ENTITY = "/entity/"


def add_routes(app: FastAPI, stand_in: "AcumaticaStandIn") -> None:
    """Puts the instance's addresses into the app."""

    @app.api_route("/_sandbox/{name}", methods=["GET", "POST"])
    async def control_api(request: Request) -> Response:
        return await control.serve(stand_in, request)

    @app.post("/identity/connect/token")
    async def token(request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        try:
            return JSONResponse(
                stand_in.identity.token(form), headers={"Cache-Control": "no-store"}
            )
        except TokenRefused as refusal:
            return _token_refused(refusal)

    @app.get("/identity/connect/authorize")
    async def authorize(request: Request) -> Response:
        query = dict(request.query_params)
        try:
            # Whoever opens this page has signed in and consents.
            answer = {"code": stand_in.identity.code(query), "state": query.get("state", "")}
        except TokenRefused as refusal:
            return _token_refused(refusal)
        return RedirectResponse(f"{query['redirect_uri']}?{urlencode(answer)}", 302)

    @app.post("/identity/connect/revocation")
    async def revocation(request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        stand_in.identity.revoke(form.get("token", "-"))
        return Response(status_code=200)

    @app.get("/identity/.well-known/openid-configuration")
    async def configuration(request: Request) -> Response:
        base = f"{str(request.base_url).rstrip('/')}/identity"
        pages = ("token", "authorize", "revocation", "userinfo")
        told: dict[str, Any] = {f"{page}_endpoint": f"{base}/connect/{page}" for page in pages}
        told |= {"issuer": base, "scopes_supported": ["api", "offline_access", "openid"]}
        told["grant_types_supported"] = ["authorization_code", "refresh_token", "password"]
        return JSONResponse(told)

    @app.post("/entity/auth/login")
    async def login(request: Request) -> Response:
        return await _answered(_log_in(stand_in, request))

    @app.post("/entity/auth/logout")
    async def logout(request: Request) -> Response:
        return _log_out(stand_in, request)

    @app.api_route("/{path:path}", methods=["GET", "PUT", "POST", "PATCH", "DELETE"])
    async def outside(request: Request) -> Response:
        # Keys may hold an encoded slash, so the path is taken apart before it is decoded.
        raw = request.scope["raw_path"].decode("latin-1").split("?")[0]
        if raw.rstrip("/") == "/entity" and request.method == "GET":
            return await _answered(_versions(stand_in, request))
        if raw.startswith(_ENTITY):
            return await _answered(_entity(stand_in, request, raw))
        return Response("Not Found", 404)


async def _answered(work: Any) -> Response:
    try:
        return await work
    except HttpRefusal as refusal:
        return JSONResponse(refusal.body(), refusal.status)
    except Declined as declined:
        return Response(declined.text, 429, media_type="text/plain")


async def _log_in(stand_in: "AcumaticaStandIn", request: Request) -> Response:
    sent = decode(await request.body())
    settings = stand_in.settings
    if not isinstance(sent, dict):
        raise HttpRefusal(400, "The request is invalid.")
    tenant = str(sent.get("tenant") or sent.get("company") or settings.tenant)
    if settings.multi_tenant and tenant.lower() != settings.tenant.lower():
        raise internal(
            "A proper company ID cannot be determined for the request.",
            "PX.Data.PXUndefinedCompanyException",
        )
    if not stand_in.identity.check_password(
        str(sent.get("name") or ""), str(sent.get("password") or "")
    ):
        raise internal("Invalid credentials. Please try again.")
    branch = str(sent.get("branch") or settings.default_branch).strip().upper()
    if branch not in BRANCHES:
        raise internal(f"The branch '{branch}' cannot be found in the system.")
    session = stand_in.sessions.open(branch)
    answer = Response(status_code=204)
    answer.set_cookie(COOKIE, session.id, path="/", httponly=True, samesite="lax")
    answer.set_cookie("UserBranch", branch, path="/")
    answer.set_cookie("CompanyID", settings.tenant, path="/")
    return answer


def _log_out(stand_in: "AcumaticaStandIn", request: Request) -> Response:
    # The queue does not hold a sign-out back, and IIS wants to be told that no body comes.
    if "content-length" not in request.headers:
        page = "<h2>Length Required</h2><p>HTTP Error 411. The request must be chunked or have "
        return Response(f"{page}a content length.</p>", 411, media_type="text/html")
    bearer = request.headers.get("authorization", "")
    if bearer.lower().startswith("bearer "):
        grant = stand_in.identity.grant_of(bearer[7:].strip())
        if grant is None:
            return JSONResponse({"message": "You are not logged in."}, 401)
        stand_in.sessions.close(grant.session_id)
    else:
        stand_in.sessions.close(cookie_of(request))
    return Response(status_code=204)


async def _versions(stand_in: "AcumaticaStandIn", request: Request) -> Response:
    settings = stand_in.settings
    if settings.versions_need_login:
        stand_in.gate.session_of(request)
    base = str(request.base_url).rstrip("/")
    endpoints = [
        {"name": "Default", "version": version, "href": f"{base}/entity/Default/{version}/"}
        for version in settings.versions
    ]
    if settings.bare_versions:
        return JSONResponse(endpoints)
    version = {"acumaticaBuildVersion": settings.build, "databaseVersion": settings.build}
    return JSONResponse({"version": version, "endpoints": endpoints})


async def _entity(stand_in: "AcumaticaStandIn", request: Request, raw: str) -> Response:
    name, _, rest = raw.removeprefix(_ENTITY).partition("/")
    version, *path = [unquote(part) for part in rest.rstrip("/").split("/")]
    # Who asks is settled before what is asked for.
    session = stand_in.gate.session_of(request)
    if unquote(name).lower() != "default" or version not in stand_in.settings.versions or not path:
        raise HttpRefusal(404, "No HTTP resource was found that matches the request URI.")
    body = await request.body()
    status_request = request.method == "GET" and len(path) == 4 and path[2] == "status"
    async with stand_in.gate.turn(session, status_request=status_request):
        branch = stand_in.gate.branch_of(request, session)
        context = Context(branch, stand_in.settings.username, stand_in.books.today)
        reply = stand_in.endpoint.serve(
            path[0],
            Call(
                method=request.method,
                path=path[1:],
                query=dict(request.query_params),
                body=body,
                context=context,
                session=session,
                url=f"{_ENTITY}{name}/{version}/{path[0]}",
                if_match="if-match" in request.headers,
                if_none_match="if-none-match" in request.headers,
            ),
        )
    if reply.content is None:
        return Response(status_code=reply.status, headers=reply.headers)
    return Response(
        encode(reply.content), reply.status, reply.headers, media_type="application/json"
    )


def _token_refused(refusal: TokenRefused) -> Response:
    body = {"error": refusal.error}
    if refusal.description:
        body["error_description"] = refusal.description
    return Response(json.dumps(body), 400, media_type="application/json")
