"""Speaks the contract-based REST API: session, questions, upserts and long-running actions."""

import asyncio
from collections.abc import Sequence
from time import monotonic
from typing import Literal, TypeVar, cast
from urllib.parse import quote

import httpx

from connectors.acumatica.answers import broken, decoded, failure, mapping, parsed
from connectors.acumatica.query import Wanted, query_string
from connectors.acumatica.settings import AcumaticaSettings
from connectors.acumatica.sign_in import SignIn
from connectors.acumatica.wire import Entity, action_on, body_of
from connectors.errors import (
    CredentialsRejected,
    NotFound,
    OutcomeUnknown,
    OutsideFailure,
    Unavailable,
    Unsupported,
)
from connectors.sessions import Sessions
from connectors.transport import Effect, Transport
from domain.record import Record

E = TypeVar("E", bound=Entity)
_JSON = {"Accept": "application/json"}
_FIRST_PAUSE_SECONDS = 0.1  # most actions end at once, and all else waits for them
_MATCH = {"create": {"If-None-Match": "*"}, "update": {"If-Match": "*"}, "upsert": {}}


class Served(Record):
    """What an instance serves: its build, and its endpoints as `name/version`."""

    build: str
    endpoints: tuple[str, ...]


class AcumaticaClient:
    """One user in one tenant. The session is shared by all workers through `sessions`."""

    def __init__(
        self, settings: AcumaticaSettings, sessions: Sessions, transport: Transport
    ) -> None:
        self._settings = settings
        self._profile = settings.profile
        self._sessions = sessions
        self._transport = transport
        self._sign_in = SignIn(settings, sessions, transport)
        self._slots = asyncio.Semaphore(settings.profile.concurrency)
        self._root = f"{settings.base_url}/entity/{settings.endpoint}"

    async def served(self) -> Served:
        """Return the endpoints of the instance; asks without a session, and with one if it must."""
        async with self._slots:
            return await self._served()

    async def signed_in(self) -> None:
        """Make sure that there is a session. Raises as `SignIn.session`."""
        await self._sign_in.session()

    async def rows(
        self,
        model: type[E],
        wanted: Wanted,
        *,
        where: str = "",
        top: int | None = None,
        skip: int = 0,
    ) -> tuple[E, ...]:
        """List records; without `top` whatever there is.

        Raises:
            Unavailable: no answer, or not one of Acumatica's.
            Refusal: Acumatica refuses the question.
        """
        operation = f"GET {model.__name__}"
        params = dict(wanted.params)
        if where:
            params["$filter"] = where
        if skip:
            params["$skip"] = str(skip)
        if top is not None:
            params["$top"] = str(top)
        url = f"{self._root}/{model.__name__}?{query_string(params)}"
        async with self._slots:
            content = await self._asked("GET", url, operation, Effect.READ)
        if not isinstance(content, list):
            raise broken("of no such shape", operation, Effect.READ)
        found = cast(Sequence[object], content)
        return tuple(parsed(model, row, operation=operation, effect=Effect.READ) for row in found)

    async def record(self, model: type[E], keys: Sequence[str], wanted: Wanted) -> E | None:
        """Read one record by its keys, in the order of the form; None when there is none."""
        operation = f"GET {model.__name__}"
        path = "/".join(quote(key, safe="") for key in keys)
        url = f"{self._root}/{model.__name__}/{path}?{query_string(wanted.params)}"
        async with self._slots:
            try:
                content = await self._asked("GET", url, operation, Effect.READ)
            except NotFound:
                return None
        return parsed(model, content, operation=operation, effect=Effect.READ)

    async def inquire(self, inquiry: E, wanted: Wanted) -> E:
        """Read an inquiry, which is asked with PUT and changes nothing."""
        model = type(inquiry)
        operation = f"PUT {model.__name__}"
        url = f"{self._root}/{model.__name__}?{query_string(wanted.params)}"
        async with self._slots:
            content = await self._asked("PUT", url, operation, Effect.READ, body=body_of(inquiry))
        return parsed(model, content, operation=operation, effect=Effect.READ)

    async def put(
        self, entity: E, wanted: Wanted, *, mode: Literal["create", "update", "upsert"]
    ) -> E:
        """Write a record.

        Without its keys `upsert` always inserts: look for our own first. Replayed only after a
        401, before which nothing was executed.

        Raises:
            Conflict: it is there (`create`), is not there (`update`), or a key of ours is taken.
            Refusal: Acumatica refuses it; nothing was saved.
            OutcomeUnknown: it may have been saved.
        """
        model = type(entity)
        operation = f"PUT {model.__name__}"
        url = f"{self._root}/{model.__name__}?{query_string(wanted.params)}"
        async with self._sessions.exclusive(), self._slots:
            content = await self._asked(
                "PUT", url, operation, Effect.WRITE, body=body_of(entity), headers=_MATCH[mode]
            )
        return parsed(model, content, operation=operation, effect=Effect.WRITE)

    async def invoke(self, action: str, entity: Entity) -> None:
        """Run an action on a record to its end. The session does nothing else meanwhile.

        Raises:
            Refusal: Acumatica refuses it.
            OutcomeUnknown: it may have been done, or still be under way.
        """
        model = type(entity).__name__
        operation = f"{model}/{action}"
        url = f"{self._root}/{model}/{action}"
        async with self._sessions.exclusive(), self._slots:
            response = await self._send(
                "POST", url, operation, Effect.WRITE, body=action_on(entity)
            )
            if response.status_code == 202:
                location = response.headers.get("Location", "")
                response = await self._ended(self._same_site(location, operation), operation)
        if not response.is_success:
            raise self._failure(response, operation, Effect.WRITE)

    async def renew_if_old(self) -> None:
        """Renew the session's token before it ends."""
        await self._sign_in.renew_if_old()

    async def close(self) -> None:
        """Give the licence seat back."""
        await self._sign_in.sign_out()

    async def _served(self) -> Served:
        url, operation = f"{self._settings.base_url}/entity", "GET /entity"
        response = await self._transport.send(
            "GET", url, operation=operation, effect=Effect.READ, headers=_JSON
        )
        if response.status_code in (401, 403):
            response = await self._send("GET", url, operation, Effect.READ)
        if not response.is_success:
            raise self._failure(response, operation, Effect.READ)
        return _listed(decoded(response, operation=operation, effect=Effect.READ))

    async def _ended(self, url: str, operation: str) -> httpx.Response:
        give_up_at = monotonic() + self._profile.action_seconds
        pause = _FIRST_PAUSE_SECONDS
        while monotonic() < give_up_at:
            await asyncio.sleep(min(pause, self._profile.action_poll_seconds))
            pause *= 2
            response = await self._polled(url, operation)
            if response.status_code != 202:
                return response
        raise OutcomeUnknown(f"Acumatica is still busy with {operation}.")

    async def _polled(self, url: str, operation: str) -> httpx.Response:
        try:
            response = await self._send("GET", url, f"{operation}/status", Effect.READ)
        except Unavailable as error:
            # What it is asked about is a write all the same.
            raise OutcomeUnknown(
                f"Acumatica does not tell how {operation} ended ({error})"
            ) from None
        if response.status_code == 404:
            raise OutcomeUnknown(f"Acumatica no longer knows how {operation} ended.")
        return response

    def _same_site(self, location: str, operation: str) -> str:
        """Return where to ask for an action's state: our credentials go nowhere else."""
        if not location:
            raise OutcomeUnknown(f"Acumatica does not say where to ask how {operation} ended.")
        base = httpx.URL(self._settings.base_url)
        url = base.join(location)
        if (url.scheme, url.host, url.port) != (base.scheme, base.host, base.port):
            raise OutcomeUnknown(f"Acumatica sends {operation} to another address; not followed.")
        return str(url)

    async def _asked(
        self,
        method: str,
        url: str,
        operation: str,
        effect: Effect,
        *,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> object:
        response = await self._send(method, url, operation, effect, body=body, headers=headers)
        if response.is_success:
            return decoded(response, operation=operation, effect=effect)
        if response.status_code == 404:
            await self._require_endpoint()
        raise self._failure(response, operation, effect)

    async def _send(
        self,
        method: str,
        url: str,
        operation: str,
        effect: Effect,
        *,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """Send with the session; after a 401 renew it and replay once."""
        session = await self._sign_in.session()
        kind = {"Content-Type": "application/json"} if body is not None else {}
        for last in (False, True):
            response = await self._transport.send(
                method,
                url,
                operation=operation,
                effect=effect,
                content=body,
                headers={**_JSON, **kind, **self._sign_in.headers(session), **(headers or {})},
            )
            if response.status_code != 401 or last:
                break
            session = await self._sign_in.renewed(session)
        if response.status_code == 401:
            raise CredentialsRejected(
                f"Acumatica refuses {operation} with a session that it has just given.",
                remedy="Check the connected application's scopes and the user's API rights.",
            )
        return response

    async def _require_endpoint(self) -> None:
        """Tell a version that is not served from a record that is not there."""
        found = (await self._served()).endpoints
        if self._settings.endpoint not in found:
            raise unserved(self._settings, found)

    def _failure(self, response: httpx.Response, operation: str, effect: Effect) -> OutsideFailure:
        return failure(response, operation=operation, effect=effect, profile=self._profile)


def unserved(settings: AcumaticaSettings, endpoints: Sequence[str]) -> Unsupported:
    """Say which versions there are instead of the one that the settings name."""
    ours = f"{settings.endpoint_name}/"
    versions = [one.removeprefix(ours) for one in endpoints if one.startswith(ours)]
    others = ", ".join(sorted(versions)) or "no version of it"
    return Unsupported(
        f"This Acumatica does not serve endpoint {settings.endpoint}; of {settings.endpoint_name} "
        f"it serves {others}.",
        remedy="Set endpoint_version (and endpoint_name) to one that is served, 24.200.001 or "
        "later.",
    )


def _listed(content: object) -> Served:
    """Read the list of endpoints; older builds answer with the bare array."""
    body = mapping(content)
    build = mapping(body.get("version")).get("acumaticaBuildVersion")
    rows = body.get("endpoints") if body else content
    if not isinstance(rows, list):
        raise broken("of no such shape", "GET /entity", Effect.READ)
    found = [mapping(row) for row in cast(list[object], rows)]
    return Served(
        build=str(build or ""),
        endpoints=tuple(f"{row.get('name')}/{row.get('version')}" for row in found),
    )
