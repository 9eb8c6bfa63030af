"""Speaks BigCommerce's REST APIs: credentials, both versions' paging, limits."""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, cast

import httpx

from connectors.bigcommerce.answers import decoded, failure
from connectors.bigcommerce.quota import Concurrency, Quota
from connectors.bigcommerce.settings import BigCommerceSettings
from connectors.errors import Unavailable
from connectors.exact_json import encode_json
from connectors.transport import Effect, Transport

# v2 tells no totals. A full page has 250 rows; where a limit is ignored it has the default's 50.
LARGEST_PAGE = 250
_DEFAULT_PAGE = 50
_JSON = {"Content-Type": "application/json"}
_ID = re.compile(r"(?<=/)\d+")  # spans are named for the kind of call, not for the order


Body = Mapping[str, object] | Sequence[Mapping[str, object]]


class Page(NamedTuple):
    """Rows of a list, and whether there are more."""

    rows: list[object]
    more: bool


class BigCommerceClient:
    """One store through one API account."""

    def __init__(self, settings: BigCommerceSettings, transport: Transport, quota: Quota) -> None:
        self._root = f"/stores/{settings.store_hash}"
        self._transport = transport
        self._quota = quota
        self._concurrency = Concurrency(settings.max_concurrent)

    @property
    def time(self) -> datetime | None:
        """Return the store's time as its last answer told it."""
        return self._transport.their_time

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._transport.aclose()

    async def get(
        self, path: str, *, operation: str, params: Mapping[str, str] | None = None
    ) -> object:
        """Read a resource; `path` begins with the version. None where there is no content."""
        return await self._call("GET", path, operation=operation, params=params)

    async def put(self, path: str, body: Body, *, operation: str) -> object:
        """Change a resource.

        Raises:
            Rejected: the platform refuses it, with its words.
            OutcomeUnknown: it may have been applied.
        """
        return await self._call("PUT", path, operation=operation, body=body)

    async def post(self, path: str, body: Body, *, operation: str) -> object:
        """Create a resource. As `put`."""
        return await self._call("POST", path, operation=operation, body=body)

    async def v2_page(
        self, path: str, *, operation: str, page: int = 1, params: Mapping[str, str] | None = None
    ) -> Page:
        """Read one page of a v2 list; an empty one is a 204."""
        asked = {**(params or {}), "page": str(page), "limit": str(LARGEST_PAGE)}
        rows = _rows(await self.get(path, operation=operation, params=asked), operation)
        return Page(rows, more=len(rows) >= _DEFAULT_PAGE)

    async def v2_list(
        self, path: str, *, operation: str, params: Mapping[str, str] | None = None
    ) -> list[object]:
        """Read a v2 list whole.

        Raises:
            Unavailable: the same page came twice, so paging does not work at the moment.
        """
        found: list[object] = []
        before: list[object] | None = None
        page, more = 1, True
        while more:
            rows, more = await self.v2_page(path, operation=operation, page=page, params=params)
            if rows and rows == before:
                raise Unavailable(f"BigCommerce gave the same page of {operation} twice.")
            found += rows
            page, before = page + 1, rows
        return found

    async def v3_page(
        self, path: str, *, operation: str, params: Mapping[str, str] | None = None
    ) -> Page:
        """Read one page of a v3 list, believing its own account of the pages there are.

        Raises:
            Unavailable: another page came than the one asked for.
        """
        content = await self.get(path, operation=operation, params=params)
        if content is None:
            return Page([], more=False)
        envelope = _object(content, operation)
        rows = _rows(envelope.get("data"), operation)
        told = _mapping(_mapping(envelope.get("meta")).get("pagination"))
        if not told:
            return Page(rows, more=False)
        current, last = told.get("current_page", 1), told.get("total_pages", 1)
        if not isinstance(current, int) or not isinstance(last, int):
            raise Unavailable(f"BigCommerce gave an unexpected answer to {operation}.")
        if str(current) != (params or {}).get("page", "1"):
            raise Unavailable(f"BigCommerce gave another page of {operation} than asked for.")
        return Page(rows, more=bool(rows) and current < last)

    async def v3_list(
        self, path: str, *, operation: str, params: Mapping[str, str] | None = None
    ) -> list[object]:
        """Read a v3 list whole. `page` is only sent for the pages after the first."""
        found: list[object] = []
        async for rows in self._v3_pages(path, operation, params or {}):
            found += rows
        return found

    async def _v3_pages(
        self, path: str, operation: str, params: Mapping[str, str]
    ) -> AsyncIterator[list[object]]:
        rows, more = await self.v3_page(path, operation=operation, params=params)
        yield rows
        page = 1
        while more:
            page += 1
            asked = {**params, "page": str(page)}
            rows, more = await self.v3_page(path, operation=operation, params=asked)
            yield rows

    async def _call(
        self,
        method: str,
        path: str,
        *,
        operation: str,
        params: Mapping[str, str] | None = None,
        body: Body | None = None,
    ) -> object:
        effect = Effect.READ if method == "GET" else Effect.WRITE
        response = await self._send(method, path, effect, params, body)
        if response.status_code == 429:
            raise self._quota.refusal()
        if not response.is_success:
            scope = scope_for(path, effect)
            raise failure(response, operation=operation, effect=effect, scope=scope)
        return decoded(response, operation=operation, effect=effect)

    async def _send(
        self,
        method: str,
        path: str,
        effect: Effect,
        params: Mapping[str, str] | None,
        body: Body | None,
    ) -> httpx.Response:
        async with self._concurrency.slot():
            response = await self._transport.send(
                method,
                f"{self._root}{path}",
                operation=f"{method} {_ID.sub('{id}', path)}",
                effect=effect,
                params=params,
                content=None if body is None else encode_json(body),
                headers=None if body is None else _JSON,
            )
            self._concurrency.learn(response)
            return response


def scope_for(path: str, effect: Effect) -> str:
    """Name the OAuth scope that a call needs; empty where the default scope will do.

    Source: "API accounts and OAuth scopes" and the securitySchemes of each API description.
    """
    if path.startswith("/v3/hooks"):
        return ""
    if path.endswith("/transactions"):
        scope = "store_v2_transactions"
    elif path.startswith("/v3/customers"):
        scope = "store_v2_customers"
    elif path.startswith("/v3/catalog"):
        scope = "store_v2_products"
    elif path.startswith("/v3/inventory/locations"):
        scope = "store_locations"
    elif path.startswith("/v3/inventory"):
        scope = "store_inventory"
    elif path.startswith(("/v2/store", "/v2/time")):
        scope = "store_v2_information"
    else:
        scope = "store_v2_orders"
    return f"{scope}_read_only" if effect is Effect.READ else scope


def v3_one(content: object, operation: str) -> object:
    """Return what a v3 answer wraps in `data`."""
    return _object(content, operation).get("data")


def _mapping(content: object) -> Mapping[str, object]:
    return cast(Mapping[str, object], content) if isinstance(content, dict) else {}


def _object(content: object, operation: str) -> Mapping[str, object]:
    if not isinstance(content, dict):
        raise Unavailable(f"BigCommerce gave an unexpected answer to {operation}.")
    return cast(Mapping[str, object], content)


def _rows(content: object, operation: str) -> list[object]:
    if content is None:
        return []
    if not isinstance(content, list):
        raise Unavailable(f"BigCommerce gave an unexpected answer to {operation}.")
    return cast(list[object], content)
