"""Reads what a request asks for: pages, id lists, dates and JSON bodies with exact numbers."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any

from fastapi import Request

from sandbox.bigcommerce.refusals import Refused

LARGEST_PAGE = 250
_USUAL_PAGE = 50


def paging(request: Request, *, largest: int = LARGEST_PAGE) -> tuple[int, int]:
    """Page and limit; a limit above the largest is capped without a word."""
    page = whole(request, "page", 1)
    limit = whole(request, "limit", _USUAL_PAGE)
    return max(page, 1), min(max(limit, 1), largest)


def whole(request: Request, name: str, default: int) -> int:
    """An integer parameter. Raises Refused (400)."""
    given = request.query_params.get(name)
    try:
        return default if given is None else int(given)
    except ValueError:
        raise Refused(400, f"The field '{name}' is invalid.") from None


def included(request: Request) -> frozenset[str]:
    """The names in `include`."""
    return frozenset(request.query_params.get("include", "").split(",")) - {""}


def listed(request: Request, name: str) -> list[str] | None:
    """The values of a `:in` filter; None when it is absent."""
    given = request.query_params.get(name)
    return None if given is None else [value.strip() for value in given.split(",")]


def moment(request: Request, name: str) -> datetime | None:
    """A date filter in ISO 8601 or RFC 2822; naive means UTC. Raises Refused (400)."""
    given = request.query_params.get(name)
    return None if given is None else parse_moment(given, name)


def parse_moment(given: str, name: str) -> datetime:
    """A date in either notation. Raises Refused (400)."""
    try:
        found = datetime.fromisoformat(given)
    except ValueError:
        try:
            found = parsedate_to_datetime(given)
        except ValueError:
            # Also what an unencoded `+` in an offset leads to: it arrives as a blank.
            raise Refused(400, f"The field '{name}' is not a valid date.") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


async def json_array(request: Request) -> list[dict[str, Any]]:
    """The body as a JSON array of objects. Raises Refused (400)."""
    content = await _json(request)
    if not isinstance(content, list) or not all(isinstance(one, dict) for one in content):
        raise Refused(400, "A JSON array of objects is expected.")
    return content


async def _json(request: Request) -> Any:
    try:
        return json.loads(await request.body(), parse_float=Decimal)
    except ValueError:
        raise Refused(400, "Input is not valid JSON.") from None


async def json_object(request: Request) -> dict[str, Any]:
    """The body as a JSON object. Raises Refused (400)."""
    content = await _json(request)
    if not isinstance(content, dict):
        raise Refused(400, "A JSON object is expected.")
    return content
